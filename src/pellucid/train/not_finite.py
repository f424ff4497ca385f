"""Values that are NaN or infinite: the error of the step that meets one, and where the first one appears."""

import math
import mmap
from collections.abc import Mapping

import numpy as np

from pellucid.data import DataError
from pellucid.layers import Layers
from pellucid.nets import Network, first_not_finite
from pellucid.nets.arguments import Inputs
from pellucid.shapes import Array

__all__ = ["NotFiniteError", "check_finite", "error_of", "rows_not_finite"]

ROWS_NAMED = 5
ROWS_AT_ONCE = 4096


class NotFiniteError(ArithmeticError):
    """The loss or a gradient became NaN or infinite. The step was not made."""

    def __init__(self, step: int, where: str, loss: float, *, in_data: bool = False) -> None:
        advice = (
            "Correct these rows or leave them out."
            if in_data
            else "Common causes: a learning rate that is too large, inputs that are not standardized."
        )
        super().__init__(
            f"step {step}: the loss is {loss}; the first value that is not finite appears in {where}. "
            f"The step was not made. {advice}"
        )
        self.step, self.where, self.loss = step, where, loss
        self.in_data = in_data  # whether the batch itself holds the value


def rows_not_finite(x: Array, whole: str, rows: Array | None = None) -> str | None:
    """Name the rows of a batch (N, ...) that hold NaN or infinity: "row 17 of the data, which holds NaN"; None if there are none.

    rows (N,) are the rows' numbers in the data set, where it is known; `whole` says what they count, such as "the data".
    """
    flat = x.reshape(len(x), -1)
    bad = np.flatnonzero(~np.isfinite(flat).all(axis=1))
    if not bad.size:
        return None
    numbers = np.sort(bad if rows is None else rows[bad])
    named = ", ".join(map(str, numbers[:ROWS_NAMED]))
    others = f" and {numbers.size - ROWS_NAMED} more" if numbers.size > ROWS_NAMED else ""
    nan, infinite = np.isnan(flat).any(), np.isinf(flat).any()
    value = "NaN and infinite values" if nan and infinite else "NaN" if nan else "infinite values"
    rows_of, hold = ("row", "holds") if numbers.size == 1 else ("rows", "hold")
    return f"{rows_of} {named}{others} of {whole}, which {hold} {value}"


def error_of(
    net: Network,
    layers: Layers,
    gradients: Mapping[str, Array],
    x: Inputs,
    y: Array,
    rows: Array | None,
    *,
    loss: float,
    steps_done: int,
) -> NotFiniteError:
    """Return the error of a step whose loss or gradients (by parameter) are not finite: it names where the first such value is."""
    step = steps_done + 1
    data, targets = ("batch", "batch's targets") if rows is None else ("data", "targets")
    with np.errstate(over="ignore"):  # a float64 may be too large for the network's float32
        arrays = net.checked_inputs("loss", x)
    # A rectifier may hide it from the loss, not from the gradients.
    found = (rows_not_finite(array, f"the {data}", rows) for array in arrays)
    where = next((place for place in found if place is not None), None)
    if where is None and y.dtype.kind == "f":
        where = rows_not_finite(y, f"the {targets}", rows)
    if where is not None:
        return NotFiniteError(step, where, loss, in_data=True)
    if not math.isfinite(loss):
        where = first_not_finite(net.program, net.params, arrays, layers=layers, seed=net.seed, step=steps_done)
        return NotFiniteError(step, where, loss)
    # Backward, the last operation comes first: the first bad gradient on that way is where it began.
    names = [name for operation in reversed(net.program.operations) for name in operation.params]
    bad = [name for name in names if not np.isfinite(gradients[name]).all()]
    return NotFiniteError(step, f"the gradient of {bad[0]}" if bad else "the gradients' length", loss)


def check_finite(who: str, x: Array, rows: Array) -> None:
    """Raise DataError, before the first step, where inputs (N, ...) in memory hold NaN or infinity in one of these rows (M,).

    Files that are mapped into memory are not read for this.
    """
    if x.dtype.kind != "f" or _is_mapped(x):
        return
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(x.sum()):  # faster than a look at every value; a sum may overflow
            return
    for start in range(0, len(rows), ROWS_AT_ONCE):
        part = x[rows[start : start + ROWS_AT_ONCE]]
        if (found := np.argwhere(~np.isfinite(part))).size:
            place = tuple(map(int, found[0]))
            where = f", column {place[1]}" if x.ndim == 2 else f" at {place[1:]}"
            raise DataError(
                f"{who}: row {rows[start + place[0]]}{where} is {part[place]}; every input must be a finite number: correct "
                "the rows without one, leave them out, or give them the sample_weight 0"
            )


def _is_mapped(x: Array) -> bool:
    """Whether an array is a file that is mapped into memory."""
    base: object = x
    while isinstance(base, np.ndarray) and not isinstance(base, np.memmap):
        base = base.base
    return isinstance(base, (np.memmap, mmap.mmap))
