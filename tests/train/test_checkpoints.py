"""Tests of checkpoints: what is in them, which are kept, and what happens when one is damaged or the folder is taken."""

import contextlib
import os
import signal
import subprocess
import sys
import warnings

import numpy as np
import pytest
from safetensors.numpy import load_file

from pellucid.nets import Affine, Conv, Flatten, Network, StorageError, read_tensors
from pellucid.optim import SGD, AdamW, Cosine
from pellucid.train import CheckpointFolder, CheckpointSaved, EpochDone, Progress, RunLockedError

from .small_runs import (
    EPOCHS,
    clusters,
    everything,
    interrupt_at,
    one_thread_environment,
    small_net,
    small_trainer,
    without_seconds,
)

VALIDATION = clusters(30, seed=1)


def fit(folder, *, trainer=None, **options):
    trainer = small_trainer() if trainer is None else trainer
    return trainer, trainer.fit(clusters(), EPOCHS, validation=VALIDATION, folder=folder, **options)


@pytest.fixture(scope="module")
def whole():
    """An uninterrupted run."""
    trainer = small_trainer()
    history = trainer.fit(clusters(), EPOCHS, validation=VALIDATION)
    return everything(trainer), without_seconds(history.epochs)


@pytest.fixture
def interrupted(tmp_path):
    """The folder of a run that was interrupted after step 10, with the checkpoints of steps 8 and 10."""
    folder = tmp_path / "run"
    fit(folder, on_event=interrupt_at(10))
    assert [path.name for path in CheckpointFolder(folder).paths()] == [
        "checkpoint-000000010.safetensors",
        "checkpoint-000000008.safetensors",
    ]
    return folder


# ---- what is in them ----


def test_a_checkpoint_holds_logical_named_arrays(tmp_path):
    """A convolution's weight lies otherwise in memory; on disk it is (F, C, HH, WW) in C order, and so are its moments."""
    net = Network([Conv(2, 3), Flatten(), Affine(3)], (1, 4, 6))
    x = np.random.default_rng(0).standard_normal((8, 1, 4, 6)).astype(np.float32)
    trainer = small_trainer(net=net)
    trainer.fit((x, np.arange(8) % 3), 1, folder=tmp_path)
    (path,) = CheckpointFolder(tmp_path).paths()
    on_disk = load_file(path)
    names = ["conv1.weight", "affine1.weight", "conv1.bias", "affine1.bias"]
    wanted = {f"{part}/{name}" for part in ("params", "optimizer/m", "optimizer/v") for name in names}
    assert set(on_disk) == wanted
    weight = on_disk["params/conv1.weight"]
    assert weight.shape == (2, 1, 3, 3)
    assert weight.flags.c_contiguous
    assert np.array_equal(weight, net.params["conv1.weight"])
    assert not net.params["conv1.weight"].flags.c_contiguous  # so the copy had something to do
    moments = net.params.like(trainer.moments.m)
    assert np.array_equal(on_disk["optimizer/m/conv1.weight"], moments["conv1.weight"])


def test_running_statistics_are_in_it(tmp_path):
    trainer, _ = fit(tmp_path)
    best = load_file(CheckpointFolder(tmp_path).best_path)
    assert set(best) == set(trainer.net.named_tensors())
    assert {"state/batchnorm1.mean", "state/batchnorm1.var"} <= set(best)
    assert np.array_equal(best["state/batchnorm1.mean"], trainer.net.state["batchnorm1.mean"])


def test_an_optimizer_without_state_saves_none(tmp_path):
    fit(tmp_path, trainer=small_trainer(optimizer=SGD(0.1)))
    assert not [name for name in load_file(CheckpointFolder(tmp_path).paths()[0]) if name.startswith("optimizer")]


