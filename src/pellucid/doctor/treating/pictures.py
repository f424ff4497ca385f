"""Both curves: as a picture, and as a row of characters."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.doctor.treating.curve import Curve
from pellucid.shapes import ShapeError
from pellucid.style import LIGHT, draw_amounts_axis, draw_shares_axis, styled
from pellucid.train.readers.curves import Panel

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from pellucid.doctor.treating.result import TreatmentRecord

__all__ = ["curves_of", "panels_of", "sparkline"]

BLOCKS = "▁▂▃▄▅▆▇█"
WIDTH = 24  # characters
LOGARITHMIC_FROM = 50  # times the smallest value, as in pictures
MARKED = 25  # up to this many epochs, each has a mark
COLOURS = {"as it is": LIGHT["vermilion"], "treated": LIGHT["blue"]}


def sparkline(values: Sequence[float], among: Sequence[float] = (), width: int = WIDTH) -> str:
    """Return a row of at most `width` block characters; × where a value is not finite.

    The lowest block is the smallest value, the highest the largest, of these and of those `among` which they are shown; on a
    logarithmic scale where they span more than a factor of 50.
    """
    means = _means(values, width)
    finite = [value for value in (*means, *_means(among, width)) if math.isfinite(value)]
    if not finite:
        return "×" * len(means)
    is_wide = min(finite) > 0 and max(finite) > LOGARITHMIC_FROM * min(finite)
    scale = math.log if is_wide else float
    low, high = scale(min(finite)), scale(max(finite))
    return "".join(_block(scale(value), low, high - low) if math.isfinite(value) else "×" for value in means)


def _means(values: Sequence[float], width: int) -> list[float]:
    """Return the means of as many parts as there are characters."""
    parts = np.array_split(np.asarray(values, np.float64), min(width, len(values))) if len(values) else []
    return [float(part.mean()) for part in parts]


def _block(value: float, low: float, reach: float) -> str:
    return BLOCKS[0 if reach == 0 else round((len(BLOCKS) - 1) * (value - low) / reach)]


@styled()
def curves_of(result: "TreatmentRecord") -> "Figure":
    """Return the losses, and the accuracies where there are any, of the run as it is and as treated."""
    from matplotlib.figure import Figure

    drawn = panels_of(result)
    figure = Figure(figsize=(4.4 * len(drawn), 3.6))
    for axes, panel in zip(np.atleast_1d(figure.subplots(1, len(drawn))), drawn, strict=True):
        panel.draw(axes)
        axes.set_title(panel.title)
    return figure


def panels_of(result: "TreatmentRecord") -> list[Panel]:
    """Return the pictures, one for each kind of value. Raises ShapeError where nothing was tried."""
    if result.untreated is None:
        raise ShapeError("plot: nothing was tried, so that there are no curves")
    both = {"as it is": result.untreated} | ({} if result.treated is None else {"treated": result.treated})
    said = ", ".join(f"{name}: {_ends(curve.train_loss, '{:.3g}')}" for name, curve in both.items())
    panels = [Panel("loss", "Loss", f"Training loss by step, {said}", lambda axes: _draw_losses(axes, both))]
    if any(curve.train_accuracy for curve in both.values()):
        said = ", ".join(f"{name}: {_ends(curve.train_accuracy, '{:.1%}')}" for name, curve in both.items())
        alt = f"Training accuracy by epoch, {said}"
        panels.append(Panel("accuracy", "Accuracy", alt, lambda axes: _draw_accuracies(axes, both)))
    return panels


def _ends(values: Sequence[float], form: str) -> str:
    return f"from {form.format(values[0])} to {form.format(values[-1])}" if values else "not a finite number"


def _draw_losses(axes: Any, both: dict[str, Curve]) -> None:
    shown: list[float] = []
    for name, curve in both.items():
        axes.plot(curve.steps, curve.step_loss, color=COLOURS[name], linewidth=1.2, label=f"{name}, training")
        if curve.val_loss:
            axes.plot(
                curve.epoch_steps[: len(curve.val_loss)],
                curve.val_loss,
                color=COLOURS[name],
                linestyle="--",
                label=f"{name}, validation",
                **_mark(curve.val_loss),
            )
        shown += [*curve.step_loss, *curve.val_loss]
    draw_amounts_axis(axes, shown)
    _finish(axes)


def _draw_accuracies(axes: Any, both: dict[str, Curve]) -> None:
    shown: list[float] = []
    for name, curve in both.items():
        for values, line in ((curve.train_accuracy, "-"), (curve.val_accuracy, "--")):
            part = "training" if line == "-" else "validation"
            if values:
                at = curve.epoch_steps[: len(values)]
                axes.plot(at, values, color=COLOURS[name], linestyle=line, label=f"{name}, {part}", **_mark(values))
            shown += values
    draw_shares_axis(axes, shown, epochs=max((len(curve.epoch_steps) for curve in both.values()), default=0))
    _finish(axes)


def _finish(axes: Any) -> None:
    axes.set_xlabel("step")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)


def _mark(values: Sequence[float]) -> dict[str, Any]:
    return {"marker": "o", "markersize": 3} if len(values) <= MARKED else {}
