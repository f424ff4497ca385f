"""The curves of a history as a Matplotlib figure: loss, accuracy or metrics, learning rate."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["history_figure"]

BLUE, VERMILION, GREY = "#0072B2", "#D55E00", "#999999"  # of Okabe & Ito, which colour-blind readers can distinguish


def history_figure(
    columns: Mapping[str, Sequence[Any]], step_losses: Sequence[float], step_learning_rates: Sequence[float]
) -> "Figure":
    """Return three pictures over the epochs; the steps of the latest call lie behind the loss."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 3.6), layout="constrained")
    loss, quality, rate = figure.subplots(1, 3)
    epochs = columns["epoch"]
    if step_losses and epochs:
        at = _epochs_of_steps(columns, len(step_losses))
        loss.plot(at, step_losses, color=GREY, linewidth=0.6, label="each step")
        rate.plot(at[: len(step_learning_rates)], step_learning_rates, color=BLUE)
    _both(loss, epochs, columns, "loss")
    _both(quality, epochs, columns, "accuracy")
    for name in columns:
        if name.startswith("val_") and name not in ("val_loss", "val_accuracy"):
            quality.plot(epochs, columns[name], marker="o", markersize=3, label=name)
    for axes, title in ((loss, "loss"), (quality, "accuracy and metrics"), (rate, "learning rate")):
        axes.set(xlabel="epoch", title=title)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(frameon=False)
    return figure


def _epochs_of_steps(columns: Mapping[str, Sequence[Any]], count: int) -> "np.ndarray[Any, Any]":
    """Return (count,) where on the axis of epochs each step of the latest call lies; earlier calls have epochs of their own."""
    per_epoch = columns["step"][0] / columns["epoch"][0]
    before = max(0, columns["step"][-1] - count)
    return (before + 1 + np.arange(count)) / per_epoch


def _both(axes: Any, epochs: Sequence[int], columns: Mapping[str, Sequence[Any]], what: str) -> None:
    """Draw training and validation values, where there are any."""
    for part, name, colour in (("train", "training", BLUE), ("val", "validation", VERMILION)):
        values = np.array([np.nan if value is None else value for value in columns[f"{part}_{what}"]])
        if np.isfinite(values).any():
            axes.plot(epochs, values, color=colour, marker="o", markersize=3, label=name)
