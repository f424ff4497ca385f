"""Tests of a run folder: what lies in it, that it repeats the run, and the page that shows it."""

import json
import re
import shutil
import tomllib
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from tests.page_checks import checked_page

from pellucid import Trainer
from pellucid.data import Augmentation
from pellucid.kernels import fastest_layers
from pellucid.metrics import confusion
from pellucid.nets import Affine, Network, StorageError, read_tensors
from pellucid.optim import EMA, SGD, AdamW, Constant, Cosine, Momentum, Nesterov, StepDecay, WarmUp
from pellucid.shapes import ShapeError
from pellucid.train import CheckpointFolder, Interrupted, Started, load
from pellucid.train.config import TrainConfig, build_config, read_config, read_values, settings, to_toml
from pellucid.train.readers.metrics import read_metrics
from pellucid.train.run import free_folder, prepare, resume_run, start_run

from .small_runs import clusters, interrupt_at

CONFIG = TrainConfig(model="fully-connected", hidden=(48,), norm="batch", epochs=3, checkpoint_every=10)
SUMMARY = [
    "data",
    "model",
    "settings",
    "epochs",
    "steps",
    "seconds",
    "train_accuracy",
    "val_accuracy",
    "test_accuracy",
    "best_epoch",
    "layers",
    "versions",
]


def nothing(event):
    pass


@pytest.fixture
def no_pictures(monkeypatch):
    """Drawing takes longest and is not what a test is about."""
    monkeypatch.setattr("pellucid.train.results._pictures", lambda facts: {})


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished run and its outcome; tests only read it."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    return folder, start_run(CONFIG, folder, nothing)


def test_what_lies_in_it(finished):
    folder, _ = finished
    assert sorted(path.name for path in folder.iterdir()) == [
        ".lock",
        "best.safetensors",
        "checkpoint-000000060.safetensors",
        "checkpoint-000000063.safetensors",
        "config.toml",
        "confusion.png",
        "curves.png",
        "filters.png",
        "findings.json",
        "metrics.jsonl",
        "mistakes.png",
        "report.html",
        "setup.json",
        "summary.json",
        "vitals.jsonl",
    ]


def test_the_summary_has_exactly_its_keys(finished):
    folder, outcome = finished
    summary = json.loads((folder / "summary.json").read_text())
    assert list(summary) == SUMMARY
    assert summary == outcome.summary
    assert (summary["data"], summary["model"], summary["epochs"], summary["steps"]) == ("digits", CONFIG.model, 3, 63)
    assert summary["layers"] == fastest_layers().name
    assert set(summary["versions"]) == {"pellucid", "numpy", "python"}
    for key in ("train_accuracy", "val_accuracy", "test_accuracy"):
        assert 0.3 < summary[key] <= 1
    assert summary["seconds"] > 0


def test_the_summary_is_true(finished):
    """Judged again from the files alone."""
    folder, outcome = finished
    splits = prepare(CONFIG).splits
    model = load(folder)
    for part, key in (
        (splits.test, "test_accuracy"),
        (splits.train, "train_accuracy"),
        (splits.validation, "val_accuracy"),
    ):
        assert model.evaluate(part).accuracy == outcome.summary[key]
    epochs = [e for e in read_metrics(folder / "metrics.jsonl") if e["event"] == "epoch"]
    assert epochs[outcome.summary["best_epoch"] - 1]["val_accuracy"] == outcome.summary["val_accuracy"]


