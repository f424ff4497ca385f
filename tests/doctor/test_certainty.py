"""Tests of what the doctor may be sure of: the right cause first, and nothing wrong with a program that is correct."""

import numpy as np
import pytest

import pellucid
from pellucid.doctor.examinations.outputs import loss_follows_targets
from pellucid.doctor.patient import Rows
from pellucid.doctor.telling import as_page
from pellucid.nets import Affine, Network, ReLU
from pellucid.optim import SGD, Adam
from pellucid.train import Trainer
from pellucid.train.config import TrainConfig
from pellucid.train.run import start_run

DIGITS = pellucid.data.load("digits")
X, Y = (DIGITS.train.images.reshape(-1, 64).astype(np.float32) - 8) / 6, DIGITS.train.labels
DRAWS = np.random.default_rng(0)


def findings_of(optimizer, x=X, y=Y, epochs=3, **settings):
    """Train a small network; return what was found."""
    net = Network([Affine(32), ReLU(), Affine(10)], (x.shape[1],))
    return Trainer(net, optimizer, **settings).fit(x, y, epochs, validation=0.2).findings


class OneOutput:
    """A patient with outputs (N, 1) whose squared error compares them with targets (N,), or with all targets of the batch."""

    def __init__(self, *, scale=1.0, offset=0.0, crossed=False):
        self.scale, self.offset, self.crossed = scale, offset, crossed
        self.x, self.y = DRAWS.standard_normal((32, 1), np.float32), DRAWS.standard_normal(32, np.float32)

    def rows(self, part, count):
        return Rows(self.x, self.y)

    def outputs(self, x):
        return (self.offset + self.scale * x).astype(np.float32)

    def loss(self, x, y):
        out = self.outputs(x)
        return float(np.mean((out - y) ** 2 if self.crossed else (out[:, 0] - y) ** 2, dtype=np.float32))


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e6, 1e12, 1e15])
def test_a_loss_in_which_targets_hardly_matter_is_not_said_to_ignore_them(scale):
    assert loss_follows_targets(OneOutput(scale=scale)) is not False


def test_a_loss_that_compares_every_row_with_every_target_ignores_their_order():
    assert loss_follows_targets(OneOutput(crossed=True)) is False
    assert loss_follows_targets(OneOutput(scale=0.01, offset=0.1, crossed=True)) is False


@pytest.mark.parametrize("rate", [1e4, 1e6])
def test_a_rate_that_is_enormous_is_the_cause(rate):
    findings = findings_of(SGD(rate))
    assert findings[0].ailment == "learning-rate-too-high"
    assert all(finding.because for finding in findings[1:])


def test_constant_targets_are_not_said_to_be_in_the_wrong_order():
    assert [finding.ailment for finding in findings_of(SGD(0.1), y=0 * Y)] == ["constant-target"]


def test_labels_that_are_rare_and_noisy_are_not_said_to_be_wrong():
    draws = np.random.default_rng(0)
    x = draws.standard_normal((1500, 6))
    y = (x[:, 0] + x[:, 1] + 0.8 * draws.standard_normal(1500) > 3.2).astype(int)
    assert 0.01 < y.mean() < 0.04
    assert [finding.ailment for finding in findings_of(Adam(1e-3), x, y, epochs=10)] == ["class-imbalance"]


def test_zero_weights_are_the_cause_of_the_units_that_they_leave_dead(tmp_path):
    config = TrainConfig(model="fully-connected", hidden=(32,), init=0.0, epochs=3)
    findings = start_run(config, tmp_path / "run", lambda event: None).findings
    assert (findings[0].ailment, findings[0].confidence) == ("bad-initialisation", "high")
    assert "dead-units" in {finding.ailment for finding in findings if finding.because == "DR408"}


def test_what_another_finding_explains_has_no_advice_of_its_own():
    findings = findings_of(SGD(0.1), clip_norm=1e-4, epochs=8)
    assert [finding.ailment for finding in findings][:2] == ["gradient-clipped-away", "learning-rate-too-low"]
    assert "Raise the learning rate" not in str(findings[1])
    assert "It may follow from DR106: cure that first." in str(findings[1])
    assert "Raise the learning rate" not in as_page(findings, "run")


def test_labels_that_are_shuffled_in_both_parts_are_possibly_wrong():
    shuffled = np.random.default_rng(1).permutation(Y)
    findings = findings_of(Adam(1e-3), y=shuffled, epochs=6)
    assert [(finding.ailment, finding.confidence) for finding in findings] == [("labels-wrong", "low")]
