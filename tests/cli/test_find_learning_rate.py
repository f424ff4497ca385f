"""`pellucid find-lr`, and `--learning-rate auto`, which records the rate that was found."""

import tomllib

from pellucid.train.config import TrainConfig


def test_a_rate_and_its_reason_in_one_line(pellucid, tmp_path):
    done = pellucid("find-lr", "--model", "fully-connected", "--plot", tmp_path / "lr.png")
    assert done.code == 0
    assert done.out.startswith("learning rate ")
    assert "a tenth of that rate" in done.out
    assert len(done.out.splitlines()) == 1
    assert (tmp_path / "lr.png").read_bytes().startswith(b"\x89PNG")
    assert (
        "--learning-rate must be a number above 0 and up to 1e+30 or auto; got 'otto'"
        in pellucid("find-lr", "--lr", "otto").err
    )


def test_the_rate_that_was_found_is_what_the_run_repeats(pellucid, tmp_path):
    flags = ("--model", "fully-connected", "--epochs", 1, "--quiet")
    found = pellucid("find-lr", *flags[:2]).out.split()[2].rstrip(":")
    assert pellucid("train", *flags, "--learning-rate", "auto", "--out", tmp_path / "run").code == 0
    recorded = tomllib.loads((tmp_path / "run" / "config.toml").read_text())
    assert recorded["learning_rate"] == float(found) != TrainConfig().learning_rate
