"""Tests of the recording of a watched run: what a reader finds while it goes on, after its end, after a crash, after a resume."""

import json
import math

import numpy as np
import pytest

import pellucid
from pellucid import examining
from pellucid.doctor import AilmentFinding, Doctor, recording
from pellucid.doctor.patient import LayerInfo, LossSettings, OptimizerSettings, Setup
from pellucid.doctor.recording import Recorder
from pellucid.doctor.vitals import EpochVitals, LayerVitals, StepVitals
from pellucid.nets import Affine, Network, ReLU, StorageError
from pellucid.optim import Adam
from pellucid.train import Trainer
from pellucid.train.config import TrainConfig
from pellucid.train.readers.metrics import metrics_in, read_metrics
from pellucid.train.run import resume_run, start_run

SETUP = Setup(
    "torch",
    (LayerInfo("0", "affine", "0.weight"), LayerInfo("1", "relu")),
    OptimizerSettings("sgd", 0.1),
    LossSettings("softmax", "labels"),
    batch_size=8,
    trained=frozenset({"0.weight"}),
)


def sample(step, spread=1.0):
    layer = LayerVitals("0", "affine", 0.5, spread, 0.0, 0.0, 1.0, weight=2.0, gradient=math.nan, update=0.01)
    return StepVitals(step, 1, 2.3, 0.1, 1.5, (layer,))


def lines_of(path):
    return [json.loads(line) for line in path.read_bytes().splitlines()]


@pytest.fixture
def at_once(monkeypatch):
    """Lines do not wait, and there is always time to measure."""
    monkeypatch.setattr(recording, "FLUSH", 0.0)
    monkeypatch.setattr(recording, "GRACE", 1e9)


def recorded(folder, steps=range(1, 5), **options):
    recorder = Recorder(folder, SETUP, **options)
    for step in steps:
        recorder.step(step, 1 / step, 0.1)
        recorder.vitals(sample(step))
    return recorder


def test_curves_are_in_the_form_of_this_projects_own_runs(tmp_path):
    recorder = recorded(tmp_path / "run")
    recorder.epoch(EpochVitals(1, 4, 0.5, None, 0.7))
    recorder.epoch(EpochVitals(2, 8, 0.4, None, 0.8))
    recorder.close()
    entries, damaged = metrics_in(tmp_path / "run" / "metrics.jsonl")
    assert damaged == []
    assert [entry["loss"] for entry in entries[:4]] == [1, 1 / 2, 1 / 3, 1 / 4]
    assert [entry["best"] for entry in entries[4:]] == [True, False]


def test_vitals_are_kept_by_layer_without_what_does_not_apply(tmp_path):
    recorded(tmp_path).close()
    (first, *_) = lines_of(tmp_path / "vitals.jsonl")
    layer = first["layers"]["0"]
    assert (layer["spread"], layer["update_ratio"]) == (1.0, 0.005)
    assert not {"gradient", "saturated", "name"} & set(layer)
    setup = json.loads((tmp_path / "setup.json").read_text())
    assert [one["name"] for one in setup["layers"]] == ["0", "1"]
    assert setup["trained"] == ["0.weight"]


def test_a_reader_sees_whole_lines_while_the_run_goes_on(tmp_path, at_once):
    recorder = recorded(tmp_path)
    assert len(read_metrics(tmp_path / "metrics.jsonl")) == 4
    assert (tmp_path / "vitals.jsonl").read_bytes().endswith(b"\n")
    recorder.close()


def test_lines_that_wait_are_written_when_nobody_closes(tmp_path, monkeypatch):
    monkeypatch.setattr(recording, "FLUSH", 1e9)
    recorder = recorded(tmp_path)
    assert read_metrics(tmp_path / "metrics.jsonl") == []
    del recorder
    assert len(read_metrics(tmp_path / "metrics.jsonl")) == 4


def test_a_long_run_is_thinned_evenly(tmp_path, at_once, monkeypatch):
    monkeypatch.setattr(recording, "MOST_BYTES", 10_000)
    recorder = Recorder(tmp_path, SETUP)
    sizes = []
    for step in range(1, 1001):
        recorder.vitals(sample(step))
        sizes.append((tmp_path / "vitals.jsonl").stat().st_size)
    recorder.close()
    steps = [line["step"] for line in lines_of(tmp_path / "vitals.jsonl")]
    assert max(sizes) <= 10_000
    assert steps[0] == 1
    assert len(steps) > 20
    assert len(set(np.diff(steps))) == 1


