"""Names and places as nobody likes them: letters of every kind, control characters, no UTF-8, folders that cannot be written."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from tests.fuzz.kinds import make_run

from pellucid.train import CheckpointFolder
from pellucid.train.config import TrainConfig, build_config, read_config
from pellucid.train.events import CheckpointSaved, EpochDone
from pellucid.train.run import free_folder, resume_run, start_run

from .commands import command, environment

QUICK = ("--model", "fully-connected", "--hidden", "8", "--epochs", "1", "--quiet")


def make_classes(folder, names):
    rng = np.random.default_rng(0)
    for name in names:
        (folder / name).mkdir(parents=True)
        for number in range(6):
            pixels = rng.integers(0, 256, (6, 6), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
    return folder


def test_class_names_of_every_kind(pellucid, tmp_path):
    """Two scripts, markup of a formula, a terminal's code, a line break, bytes that are not UTF-8."""
    names = ["кошка", "犬", "$\\frac{", "red\x1b[31m", "two\nlines", os.fsdecode(b"cl\xff"), "[bold]"]
    data = make_classes(tmp_path / "data", names)
    done = pellucid("train", *QUICK, "--data", data, "--out", tmp_path / "run")
    assert (done.code, done.err) == (0, "")
    shown = pellucid("predict", tmp_path / "run", data / "犬" / "0.png", "--top", "9")
    assert shown.code == 0
    assert len(shown.out.splitlines()) == 1
    for name in ("кошка", "$\\frac{", "red\\x1b[31m", "two lines", "cl\\xff", "[bold]"):
        assert f" {name} " in shown.out


@pytest.fixture
def no_pictures(monkeypatch):
    """Drawing takes longest, and names are not what a figure of the digits shows."""
    monkeypatch.setattr("pellucid.train.results._pictures", lambda facts: {})


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.parametrize("name", ["a\x1b[31mb", "zwei wörter", "-x", os.fsdecode(b"b\xff"), "犬\u202e"])
def test_run_folders_of_every_name(pellucid, tmp_path, name):
    folder = tmp_path / name
    done = pellucid("train", *QUICK, "--out", folder)
    assert (done.code, done.err) == (0, "")
    assert "\x1b" not in done.out
    assert len(done.out.splitlines()) == 1
    assert (folder / "report.html").is_file()
    assert pellucid("evaluate", folder).code == 0


def test_a_path_of_data_that_config_toml_cannot_hold_is_refused_first(pellucid, tmp_path):
    data = make_classes(tmp_path / os.fsdecode(b"data\xff"), ["a", "b"])
    done = pellucid("train", *QUICK, "--data", data, "--out", tmp_path / "run")
    assert done.code == 2
    assert "data must be a path that UTF-8 can hold" in done.err
    assert len(done.err.splitlines()) == 1
    assert not (tmp_path / "run").exists()


