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
        placed: list[Buffer] = []
        for buffer in sorted(buffers, key=lambda b: (-b.bytes, b.first, b.name)):
            needed = buffer.bytes
            alive = [other for other in placed if other.first <= buffer.last and buffer.first <= other.last]
            offset = 0
            for other in sorted(alive, key=lambda b: b.offset):
                if other.offset - offset >= needed:
                    break
                offset = max(offset, other.offset + other.bytes)
            buffer.offset = offset
            placed.append(buffer)
        self.buffers = tuple(placed)
        self.bytes = max((buffer.offset + buffer.bytes for buffer in placed), default=0)


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