@pytest.mark.usefixtures("no_pictures")
def test_the_configuration_repeats_the_run(finished, tmp_path):
    folder, outcome = finished
    config = build_config(read_config(folder / "config.toml"), where="config.toml")
    said = {"learning_rate": 1e-3, "weight_decay": 0.01, "loss": "softmax", "label_smoothing": 0.1, "keep": 1.0}
    said |= {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
    said |= {"schedule_peak": 0.3, "schedule_start": 0.04, "schedule_final": 4e-6}
    assert config == replace(CONFIG, **said)  # nothing is left to a default
    assert (folder / "config.toml").read_text().startswith("# adamw, learning rate 0.001, beta1 0.9, ")
    again = start_run(config, tmp_path / "again", nothing)
    drop = {"seconds"}
    assert {k: v for k, v in again.summary.items() if k not in drop} == {
        k: v for k, v in outcome.summary.items() if k not in drop
    }
    one, two = (load(f).net.named_tensors() for f in (folder, tmp_path / "again"))
    assert {k: v.tobytes() for k, v in one.items()} == {k: v.tobytes() for k, v in two.items()}


RECORDED = [  # choices, and the numbers that a run's config.toml must state for them: those before they were stated
    (
        {"optimizer": "adam"},
        {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
        | {"schedule_peak": 0.3, "schedule_start": 0.04, "schedule_final": 4e-6},
    ),
    (
        {"optimizer": "momentum", "schedule": "step"},
        {"learning_rate": 1e-2, "momentum": 0.9, "schedule_factor": 0.1, "schedule_at": (0.5, 0.75)},
    ),
    (
        {"optimizer": "rmsprop", "schedule": "warm-up-cosine", "average": "swa"},
        {"learning_rate": 1e-3, "decay": 0.99, "eps": 1e-8, "schedule_fraction": 0.05, "schedule_final": 0.0}
        | {"swa_start": 0.75},
    ),
    (
        {"optimizer": "adagrad", "schedule": "warm-restarts", "average": "ema"},
        {"learning_rate": 1e-2, "eps": 1e-8, "schedule_cycles": 3, "schedule_growth": 2.0, "schedule_final": 0.0}
        | {"ema_decay": 0.999},
    ),
    (
        {"optimizer": "sgd", "schedule": "plateau"},
        {"learning_rate": 1e-2, "schedule_factor": 0.1, "schedule_patience": 3, "schedule_minimum": 1e-4},
    ),
    ({"optimizer": "sgd", "schedule": "exponential"}, {"learning_rate": 1e-2, "schedule_final": 0.01}),
]


@pytest.mark.parametrize(("choices", "numbers"), RECORDED, ids=[str(list(row[0].values())) for row in RECORDED])
def test_every_number_of_a_choice_is_recorded(choices, numbers):
    """A file of before, without them, is read with the values that it had."""
    config = prepare(TrainConfig(model="fully-connected", **choices)).config
    for_model = {"hidden", "norm", "keep", "loss", "label_smoothing"}
    stated = {name: value for name, value in vars(config).items() if value is not None and name not in for_model}
    unstated = {name: value for name, value in vars(TrainConfig(**choices)).items() if value is not None}
    assert stated == unstated | {"model": "fully-connected"} | numbers
    assert build_config(read_values(tomllib.loads(to_toml(config)), where="x"), where="x") == config


def test_a_recorded_run_repeats_whatever_the_defaults_become(monkeypatch):
    config = prepare(TrainConfig(optimizer="momentum", schedule="warm-up-cosine", average="ema")).config
    parts = {
        "optimizer": {"momentum": Momentum(0.5, 0.25)},
        "schedule": {"warm-up-cosine": WarmUp(0.5, Cosine(0.5)), "constant": Constant()},
        "average": {"ema": EMA(0.5)},
    }
    monkeypatch.setattr("pellucid.train.config.choices._PARTS", parts)
    trainer = prepare(config).trainer
    assert trainer.optimizer == Momentum(0.01, 0.9)
    assert trainer.schedule == WarmUp(0.05, Cosine(0.0))
    assert trainer.stepper.average.rule == EMA(0.999)
    assert prepare(TrainConfig(optimizer="momentum", schedule="constant")).trainer.optimizer == Momentum(0.5, 0.25)


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.parametrize("stop", [1, 20, 21, 63])
def test_an_interrupted_run_goes_on_to_the_same_end(finished, tmp_path, stop):
    folder, outcome = finished
    stopped = start_run(CONFIG, tmp_path / "run", interrupt_at(stop))
    assert stopped.summary is None
    assert isinstance(stopped.last, Interrupted)
    assert stopped.last.step == stop
    assert not (tmp_path / "run" / "summary.json").exists()
    resumed = resume_run(tmp_path / "run", nothing)
    for key in ("train_accuracy", "val_accuracy", "test_accuracy", "best_epoch", "steps", "epochs"):
        assert resumed.summary[key] == outcome.summary[key]
    ours, others = ([e | {"seconds": 0} for e in read_metrics(f / "metrics.jsonl")] for f in (tmp_path / "run", folder))
    assert ours == others
    one, two = (load(f).net.named_tensors() for f in (folder, tmp_path / "run"))
    assert {k: v.tobytes() for k, v in one.items()} == {k: v.tobytes() for k, v in two.items()}


def test_a_finished_run_resumed_writes_its_report_again(finished, tmp_path):
    folder, outcome = finished
    shutil.copytree(folder, tmp_path / "run")
    for name in ("summary.json", "report.html", "curves.png"):
        (tmp_path / "run" / name).unlink()
    seen = []
    again = resume_run(tmp_path / "run", seen.append)
    assert isinstance(seen[0], Started)
    assert again.summary == outcome.summary
    assert (tmp_path / "run" / "curves.png").read_bytes() == (folder / "curves.png").read_bytes()


@pytest.mark.usefixtures("no_pictures")
def test_a_run_begun_but_without_a_checkpoint_begins_again(finished, tmp_path):
    """What a kill leaves behind between the configuration and the first save."""
    folder, outcome = finished
    (tmp_path / "run").mkdir()
    shutil.copy(folder / "config.toml", tmp_path / "run")
    (tmp_path / "run" / "metrics.jsonl").write_text('{"event": "step", "step": 1, "epoch": 1, "los')
    again = resume_run(tmp_path / "run", nothing)
    assert again.summary["test_accuracy"] == outcome.summary["test_accuracy"]
    assert len(read_metrics(tmp_path / "run" / "metrics.jsonl")) == 66


def test_a_run_that_cannot_begin_leaves_no_folder(tmp_path):
    with pytest.raises(ValueError, match="nowhere"):
        start_run(TrainConfig(data=str(tmp_path / "nowhere")), tmp_path / "run", nothing)
    assert not (tmp_path / "run").exists()


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.parametrize("before", [None, "notes.txt"])
def test_a_run_refused_before_its_first_step_can_be_started_again(tmp_path, before):
    folder = tmp_path / "run"
    if before is not None:
        folder.mkdir()
        (folder / before).touch()
    with pytest.raises(ShapeError, match="r2 is not for classes"):
        start_run(replace(CONFIG, metrics="r2"), folder, nothing)
    if before is None:
        assert not folder.exists()
    else:
        assert {path.name for path in folder.iterdir()} <= {before, ".lock"}
    assert start_run(replace(CONFIG, epochs=1), folder, nothing).summary is not None


def test_a_folder_that_was_there_stays(tmp_path):
    (tmp_path / "run").mkdir()
    with pytest.raises(ValueError, match="nowhere"):
        start_run(TrainConfig(data=str(tmp_path / "nowhere")), tmp_path / "run", nothing)
    assert (tmp_path / "run").is_dir()


def test_free_folders_are_numbered(tmp_path):
    config = TrainConfig(data="/somewhere/my-images.npz")
    first = free_folder(config, tmp_path)
    assert first == tmp_path / "my-images-three-layer-convnet-1"
    first.mkdir()
    assert free_folder(config, tmp_path).name == "my-images-three-layer-convnet-2"


@pytest.mark.parametrize("validation", [None, clusters(30, seed=1)], ids=["without", "with"])
def test_a_folder_that_the_api_made_holds_the_model(tmp_path, validation):
    """Also where there is no validation set, and so no best epoch: then it is the last one's."""
    trainer = Trainer(Network([Affine(3)], (6,)))
    trainer.fit(clusters(), 2, validation=validation, folder=tmp_path)
    loaded = load(tmp_path)
    assert loaded.evaluate(clusters(30, seed=2)).loss == trainer.evaluate(clusters(30, seed=2)).loss
    assert loaded.predict(clusters()[0]).tolist() == trainer.predict(clusters()[0]).tolist()


REACHES = [  # a setting, and where it must arrive in what `prepare` builds
    ({"model": "fully-connected", "hidden": (5, 4)}, lambda p: p.trainer.net.params["affine2.weight"].shape, (5, 4)),
    ({"model": "fully-connected", "norm": "layer"}, lambda p: "layernorm1.gamma" in p.trainer.net.params, True),
    ({"model": "fully-connected", "keep": 0.5}, lambda p: p.trainer.net.layers[3].keep, 0.5),
    ({"batch_size": 7}, lambda p: p.trainer.batch_size, 7),
    ({"optimizer": "nesterov"}, lambda p: p.trainer.optimizer, Nesterov()),
    ({"optimizer": "sgd", "learning_rate": 0.5}, lambda p: p.trainer.optimizer, SGD(0.5)),
    ({"weight_decay": 0.25}, lambda p: p.trainer.optimizer, AdamW(weight_decay=0.25)),
    ({"beta2": 0.9, "eps": 1e-6}, lambda p: p.trainer.optimizer, AdamW(beta2=0.9, eps=1e-6)),
    ({"schedule": "cosine"}, lambda p: p.trainer.schedule, Cosine()),
    ({"schedule": "step", "schedule_at": (0.5,)}, lambda p: p.trainer.schedule, StepDecay(at=(0.5,))),
    ({"reg": 0.125}, lambda p: p.trainer.reg, 0.125),
    ({"clip_norm": 3.0}, lambda p: p.trainer.clip_norm, 3.0),
    ({"loss": "svm"}, lambda p: (p.trainer.loss, p.trainer.label_smoothing), ("svm", 0.0)),
    ({"loss": "huber"}, lambda p: (p.trainer.loss, p.config.huber_delta), ("huber", 1.0)),
    ({"loss": "huber", "huber_delta": 0.5}, lambda p: p.trainer.loss, "huber(delta=0.5)"),
    ({"loss": "binary_focal", "focal_gamma": 0.0}, lambda p: p.trainer.loss, "binary_focal(gamma=0.0)"),
    ({"loss": "focal"}, lambda p: (p.trainer.loss, p.config.focal_gamma), ("focal", 2.0)),
    ({"label_smoothing": 0.25}, lambda p: p.trainer.label_smoothing, 0.25),
    ({}, lambda p: p.trainer.label_smoothing, 0.1),
    ({"init": "0.25"}, lambda p: p.trainer.net.init, 0.25),
    ({"seed": 5}, lambda p: (p.trainer.seed, p.trainer.net.seed), (5, 5)),
    ({"flip": True}, lambda p: p.pipeline.augmentation, Augmentation(flip=True)),
    ({"crop": 2}, lambda p: p.pipeline.augmentation, Augmentation(crop_pad=2)),
    ({"cutout": 3}, lambda p: p.pipeline.augmentation, Augmentation(cutout=3)),
    ({"validation": 0.25}, lambda p: len(p.splits.validation), 360),
]


@pytest.mark.parametrize(("settings", "found", "expected"), REACHES, ids=[str(row[0]) for row in REACHES])
def test_each_setting_reaches_what_is_built(settings, found, expected):
    assert found(prepare(TrainConfig(**settings))) == expected


def test_the_seed_divides_the_data():
    one, two = (prepare(TrainConfig(seed=seed)).splits for seed in (0, 1))
    assert not np.array_equal(one.validation.images, two.validation.images)
    assert np.array_equal(one.test.images, two.test.images)  # the test set is always the same


def test_the_settings_of_the_run_itself_reach_it(tmp_path, monkeypatch):
    """What is not the trainer's own goes to its `events`."""
    seen = {}

    def events(self, data, epochs, **options):
        seen.update(options, epochs=epochs)
        yield Interrupted(0, None)

    monkeypatch.setattr(Trainer, "events", events)
    monkeypatch.setattr("pellucid.train.run.write_unfinished", lambda *run: None)
    start_run(TrainConfig(epochs=6, patience=4, checkpoint_every=9), tmp_path / "run", nothing)
    assert (seen["epochs"], seen["patience"], seen["checkpoint_every"], seen["resume"]) == (6, 4, 9, False)
    assert seen["pipeline"].standardization is not None


def test_a_folder_of_images_becomes_a_run_with_strange_names(tmp_path):
    """Class names reach the figures and the page; those of folders may hold anything."""
    rng = np.random.default_rng(0)
    for number, name in enumerate(("<i>ants</i>", "b & $\\bees")):
        target = tmp_path / "images" / name.replace("/", "")
        target.mkdir(parents=True)
        for i in range(15):
            pixels = rng.integers(100 * number, 100 * number + 150, (6, 6, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(target / f"{i}.png")
    config = TrainConfig(data=str(tmp_path / "images"), model="fully-connected", epochs=1, batch_size=8)
    outcome = start_run(config, tmp_path / "<run>", nothing)
    assert outcome.summary["test_accuracy"] >= 0
    page = (tmp_path / "<run>" / "report.html").read_text()
    assert "<run>" not in page
    assert "&lt;run&gt;" in page
    assert load(tmp_path / "<run>").classes == ("<i>ants<i>", "b & $\\bees")


def test_the_confusion_matrix_is_that_of_the_test_set(finished):
    folder, outcome = finished
    test = prepare(CONFIG).splits.test
    predicted = load(folder).evaluate(test).scores.argmax(axis=1)
    counts = confusion(predicted, test.labels, classes=10)
    assert counts.sum() == len(test)
    assert np.trace(counts) / len(test) == pytest.approx(outcome.summary["test_accuracy"])
    assert counts.sum(axis=1).tolist() == np.bincount(test.labels).tolist()


# ---- report.html ----


def test_a_changed_configuration_is_not_resumed(tmp_path):
    folder = tmp_path / "run"
    start_run(CONFIG, folder, interrupt_at(12))
    written = (folder / "config.toml").read_text()
    assert "flip = false" in written
    (folder / "config.toml").write_text(written.replace("flip = false", "flip = true"))
    with pytest.raises(StorageError, match=r"belongs to a run with other settings: pipeline flip False -> True$"):
        resume_run(folder, nothing)


def test_the_page_shows_the_run(finished):
    folder, outcome = finished
    text = (folder / "report.html").read_text()
    page = checked_page(text)
    assert page.titles(1) == ["fully-connected on digits"]
    assert page.titles(2) == [
        "Settings",
        "What it confuses",
        "What to try next",
        "Curves",
        "Confusion matrix",
        "Each class",
        "Filters of the first layer",
        "Most confident mistakes",
        "Network",
        "Files in this folder",
        "Repeat this run",
    ]
    words = " ".join(re.sub(r"<[^>]*>", " ", text).split())
    assert f"test accuracy {outcome.summary['test_accuracy']:.2%}" in words
    best = outcome.summary["best_epoch"]
    assert f"All 3 epochs were done. Epoch {best} has the best validation accuracy" in words
    assert "Without learning (always &#x27;" in words
    assert f"pellucid train --config {folder}/config.toml" in text
    assert "batchnorm1" in text
    listed = set(re.findall("<li><code>([^<]*)</code> [(]", text))
    assert listed == {path.name for path in folder.iterdir()} - {".lock", "report.html"}


def test_the_page_states_all_settings_and_marks_those_that_were_chosen(finished):
    text = (finished[0] / "report.html").read_text()
    off = re.search("Off, or not set: ([^<]*)[.]<", text)[1].split(", ")
    on = re.findall("<div( class='changed')?><dt>([^<]*)</dt><dd>([^<]*)</dd>", text.split("<dl class='settings'>")[1])
    names = {setting.name.rstrip("_").replace("_", " ") for setting in settings()}
    assert {name for _, name, _ in on} | set(off) == names
    assert {name: value for bold, name, value in on if bold} == {
        "model": "fully-connected",
        "epochs": "3",
        "hidden": "48",
        "norm": "batch",
        "checkpoint every": "10",
    }
    assert ("", "learning rate", "0.001") in on  # the optimizer's, not given


def test_checkpoints_of_a_run_say_what_they_belong_to(finished):
    folder, _ = finished
    _, document = read_tensors(CheckpointFolder(folder).paths()[0])
    assert document["settings"]["optimizer"] == "adamw"
    assert document["progress"]["step"] == 63
    _, best = read_tensors(CheckpointFolder(folder).best_path)
    assert best["about"]["target"]["names"] == list("0123456789")
    assert best["about"]["origin"]["white"] == 16
