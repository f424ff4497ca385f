"""What a folder of images trains by default: a network that hardly grows with the pictures, at most 128 pixels wide."""

import numpy as np
import pytest

pytest.importorskip("PIL")
from PIL import Image

from pellucid.cli.choosing import loss_notes, with_model
from pellucid.data import load, table_splits
from pellucid.nets import build

COLOURS = {"blue": (40, 40, 200), "red": (200, 40, 40)}


def folder_of(path, height, width, count=2):
    """Write noisy pictures of one colour for each class."""
    rng = np.random.default_rng(0)
    for name, colour in COLOURS.items():
        (path / name).mkdir(parents=True)
        for number in range(count):
            pixels = np.array(colour) + rng.normal(0, 30, (height, width, 3))
            Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path / name / f"{number}.png")
    return str(path)


@pytest.mark.parametrize(
    ("height", "width", "given", "chosen"),
    [
        (64, 48, {}, {"model": "vgg6-bn"}),
        (400, 300, {}, {"model": "vgg6-bn", "size": 128}),
        (400, 300, {"size": 256}, {"model": "vgg6-bn", "size": 256}),
        (400, 300, {"model": "resnet9"}, {"model": "resnet9"}),
        (400, 300, {"from_": "runs/old"}, {"from_": "runs/old"}),
        (6, 6, {}, {}),
    ],
)
@pytest.mark.parametrize("parts", [False, True])
def test_what_a_folder_of_images_trains(tmp_path, capsys, height, width, given, chosen, parts):
    where = tmp_path / "photos"
    folder_of(where / "train" if parts else where, height, width)
    found = with_model({"data": str(where), **given}, print)
    assert {name: value for name, value in found.items() if name != "data"} == chosen
    assert len(capsys.readouterr().out.splitlines()) == (chosen != given)


@pytest.mark.parametrize("data", ["digits", "cifar10", "missing", "", "photos.npz"])
def test_other_data_keep_their_default(data):
    assert with_model({"data": data}, print) == {"data": data}
    assert with_model({}, print) == {}


def test_a_line_says_what_was_chosen(tmp_path):
    lines = []
    with_model({"data": folder_of(tmp_path / "photos", 200, 200)}, lines.append)
    assert lines == [
        "the data are a folder of images: the model is vgg6-bn, --model chooses another; its images are resized to "
        "128x128 pixels, --size chooses another size"
    ]


@pytest.mark.parametrize(
    ("loss", "task", "said"),
    [
        ("mse", "classification", ["the loss mse takes numbers: each class is read as a row of 0 and 1 (one-hot)"]),
        ("bce", "classification", ["the loss bce takes indicators: each class is read as a row of 0 and 1 (one-hot)"]),
        ("focal", "classification", []),
        (None, "classification", []),
        ("mae", "regression", []),
        ("bce", "binary", []),
    ],
)
def test_a_loss_that_is_not_made_for_classes_is_named(loss, task, said):
    table = table_splits({"a": np.arange(40.0), "y": [0, 1] * 20}, target="y", task=task)
    for data in (table, load("digits")) if task == "classification" else (table,):
        assert [line.partition("; --loss")[0] for line in loss_notes(loss, data)] == said


def test_photos_train_with_the_defaults(tmp_path, pellucid):
    """The README's command; the network of the digits diverged."""
    data = folder_of(tmp_path / "photos", 40, 40, count=20)
    done = pellucid("train", "--data", data, "--size", "32", "--epochs", "10", "--out", tmp_path / "run")
    assert (done.code, done.out.startswith("test accuracy 100.00%")) == (0, True), done
    assert "vgg6-bn" in done.err.splitlines()[0]
    assert (tmp_path / "run" / "best.safetensors").stat().st_size < 2_000_000


def test_large_photos_without_a_size_are_trained_and_evaluated_in_the_recorded_one(tmp_path, pellucid, monkeypatch):
    monkeypatch.setattr("pellucid.cli.choosing.LARGEST_SIDE", 16)
    data = folder_of(tmp_path / "photos", 24, 30, count=10)
    run = tmp_path / "run"
    assert pellucid("train", "--data", data, "--epochs", "1", "--quiet", "--out", run).code == 0
    assert "size = 16" in (run / "config.toml").read_text()
    assert load(data, size=16).sample_shape == (3, 16, 16)
    assert pellucid("evaluate", run).code == 0


def test_a_large_named_network_is_said_before_it_is_built(recwarn):
    """Refused for the memory after that, or not: the line comes first."""
    with pytest.warns(
        UserWarning, match=r"three-layer-convnet has 64,\d{3},\d{3} parameters .*\(3, 128, 126\), 1.0 GB"
    ):
        build("three-layer-convnet", (3, 128, 126), 2)
    build("vgg6-bn", (3, 400, 400), 2)
    assert not [warning for warning in recwarn if "vgg6-bn has" in str(warning.message)]
