"""Real images: what the named models reach on CIFAR-10 in a few epochs, by the commands of the README.

The data is looked for where PELLUCID_DATA points, or beside the checkout; without it the tests are skipped aloud. Figures are of
the data at hand: images that went through JPEG again give a little less than the originals.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data" / "cifar10-jpeg"
DATA = os.environ.get("PELLUCID_DATA") or (str(BESIDE) if BESIDE.is_dir() else "")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.alone,
    pytest.mark.cifar,
    pytest.mark.timeout(1500),
    pytest.mark.skipif(not DATA, reason="CIFAR-10 is not here: set PELLUCID_DATA to the folder that holds it"),
]


def summary_of(folder, *flags):
    """Train by the command line; return the run's summary."""
    command = [sys.executable, "-m", "pellucid", "train", "--quiet", "--data", DATA, "--out", str(folder), *flags]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1400)
    assert done.returncode == 0, done.stderr
    summary = json.loads((folder / "summary.json").read_text())
    print(json.dumps(summary))
    return summary


def test_a_convnet_passes_45_percent_validation_after_one_epoch(tmp_path):
    flags = ["--model", "three-layer-convnet", "--epochs", "1", "--batch-size", "50"]
    assert summary_of(tmp_path / "run", *flags)["val_accuracy"] > 0.45


def test_a_fully_connected_net_passes_54_percent_test_within_10_epochs(tmp_path):
    flags = ["--model", "fully-connected", "--hidden", "512,256", "--norm", "batch", "--keep", "0.7"]
    summary = summary_of(tmp_path / "run", *flags, "--epochs", "10", "--batch-size", "128")
    assert summary["epochs"] <= 10
    assert summary["test_accuracy"] > 0.54


def test_vgg6_bn_passes_83_percent_test_within_10_epochs(tmp_path):
    flags = ["--model", "vgg6-bn", "--flip", "--crop", "4", "--learning-rate", "3e-3", "--weight-decay", "0.05"]
    summary = summary_of(tmp_path / "run", *flags, "--epochs", "10", "--validation", "0.02")
    assert summary["epochs"] <= 10
    assert summary["test_accuracy"] > 0.83
