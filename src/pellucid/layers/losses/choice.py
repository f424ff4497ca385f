"""Which loss is meant: one of the library's by name, or a function of one's own."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from pellucid.layers.losses.kinds import LOSS_KINDS, LOSSES, LossKind
from pellucid.shapes import Array, ShapeError, did_you_mean, meant

__all__ = ["Loss", "LossFunction", "checked_loss", "kind_of", "loss_meant", "loss_name", "loss_numbers"]

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
WITH_NUMBER = re.compile(r"(?P<name>[^()]+)\((?P<number>\w+)=(?P<value>[^()]+)\)")  # "huber(delta=0.5)"
NAMES = (
    dict(zip(LOSSES, LOSSES, strict=True))
    | {alias: name for alias, name in ALIASES.items() if "-" not in alias}
    | OTHER_NAMES
)


def checked_loss(who: str, loss: Any) -> Loss:
    """Return a loss's name (of an alias, the name it stands for) or one's own function. Raises ShapeError for anything else.

    A loss of the library with a number is named with it, "huber(delta=0.5)"; `partial(huber_loss, delta=0.5)` means the same.
    """
    if isinstance(loss, partial):
        return _of_partial(who, loss)
    if callable(loss):
        return loss
    if isinstance(loss, str):
        written = WITH_NUMBER.fullmatch(loss)
        known = meant(written["name"] if written else loss, NAMES)
        if known is not None:
            return NAMES[known] if written is None else _with_number(who, LOSS_KINDS[NAMES[known]], written)
    raise ShapeError(
        f"{who + ': ' if who else ''}loss must be one of {', '.join(LOSSES)}, or a function (scores, targets) -> "
        f"(loss, dscores); got {loss!r}{did_you_mean(loss, NAMES)}"
    )


def loss_meant(name: str) -> str:
    """Return the library's name of a loss, given that of another library; a name that nobody uses as it is."""
    known = meant(name, NAMES)
    return name if known is None else NAMES[known]


def kind_of(loss: Loss) -> LossKind | None:
    """Return the declaration of one of the library's losses, as `checked_loss` names them; None for one's own function."""
    return LOSS_KINDS.get(loss.partition("(")[0]) if isinstance(loss, str) else None


def loss_numbers(loss: Loss) -> dict[str, float]:
    """Return the numbers that a loss of the library is named with, by keyword of its function: {"delta": 0.5}."""
    written = WITH_NUMBER.fullmatch(loss) if isinstance(loss, str) else None
    return {} if written is None else {written["number"]: float(written["value"])}


def loss_name(loss: Loss) -> str:
    """Return the name by which settings and files record a loss: of a function, `module.name`, with what a partial fixes."""
    if isinstance(loss, str):
        return loss
    if isinstance(loss, partial):
        fixed = [*map(repr, loss.args), *(f"{name}={value!r}" for name, value in sorted(loss.keywords.items()))]
        return f"{loss_name(loss.func)}({re.sub(r' at 0x[0-9a-fA-F]+', '', ', '.join(fixed))})"
    named = loss if hasattr(loss, "__qualname__") else type(loss)
    return f"{named.__module__}.{named.__qualname__}"


def _of_partial(who: str, loss: partial[Any]) -> Loss:
    """Return the name where the function is a loss of the library, and only its number is fixed; else the function as it is."""
    kind = next((kind for kind in LOSS_KINDS.values() if kind.function is loss.func), None)
    if kind is None or kind.number is None or loss.args or set(loss.keywords) != {kind.number.name}:
        return loss
    return kind.at(loss.keywords[kind.number.name], f"{who}: " if who else "")


def _with_number(who: str, kind: LossKind, written: re.Match[str]) -> str:
    prefix = f"{who}: " if who else ""
    if kind.number is None or written["number"] != kind.number.name:
        has = "no number" if kind.number is None else f"the number {kind.number.name}"
        raise ShapeError(f"{prefix}the loss {kind.name} has {has}; got {written[0]!r}")
    try:
        value: Any = float(written["value"])
    except ValueError:
        value = written["value"]
    return kind.at(value, prefix)
