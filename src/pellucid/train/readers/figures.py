"""Figures of a run: learning curves, confusion matrix, first-layer filters, the most confident mistakes. PNG, as bytes.

Colours are those of Okabe & Ito, which colour-blind readers can distinguish.
"""

import io
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.nets import Network
from pellucid.shapes import Array

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["confusion", "confusion_figure", "curves_figure", "filters_figure", "mistakes_figure", "values_figure"]

BLUE, VERMILION, GREY = "#0072B2", "#D55E00", "#999999"


def curves_figure(metrics: Sequence[dict[str, Any]]) -> bytes:
    """Loss (each step, and by epoch) and accuracy over the epochs."""
    steps = [entry for entry in metrics if entry["event"] == "step" and entry["loss"] is not None]
    epochs = [entry for entry in metrics if entry["event"] == "epoch"]
    figure = _figure(10, 4)
    loss, accuracy = figure.subplots(1, 2)
    if steps and epochs:
        per_epoch = epochs[0]["step"]
        loss.plot(
            [s["step"] / per_epoch for s in steps],
            [s["loss"] for s in steps],
            color=GREY,
            linewidth=0.6,
            label="each step",
        )
    x = [entry["epoch"] for entry in epochs]
    for axes, key, title in ((loss, "loss", "loss"), (accuracy, "accuracy", "accuracy")):
        for part, name, colour in (("train", "training", BLUE), ("val", "validation", VERMILION)):
            values = [entry[f"{part}_{key}"] for entry in epochs]
            if any(value is not None for value in values):
                numbers = [np.nan if value is None else value for value in values]
                axes.plot(x, numbers, color=colour, marker="o", markersize=3, label=name)
        best = [entry for entry in epochs if entry["best"]]
        if best:
            axes.axvline(best[-1]["epoch"], color=VERMILION, linewidth=0.8, linestyle=":", label="best epoch")
        axes.set(xlabel="epoch", title=title)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(frameon=False)
    return _png(figure)


def confusion(labels: Array, predicted: Array, classes: int) -> Array:
    """Return (classes, classes) counts: row = true class, column = predicted."""
    counts = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(counts, (labels, predicted), 1)
    return counts


def confusion_figure(counts: Array, classes: Sequence[str]) -> bytes:
    """The confusion matrix; a cell's shade is its share of the true class."""
    size = min(12.0, max(4.5, 0.55 * len(classes) + 1.5))
    figure = _figure(size, size)
    axes = figure.subplots()
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    if len(classes) <= 25:
        for (row, column), count in np.ndenumerate(counts):
            if count:
                colour = "white" if shares[row, column] > 0.5 else "black"
                axes.text(column, row, str(count), ha="center", va="center", color=colour, fontsize=8)
        names = [_short(name) for name in classes]
        axes.set_xticks(range(len(classes)), names, rotation=45, ha="right", parse_math=False)
        axes.set_yticks(range(len(classes)), names, parse_math=False)
    axes.set(xlabel="predicted", ylabel="true", title="confusion matrix of the test set")
    return _png(figure)


def values_figure(expected: Array, predicted: Array, name: str) -> bytes:
    """Predicted against true values (N,), and what is left over (residuals), in the target's units."""
    figure = _figure(10, 4.5)
    against, residuals = figure.subplots(1, 2)
    ends = [min(expected.min(), predicted.min()), max(expected.max(), predicted.max())]
    against.plot(ends, ends, color=GREY, linewidth=0.8, label="perfect")
    against.plot(expected, predicted, ".", color=BLUE, alpha=0.6, markersize=4)
    against.set(xlabel=f"true {name}", ylabel=f"predicted {name}", title="predictions on the test set")
    against.legend(frameon=False)
    residuals.axhline(0, color=GREY, linewidth=0.8)
    residuals.plot(predicted, predicted - expected, ".", color=VERMILION, alpha=0.6, markersize=4)
    residuals.set(xlabel=f"predicted {name}", ylabel="predicted - true", title="residuals")
    for axes in (against, residuals):
        axes.grid(alpha=0.3)
    return _png(figure)


def filters_figure(net: Network) -> bytes | None:
    """The first layer's filters as images, each scaled to its own range; None if they are not images."""
    filters = _first_filters(net)
    if filters is None:
        return None
    filters = filters[:64]
    columns = min(8, len(filters))
    rows = -(-len(filters) // columns)
    figure = _figure(columns * 0.9, rows * 0.9 + 0.4)
    grid = np.atleast_1d(figure.subplots(rows, columns)).ravel()
    for axes in grid:
        axes.set_axis_off()
    for axes, weights in zip(grid, filters, strict=False):
        low, high = weights.min(), weights.max()
        _show(axes, (weights - low) / max(high - low, 1e-12))
    figure.suptitle("first-layer filters", fontsize=10)
    return _png(figure)


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
    columns = min(6, len(worst))
    rows = -(-len(worst) // columns)
    figure = _figure(columns * 1.7, rows * 1.9 + 0.4)
    grid = np.atleast_1d(figure.subplots(rows, columns)).ravel()
    for axes in grid:
        axes.set_axis_off()
    for axes, row in zip(grid, worst, strict=False):
        _show(axes, np.clip(images[row].astype(np.float64) / white, 0, 1))
        true, guess = _short(classes[labels[row]]), _short(classes[predicted[row]])
        axes.set_title(f"{true}, predicted\n{guess} ({confidence[row]:.0%})", fontsize=7, parse_math=False)
    figure.suptitle("most confident mistakes", fontsize=10)
    return _png(figure)


def _first_filters(net: Network) -> Array | None:
    """(K, C, h, w) of the first convolution, or of an affine layer that reads the image itself."""
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


def _show(axes: Any, image: Array) -> None:
    if image.shape[0] == 1:
        axes.imshow(image[0], cmap="gray", vmin=0, vmax=1)
    else:
        axes.imshow(image.transpose(1, 2, 0))


def _short(name: str) -> str:
    """A class name, cut to at most 20 characters."""
    return name if len(name) <= 20 else name[:19] + "…"


def _figure(width: float, height: float) -> "Figure":
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _png(figure: "Figure") -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a character missing from the font is drawn as a box
        figure.savefig(buffer, format="png", dpi=120)
    return buffer.getvalue()
