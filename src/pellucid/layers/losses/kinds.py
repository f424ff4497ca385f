"""The losses as training uses them: name, function and what they read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pellucid.layers.losses.bce import bce_loss
from pellucid.layers.losses.focal import binary_focal_loss, focal_loss
from pellucid.layers.losses.huber import huber_loss
from pellucid.layers.losses.mae import mae_loss
from pellucid.layers.losses.mse import mse_loss
from pellucid.layers.losses.softmax import softmax_loss
from pellucid.layers.losses.svm import svm_loss
from pellucid.shapes import Array, ShapeError, check_number

__all__ = ["LOSSES", "LOSS_KINDS", "LossKind"]


SOFTMAX, SIGMOID = ("channel_softmax", "channel_log_softmax"), ("sigmoid", "hard_sigmoid")


@dataclass(frozen=True)
class LossNumber:
    """The number that a loss is made with, beside scores and targets."""

    name: str  # the function's keyword: "delta"
    default: float
    positive: bool = False  # whether it must be above 0; otherwise 0 is allowed


@dataclass(frozen=True)
class LossKind:
    """A loss as training uses it."""

    name: str  # "softmax"; its entry in a table is "softmax_loss"
    function: Callable[..., tuple[float, Array]]
    takes: str  # "labels" (N,), "numbers" (N, C) or "indicators" (N, C)
    aliases: tuple[str, ...] = ()  # names that mean the same
    takes_label_smoothing: bool = False
    contains: tuple[str, ...] = ()  # kinds of layers that it computes itself, so that scores go without
    takes_soft: bool = False  # also shares of the labels, (N, C), as mixed samples have them
    number: LossNumber | None = None

    @property
    def entry(self) -> str:
        """The name of its entry in a table of layers."""
        return f"{self.name}_loss"

    def at(self, value: Any, who: str) -> str:
        """Return the name of this loss with its number: "huber(delta=0.5)", or "huber" where that is the default.

        Raises ShapeError, beginning with `who`, for a number out of range, and for a loss that has none.
        """
        number = self.number
        if number is None:
            raise ShapeError(f"{who}the loss {self.name} has no number to set; got {value!r}")
        bound = {"above": 0.0} if number.positive else {"minimum": 0.0}
        checked = check_number(f"{who}loss {self.name}", number.name, value, **bound)
        return self.name if checked == number.default else f"{self.name}({number.name}={checked!r})"


LOSS_KINDS = {
    kind.name: kind
    for kind in (
        LossKind(
            "softmax",
            softmax_loss,
            "labels",
            ("cross_entropy", "cross-entropy"),
            takes_label_smoothing=True,
            takes_soft=True,
            contains=SOFTMAX,
        ),
        LossKind("svm", svm_loss, "labels", ("hinge",)),
        LossKind("mse", mse_loss, "numbers", ("mean_squared_error", "squared_error", "l2")),
        LossKind("mae", mae_loss, "numbers", ("mean_absolute_error", "absolute_error", "l1")),
        LossKind("huber", huber_loss, "numbers", ("smooth_l1",), number=LossNumber("delta", 1.0, positive=True)),
        LossKind(
            "bce",
            bce_loss,
            "indicators",
            ("binary_cross_entropy", "binary_crossentropy", "log_loss"),
            takes_soft=True,
            contains=SIGMOID,
        ),
        LossKind("focal", focal_loss, "labels", contains=SOFTMAX, number=LossNumber("gamma", 2.0)),
        LossKind("binary_focal", binary_focal_loss, "indicators", contains=SIGMOID, number=LossNumber("gamma", 2.0)),
    )
}
LOSSES = tuple(LOSS_KINDS)  # by name
