"""Tests of the figures: real PNG files of a sensible size, and the counts behind them."""

import io
import struct
import warnings

import numpy as np
import pytest
from PIL import Image

from pellucid.nets import Affine, Conv, Dropout, Flatten, Network, ReLU
from pellucid.style import png_of
from pellucid.train.readers.curves import Curves, curves_figure, panels
from pellucid.train.report.pictures import confusion_figure, first_filters, mistakes_figure
from pellucid.train.report.sections import filter_sheet

RNG = np.random.default_rng(0)


def size(png):
    """Check the signature and that the picture decodes and is not blank; return (width, height)."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    with Image.open(io.BytesIO(png)) as image:
        image.load()
        assert image.convert("L").getextrema()[0] < 100
        assert image.size == struct.unpack(">II", png[16:24])
        return image.size


def entries(epochs, *, validation=True, loss=1.0):
    found = []
    for epoch in range(1, epochs + 1):
        found += [{"event": "step", "step": 2 * epoch - 1 + i, "epoch": epoch, "loss": loss} for i in range(2)]
        val = {"val_loss": 0.9, "val_accuracy": 0.5} if validation else {"val_loss": None, "val_accuracy": None}
        found.append(
            {
                "event": "epoch",
                "step": 2 * epoch,
                "epoch": epoch,
                "train_loss": loss,
                "train_accuracy": 0.4,
                "best": epoch == 1,
            }
            | val
        )
    return found


@pytest.mark.parametrize(
    ("metrics", "drawn"),
    [
        (entries(5), ["loss", "accuracy"]),
        (entries(1), ["loss", "accuracy"]),
        (entries(3, validation=False), ["loss", "accuracy"]),
        (entries(2, loss=None), ["loss", "accuracy"]),
        (entries(3)[:1], ["loss"]),
        ([], ["loss"]),
    ],
    ids=["five epochs", "one epoch", "no validation", "no loss", "one step", "nothing"],
)
def test_curves(metrics, drawn):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        curves = Curves.of_entries(metrics)
        assert [panel.name for panel in panels(curves)] == drawn
        assert all(panel.alt for panel in panels(curves))
        assert size(png_of(curves_figure(curves))) == (480 * len(drawn), 396)


def test_curves_of_metrics_and_rates():
    metrics = [each | {"learning_rate": 0.1} for each in entries(3)]
    metrics = [each | {"metrics": {"val_f1": 0.5, "train_f1": None}} for each in metrics]
    assert [panel.name for panel in panels(Curves.of_entries(metrics))] == ["loss", "accuracy", "metrics", "rate"]
    assert size(png_of(curves_figure(Curves.of_entries(metrics))))


def test_the_accuracy_of_one_epoch_is_shown_on_all_of_the_axis_with_its_values():
    figure = curves_figure(Curves.of_entries(entries(1)))
    accuracy = figure.axes[1]
    assert accuracy.get_ylim() == (0, 1)
    assert [each.get_text() for each in accuracy.texts] == ["40.0%", "50.0%"]
    assert list(accuracy.get_xticks()) == [1]


def test_before_the_first_epoch_has_ended_the_axis_counts_steps():
    figure = curves_figure(Curves.of_entries(entries(1)[:2]))
    assert figure.axes[0].get_xlabel() == "step"
    assert curves_figure(Curves.of_entries(entries(1))).axes[0].get_xlabel() == "epoch"


@pytest.mark.parametrize("classes", [2, 10, 25, 26, 100])
def test_a_confusion_matrix_is_no_larger_than_its_numbers_need(classes):
    counts = RNG.integers(0, 50, (classes, classes))
    width, height = size(confusion_figure(counts, [f"class {i}" for i in range(classes)]))
    assert width == height
    assert 100 < width <= 1200
    if classes <= 25:
        assert width / 120 <= 0.36 * classes + 1.5  # inches
    many = size(confusion_figure(counts * 1000, [f"class {i}" for i in range(classes)]))[0]
    assert (many > width) == (classes <= 25)  # numbers with more digits need more


def test_a_class_without_samples_does_no_harm():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        size(confusion_figure(np.array([[3, 0], [0, 0]]), ["a", "b"]))


NAMES = ["$\\x$", "a$b$c", "50 % off", "under_score", "<b>&amp;"]


@pytest.mark.parametrize("name", NAMES)
def test_class_names_are_taken_as_they_are(name):
    """Matplotlib reads $...$ as a formula: a folder may still be called so."""
    size(confusion_figure(np.eye(2, dtype=int), [name, "b"]))
    images = RNG.integers(0, 256, (2, 1, 4, 4), dtype=np.uint8)
    size(mistakes_figure(images, np.array([0, 1]), np.array([1, 0]), np.ones(2), [name, "b"], 255))


def test_a_long_class_name_leaves_room_for_the_figure():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        size(confusion_figure(np.eye(2, dtype=int), ["x" * 60, "b"]))


def test_names_that_the_font_lacks_raise_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        size(confusion_figure(np.eye(2, dtype=int), ["日本", "b"]))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("filters", [1, 5, 16, 17, 70])
def test_filters_of_a_convolution(channels, filters):
    net = Network([Conv(filters, 3), ReLU(), Flatten(), Affine(2)], (channels, 6, 6))
    width, height = sheet_size(first_filters(net))
    columns, rows = min(16, filters), -(-min(filters, 64) // 16)
    assert width % (4 * columns - 1) == height % (4 * rows - 1) == 0
    assert width <= 640 + 4 * 16


def sheet_size(filters):
    png, _ = filter_sheet(filters)
    with Image.open(io.BytesIO(png)) as image:
        return image.size


def test_filters_share_one_scale():
    """A weak filter looks weak next to a strong one: stretched on its own, it would look the same."""
    filters = np.zeros((2, 1, 2, 2))
    filters[0, 0] = [[-2.0, 2.0], [0.0, 1.0]]
    filters[1, 0] = [[-0.02, 0.02], [0.0, 0.01]]
    png, largest = filter_sheet(filters)
    assert largest == 2.0
    with Image.open(io.BytesIO(png)) as image:
        pixels = np.asarray(image)[..., 0].astype(int)
    step = pixels.shape[0] // 2
    sampled = pixels[step // 2 :: step, step // 2 :: step]
    assert sampled[:, :2].tolist() == [[0, 255], [128, 191]]
    assert abs(sampled[:, 3:] - 128).max() <= 2


def test_filters_of_an_affine_layer_that_reads_the_image():
    for layers, shape in (
        ([Flatten(), Affine(4), ReLU(), Affine(2)], (1, 5, 7)),
        ([Affine(4)], (3, 4, 4)),
        ([Flatten(), Dropout(keep=0.5), Affine(4)], (1, 5, 7)),
    ):
        filters = first_filters(Network(layers, shape))
        assert filters.shape == (4, *shape)
        assert sheet_size(filters)


def test_equal_filters_do_no_harm():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sheet_size(first_filters(Network([Conv(2, 3, init=0.0)], (1, 6, 6))))


@pytest.mark.parametrize(
    "net",
    [
        Network([Affine(4)], (12,)),
        Network([Conv(4, 1), Flatten(), Affine(2)], (2, 4, 4)),
        Network([ReLU(), Affine(2)], (1, 4, 4)),
        Network([Flatten()], (1, 4, 4)),
    ],
    ids=["features", "two channels", "relu first", "no filter at all"],
)
def test_what_is_no_picture_has_no_filters_figure(net):
    assert first_filters(net) is None


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("wrong", [1, 6, 7, 40])
def test_mistakes(channels, wrong):
    images = RNG.integers(0, 256, (50, channels, 4, 4), dtype=np.uint8)
    predicted = np.where(np.arange(50) < wrong, 1, 0)
    width, height = size(
        mistakes_figure(images, np.zeros(50, int), predicted, RNG.uniform(0.5, 1, 50), ["cat", "dog"], 255)
    )
    shown = min(wrong, 24)
    assert width == pytest.approx(120 * 1.7 * min(6, shown), abs=1)
    assert height == pytest.approx(120 * (1.9 * -(-shown // 6) + 0.4), abs=1)


def test_the_most_confident_mistakes_come_first(monkeypatch):
    shown = []
    monkeypatch.setattr("pellucid.train.report.pictures._show", lambda axes, image, *place: shown.append(image))
    images = np.arange(5, dtype=np.uint8).reshape(5, 1, 1, 1)
    predicted = np.array([1, 0, 1, 1, 1])  # row 1 is right
    mistakes_figure(images, np.zeros(5, int), predicted, np.array([0.5, 1.0, 0.9, 0.6, 0.8]), ["a", "b"], 4)
    assert [round(float(image.item() * 4)) for image in shown] == [2, 4, 3, 0]


def test_no_mistakes_no_figure():
    images = np.zeros((3, 1, 4, 4), np.uint8)
    labels = np.array([0, 1, 0])
    assert mistakes_figure(images, labels, labels, np.ones(3), ["a", "b"], 255) is None


def test_samples_that_are_no_images_have_no_figure_of_mistakes():
    assert mistakes_figure(np.zeros((3, 7)), np.zeros(3, int), np.ones(3, int), np.ones(3), ["a", "b"], 1) is None
