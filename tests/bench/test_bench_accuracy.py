"""The accuracy runs: the README's commands, accepted by the command line, and a run below its bound fails."""

import json
import re
from pathlib import Path

import pytest
from bench.compare import Effort
from bench.results import Results
from bench.sections import SECTIONS
from bench.side import SideError

from bench import accuracy
from pellucid.train.config import TrainConfig, settings

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
EFFORT = Effort(1, 0.1, 0.1, 10, 1, False, {})


def summary(**reached):
    return lambda folder, *options: {"val_accuracy": 0.99, "test_accuracy": 0.99, "seconds": 1.0} | reached


@pytest.mark.parametrize("name", accuracy.RUNS)
def test_each_run_is_a_command_of_the_readme(name):
    commands = [sorted(command.split()) for command in re.findall(r"`pellucid train( [^`]*)?`", README)]
    assert sorted(accuracy.RUNS[name].options.split()) in commands


@pytest.mark.parametrize("name", accuracy.RUNS)
def test_each_run_uses_flags_of_the_configuration(name):
    flags = {word for word in accuracy.RUNS[name].options.split() if word.startswith("--")}
    assert flags <= {setting.flag for setting in settings()}


@pytest.mark.parametrize("name", accuracy.RUNS)
def test_a_run_below_its_bound_fails(name, monkeypatch):
    bound = accuracy.RUNS[name].bound
    monkeypatch.setattr(accuracy, "summary_of", summary())
    assert accuracy.measure(name)["accuracy"]["bound"] == bound
    below = {"val_accuracy": bound - 1e-6, "test_accuracy": bound - 1e-6}
    monkeypatch.setattr(accuracy, "summary_of", summary(**below))
    with pytest.raises(SideError, match=r"must be at least \d\d%; got"):
        accuracy.measure(name)


def test_a_command_that_fails_is_reported_in_one_line(tmp_path):
    with pytest.raises(SideError, match=r"pellucid train --epochs 0: .*epochs"):
        accuracy.summary_of(tmp_path / "run", "--epochs", "0")


def test_the_summary_of_a_run_is_read(tmp_path):
    options = ["--epochs", "1", "--model", "fully-connected", "--hidden", "4", "--batch-size", "512"]
    found = accuracy.summary_of(tmp_path / "run", *options)
    assert found == json.loads((tmp_path / "run" / "summary.json").read_text())
    assert {"val_accuracy", "test_accuracy", "seconds"} <= found.keys()


def test_minutes_of_training_run_only_on_request(tmp_path, monkeypatch):
    by_name = {section.name: section for section in SECTIONS}
    assert not by_name["accuracy"].by_default
    assert not by_name["notebooks"].by_default
    monkeypatch.setattr(accuracy, "summary_of", summary())
    results = Results(tmp_path / "speed.json")
    results.put("accuracy", "digits", by_name["accuracy"].cases({})["digits"](EFFORT, print, None))
    assert results.get("accuracy", "digits")["accuracy"] == {"test": 0.99, "bound": 0.98}
    assert TrainConfig().data == "digits"
