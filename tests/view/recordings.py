"""Runs made for the tests of the page: folders as a recorder leaves them, without a training."""

import json
import math

from pellucid.doctor import AilmentFinding
from pellucid.doctor.patient import LayerInfo, LossSettings, OptimizerSettings, Setup
from pellucid.doctor.recording import Recorder
from pellucid.doctor.vitals import EpochVitals, LayerVitals, StepVitals

FINDING = AilmentFinding(
    "DR403", "dead-units", "relu1", "95% of its units are 0 for every row", "high", "Lower the <b>rate</b>.", 3
)


def setup(framework="torch", rate=0.1):
    """Return a set-up of three layers."""
    layers = (
        LayerInfo("fc1", "affine", "fc1.weight"),
        LayerInfo("relu1", "relu"),
        LayerInfo("fc2", "affine", "fc2.weight"),
    )
    return Setup(framework, layers, OptimizerSettings("sgd", rate), LossSettings("softmax", "labels"), batch_size=8)


def record(folder, *, steps=12, rate=0.1, findings=(FINDING,), framework="torch"):
    """Write a run of some steps and one epoch for every four."""
    recorder = Recorder(folder, setup(framework, rate))
    for step in range(1, steps + 1):
        recorder.step(step, 2 / step, rate, gradient_norm=1.0)
        recorder.vitals(StepVitals(step, 1, 2 / step, rate, 1.0, layers(step)))
        if step % 4 == 0:
            recorder.epoch(EpochVitals(step // 4, step, 2 / step, 0.5, 3 / step, 0.4))
    recorder.findings(findings)
    recorder.close()
    return folder


def layers(step):
    """Return the vitals of the three layers: the rectified one dies."""
    dead = min(1.0, step / 10)
    return (
        LayerVitals("fc1", "affine", 0.0, 1.0 / step, 0.0, 0.0, 1.0, weight=2.0, gradient=0.1, update=0.002),
        LayerVitals("relu1", "relu", 0.5, 0.5, dead, dead, 0.5),
        LayerVitals("fc2", "affine", 0.0, math.nan, 0.0, 0.0, 1.0, weight=2.0, gradient=1e-9, update=0.002),
    )


def add_lines(folder, name, *entries):
    """Add lines to one of a run's files."""
    with open(folder / name, "a", encoding="utf-8") as file:
        file.write("".join(json.dumps(entry) + "\n" for entry in entries))


def step_line(step, loss):
    """Return the entry of a step."""
    return {"event": "step", "step": step, "epoch": 1, "loss": loss, "learning_rate": 0.1}
