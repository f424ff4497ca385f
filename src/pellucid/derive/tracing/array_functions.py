"""What NumPy's functions do with a traced array: `np.einsum(..., x)` records a node instead of computing an array."""

from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.derive.tracing import movements
from pellucid.derive.tracing.primitives import ELEMENTWISE, einsum, matmul
from pellucid.shapes import ShapeError

__all__ = ["FUNCTIONS", "product"]


def product(recorder: Any, left: Any, right: Any) -> Any:
    """Record a matrix product. Raises ShapeError unless the operands are two matrices, or two stacks of equal shape."""
    shapes = np.shape(getattr(left, "value", left)), np.shape(getattr(right, "value", right))
    if min(map(len, shapes)) < 2 or shapes[0][:-2] != shapes[1][:-2]:
        raise ShapeError(
            f"trace: a matrix product needs two matrices, or two stacks of equal shape; got {shapes[0]} and {shapes[1]}"
        )
    return recorder.record(matmul(len(shapes[0])), left, right)


def _einsum(recorder: Any, subscripts: str, *operands: Any) -> Any:
    written = subscripts.replace(" ", "")
    inputs, arrow, out = written.partition("->")
    parts = inputs.split(",")
    plain_letters = all(part.isalpha() and len(set(part)) == len(part) for part in parts) and (not out or out.isalpha())
    if not arrow or len(parts) != 2 or len(operands) != 2 or not plain_letters:
        raise ShapeError(
            f"trace: np.einsum is traced only for two operands, letters and '->', as in 'nd,dm->nm'; got {subscripts!r}"
        )
    for own, other in (parts, parts[::-1]):
        if unshared := set(own) - set(other) - set(out):
            raise ShapeError(
                f"trace: np.einsum must not sum an axis that only one operand has ({''.join(unshared)}); sum over it first"
            )
    return recorder.record(einsum(written), *operands)


def _pad(recorder: Any, array: Any, pad_width: Any, mode: str = "constant", constant_values: Any = 0) -> Any:
    if mode != "constant" or constant_values != 0:
        raise ShapeError("trace: np.pad is traced with zeros only")
    widths = tuple((int(a), int(b)) for a, b in np.broadcast_to(np.asarray(pad_width), (array.ndim, 2)))
    return recorder.record(movements.pad(widths), array) if any(map(any, widths)) else array


def _windows(recorder: Any, x: Any, window_shape: Any, axis: Any = None) -> Any:
    size = tuple(int(s) for s in window_shape)
    if x.ndim != 4 or axis is None or tuple(a % 4 for a in axis) != (2, 3):
        raise ShapeError("trace: sliding_window_view is traced only for (N, C, H, W) with axis=(2, 3)")
    return recorder.record(movements.windows((size[0], size[1])), x)


def _concatenate(recorder: Any, arrays: Any, axis: int = 0) -> Any:
    shapes = [np.shape(getattr(a, "value", a)) for a in arrays]
    return recorder.record(movements.concatenate(shapes, axis % len(shapes[0])), *arrays)


def _where(recorder: Any, condition: Any, *values: Any) -> Any:
    if len(values) != 2:
        raise ShapeError("trace: np.where needs a condition and two values")
    return recorder.record(ELEMENTWISE["where"], condition, *values)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "einsum": _einsum,
    "pad": _pad,
    "sliding_window_view": _windows,
    "concatenate": _concatenate,
    "where": _where,
    "broadcast_to": lambda recorder, array, shape: recorder.record(movements.broadcast_to(tuple(shape)), array),
    "expand_dims": lambda recorder, a, axis: a.reshape(np.expand_dims(a.value, axis).shape),
    "dot": lambda recorder, a, b: product(recorder, a, b),
}
