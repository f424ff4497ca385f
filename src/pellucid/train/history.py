"""The history of a training run: a record per epoch, a loss per step."""

import importlib.util
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pellucid.habits import attribute_error
from pellucid.shapes import ShapeError
from pellucid.train.events import EpochDone
from pellucid.train.readers.curves import Curves, curves_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["History", "data_frame"]

HABITS = {
    "history": "write history.to_dict()",
    "recorder": "write history.plot(), or history.to_dict()",
    "loss": "write history.train_loss",
    "accuracy": "write history.train_accuracy",
}
FRAMES = ("pandas", "polars")


@dataclass(frozen=True)
class History:
    """What `fit` returns: one record per epoch, and loss and learning rate of every step of this call."""

    epochs: tuple[EpochDone, ...]
    step_losses: tuple[float, ...] = field(repr=False)
    best_epoch: int | None  # counts from 1
    interrupted: bool
    step_learning_rates: tuple[float, ...] = field(default=(), repr=False)
    findings: tuple[Any, ...] = ()  # what the doctor found, causes first: `pellucid.doctor.AilmentFinding`
    # Who found it, where there is something: `history.doctor.treat()`. It holds the data; copies and pickles of a history lack it.
    doctor: Any = field(default=None, repr=False, compare=False)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            raise attribute_error("History", name, [*dir(type(self)), *vars(self)], HABITS)

    def __getstate__(self) -> dict[str, Any]:
        """Copy and pickle without the doctor, who holds the data."""
        return self.__dict__ | {"doctor": None}

    def __repr__(self) -> str:
        """Return the length and the ends of the losses, in one line; `print(history)` shows every epoch."""
        if not self.epochs:
            return "History of 0 epochs"
        first, last = self.epochs[0], self.epochs[-1]
        said = [f"History of {len(self.epochs)} epochs: training loss {first.train_loss:.4g} to {last.train_loss:.4g}"]
        if first.val_loss is not None and last.val_loss is not None:
            said.append(f"validation loss {first.val_loss:.4g} to {last.val_loss:.4g}")
        said += [f"{len(self.findings)} findings of the doctor"] if self.findings else []
        said += [f"best epoch {self.best_epoch}"] if self.best_epoch is not None else []
        return ", ".join([*said, *(["interrupted"] if self.interrupted else [])])

    def __str__(self) -> str:
        """A line per epoch, as on the command line, and whether the run was interrupted."""
        lines = ["epoch  loss     accuracy  validation"]
        for epoch in self.epochs:
            validation = "" if epoch.val_loss is None else f"{epoch.val_loss:10.4f}"
            validation = validation if epoch.val_accuracy is None else f"{epoch.val_accuracy:10.2%}"
            best = "  best" if epoch.epoch == self.best_epoch else ""
            accuracy = "" if math.isnan(epoch.train_accuracy) else f"{epoch.train_accuracy:.2%}"
            metrics = "".join(f"  {name} {value:.5g}" for name, value in epoch.metrics.items())
            line = f"{epoch.epoch:5}  {epoch.train_loss:<7.4f}  {accuracy:>8}  {validation}{metrics}{best}"
            lines.append(line.rstrip())
        return "\n".join([*lines, *(["interrupted"] if self.interrupted else [])])

    @property
    def train_loss(self) -> list[float]:
        """The training loss of each epoch."""
        return [epoch.train_loss for epoch in self.epochs]

    @property
    def train_accuracy(self) -> list[float]:
        """The training accuracy of each epoch; NaN where the targets are numbers."""
        return [epoch.train_accuracy for epoch in self.epochs]

    @property
    def val_loss(self) -> list[float | None]:
        """The validation loss after each epoch."""
        return [epoch.val_loss for epoch in self.epochs]

    @property
    def val_accuracy(self) -> list[float | None]:
        """The validation accuracy after each epoch."""
        return [epoch.val_accuracy for epoch in self.epochs]

    @property
    def learning_rate(self) -> list[float | None]:
        """The learning rate of each epoch's last step."""
        return [epoch.learning_rate for epoch in self.epochs]

    @property
    def metrics(self) -> dict[str, list[float]]:
        """The other metrics, such as "val_f1", each with a value for every epoch; NaN where it was not measured."""
        names = dict.fromkeys(name for epoch in self.epochs for name in epoch.metrics)
        return {name: [epoch.metrics.get(name, math.nan) for epoch in self.epochs] for name in names}

    def to_dict(self) -> dict[str, list[Any]]:
        """Return a column for each value and a row for each epoch."""
        names = (
            "epoch",
            "step",
            "learning_rate",
            "train_loss",
            "train_accuracy",
            "val_loss",
            "val_accuracy",
            "best",
            "seconds",
        )
        return {name: [getattr(epoch, name) for epoch in self.epochs] for name in names} | self.metrics

    def to_frame(self) -> Any:
        """Return the epochs as a DataFrame of pandas or, where that is not installed, polars. Raises ShapeError without either."""
        return data_frame("History.to_frame", self.to_dict())

    def plot(self) -> "Figure":
        """Return a Matplotlib figure of loss, accuracy or metrics, and learning rate: `history.plot().savefig("curves.png")`."""
        return curves_figure(Curves.of_columns(self.to_dict(), self.step_losses, self.step_learning_rates))


def data_frame(who: str, columns: Mapping[str, Sequence[Any]]) -> Any:
    """Return columns as a DataFrame of pandas or, where that is not installed, polars. Raises ShapeError without either."""
    made = next((importlib.import_module(name) for name in FRAMES if importlib.util.find_spec(name)), None)
    if made is None:
        raise ShapeError(f"{who} needs pandas or polars: pip install pandas; the columns themselves need neither")
    frame: Callable[[Mapping[str, Sequence[Any]]], Any] = made.DataFrame
    return frame(columns)