@pytest.mark.usefixtures("no_pictures")
def test_a_tilde_is_the_home_folder(pellucid, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert pellucid("train", *QUICK, "--out", "~/run/").code == 0
    assert (tmp_path / "run" / "report.html").is_file()
    assert pellucid("evaluate", "~/run").code == 0


EMPTY = [
    ("train", "--out"),
    ("train", "--config"),
    ("resume",),
    ("evaluate",),
    ("predict",),
    ("predict", "x"),
    ("export", "x"),
    ("port",),
    ("check",),
    ("derive", "relu", "--svg"),
    ("study", "run", "conv-speed", "--out"),
    ("study", "report"),
]


@pytest.mark.parametrize("words", EMPTY, ids=[" ".join(row) for row in EMPTY])
def test_an_empty_path_is_not_this_folder(pellucid, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    done = pellucid(*words, "")
    assert (done.code, done.out) == (2, "")
    assert "the path must not be empty" in done.err
    assert len(done.err.splitlines()) == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "words",
    [
        ("describe", ""),
        ("derive", "relu", "--svg", "."),
        ("export", "{run}", "n" * 300 + ".safetensors"),
        ("export", "{run}", "file/x.safetensors"),
        ("train", "--out", "file/x"),
        ("train", "--out", "loop"),
        ("train", "--out", "loop/x"),
        ("train", "--data", "loop"),
        ("describe", "vgg6-bn", "--classes", "9" * 20),
        ("describe", "vgg6-bn", "--shape", "3,1000000,1000000"),
        ("study", "run", "conv-speed", "--quick", "--seeds", "9" * 20),
        ("study", "run", "conv-speed", "--quick", "--workers", "9" * 20),
        ("study", "run", "conv-speed", "--quick", "--out", "file/x"),
        ("study", "report", "loop"),
        ("explain", "\x1b[31m"),
        ("\x1b[31m",),
    ],
    ids=" ".join,
)
def test_one_line_and_nothing_left(pellucid, run_folder, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("a file")
    (tmp_path / "loop").symlink_to("loop")
    done = pellucid(*(str(run_folder) if word == "{run}" else word for word in words))
    assert done.code in (1, 2)
    assert done.out == ""
    assert len(done.err.splitlines()) == 1
    assert done.err.startswith("pellucid: ")
    assert "\x1b" not in done.err
    assert {path.name for path in tmp_path.iterdir()} == {"file", "loop"}


def test_a_current_folder_that_is_gone(tmp_path):
    code = f"import os; os.chdir({str(tmp_path)!r}); os.rmdir({str(tmp_path)!r}); from pellucid.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "train", *QUICK, "--data", "x"],
        capture_output=True, text=True, env=environment(), timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1


def test_the_name_of_a_free_folder_fits_every_file_system(tmp_path):
    for data in ("d" * 300, "犬" * 300, "/"):
        folder = free_folder(TrainConfig(data=data), tmp_path)
        folder.mkdir()
    (tmp_path / "digits-three-layer-convnet-1").symlink_to("nowhere")
    assert free_folder(TrainConfig(), tmp_path).name == "digits-three-layer-convnet-2"


def test_a_folder_whose_checkpoints_would_have_too_long_a_path_is_refused_first(pellucid, tmp_path, monkeypatch):
    """The folder itself can be made, 4,048 characters deep; a checkpoint in it could not be written after the first epoch."""
    monkeypatch.chdir(tmp_path)
    deep = "/".join(["d" * 100] * 40)
    done = pellucid("train", *QUICK, "--out", deep + "/" + "r" * 8)
    assert done.code == 1
    assert "File name too long" in done.err
    assert len(done.err.splitlines()) == 1
    assert not list(tmp_path.iterdir())


# ---- config.toml, which makes a folder a run that can be resumed ----


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.parametrize("kind", [EpochDone, CheckpointSaved])
def test_a_config_that_vanishes_is_written_again(tmp_path, kind):
    make_run(tmp_path)
    (tmp_path / "run").rename(tmp_path / "whole")
    path = tmp_path / "run" / "config.toml"
    written = (tmp_path / "whole" / "config.toml").read_bytes()
    config = build_config(read_config(tmp_path / "whole" / "config.toml"), where="config.toml")

    def vanish(event):
        if isinstance(event, kind):
            path.unlink(missing_ok=True)

    assert start_run(config, tmp_path / "run", vanish).summary is not None
    assert path.read_bytes() == written
    assert resume_run(tmp_path / "run", lambda event: None).summary is not None


def test_a_missing_config_is_told(pellucid, run_folder, tmp_path):
    shutil.copytree(run_folder, tmp_path / "run")
    (tmp_path / "run" / "config.toml").unlink()
    done = pellucid("resume", tmp_path / "run")
    assert done.code == 1
    assert done.err.endswith("is not a run folder (config.toml is missing); put it back to resume\n")
    assert CheckpointFolder(tmp_path / "run").paths()


# ---- places that cannot be written, in a mount namespace of their own ----


def in_a_small_world(script):
    """Run a shell script that may mount what it likes; skip where the kernel does not allow it."""
    words = ["unshare", "-rm", "sh", "-c"]
    if shutil.which("unshare") is None or subprocess.run([*words, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no user namespaces here")
    return subprocess.run([*words, script], capture_output=True, text=True, env=environment(), timeout=120, check=False)


@pytest.mark.slow
def test_a_folder_that_cannot_be_written(run_folder, tmp_path):
    pellucid = " ".join(command())
    words = f"{pellucid} train {' '.join(QUICK)} --out x; {pellucid} resume run; {pellucid} export run x.safetensors"
    filled = f"mount -t tmpfs none {tmp_path} && cp -r {run_folder} {tmp_path}/run && mount -o remount,ro {tmp_path}"
    script = f"{filled} && cd {tmp_path} && {words}"
    lines = in_a_small_world(script).stderr.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("pellucid: ") and line.endswith("Read-only file system") for line in lines)


@pytest.mark.slow
@pytest.mark.parametrize("kibibytes", [8, 24, 60, 150])
def test_a_disk_that_is_full(tmp_path, kibibytes):
    train = " ".join(command("train", *QUICK, "--out", "run"))
    script = f"mount -t tmpfs -o size={kibibytes}k none {tmp_path} && cd {tmp_path} && {train}; ls -A run"
    done = in_a_small_world(script)
    (line,) = done.stderr.splitlines()
    assert line.startswith("pellucid: cannot write run/")
    assert line.endswith("No space left on device")
    assert ".part" not in done.stdout
