"""Tests of the doctor: a training made sick on purpose gets its ailment first, its healthy twin gets nothing."""

import numpy as np
import pytest

import pellucid
from pellucid.nets import Affine, Network, ReLU
from pellucid.optim import Adam, AdamW
from pellucid.train import Trainer

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


SHUFFLED = np.random.default_rng(0).permutation(Y)
SICK = {
    "learning-rate-too-high": {"optimizer": Adam(learning_rate=1.0)},
    "weight-decay-too-high": {"optimizer": AdamW(weight_decay=100.0)},
    "inputs-broken": {"x": 0 * X},
    "bad-initialisation": {"init": 0.0},
    "preprocessing-differs": {"held": (30 + 10 * HELD, HELD_Y)},
    "data-leak": {"x": np.concatenate([X, HELD]), "y": np.concatenate([Y, HELD_Y])},
    "labels-wrong": {"y": SHUFFLED},
}


@pytest.mark.parametrize("ailment", SICK)
def test_a_sick_training_is_told_its_ailment_first(ailment):
    assert found(**SICK[ailment])[:1] == [ailment]


def test_a_healthy_training_is_told_nothing():
    assert found() == []


def test_the_doctor_changes_no_bit_of_a_run():
    nets = []
    for doctor in (True, False):
        net = Network([Affine(16), ReLU(), Affine(10)], (64,))
        trainer = Trainer(net, Adam(learning_rate=1.0))
        assert bool(trainer.fit((X, Y), 3, doctor=doctor).findings) == doctor
        nets.append(np.concatenate([net.params.flat, *trainer.moments]))
    assert np.array_equal(*nets)
