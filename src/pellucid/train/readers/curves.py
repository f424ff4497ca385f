"""The curves of a run over its epochs: loss, accuracy, metrics, learning rate. Report, history and notebook draw the same ones."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pellucid.shapes import Array
from pellucid.style import LIGHT, draw_amounts_axis, draw_epochs_axis, draw_shares_axis, styled, thinned

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Curves", "Panel", "curves_figure", "panel_figure", "panels"]

BLUE, VERMILION, GREY = LIGHT["blue"], LIGHT["vermilion"], LIGHT["grey"]
COLUMNS = ("train_loss", "val_loss", "train_accuracy", "val_accuracy")
MARKED = 25  # up to this many epochs, each has a mark


class Curves(NamedTuple):
    """What is drawn; lists have a value for each epoch, NaN where it was not measured."""

    epochs: Sequence[int]
    columns: Mapping[str, Sequence[float]]  # COLUMNS, and metrics by name, such as "val_f1"
    steps_at: Array  # (S,) where each step lies on the axis of epochs; without a whole epoch, the axis counts steps
    step_losses: Sequence[float]  # (S,)
    step_rates: Sequence[float]  # (S,), or empty
    best_epoch: int | None

    @classmethod
    def of_columns(
        cls, columns: Mapping[str, Sequence[Any]], losses: Sequence[float], rates: Sequence[float]
    ) -> "Curves":
        """Return the curves of a history: its columns, and the steps of the latest call."""
        epochs = list(columns["epoch"])
        metrics = [name for name in columns if name.startswith(("train_", "val_"))]
        best = [epoch for epoch, is_best in zip(epochs, columns["best"], strict=True) if is_best]
        per_epoch = columns["step"][0] / epochs[0] if epochs else 1
        before = max(0, columns["step"][-1] - len(losses)) if epochs else 0
        at = (before + 1 + np.arange(len(losses))) / per_epoch
        return cls(
            epochs,
            {name: _numbers(columns[name]) for name in metrics},
            at,
            losses,
            rates[: len(at)] if len(rates) >= len(at) else (),
            best[-1] if best else None,
        )

    @classmethod
    def of_entries(cls, entries: Sequence[Mapping[str, Any]]) -> "Curves":
        """Return the curves of a metrics file's entries."""
        epochs = [entry for entry in entries if entry["event"] == "epoch"]
        steps = [entry for entry in entries if entry["event"] == "step"]
        columns = {name: _numbers([entry.get(name) for entry in epochs]) for name in COLUMNS}
        for name in dict.fromkeys(name for entry in epochs for name in entry.get("metrics", ())):
            columns[name] = _numbers([entry.get("metrics", {}).get(name) for entry in epochs])
        per_epoch = epochs[0]["step"] / epochs[0]["epoch"] if epochs else 1
        best = [entry["epoch"] for entry in epochs if entry["best"]]
        rates = [entry["learning_rate"] for entry in steps if "learning_rate" in entry]
        return cls(
            [entry["epoch"] for entry in epochs],
            columns,
            np.array([entry["step"] for entry in steps]) / per_epoch,
            _numbers([entry["loss"] for entry in steps]),
            _numbers(rates) if len(rates) == len(steps) else (),
            best[-1] if best else None,
        )

    @property
    def last(self) -> int:
        """The last epoch that has anything to show."""
        reached = float(self.steps_at[-1]) if len(self.steps_at) else 0.0
        return max([1, int(np.ceil(reached - 1e-9)), *self.epochs])


class Panel(NamedTuple):
    """One picture of curves."""

    name: str  # "loss"
    title: str
    alt: str  # what it shows, in words
    draw: Callable[[Any], None]  # on Matplotlib's axes


def panels(curves: Curves) -> list[Panel]:
    """Return the pictures that there are values for: loss, accuracy, metrics, learning rate."""
    shares = [name for name in ("train_accuracy", "val_accuracy") if _any(curves, name)]
    metrics = [name for name in curves.columns if name not in COLUMNS and _any(curves, name)]
    found = [Panel("loss", "Loss", _described(curves, "loss"), lambda axes: _draw_loss(axes, curves))]
    if shares:
        found.append(
            Panel("accuracy", "Accuracy", _described(curves, "accuracy"), lambda axes: _draw_accuracy(axes, curves))
        )
    if metrics:
        alt = f"Metrics by epoch: {', '.join(metrics)}"
        found.append(Panel("metrics", "Metrics", alt, lambda axes: _draw_metrics(axes, curves, metrics)))
    if len(curves.step_rates):
        first, last = curves.step_rates[0], curves.step_rates[-1]
        alt = f"Learning rate of each step: from {first:.3g} to {last:.3g}, at most {max(curves.step_rates):.3g}"
        found.append(Panel("rate", "Learning rate", alt, lambda axes: _draw_rate(axes, curves)))
    return found