def test_a_run_goes_on_where_it_was_saved(tmp_path):
    recorded(tmp_path, range(1, 9)).close()
    recorded(tmp_path, range(5, 7), first_step=4).close()
    assert [entry["step"] for entry in read_metrics(tmp_path / "metrics.jsonl")] == [1, 2, 3, 4, 5, 6]
    assert [line["step"] for line in lines_of(tmp_path / "vitals.jsonl")] == [1, 2, 3, 4, 5, 6]


def test_a_folder_that_holds_a_run_is_refused(tmp_path):
    recorded(tmp_path).close()
    before = (tmp_path / "metrics.jsonl").read_bytes()
    with pytest.raises(StorageError, match=r"already contains a run \(setup.json\)"):
        Recorder(tmp_path, SETUP)
    assert (tmp_path / "metrics.jsonl").read_bytes() == before
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot record in"):
        Recorder(tmp_path / "file", SETUP)


def test_a_full_disk_is_one_warning(tmp_path, at_once, monkeypatch):
    def full(descriptor, content):
        raise OSError(28, "No space left on device")

    recorder = recorded(tmp_path)
    monkeypatch.setattr(recording.os, "write", full)
    with pytest.warns(UserWarning, match="the recording in .* stops: No space left") as said:
        recorder.step(5, 1.0, 0.1)
    assert len(said) == 1
    recorder.step(6, 1.0, 0.1)
    assert not recorder.has_time
    recorder.close()


def test_what_vitals_alone_show_is_never_sure(tmp_path):
    recorder = Recorder(tmp_path, SETUP)
    found = AilmentFinding("DR403", "dead-units", "1", "90% of its units are 0", "high", "Lower the rate.")
    for final, confidence in ((False, "medium"), (True, "high")):
        recorder.findings([found], final=final)
        (read,) = json.loads((tmp_path / "findings.json").read_text())
        assert read == found.to_dict() | {"confidence": confidence}
    recorder.close()


# ---- Pellucid's own runs ----

X = np.random.default_rng(0).standard_normal((256, 8)).astype(np.float32)
Y = (X[:, 0] > 0).astype(int)
NETWORK = [Affine(16), ReLU(), Affine(2)]


@pytest.fixture
def records(monkeypatch):
    monkeypatch.setattr(examining, "_make", pellucid._doctor)


def test_fit_with_a_folder_records_and_trains_the_same(tmp_path, at_once, records):
    plain = Trainer(Network(NETWORK, (8,)), Adam())
    watched = Trainer(Network(NETWORK, (8,)), Adam())
    expected = plain.fit((X, Y), 3, validation=0.2, folder=tmp_path / "plain", doctor=False)
    history = watched.fit((X, Y), 3, validation=0.2, folder=tmp_path / "run")
    assert history.step_losses == expected.step_losses
    assert np.array_equal(watched.net.params.flat, plain.net.params.flat)
    assert not (tmp_path / "plain" / "vitals.jsonl").exists()
    steps = [entry for entry in read_metrics(tmp_path / "run" / "metrics.jsonl") if entry["event"] == "step"]
    assert [entry["loss"] for entry in steps] == list(history.step_losses)
    lines = lines_of(tmp_path / "run" / "vitals.jsonl")
    assert [line["step"] for line in lines] == list(range(1, len(steps) + 1))
    assert all(line["layers"]["affine1"]["update_ratio"] > 0 for line in lines)
    assert (tmp_path / "run" / "findings.json").exists()


def test_more_is_recorded_than_findings_are_made_of(tmp_path, at_once, records):
    alone, recording_too = Doctor(), Doctor(record=True)
    for doctor, folder in ((alone, "a"), (recording_too, "b")):
        trainer = Trainer(Network(NETWORK, (8,)), Adam())
        trainer.fit((X, Y), 3, validation=0.2, folder=tmp_path / folder, on_event=doctor, doctor=False)
    assert [step.step for step in alone.chart.steps] == [step.step for step in recording_too.chart.steps]
    assert alone.chart.steps[-1].layers == recording_too.chart.steps[-1].layers


def test_a_run_folder_holds_its_recording_and_goes_on_with_it(tmp_path, at_once, records):
    config = TrainConfig(model="fully-connected", hidden=(16,), epochs=2)
    start_run(config, tmp_path / "run", lambda event: None)
    before = lines_of(tmp_path / "run" / "vitals.jsonl")
    resume_run(tmp_path / "run", lambda event: None, epochs=3)
    after = lines_of(tmp_path / "run" / "vitals.jsonl")
    assert after[: len(before)] == before
    assert after[-1]["step"] == read_metrics(tmp_path / "run" / "metrics.jsonl")[-1]["step"]
    setup = json.loads((tmp_path / "run" / "setup.json").read_text())
    assert setup["links"][0] == ["input", setup["layers"][0]["name"]]
    assert setup["settings"]["optimizer"] == "adamw"
