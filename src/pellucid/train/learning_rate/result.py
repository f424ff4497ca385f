"""What a learning-rate range test found: the losses at its rates, and the rate that they suggest."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.style import LIGHT, make_logarithmic, styled
from pellucid.train.history import data_frame

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["LearningRateTest", "smoothed"]

MARGIN = 10  # between the rate of the lowest loss, where training is about to fail, and the one that is suggested
MEMORY = 0.9  # of the running mean of the losses
FALL = 0.05  # of the first loss: less is not distinguished from the noise of batches


@dataclass(frozen=True)
class LearningRateTest:
    """The loss of one step at each learning rate; `suggestion` is the base rate to train at, and `reason` says why."""

    suggestion: float
    reason: str
    learning_rates: tuple[float, ...] = field(repr=False)
    losses: tuple[float, ...] = field(repr=False)  # of the batch, before its step

    @classmethod
    def of(cls, rates: Sequence[float], losses: Sequence[float], *, fallback: float) -> "LearningRateTest":
        """Return a tenth of the rate at which the smoothed loss was lowest; the fallback where it never fell."""
        mean = smoothed(losses)
        lowest = min(range(len(mean)), key=mean.__getitem__)
        if mean[lowest] > (1 - FALL) * mean[0]:
            suggestion = fallback
            reason = (
                f"the loss never fell by more than {FALL:.0%} from {mean[0]:.4g} at rates from {rates[0]:.1e} to {rates[-1]:.1e}, "
                "so this is the optimizer's own rate; try more steps, or other data"
            )
        else:
            rate = rates[lowest]
            suggestion = float(f"{rate / MARGIN:.2g}")
            after = (
                f"and rose beyond it, up to {mean[-1]:.4g} at {rates[-1]:.2g}"
                if lowest < len(mean) - 1
                else "the largest rate of the test; try a larger stop"
            )
            fall = f"the smoothed loss fell from {mean[0]:.4g} to {mean[lowest]:.4g} at {rate:.2g}"
            reason = f"{fall}, {after}; a tenth of that rate"
        return cls(suggestion, reason, tuple(rates), tuple(losses))

    def __str__(self) -> str:
        return f"learning rate {self.suggestion:g}: {self.reason}"

    def to_frame(self) -> Any:
        """Return a DataFrame of pandas or polars: learning_rate, loss, smoothed_loss. Raises ShapeError without either."""
        columns = {"learning_rate": self.learning_rates, "loss": self.losses, "smoothed_loss": smoothed(self.losses)}
        return data_frame("LearningRateTest.to_frame", columns)

    @styled()
    def plot(self) -> "Figure":
        """Return a Matplotlib figure: the losses over the rates, and the suggestion."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(6, 4))
        axes = figure.subplots()
        axes.plot(self.learning_rates, self.losses, color=LIGHT["grey"], linewidth=0.8, label="each step")
        axes.plot(self.learning_rates, smoothed(self.losses), color=LIGHT["blue"], label="smoothed")
        axes.axvline(self.suggestion, color=LIGHT["vermilion"], linestyle=":", label=f"suggestion {self.suggestion:g}")
        highest = float(np.nanquantile(np.asarray(self.losses), 0.95))
        axes.set(xlabel="learning rate", ylabel="loss", title="Learning-rate range test")
        make_logarithmic(axes, "x")
        axes.set_ylim(top=max(highest, self.losses[0]) * 1.1)
        axes.legend()
        return figure


def smoothed(losses: Sequence[float]) -> list[float]:
    """Return the running mean of the losses, each divided by the weight that its start, 0, still has (as Adam's moments are)."""
    mean, found = 0.0, []
    for count, loss in enumerate(losses, start=1):
        mean = MEMORY * mean + (1 - MEMORY) * loss
        found.append(mean / (1 - MEMORY**count))
    return found
