"""Where the wrong entries of a gradient lie: one block of columns, one edge, every other row."""

from collections.abc import Sequence

import numpy as np

__all__ = ["block_of"]

FULL = 0.8  # of the entries of a slice that must be wrong, so that a gradient of 0 here and there does not hide it


def block_of(wrong: Sequence[tuple[int, ...]], shape: tuple[int, ...]) -> str:
    """Say along which axis the wrong entries fill some slices and leave the others alone; "" if along none.

    A fraction of the axis is named as such: the second of 4 equal blocks is one gate's share of an LSTM.
    """
    mask = np.zeros(shape, dtype=bool)
    for index in wrong:
        mask[index] = True
    for axis, size in enumerate(shape):
        if size < 2:
            continue
        share = np.moveaxis(mask, axis, 0).reshape(size, -1).mean(axis=1)
        places = np.flatnonzero(share)
        if len(places) in (0, size) or share[places].min() < FULL:
            continue
        return f"wrong only in {_places(places, size, axis, len(shape))}"
    return ""


def _places(places: np.ndarray, size: int, axis: int, axes: int) -> str:
    word = {(2, 0): "row", (2, 1): "column"}.get((axes, axis), "entry" if axes == 1 else "")
    first, last, count = int(places[0]), int(places[-1]), len(places)
    if count == 1:
        here = f"{word} {first}" if word else f"index {first} of axis {axis}"
        return f"{here}{', the last' if first == size - 1 else ', the first' if first == 0 else ''}"
    plural = {"row": "rows", "column": "columns", "entry": "entries"}.get(word, "")
    if last - first + 1 == count:
        here = f"{plural} {first} to {last}" if plural else f"indices {first} to {last} of axis {axis}"
        blocks = size // count
        is_block = size % count == 0 and first % count == 0 and blocks <= 8
        return f"{here}: block {first // count + 1} of {blocks} equal blocks of {count}" if is_block else here
    if set(places.tolist()) == {0, size - 1}:
        return f"the first and last {plural}" if plural else f"the first and last index of axis {axis}"
    steps = np.diff(places)
    if (steps == steps[0]).all():
        every = (
            f"every {_ordinal(int(steps[0]))} {word}"
            if word
            else f"every {_ordinal(int(steps[0]))} index of axis {axis}"
        )
        return f"{every}, from {first} on"
    named = ", ".join(str(p) for p in places[:6]) + (", ..." if count > 6 else "")
    return f"{plural} {named}" if plural else f"indices {named} of axis {axis}"


def _ordinal(number: int) -> str:
    return {2: "second", 3: "third", 4: "fourth"}.get(number, f"{number}th")
