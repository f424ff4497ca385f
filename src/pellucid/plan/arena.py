"""The arena: one block of memory in which every buffer of a plan has its place, shared by buffers whose lives do not overlap."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.shapes import Array

__all__ = ["Arena", "Buffer"]

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
    users: int = 0  # while gradients are planned: for how many values it stands

    @property
    def bytes(self) -> int:
        """Its size, rounded up to the alignment."""
        size = int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize
        return max(ALIGNMENT, -(-size // ALIGNMENT) * ALIGNMENT)

    def read_at(self, step: int) -> None:
        """Keep it at least until this step."""
        self.last = max(self.last, step)


class Arena:
    """Gives each buffer its place: the largest first, each at the lowest place that is free for its whole life."""

    def __init__(self, buffers: Sequence[Buffer]) -> None:
        placed: list[Buffer] = []
        for buffer in sorted(buffers, key=lambda b: (-b.bytes, b.first, b.name)):
            beside = [other for other in placed if other.first <= buffer.last and buffer.first <= other.last]
            place = 0
            for other in sorted(beside, key=lambda b: b.offset):
                if other.offset - place >= buffer.bytes:
                    break
                place = max(place, other.offset + other.bytes)
            buffer.offset = place
            placed.append(buffer)
        self.buffers = tuple(placed)
        self.bytes = max((buffer.offset + buffer.bytes for buffer in placed), default=0)
        self._memory: Array | None = None

    def array(self, buffer: Buffer) -> Array:
        """Return the buffer as an array; the memory is asked for on the first call."""
        if self._memory is None:
            raw = np.empty(self.bytes + ALIGNMENT, np.uint8)
            start = -raw.ctypes.data % ALIGNMENT
            self._memory = raw[start : start + self.bytes]
        size = int(np.prod(buffer.shape, dtype=np.int64)) * buffer.dtype.itemsize
        return self._memory[buffer.offset : buffer.offset + size].view(buffer.dtype).reshape(buffer.shape)
