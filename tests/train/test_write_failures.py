"""Tests of disks that are full and folders that cannot be written: one clear error, and the last good checkpoint survives."""

import errno
import os
import shutil
import subprocess
import sys

import pytest

from pellucid.nets import StorageError, read_tensors
from pellucid.train import CheckpointFolder
from pellucid.train.config import TrainConfig
from pellucid.train.readers.metrics import read_metrics
from pellucid.train.run import resume_run, start_run

from .small_runs import EPOCHS, clusters, everything, interrupt_at, one_thread_environment, small_trainer

VALIDATION = clusters(30, seed=1)


def fit(folder, **options):
    trainer = small_trainer()
    trainer.fit(clusters(), EPOCHS, validation=VALIDATION, folder=folder, checkpoint_every=1, **options)
    return trainer


def failing(call, number):
    """A system call that fails with `no space left` from its `number`-th use on."""
    count = 0

    def called(*args):
        nonlocal count
        count += 1
        if count >= number:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return call(*args)

    return called


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("number", [1, 2, 5, 10, 11])
def test_a_disk_that_fills_up_at_any_save(tmp_path, monkeypatch, call, number):
    whole = small_trainer()
    whole.fit(clusters(), EPOCHS, validation=VALIDATION)
    folder = tmp_path / "run"
    with monkeypatch.context() as patched:
        patched.setattr(os, call, failing(getattr(os, call), number))
        with pytest.raises(StorageError) as caught:
            fit(folder)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"cannot write {folder}")
    assert message.endswith("No space left on device")
    assert not list(folder.glob(".*.part"))
    paths = CheckpointFolder(folder).paths()
    for path in paths:
        read_tensors(path)  # whole, every one
    trainer = fit(folder, resume=bool(paths))
    assert everything(trainer) == everything(whole)


def test_a_full_disk_for_good_lets_nobody_hang_or_loop(tmp_path, monkeypatch):
    """Ctrl-C on a full disk: the save fails, and that is what is told."""
    monkeypatch.setattr(os, "fsync", failing(os.fsync, 1))
    with pytest.raises(StorageError, match="No space left"):
        small_trainer().fit(clusters(), EPOCHS, folder=tmp_path / "run", on_event=interrupt_at(2))


@pytest.mark.parametrize("below", ["file/run", "file"])
def test_a_folder_below_or_at_a_file(tmp_path, below):
    (tmp_path / "file").write_text("here")
    with pytest.raises(StorageError) as caught:
        fit(tmp_path / below)
    assert str(tmp_path / below) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert (tmp_path / "file").read_text() == "here"


def test_a_folder_without_permission(tmp_path):
    if not hasattr(os, "geteuid") or os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StorageError, match="Permission denied"):
            fit(tmp_path / "run")
    finally:
        tmp_path.chmod(0o700)


# ---- the limit on file size is the kernel's own full disk ----

CONFIG = TrainConfig(model="fully-connected", hidden=(32,), norm="batch", keep=0.8, epochs=2, checkpoint_every=4)
LIMITED = """
import resource, sys
limit = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
from pellucid.cli import main
main()
"""


def limited(limit, *arguments):
    """Run a command in a process that may write no file longer than `limit` bytes."""
    pytest.importorskip("resource", reason="limits on file size need POSIX")
    command = [sys.executable, "-B", "-c", LIMITED, str(limit), *map(str, arguments)]
    return subprocess.run(command, env=one_thread_environment(), capture_output=True, text=True, timeout=120)


@pytest.fixture
def no_pictures(monkeypatch):
    """Drawing takes longest and is not what a test is about."""
    monkeypatch.setattr("pellucid.train.results._pictures", lambda facts: {})


@pytest.fixture(scope="module")
def stopped_run(tmp_path_factory):
    """A run of the command line's kind, interrupted after step 9."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    outcome = start_run(CONFIG, folder, interrupt_at(9))
    assert outcome.summary is None
    return folder


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory):
    """The same run, never interrupted."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    return folder, start_run(CONFIG, folder, lambda event: None).summary


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.parametrize("full", ["checkpoint-000000012.safetensors", "metrics.jsonl"])
def test_no_room_for_a_file_is_one_line_and_costs_nothing(stopped_run, whole_run, tmp_path, full):
    folder, (whole, expected) = tmp_path / "run", whole_run
    shutil.copytree(stopped_run, folder)
    good = {path.name: path.read_bytes() for path in CheckpointFolder(folder).paths()}
    # Within the first line that is added to the metrics; or beyond them all, but short of a checkpoint.
    limit = (folder / "metrics.jsonl").stat().st_size + 50 if full == "metrics.jsonl" else 20_000
    done = limited(limit, "resume", folder, "--quiet")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"pellucid: cannot write {folder / full}: File too large\n"
    assert {path.name: path.read_bytes() for path in CheckpointFolder(folder).paths()} == good
    assert not list(folder.glob(".*.part"))
    summary = resume_run(folder, lambda event: None).summary
    for key in ("train_accuracy", "val_accuracy", "test_accuracy", "best_epoch", "steps"):
        assert summary[key] == expected[key]
    for name in ("best.safetensors", CheckpointFolder(whole).paths()[0].name):
        ours, others = (read_tensors(place / name)[0] for place in (folder, whole))
        assert {k: v.tobytes() for k, v in ours.items()} == {k: v.tobytes() for k, v in others.items()}
    lines, others = ([e | {"seconds": 0} for e in read_metrics(f / "metrics.jsonl")] for f in (folder, whole))
    assert lines == others


@pytest.mark.usefixtures("no_pictures")
def test_a_first_save_that_fails_leaves_a_run_that_can_begin_again(tmp_path):
    folder = tmp_path / "run"
    arguments = ["--model", "fully-connected", "--epochs", "1", "--quiet"]
    done = limited(20_000, "train", *arguments, "--out", folder)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert not list(folder.glob(".*.part"))
    outcome = resume_run(folder, lambda event: None)
    assert outcome.summary is not None