def test_progress_goes_through_json_unchanged():
    record = EpochDone(1, 4, 0.1, 1 / 3, None, None, False, 0.25)
    progress = Progress(1, 2, 6, 3, 1, 0.1 + 0.2, 5, 9, 1.5, 2.5, 1, (1 / 3, -0.7), [record])
    assert Progress.from_document(progress.to_document()) == progress
    assert Progress.from_document(Progress().to_document()) == Progress()


def test_the_newest_two_are_kept(tmp_path):
    seen = []

    def on_event(event):
        if isinstance(event, CheckpointSaved):
            found = sorted(path.name for path in tmp_path.glob("checkpoint-*"))
            seen.append(event.step)
            assert found == [f"checkpoint-{step:09d}.safetensors" for step in sorted(set(seen))[-2:]]

    fit(tmp_path, checkpoint_every=1, on_event=on_event)
    assert len(seen) == 16
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == [".lock", "best.safetensors", "checkpoint-000000015.safetensors", "checkpoint-000000016.safetensors"]


def test_the_best_file_follows_the_best_epoch(tmp_path):
    trainer, history = fit(tmp_path)
    _, document = read_tensors(CheckpointFolder(tmp_path).best_path)
    assert document["epoch"] == history.best_epoch
    assert everything(trainer)["params/affine1.weight"] == trainer.net.params["affine1.weight"].tobytes()


# ---- damage ----


def truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path):
    path.write_bytes(b"")


def flip_last_byte(path):
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))


def flip_header_byte(path):
    content = bytearray(path.read_bytes())
    content[content.index(b"step") + 8] ^= 1  # within the document's numbers
    path.write_bytes(bytes(content))


def zero_out(path):
    path.write_bytes(b"\0" * path.stat().st_size)


def swap_for_another_format(path):
    from safetensors.numpy import save_file

    save_file({"a": np.zeros(3)}, path)


DAMAGES = [truncate, empty, flip_last_byte, flip_header_byte, zero_out, swap_for_another_format]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_damaged_checkpoint_is_passed_over_for_the_one_before(interrupted, whole, damage):
    newest, before = CheckpointFolder(interrupted).paths()
    damage(newest)
    arrays, _, path, refused = CheckpointFolder(interrupted).newest()
    assert path == before
    assert len(refused) == 1
    assert str(newest) in refused[0]
    assert arrays
    with pytest.warns(UserWarning, match=r"checkpoint-000000010.*continuing from the one before it"):
        trainer, history = fit(interrupted, resume=True)
    assert everything(trainer) == whole[0]
    assert without_seconds(history.epochs) == whole[1]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_with_both_damaged_one_error_names_both(interrupted, damage):
    for path in CheckpointFolder(interrupted).paths():
        damage(path)
    with pytest.raises(StorageError) as caught:
        fit(interrupted, resume=True)
    message = str(caught.value)
    assert "\n" not in message
    assert "checkpoint-000000010" in message
    assert "checkpoint-000000008" in message


def test_a_sound_run_warns_of_nothing(interrupted):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(interrupted, resume=True)


def test_a_best_file_of_another_epoch_is_refused(tmp_path):
    """The best network must be the one that the run means, not one that lay there."""
    fit(tmp_path)
    small_trainer(seed=5).net.save(CheckpointFolder(tmp_path).best_path)
    with pytest.raises(StorageError, match=r"best\.safetensors holds epoch None, not the best"):
        fit(tmp_path, resume=True)


def test_a_missing_best_file_is_named(tmp_path):
    fit(tmp_path)
    CheckpointFolder(tmp_path).best_path.unlink()
    with pytest.raises(StorageError, match=r"best\.safetensors: it is missing"):
        fit(tmp_path, resume=True)


# ---- the folder ----


def test_leftovers_of_a_save_that_was_cut_off_are_removed(interrupted, whole):
    for name in (".checkpoint-000000011.safetensors.part", ".best.safetensors.part"):
        (interrupted / name).write_bytes(b"half")
    trainer, _ = fit(interrupted, resume=True)
    assert not list(interrupted.glob(".*.part"))
    assert everything(trainer) == whole[0]


