"""Tests of the doctor: a training made sick on purpose gets its ailment first, its healthy twin gets nothing."""

import json
import warnings

import numpy as np
import pytest

import pellucid
from pellucid import examining
from pellucid.doctor import AILMENTS, examine_run
from pellucid.nets import Affine, Network, ReLU, Softmax
from pellucid.optim import SGD, Adam, AdamW
from pellucid.train import Trainer
from pellucid.train.config import TrainConfig
from pellucid.train.run import start_run

DIGITS = pellucid.data.load("digits")
X, HELD = (part.images.reshape(len(part.images), -1).astype(np.float32) for part in (DIGITS.train, DIGITS.validation))
Y, HELD_Y = DIGITS.train.labels, DIGITS.validation.labels
MEAN, SPREAD = X.mean(axis=0), X.std(axis=0) + 1e-6
X, HELD = (X - MEAN) / SPREAD, (HELD - MEAN) / SPREAD


def found(x=X, y=Y, held=(HELD, HELD_Y), optimizer=None, init="he", epochs=6):
    """Train on digits; return the names of what was found."""
    net = Network([Affine(64), ReLU(), Affine(64), ReLU(), Affine(10)], (64,), init=init)
    history = Trainer(net, Adam() if optimizer is None else optimizer).fit((x, y), epochs, validation=held)
    return [finding.ailment for finding in history.findings]


def softmax_twice():
    """Return the findings of a network that ends with what its loss computes."""
    net = Network([Affine(16), ReLU(), Affine(10), Softmax()], (64,))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Trainer(net, Adam()).fit((X, Y), 2, validation=(HELD, HELD_Y)).findings


SHUFFLED = np.random.default_rng(0).permutation(Y)
SICK = {
    "learning-rate-too-high": {"optimizer": Adam(learning_rate=1.0)},
    "weight-decay-too-high": {"optimizer": AdamW(weight_decay=100.0)},
    "inputs-broken": {"x": 0 * X},
    "bad-initialisation": {"init": 0.0},
    "preprocessing-differs": {"held": (30 + 10 * HELD, HELD_Y)},
    "data-leak": {"x": np.concatenate([X, HELD]), "y": np.concatenate([Y, HELD_Y])},
    "labels-wrong": {"y": SHUFFLED},
    "label-noise": {"y": np.where(np.arange(len(Y)) % 3 == 0, SHUFFLED, Y), "epochs": 12},
    "inputs-not-scaled": {"x": 80 + 75 * X, "held": (80 + 75 * HELD, HELD_Y), "optimizer": SGD(learning_rate=0.05)},
    "learning-rate-too-low": {"optimizer": Adam(learning_rate=1e-6)},
    "constant-target": {"y": 0 * Y + 3},
}


@pytest.mark.parametrize("ailment", SICK)
def test_a_sick_training_is_told_its_ailment_first(ailment):
    assert found(**SICK[ailment])[:1] == [ailment]


def test_a_healthy_training_is_told_nothing():
    assert found() == []


def test_what_a_network_computes_twice_is_named():
    assert softmax_twice()[0].ailment == "double-softmax"


def test_causes_come_before_what_they_explain():
    net = Network([Affine(64), ReLU(), Affine(64), ReLU(), Affine(10)], (64,))
    findings = Trainer(net, SGD(learning_rate=0.05)).fit((80 + 75 * X, Y), 6).findings
    names = [finding.ailment for finding in findings]
    assert names.index("inputs-not-scaled") < names.index("dead-units")
    assert findings[names.index("dead-units")].because in {finding.code for finding in findings}


def test_a_run_folder_is_examined_as_the_run_was(tmp_path):
    config = TrainConfig(model="fully-connected", hidden=(32,), epochs=3, learning_rate=1.0)
    outcome = start_run(config, tmp_path / "run", lambda event: None)
    before = {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()}
    assert [finding.ailment for finding in outcome.findings][:1] == ["learning-rate-too-high"]
    assert "learning-rate-too-high" in before["report.html"].decode()
    assert [finding["code"] for finding in json.loads(before["findings.json"])][:1] == ["DR101"]
    assert examine_run(tmp_path / "run")[0] == outcome.findings[0]
    assert {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()} == before


def test_every_ailment_is_declared_whole():
    codes = [ailment.code for ailment in AILMENTS.values()]
    assert len(set(codes)) == len(codes) >= 45
    for name, ailment in AILMENTS.items():
        assert set(ailment.explains) <= set(AILMENTS) - {name}
        assert "How it is found" in ailment.page()
        assert "" in ailment.cures


def test_an_examiner_that_fails_is_a_warning(monkeypatch):
    def broken(event):
        raise RuntimeError("broken")

    monkeypatch.setattr(examining, "_make", lambda: broken)
    net = Network([Affine(10)], (64,))
    with pytest.warns(UserWarning, match="the doctor could not examine this run: RuntimeError: broken"):
        assert Trainer(net).fit((X, Y), 1).findings == ()


def test_the_doctor_changes_no_bit_of_a_run():
    nets = []
    for doctor in (True, False):
        net = Network([Affine(16), ReLU(), Affine(10)], (64,))
        trainer = Trainer(net, Adam(learning_rate=1.0))
        assert bool(trainer.fit((X, Y), 3, doctor=doctor).findings) == doctor
        nets.append(np.concatenate([net.params.flat, *trainer.moments]))
    assert np.array_equal(*nets)


@pytest.mark.parametrize("doctor", [True, False])
def test_a_healthy_run_leaves_an_empty_list_and_one_without_a_doctor_none(tmp_path, doctor):
    config = TrainConfig(model="fully-connected", hidden=(32,), epochs=10)
    assert start_run(config, tmp_path / "run", lambda event: None, doctor=doctor).findings == ()
    path = tmp_path / "run" / "findings.json"
    assert (json.loads(path.read_text()) if path.exists() else None) == ([] if doctor else None)


def test_what_has_gone_from_a_run_folder_is_said_and_nothing_is_made_up(tmp_path):
    config = TrainConfig(model="fully-connected", hidden=(32,), epochs=4)
    start_run(config, tmp_path / "run", lambda event: None)
    for path in (tmp_path / "run").glob("checkpoint-*"):
        path.unlink()
    with pytest.warns(UserWarning, match="its checkpoints are missing"):
        assert examine_run(tmp_path / "run") == ()
    (tmp_path / "run" / "metrics.jsonl").write_text("")
    with pytest.warns(UserWarning, match="its loss could not be judged"):
        assert examine_run(tmp_path / "run") == ()
