"""Data that a trained model is judged on: all of them count, and columns are matched by name."""

import json

import numpy as np
import pytest
from PIL import Image

import pellucid
from pellucid import Trainer
from pellucid.nets import Affine, Flatten, Network


def write_photos(folder, count, *, side=8, seed=0):
    """Write `count` noisy pictures of each of two classes, one dark and one bright."""
    rng = np.random.default_rng(seed)
    for name, low in (("dark", 0), ("light", 120)):
        (folder / name).mkdir(parents=True)
        for i in range(count):
            pixels = rng.integers(low, low + 100, (side, side, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{i:02}.png")
    return folder


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    return write_photos(tmp_path_factory.mktemp("data") / "photos", 20)


def picture_trainer():
    return Trainer(Network([Flatten(), Affine(2)], (3, 8, 8)), batch_size=8)


def test_of_a_folder_given_for_judging_every_image_counts(photos, tmp_path, pellucid_command):
    """And of the folder of the training only its test part, by whichever path it is named."""
    new, run = write_photos(tmp_path / "new", 15, side=11, seed=1), tmp_path / "run"
    trainer = picture_trainer()
    trainer.fit(photos, epochs=1, validation=str(new), folder=run, progress=False)
    assert trainer.evaluate(new).scores.shape == (30, 2)
    model = pellucid.load(run)
    assert len(model.evaluate(str(new)).scores) == 30
    assert len(model.evaluate(photos / ".." / "photos").scores) == 8
    assert pellucid_command("evaluate", run, "--data", new).out.startswith("30 samples: accuracy ")
    assert json.loads(pellucid_command("evaluate", run, "--json").out)["samples"] == 8
    images = np.zeros((10, 3, 8, 8), np.uint8)
    np.savez(tmp_path / "new.npz", images=images, labels=np.arange(10) % 2, classes=np.array(["dark", "light"]))
    assert len(model.evaluate(tmp_path / "new.npz").scores) == 10


def test_of_a_folder_given_as_validation_every_image_counts(photos, tmp_path):
    new = write_photos(tmp_path / "new", 15, side=11, seed=1)
    trainer = picture_trainer()
    _, held_out = trainer._samples(str(photos), str(new), None, None)
    assert len(held_out) == 30
    _, held_out = trainer._samples(str(photos), str(photos), None, None)
    assert len(held_out) == 8