@styled()
def curves_figure(curves: Curves, *, height: float = 3.3) -> "Figure":
    """Return all pictures of the curves, next to one another."""
    from matplotlib.figure import Figure

    drawn = panels(curves)
    figure = Figure(figsize=(4.0 * len(drawn), height))
    for axes, panel in zip(np.atleast_1d(figure.subplots(1, len(drawn))), drawn, strict=True):
        panel.draw(axes)
        axes.set_title(panel.title)
    return figure


@styled()
def panel_figure(panel: Panel) -> "Figure":
    """Return one picture, without its title: the page has it."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.0, 2.8))
    panel.draw(figure.subplots())
    return figure


def _draw_loss(axes: Any, curves: Curves) -> None:
    shown = thinned(curves.step_losses)
    if len(shown):
        losses = np.asarray(curves.step_losses)[shown]
        axes.plot(curves.steps_at[shown], losses, color=GREY, linewidth=0.8, alpha=0.85, label="each step")
    _draw_both(axes, curves, "loss")
    _draw_steps_axis(axes, curves)
    draw_amounts_axis(axes, [*curves.columns["train_loss"], *curves.columns["val_loss"], *curves.step_losses])
    _finish(axes, curves)


def _draw_accuracy(axes: Any, curves: Curves) -> None:
    _draw_both(axes, curves, "accuracy")
    draw_epochs_axis(axes, curves.last)
    draw_shares_axis(axes, [*curves.columns["train_accuracy"], *curves.columns["val_accuracy"]], epochs=curves.last)
    if len(curves.epochs) == 1:
        for name in ("train_accuracy", "val_accuracy"):
            value = curves.columns[name][0]
            if np.isfinite(value):
                side = -8 if name.startswith("train") else 8
                axes.annotate(
                    f"{value:.1%}",
                    (curves.epochs[0], value),
                    textcoords="offset points",
                    xytext=(side, 0),
                    ha="right" if side < 0 else "left",
                    va="center",
                    fontsize=9,
                )
    _finish(axes, curves)


def _draw_metrics(axes: Any, curves: Curves, names: Sequence[str]) -> None:
    for name in names:
        axes.plot(curves.epochs, curves.columns[name], label=name, **_mark(curves))
    draw_epochs_axis(axes, curves.last)
    draw_amounts_axis(axes, [value for name in names for value in curves.columns[name]])
    _finish(axes, curves)


def _draw_rate(axes: Any, curves: Curves) -> None:
    shown = thinned(curves.step_rates)
    axes.plot(curves.steps_at[shown], np.asarray(curves.step_rates)[shown], color=BLUE)
    _draw_steps_axis(axes, curves)
    axes.set_ylim(0, 1.05 * max(curves.step_rates))


def _draw_steps_axis(axes: Any, curves: Curves) -> None:
    draw_epochs_axis(axes, curves.last, from_zero=bool(len(curves.steps_at)))
    if not curves.epochs:
        axes.set_xlabel("step")


def _draw_both(axes: Any, curves: Curves, what: str) -> None:
    """Draw training and validation values, where there are any; marks differ in form, too."""
    for part, name, colour, marker in (("train", "training", BLUE, "o"), ("val", "validation", VERMILION, "s")):
        if _any(curves, f"{part}_{what}"):
            style = _mark(curves) | ({"marker": marker} if len(curves.epochs) <= MARKED else {})
            axes.plot(curves.epochs, curves.columns[f"{part}_{what}"], color=colour, label=name, clip_on=False, **style)


def _finish(axes: Any, curves: Curves) -> None:
    if curves.best_epoch is not None and len(curves.epochs) > 1:
        axes.axvline(curves.best_epoch, color=VERMILION, linewidth=0.9, linestyle=":", label="best epoch")
    if axes.get_legend_handles_labels()[0]:
        axes.legend()


def _mark(curves: Curves) -> dict[str, Any]:
    return {"marker": "o"} if len(curves.epochs) <= MARKED else {}


def _any(curves: Curves, name: str) -> bool:
    return bool(np.isfinite(np.asarray(curves.columns[name], dtype=np.float64)).any())


def _described(curves: Curves, what: str) -> str:
    """Return a curve in words, for those who cannot see it."""
    said = []
    for part, name in (("train", "training"), ("val", "validation")):
        values = [value for value in curves.columns[f"{part}_{what}"] if np.isfinite(value)]
        if values:
            shown = (
                f"{values[0]:.2%} to {values[-1]:.2%}" if what == "accuracy" else f"{values[0]:.4g} to {values[-1]:.4g}"
            )
            said.append(f"{name} from {shown}" if len(values) > 1 else f"{name} {shown.split(' to ')[0]}")
    return f"{what.capitalize()} by epoch: {'; '.join(said) or 'not a finite number'}"


def _numbers(values: Sequence[Any]) -> list[float]:
    return [np.nan if value is None else value for value in values]
