"""`pellucid find-lr`, and `--learning-rate auto`, which records the rate that was found."""

import tomllib

import numpy as np
import pytest

from pellucid import Trainer
from pellucid.data import DataError
from pellucid.nets import Affine, Network
from pellucid.train.config import TrainConfig


def test_a_rate_and_its_reason_in_one_line(pellucid, tmp_path):
    done = pellucid("find-lr", "--model", "fully-connected", "--plot", tmp_path / "lr.png")
    assert done.code == 0
    assert done.out.startswith("learning rate ")
    assert "a tenth of that rate" in done.out
    assert len(done.out.splitlines()) == 1
    assert (tmp_path / "lr.png").read_bytes().startswith(b"\x89PNG")


def test_the_range_is_what_the_flags_say(pellucid):
    """A test that ends too early says "try a larger stop": there is a flag for that."""
    short = pellucid("find-lr", "--model", "fully-connected", "--stop", 1e-4, "--steps", 12, "--start", 1e-5)
    assert short.code == 0
    assert "try a larger stop" in short.out or "from 1.0e-05 to 1.0e-04" in short.out


WRONG = {
    "--start 0": "find-lr: --start must be positive and finite; got 0.0",
    "--stop 1e-7": "find-lr: --stop must be a finite number above 1e-06; got 1e-07",
    "--steps 3": "find-lr: --steps must be a whole number of at least 10; got 3",
    "--steps x": "--steps must be a whole number",
    "--plot lr.jpg": "find-lr: --plot must end in .png or .svg; got lr.jpg",
}


@pytest.mark.parametrize(("flags", "message"), WRONG.items(), ids=WRONG)
def test_a_range_or_a_drawing_that_cannot_be_made_is_refused_first(pellucid, flags, message):
    done = pellucid("find-lr", "--data", "missing", *flags.split())
    assert (done.code, done.out, done.err) == (2, "", f"pellucid: {message}\n")


@pytest.mark.parametrize(
    "flags",
    [
        *(["--epochs", 3], ["--lr", 0.1], ["--schedule", "cosine"], ["--schedule-peak", 0.5], ["--average", "ema"]),
        *(["--ema-decay", 0.5], ["--swa-start", 0.5], ["--metrics", "f1"], ["--monitor", "val_f1"], ["--patience", 3]),
        ["--checkpoint-every", 5],
    ],
    ids=lambda flags: flags[0],
)
def test_a_flag_that_would_change_nothing_is_refused(pellucid, flags):
    done = pellucid("find-lr", "--model", "fully-connected", *flags)
    assert (done.code, done.out) == (2, "")
    assert flags[0] in done.err


def test_a_run_is_tested_with_its_own_file(pellucid, tmp_path):
    """Its file holds what a range test does not use; auto does not make it test twice."""
    (tmp_path / "my.toml").write_text(
        'model = "fully-connected"\nepochs = 3\nschedule = "cosine"\nlearning_rate = "auto"\n'
    )
    own = pellucid("find-lr", "--config", tmp_path / "my.toml")
    assert (own.code, own.out) == (0, pellucid("find-lr", "--model", "fully-connected").out)


def test_a_range_test_draws_classes_as_the_run_would():
    x = np.random.default_rng(0).standard_normal((200, 3)).astype(np.float32)
    y = (np.arange(200) < 5).astype(int)  # few of class 1
    trainer = Trainer(Network([Affine(2)], (3,)), batch_size=50)
    plain, balanced = (trainer.find_learning_rate(x, y, balanced=balanced) for balanced in (False, True))
    assert plain.losses != balanced.losses
    with pytest.raises(DataError, match="balanced=True needs a class"):
        Trainer(Network([Affine(1)], (3,)), loss="mse").find_learning_rate(x, x[:, 0], balanced=True)


def test_the_rate_that_was_found_is_what_the_run_repeats(pellucid, tmp_path):
    flags = ("--model", "fully-connected", "--epochs", 1, "--quiet")
    found = pellucid("find-lr", *flags[:2]).out.split()[2].rstrip(":")
    assert pellucid("train", *flags, "--learning-rate", "auto", "--out", tmp_path / "run").code == 0
    recorded = tomllib.loads((tmp_path / "run" / "config.toml").read_text())
    assert recorded["learning_rate"] == float(found) != TrainConfig().learning_rate
