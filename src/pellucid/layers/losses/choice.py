"""Which loss is meant: one of the library's by name, or a function of one's own."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from pellucid.layers.losses.kinds import LOSS_KINDS, LOSSES, LossKind
from pellucid.shapes import Array, ShapeError, did_you_mean, meant

__all__ = ["Loss", "LossFunction", "checked_loss", "kind_of", "loss_name"]

LossFunction = Callable[[Array, Array], tuple[float, Array]]  # (scores, targets) -> (loss, dscores)
Loss = str | LossFunction

ALIASES = {alias: kind.name for kind in LOSS_KINDS.values() for alias in kind.aliases}
OTHER_NAMES = {  # of other libraries, with the same meaning
    "categorical_crossentropy": "softmax",
    "sparse_categorical_crossentropy": "softmax",
    "CrossEntropyLoss": "softmax",
    "BCEWithLogitsLoss": "bce",
    "MSELoss": "mse",
    "L1Loss": "mae",
    "HuberLoss": "huber",
    "SmoothL1Loss": "huber",
}
NAMES = (
    dict(zip(LOSSES, LOSSES, strict=True))
    | {alias: name for alias, name in ALIASES.items() if "-" not in alias}
    | OTHER_NAMES
)


def checked_loss(who: str, loss: Any) -> Loss:
    """Return a loss's name (of an alias, the name it stands for) or one's own function. Raises ShapeError for anything else."""
    if callable(loss):
        return loss
    if isinstance(loss, str):
        known = meant(loss, NAMES)
        if known is not None:
            return NAMES[known]
    raise ShapeError(
        f"{who + ': ' if who else ''}loss must be one of {', '.join(LOSSES)}, or a function (scores, targets) -> "
        f"(loss, dscores); got {loss!r}{did_you_mean(loss, NAMES)}"
    )


def kind_of(loss: Loss) -> LossKind | None:
    """Return the declaration of one of the library's losses; None for one's own function."""
    return LOSS_KINDS[loss] if isinstance(loss, str) else None


def loss_name(loss: Loss) -> str:
    """Return the name by which settings and files record a loss: of a function, `module.name`, with what a partial fixes."""
    if isinstance(loss, str):
        return loss
    if isinstance(loss, partial):
        fixed = [*map(repr, loss.args), *(f"{name}={value!r}" for name, value in sorted(loss.keywords.items()))]
        return f"{loss_name(loss.func)}({re.sub(r' at 0x[0-9a-fA-F]+', '', ', '.join(fixed))})"
    named = loss if hasattr(loss, "__qualname__") else type(loss)
    return f"{named.__module__}.{named.__qualname__}"
