"""The arena: one block of memory for all buffers of a plan. Buffers whose lives do not overlap share the same bytes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.shapes import Array

__all__ = ["Arena", "Block", "Buffer"]

ALIGNMENT = 64  # bytes: a cache line, and the widest vector


@dataclass(eq=False)
class Buffer:
    """An array that lives from one step of a plan to another, both inclusive."""

    name: str
    shape: tuple[int, ...]
    dtype: "np.dtype[Any]"
    first: int  # the step that writes it
    last: int  # the last step that reads it
    offset: int = -1  # in the arena, in bytes

    @property
    def nbytes(self) -> int:
        """The size of its array, in bytes."""
        return math.prod(self.shape) * self.dtype.itemsize

    @property
    def bytes(self) -> int:
        """The room it takes in the arena: its size rounded up to the alignment."""
        return max(ALIGNMENT, -(-self.nbytes // ALIGNMENT) * ALIGNMENT)

    def read_at(self, step: int) -> None:
        """Keep it at least until this step."""
        self.last = max(self.last, step)


class Arena:
    """Gives each buffer its offset: the largest first, each at the lowest offset that is free for its whole life."""

    def __init__(self, buffers: Sequence[Buffer]) -> None:
        self.buffers = tuple(sorted(buffers, key=lambda b: (-b.bytes, b.first, b.name)))
        placed = _Placed(len(self.buffers))
        for buffer in self.buffers:
            buffer.offset = placed.place(buffer.bytes, buffer.first, buffer.last)
        self.bytes = max((buffer.offset + buffer.bytes for buffer in self.buffers), default=0)


class _Placed:
    """The buffers placed so far, by offset: an array for each of their numbers, since a deep network has thousands."""

    def __init__(self, room: int) -> None:
        self.columns = np.zeros((4, room), np.int64)  # offset, end, first step, last step
        self.count = 0

    def place(self, needed: int, first: int, last: int) -> int:
        """Place a buffer at the lowest offset with enough bytes below whatever is alive at one of its steps; return it."""
        offsets, ends, firsts, lasts = self.columns[:, : self.count]
        alive = (firsts <= last) & (lasts >= first)
        taken = np.maximum.accumulate(ends[alive])  # below each are no bytes that an earlier one leaves free
        gaps = offsets[alive]
        gaps[1:] -= taken[:-1]
        fits = gaps >= needed
        where = int(fits.argmax()) if fits.any() else len(fits)
        offset = int(taken[where - 1]) if where else 0
        at = int(offsets.searchsorted(offset))
        self.columns[:, at + 1 : self.count + 1] = self.columns[:, at : self.count]
        self.columns[:, at] = offset, offset + needed, first, last
        self.count += 1
        return offset


class Block:
    """The memory of an arena."""

    def __init__(self, arena: Arena) -> None:
        allocated = np.empty(arena.bytes + ALIGNMENT, np.uint8)
        start = -allocated.ctypes.data % ALIGNMENT
        self.memory: Array = allocated[start : start + arena.bytes]

    def array(self, buffer: Buffer) -> Array:
        """Return a buffer as an array."""
        stop = buffer.offset + buffer.nbytes
        return self.memory[buffer.offset : stop].view(buffer.dtype).reshape(buffer.shape)
