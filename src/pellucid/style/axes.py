"""Axes that are sensible for one epoch and for a hundred."""

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from pellucid.shapes import Array

__all__ = ["draw_amounts_axis", "draw_epochs_axis", "draw_shares_axis", "make_logarithmic", "thinned"]

SMALLEST_RANGE = 0.1  # of an axis of shares: ten points
ROOM = 0.06  # of the range, above and below the values
EVERY_TICK = 10  # up to this many epochs, each has its tick
LOGARITHMIC_FROM = 50  # times the smallest value: from there on, an axis of amounts is logarithmic
LARGEST_CURVE = 1_200  # points of a curve, about two for each pixel


def draw_epochs_axis(axes: Any, epochs: int, *, from_zero: bool = False) -> None:
    """Give the x axis whole epochs: each up to ten, some of more; a single one lies in the middle, with room around it.

    from_zero: the axis also shows the steps of the first epoch.
    """
    from matplotlib.ticker import MaxNLocator

    epochs = max(epochs, 1)
    low = 0.0 if from_zero else 1.0 if epochs > 1 else 0.5
    high = epochs if epochs > 1 or from_zero else 1.5
    room = 0.03 * (high - low)
    axes.set_xlim(low - room, high + room)
    if epochs <= EVERY_TICK:
        axes.set_xticks(range(0 if from_zero else 1, epochs + 1))
    else:
        axes.xaxis.set_major_locator(MaxNLocator(nbins=7, integer=True, min_n_ticks=2))
    axes.set_xlabel("epoch")


def draw_shares_axis(axes: Any, values: Iterable[float | None], *, epochs: int) -> None:
    """Give the y axis shares in per cent: 0 to 100 for a single epoch, which shows no trend, otherwise at least ten points."""
    from matplotlib.ticker import PercentFormatter

    axes.yaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0))
    finite = [value for value in values if value is not None and np.isfinite(value)]
    if epochs <= 1 or not finite:
        axes.set_ylim(0, 1)
        return
    low, high = min(finite), max(finite)
    room = ROOM * max(high - low, SMALLEST_RANGE)
    lacking = max(0.0, SMALLEST_RANGE - (high - low + 2 * room))
    low, high = low - room - lacking / 2, high + room + lacking / 2
    if high > 1:
        low, high = min(low, 1 - SMALLEST_RANGE), 1 + room / 2  # half a mark's room above 100 %
    if low < 0:
        low, high = -room / 2, max(high, SMALLEST_RANGE)
    axes.set_ylim(low, high)


def draw_amounts_axis(axes: Any, values: Iterable[float | None]) -> None:
    """Give the y axis amounts: logarithmic where they span more than a factor of 50, otherwise at least a tenth of them."""
    finite = np.array([value for value in values if value is not None and np.isfinite(value)])
    if not finite.size:
        return
    low, high = float(finite.min()), float(finite.max())
    if low > 0 and high > LOGARITHMIC_FROM * low:
        make_logarithmic(axes, "y")
        return
    reach = max(high - low, SMALLEST_RANGE * max(abs(low), abs(high)), 1e-12)
    middle, room = (low + high) / 2, ROOM * reach
    bottom = middle - reach / 2 - room
    axes.set_ylim(max(bottom, 0.0) if low >= 0 else bottom, middle + reach / 2 + room)


def make_logarithmic(axes: Any, which: str) -> None:
    """Make the axis 'x' or 'y' logarithmic, with plain numbers on it: Matplotlib's own writes powers as formulas."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    axes.set(**{f"{which}scale": "log"})
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter("")


def thinned(values: Sequence[float] | Array, most: int = LARGEST_CURVE) -> Array:
    """Return (M,) places of a long curve that keep its look: of each stretch the first, the smallest and the largest value."""
    array = np.asarray(values, dtype=np.float64)
    if len(array) <= most:
        return np.arange(len(array))
    edges = np.linspace(0, len(array), most // 3 + 1).astype(np.int64)
    places = {len(array) - 1}
    for start, stop in itertools.pairwise(edges):
        part = array[start:stop]
        places.add(int(start))
        if np.isfinite(part).any():
            places |= {int(start + np.nanargmin(part)), int(start + np.nanargmax(part))}
    return np.array(sorted(places))
