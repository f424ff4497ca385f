"""The figures of a run folder: confusion matrix, first-layer filters, the most confident mistakes, predicted and true values."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.nets import Network
from pellucid.shapes import Array
from pellucid.style import LIGHT, png_of, styled
from pellucid.train.report.confusions import short

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "against_figure",
    "confusion_figure",
    "first_filters",
    "mistakes_figure",
    "residuals_figure",
    "values_figure",
]

BLUE, VERMILION, GREY = LIGHT["blue"], LIGHT["vermilion"], LIGHT["grey"]
LARGEST_MATRIX = 25  # classes whose numbers are shown
MOST_POINTS = 2_000
WIDE_TICKS = 5  # intervals along x, so that large numbers do not run into each other
MOST_TARGETS = 10


@styled()
def confusion_figure(counts: Array, classes: Sequence[str]) -> bytes:
    """The confusion matrix (C, C), as large as its numbers need; a cell's shade is its share of the true class."""
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    shown = len(classes) <= LARGEST_MATRIX
    digits = len(str(counts.max()))
    cell = 0.16 + 0.085 * max(digits, 2) if shown else 4.5 / len(classes)  # inches
    names = [short(name) for name in classes]
    margin = 0.7 + 0.085 * max(map(len, names)) if shown else 0.7
    figure = _figure(cell * len(classes) + margin, cell * len(classes) + margin)
    axes = figure.subplots()
    axes.imshow(shares, cmap=_blues(), vmin=0, vmax=1)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    if shown:
        for (row, column), count in np.ndenumerate(counts):
            if count:
                colour = "white" if shares[row, column] > 0.55 else LIGHT["ink"]
                axes.text(column, row, str(count), ha="center", va="center", color=colour, fontsize=9)
        axes.set_xticks(range(len(classes)), names, rotation=90 if max(map(len, names)) > 3 else 0)
        axes.set_yticks(range(len(classes)), names)
    axes.set(xlabel="predicted", ylabel="true")
    return png_of(figure)


@styled()
def values_figure(expected: Array, predicted: Array, names: Sequence[str]) -> bytes:
    """Predicted against true values (N, K), and what is left over (residuals), in the units of each target; the first ten."""
    count = min(len(names), MOST_TARGETS)
    figure = _figure(9, 4 * count)
    for place, (left, right) in enumerate(figure.subplots(count, 2, squeeze=False)):
        _draw_against(left, expected[:, place], predicted[:, place], names[place])
        _draw_residuals(right, expected[:, place], predicted[:, place], names[place])
    return png_of(figure)


@styled()
def against_figure(expected: Array, predicted: Array, name: str) -> "Figure":
    """Predicted against true values (N,), for a page."""
    figure = _figure(4.0, 3.4)
    _draw_against(figure.subplots(), expected, predicted, name)
    return figure


@styled()
def residuals_figure(expected: Array, predicted: Array, name: str) -> "Figure":
    """What is left over of values (N,), for a page."""
    figure = _figure(4.0, 3.4)
    _draw_residuals(figure.subplots(), expected, predicted, name)
    return figure


@styled()
def mistakes_figure(
    images: Array, labels: Array, predicted: Array, confidence: Array, classes: Sequence[str], white: float
) -> bytes | None:
    """The misclassified images with the highest confidence; None if there are none, or the samples are not images."""
    if images.ndim != 4 or images.shape[1] not in (1, 3):
        return None
    wrong = np.flatnonzero(labels != predicted)
    if not wrong.size:
        return None
    worst = wrong[np.argsort(-confidence[wrong], kind="stable")][:24]
    columns, rows = min(6, len(worst)), -(-len(worst) // 6)
    width, height = columns * 1.7, rows * 1.9 + 0.4
    figure = _figure(width, height)
    axes = figure.add_axes((0, 0, 1, 1))  # in inches, from the top: one axes draws far faster than one for each image
    axes.set_axis_off()
    for number, row in enumerate(worst):
        left, top = number % columns * 1.7 + 0.1, number // columns * 1.9 + 0.2
        _show(axes, np.clip(images[row].astype(np.float64) / white, 0, 1), left, top + 0.35, 1.5)
        true, guess = short(classes[labels[row]]), short(classes[predicted[row]])
        caption = f"{true}, predicted\n{guess} ({confidence[row]:.0%})"
        axes.text(left + 0.75, top + 0.3, caption, fontsize=7, ha="center", va="bottom")
    axes.set(xlim=(0, width), ylim=(height, 0))
    return png_of(figure)


def first_filters(net: Network) -> Array | None:
    """Return (K, C, h, w), the weight of the first convolution or of an affine layer that reads the image; None otherwise."""
    image = len(net.input_shape) == 3 and net.input_shape[0] in (1, 3)
    for operation in net.program.operations:
        weight = net.params[operation.params[0]] if operation.params else None
        if image and weight is not None and weight.ndim == 4:
            return weight
        if image and weight is not None and operation.layer.flattens:
            return weight.T.reshape(-1, *net.input_shape) if len(weight) == np.prod(net.input_shape) else None
        if not operation.layer.reshapes and not operation.layer.takes_key:
            return None
    return None


def _draw_against(axes: Any, expected: Array, predicted: Array, name: str) -> None:
    shown = _some(expected)
    ends = [min(expected.min(), predicted.min()), max(expected.max(), predicted.max())]
    axes.plot(ends, ends, color=GREY, linewidth=1, label="perfect")
    axes.plot(expected[shown], predicted[shown], ".", color=BLUE, alpha=0.55, markersize=5)
    axes.set(xlabel=f"true {short(name)}", ylabel=f"predicted {short(name)}")
    axes.locator_params(axis="x", nbins=WIDE_TICKS)
    axes.legend()


def _draw_residuals(axes: Any, expected: Array, predicted: Array, name: str) -> None:
    shown = _some(expected)
    axes.axhline(0, color=GREY, linewidth=1)
    axes.plot(predicted[shown], (predicted - expected)[shown], ".", color=VERMILION, alpha=0.55, markersize=5)
    axes.set(xlabel=f"predicted {short(name)}", ylabel="predicted - true")
    axes.locator_params(axis="x", nbins=WIDE_TICKS)


def _some(values: Array) -> slice:
    """Return at most some thousand rows, evenly spread."""
    return slice(None, None, max(1, -(-len(values) // MOST_POINTS)))


def _blues() -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("paper to blue", [LIGHT["paper"], BLUE])


def _show(axes: Any, image: Array, left: float, top: float, side: float) -> None:
    """Draw an image (C, H, W) into a square of the axes, whose y runs down."""
    height, width = (side * extent / max(image.shape[1:]) for extent in image.shape[1:])
    left, top = left + (side - width) / 2, top + (side - height) / 2
    pixels = image[0] if image.shape[0] == 1 else image.transpose(1, 2, 0)
    axes.imshow(
        pixels,
        cmap="gray",
        vmin=0,
        vmax=1,
        extent=(left, left + width, top + height, top),
        aspect="auto",
        interpolation="nearest",
    )


def _figure(width: float, height: float) -> "Figure":
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height))