def test_a_folder_that_holds_a_run_is_not_overwritten(interrupted):
    before = {path.name: path.read_bytes() for path in interrupted.iterdir()}
    with pytest.raises(StorageError, match=r"already contains a run; pass resume=True, or choose another folder"):
        fit(interrupted)
    assert {path.name: path.read_bytes() for path in interrupted.iterdir()} == before


def test_resuming_where_there_is_nothing(tmp_path):
    with pytest.raises(StorageError, match="holds no checkpoint"):
        fit(tmp_path, resume=True)


@pytest.mark.parametrize(
    ("named", "changes"),
    [
        ("learning_rate 0.02 -> 0.03", {"optimizer": AdamW(0.03)}),
        ("weight_decay", {"optimizer": AdamW(0.02, weight_decay=0.5)}),
        ("optimizer", {"optimizer": SGD(0.02)}),
        ("batch_size", {"batch_size": 15}),
        ("loss", {"loss": "svm"}),
        ("label_smoothing", {"label_smoothing": 0.1}),
        ("reg", {"reg": 0.5}),
        ("schedule", {"schedule": Cosine()}),
        ("clip_norm", {"clip_norm": None}),
        ("seed", {"seed": 1, "net": small_net(0)}),
        ("network_seed", {"net": small_net(1)}),
        ("layer", {"net": Network([Affine(3)], (6,))}),
        ("class_weight", {"class_weight": [1.0, 2.0, 3.0]}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_changed_settings_are_refused_by_name(interrupted, named, changes):
    trainer = small_trainer(**changes)
    before = everything(trainer)
    with pytest.raises(StorageError, match=rf"belongs to a run with other settings: .*\b{named}\b"):
        fit(interrupted, resume=True, trainer=trainer)
    assert everything(trainer) == before


def test_another_number_of_samples_is_refused(interrupted):
    """The order of an epoch is that of its samples: with more of them it would be another run."""
    with pytest.raises(StorageError, match="samples"):
        small_trainer().fit(clusters(90), EPOCHS, validation=VALIDATION, folder=interrupted, resume=True)


def test_another_dtype_is_refused(interrupted):
    with pytest.raises(StorageError, match="dtype"):
        fit(interrupted, resume=True, trainer=small_trainer(net=small_net(dtype=np.float64)))


def test_two_trainers_in_one_process_cannot_share_a_folder(tmp_path):
    with CheckpointFolder(tmp_path).held(), pytest.raises(RunLockedError, match="being written by another process"):
        fit(tmp_path)
    fit(tmp_path)  # free again


def test_a_held_folder_may_be_held_again_by_its_holder(tmp_path):
    with CheckpointFolder(tmp_path).held() as checkpoints, checkpoints.held() as again:
        assert again is checkpoints
        assert checkpoints.is_held
    assert not checkpoints.is_held


HOLDER = """
import sys, time
from pellucid.train import CheckpointFolder
with CheckpointFolder(sys.argv[1]).held():
    print("held", flush=True)
    time.sleep(120)
"""


@contextlib.contextmanager
def holder(folder):
    """Another process that holds the folder's lock."""
    command = [sys.executable, "-c", HOLDER, str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=one_thread_environment())
    try:
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_second_process_cannot_write_and_the_lock_dies_with_its_holder(interrupted, whole):
    before = {path.name: path.read_bytes() for path in interrupted.iterdir()}
    with holder(interrupted) as process:
        with pytest.raises(RunLockedError) as caught:
            fit(interrupted, resume=True)
        assert str(interrupted) in str(caught.value)
        assert "another process" in str(caught.value)
        assert {path.name: path.read_bytes() for path in interrupted.iterdir()} == before
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        trainer, _ = fit(interrupted, resume=True)
    assert everything(trainer) == whole[0]
