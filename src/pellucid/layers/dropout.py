"""Dropout: each entry is kept with probability `keep`, else set to 0 (training); nothing is dropped at inference.

    inverted   train: out = x * mask / keep      infer: out = x               (the form in use; E[out] = x)
    vanilla    train: out = x * mask             infer: out = keep * x        (Srivastava et al. 2014, as published)

Backward: the mask is a constant, so dx = dout * mask / keep (inverted) or dout * mask (vanilla).

The mask is a function of its key, never of a hidden generator's state: key = (seed, layer, step), three whole numbers. Entry i
is kept where word i of the counter-based generator Philox4x64-10 (Salmon et al. 2011; keyed by seed and layer, counting from
step * 2**128, each 64-bit word read as two of 32, low half first) lies below keep * 2**32. Entries count in the order batch,
height, width, channel, so a row's mask depends on its place in the batch and not on the batch's size, and every table of layers
makes the same mask whatever its memory order. Shapes: any; x, out, dout and dx have the same one.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from pellucid.layers.description import Description, Lowered, Shape
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, ShapeError, check_dtypes, check_number

__all__ = [
    "Dropout",
    "DropoutCache",
    "DropoutKey",
    "VanillaDropout",
    "dropout_backward",
    "dropout_forward",
    "keep_mask",
    "probability_of_keeping",
    "vanilla_dropout_backward",
    "vanilla_dropout_forward",
    "vanilla_dropout_infer",
]


class DropoutKey(NamedTuple):
    seed: int  # each from 0 to 2**64 - 1
    layer: int
    step: int


class DropoutCache(NamedTuple):
    mask: Array  # like x, bool: True where kept
    keep: float


def keep_mask(shape: tuple[int, ...], keep: float, key: DropoutKey | tuple[int, int, int]) -> Array:
    """Return a bool array: True where the entry is kept."""
    seed, layer, step = checked_key(key)
    count = int(np.prod(shape, dtype=np.int64))
    counter = np.array([0, 0, step, 0], dtype=np.uint64)
    generator = np.random.Philox(counter=counter, key=np.array([seed, layer], dtype=np.uint64))
    words = generator.random_raw((count + 1) // 2).astype("<u8").view("<u4")[:count]
    kept = words < round(keep * 2**32)
    if len(shape) < 3:
        return kept.reshape(shape)
    return np.moveaxis(kept.reshape(shape[0], *shape[2:], shape[1]), -1, 1)


def dropout_forward(x: Array, keep: float, key: DropoutKey | tuple[int, int, int]) -> tuple[Array, DropoutCache]:
    """Inverted dropout (training): return x * mask / keep and the cache."""
    mask = _mask("dropout_forward", x, keep, key)
    return np.where(mask, x * x.dtype.type(1 / keep), x.dtype.type(0)), DropoutCache(mask, keep)


def dropout_backward(dout: Array, cache: DropoutCache) -> Array:
    """Return dx = dout * mask / keep."""
    check_dropout_backward("dropout_backward", dout, cache)
    return np.where(cache.mask, dout * dout.dtype.type(1 / cache.keep), dout.dtype.type(0))


def vanilla_dropout_forward(
    x: Array, keep: float, key: DropoutKey | tuple[int, int, int]
) -> tuple[Array, DropoutCache]:
    """Vanilla dropout (training): return x * mask, unscaled, and the cache."""
    mask = _mask("vanilla_dropout_forward", x, keep, key)
    return np.where(mask, x, x.dtype.type(0)), DropoutCache(mask, keep)


def vanilla_dropout_backward(dout: Array, cache: DropoutCache) -> Array:
    """Return dx = dout * mask."""
    check_dropout_backward("vanilla_dropout_backward", dout, cache)
    return np.where(cache.mask, dout, dout.dtype.type(0))


def vanilla_dropout_infer(x: Array, keep: float) -> Array:
    """Return keep * x (inference): the mean of what training passed on."""
    check_dtypes("vanilla_dropout_infer", x=x)
    check_keep("vanilla_dropout_infer", keep)
    return x * x.dtype.type(keep)


def check_keep(who: str, keep: float) -> None:
    """Refuse a probability of keeping outside (0, 1]."""
    if not 0 < keep <= 1:
        raise ShapeError(f"{who}: keep, the probability of keeping an entry, must lie in (0, 1]; got {keep}")


def checked_key(key: DropoutKey | tuple[int, int, int]) -> DropoutKey:
    """Return the key, or raise ShapeError where it is not three whole numbers of 64 bits."""
    if not isinstance(key, tuple) or len(key) != 3:
        raise ShapeError(f"dropout key: it must be three whole numbers (seed, layer, step); got {key!r}")
    return DropoutKey(*(_word(name, part) for name, part in zip(DropoutKey._fields, key, strict=True)))


def check_dropout_backward(who: str, dout: Array, cache: DropoutCache) -> None:
    """Refuse an upstream gradient that is not shaped like the output."""
    check_dtypes(who, dout=dout)
    if dout.shape != cache.mask.shape:
        raise ShapeError(f"{who}: dout must have shape {cache.mask.shape} like out; got {dout.shape}")


def _mask(who: str, x: Array, keep: float, key: DropoutKey | tuple[int, int, int]) -> Array:
    check_dtypes(who, x=x)
    check_keep(who, keep)
    return keep_mask(x.shape, keep, key)


def _word(name: str, part: int) -> int:
    if isinstance(part, bool) or not isinstance(part, (int, np.integer)) or not 0 <= part < 2**64:
        raise ShapeError(f"dropout key: {name} must be a whole number from 0 to 2**64 - 1; got {part!r}")
    return int(part)


DROPOUT = declare(
    LayerKind("dropout", Pair(dropout_forward, dropout_backward), identity_at_inference=True, takes_key=True)
)
VANILLA_DROPOUT = declare(
    LayerKind(
        "vanilla_dropout",
        Pair(vanilla_dropout_forward, vanilla_dropout_backward),
        infer=vanilla_dropout_infer,
        takes_key=True,
    )
)


def probability_of_keeping(who: str, probability: Any, keep: Any, drop: Any) -> float:
    """Return the probability of keeping, given as it is, or as that of dropping; by position only one half, which is both.

    Raises ShapeError, since other libraries mean the share that is dropped.
    """
    if [probability, keep, drop].count(None) != 2:
        raise ShapeError(f"{who}: write {who}(keep=0.8) or {who}(drop=0.2), which are the same")
    if drop is not None:
        return round(1 - check_number(who, "drop", drop, minimum=0, below=1), 15)
    kept = check_number(who, "keep", probability if keep is None else keep, above=0, maximum=1)
    if probability is not None and kept != 0.5:
        raise ShapeError(
            f"{who}({probability:g}) has two meanings: write {who}(drop={probability:g}) for what PyTorch and Keras mean, the "
            f"share that is dropped, or {who}(keep={probability:g})"
        )
    return kept


@dataclass(frozen=True, init=False)
class Dropout(Description):
    """Inverted dropout: each entry kept with probability `keep` in training, nothing dropped at inference.

    >>> Dropout(drop=0.2) == Dropout(keep=0.8)
    True
    """

    keep: float
    layer: ClassVar[LayerKind] = DROPOUT
    other_settings: ClassVar[tuple[str, ...]] = ("drop",)

    def __init__(
        self, probability: float | None = None, *, keep: float | None = None, drop: float | None = None
    ) -> None:
        """Take the probability of keeping or of dropping an entry, by its name; by position only 0.5. Raises ShapeError."""
        object.__setattr__(self, "keep", probability_of_keeping(type(self).__name__, probability, keep, drop))
        self.__post_init__()

    def lowered(self, shape: Shape) -> Lowered:
        return Lowered(self.layer, shape, {"keep": self.keep})


@dataclass(frozen=True, init=False)
class VanillaDropout(Dropout):
    """Vanilla dropout: unscaled in training, multiplied by `keep` at inference."""

    layer: ClassVar[LayerKind] = VANILLA_DROPOUT
