"""Tests of `pellucid doctor RUN --treat`."""

import json
import re
import signal

import pytest

from pellucid.doctor import Doctor
from pellucid.train.config import TrainConfig
from pellucid.train.run import start_run


def contents(folder):
    """What a folder holds, by name."""
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def sick(tmp_path_factory):
    """A run whose rate is too high, in a folder of its own."""
    folder = tmp_path_factory.mktemp("runs") / "sick"
    config = TrainConfig(model="fully-connected", hidden=(32,), epochs=3, learning_rate=1.0)
    start_run(config, folder, lambda event: None)
    return folder


def test_a_folder_is_treated_and_stays_as_it_is(pellucid, sick, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = contents(sick.parent)
    done = pellucid("doctor", sick, "--treat")
    assert done.code == 0, done.err
    assert contents(sick.parent) == before
    assert contents(tmp_path) == {}
    assert "DR101 learning-rate-too-high, judged by its training loss:" in done.out
    assert re.search(r"without it +[▁-█]{24} +\S+\n +learning rate 0.01 +[▁-█]{24} +\S+  kept", done.out)
    assert "pellucid: trying: learning rate 0.01\n" in done.err


def test_the_command_that_is_printed_trains_the_cured_run(pellucid, sick, tmp_path):
    command = pellucid("doctor", sick, "--treat").out.splitlines()[-1].split()
    assert command[:4] == ["pellucid", "train", "--config", str(sick / "config.toml")]
    done = pellucid(*command[1:], "--quiet", "--out", tmp_path / "cured")
    assert done.code == 0, done.err
    treated = json.loads(pellucid("doctor", sick, "--treat", "--format", "json").out)
    lines = (tmp_path / "cured" / "metrics.jsonl").read_text().splitlines()
    epochs = [entry for entry in map(json.loads, lines) if entry["event"] == "epoch"]
    assert [entry["train_loss"] for entry in epochs] == treated["treated"]["train_loss"]
    assert treated["command"].split() == command


def test_a_page_goes_to_a_file(pellucid, sick, tmp_path):
    done = pellucid("doctor", sick, "--treat", "--format", "html", "--out", tmp_path / "page.html")
    assert (done.code, done.out) == (0, "")
    page = (tmp_path / "page.html").read_text()
    assert page.count("<svg") == 2
    assert f"pellucid train --config {sick / 'config.toml'} --learning-rate 0.01" in page
    assert "http" not in page.replace("http://www.w3.org", "")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--seconds", "5"], "--seconds only applies with --treat"),
        (["--treat", "--seconds", "0"], "--seconds must be a number above 0; got 0"),
        (["--treat", "--seconds", "nan"], "--seconds must be a number above 0; got nan"),
        (["--treat", "--format", "pdf"], "--format must be one of text, json, html; got 'pdf'"),
    ],
)
def test_a_wrong_argument_is_one_line(pellucid, sick, arguments, line):
    done = pellucid("doctor", sick, *arguments)
    assert (done.code, done.out, done.err) == (2, "", f"pellucid: {line}\n")


def test_a_file_that_cannot_be_written_is_one_line(pellucid, sick, tmp_path):
    done = pellucid("doctor", sick, "--treat", "--out", tmp_path / "missing" / "page.html")
    assert done.code == 1
    assert "pellucid: cannot write" in done.err


def test_interrupting_leaves_nothing_behind(pellucid, sick, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before, treat = contents(sick.parent), Doctor.treat

    def interrupted(self, **options):
        read = Doctor.__call__

        def read_and_stop(doctor, event):
            signal.raise_signal(signal.SIGINT)
            read(doctor, event)

        monkeypatch.setattr(Doctor, "__call__", read_and_stop)
        return treat(self, **options)

    monkeypatch.setattr(Doctor, "treat", interrupted)
    done = pellucid("doctor", sick, "--treat", "--out", tmp_path / "page.html")
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines()[-1] == "pellucid: interrupted; nothing is saved"
    assert contents(sick.parent) == before
    assert contents(tmp_path) == {}
