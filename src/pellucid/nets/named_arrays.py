"""NamedArrays: named arrays that are views of one flat buffer.

Parameters, gradients and optimiser state are one buffer each, so that an update is one loop and decay one range. The names map
to views of logical shape; how a view lies in the buffer (a weight of a convolution lies as [HH][WW][C][F]) is nobody's concern
but the kernels'.
"""

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.shapes import Array, ShapeError

__all__ = ["NamedArrays", "Slot"]


class Slot(NamedTuple):
    """One array's place: its logical shape, and its axes in the order in which they lie in memory."""

    shape: tuple[int, ...]
    memory: tuple[int, ...]  # a permutation of the axes, slowest first; (0, 1, ...) is C order

    @property
    def size(self) -> int:
        """Number of entries."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def shape_in_memory(self) -> tuple[int, ...]:
        """The sizes of the axes, slowest first."""
        return tuple(self.shape[axis] for axis in self.memory)


class NamedArrays(MutableMapping[str, Array]):
    """A fixed set of names; `arrays[name]` is a view of `arrays.flat`, `arrays[name] = a` copies into it."""

    def __init__(self, slots: Mapping[str, Slot], dtype: npt.DTypeLike, flat: Array | None = None) -> None:
        self.slots = dict(slots)
        total = sum(slot.size for slot in self.slots.values())
        self.flat = np.zeros(total, dtype) if flat is None else flat
        self.ranges: dict[str, tuple[int, int]] = {}
        self._views: dict[str, Array] = {}
        start = 0
        for name, slot in self.slots.items():
            stop = start + slot.size
            lying = self.flat[start:stop].reshape(slot.shape_in_memory)
            self._views[name] = lying.transpose(np.argsort(slot.memory))
            self.ranges[name] = (start, stop)
            start = stop

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle as names over a buffer, so that a copy's names are views of its own."""
        return NamedArrays, (self.slots, self.flat.dtype, self.flat)

    def like(self, flat: Array | None = None) -> "NamedArrays":
        """Return the same names over another buffer (zeros unless given)."""
        return NamedArrays(self.slots, self.flat.dtype, flat)

    def __getitem__(self, name: str) -> Array:
        if name not in self._views:
            raise KeyError(f"{name!r}; there are: {', '.join(self._views) or 'none'}")
        return self._views[name]

    def __setitem__(self, name: str, value: npt.ArrayLike) -> None:
        view = self[name]
        value = np.asarray(value)
        if value.shape != view.shape or value.dtype.kind not in "fiu":
            raise ShapeError(
                f"{name} must be an array of numbers of shape {view.shape}; got {value.dtype} of shape {value.shape}"
            )
        view[...] = value

    def __delitem__(self, name: str) -> None:
        raise TypeError(f"{name} cannot be deleted: the arrays are views of one buffer")

    def __iter__(self) -> Iterator[str]:
        return iter(self._views)

    def __len__(self) -> int:
        return len(self._views)

    def __repr__(self) -> str:
        names = ", ".join(f"{name} {slot.shape}" for name, slot in self.slots.items())
        return f"NamedArrays({self.flat.dtype}; {names})"
