"""Dual numbers: exact differentiation by running the code itself; at a kink, the slope of the branch taken.

A Dual is an array and its slope along one direction. Arithmetic carries both by the rules of calculus, (u v)' = u' v + u v', so
a NumPy function called with Duals returns its value and its derivative. Results must come from operations: an array made by
np.zeros can only store numbers, and assigning a Dual to it raises an error.
Source: Griewank & Walther, Evaluating Derivatives, chapter 3 (forward mode).
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from pellucid.gradients.complex_step import DifferentiationError
from pellucid.shapes import Array, ShapeError

__all__ = ["Dual", "exact_gradient"]

# The slope of a function of one argument, times the argument's slope.
ONE: dict[Any, Callable[[Any, Any], Any]] = {
    np.negative: lambda u, du: -du,
    np.positive: lambda u, du: du,
    np.exp: lambda u, du: np.exp(u) * du,
    np.log: lambda u, du: du / u,
    np.log1p: lambda u, du: du / (1 + u),
    np.expm1: lambda u, du: np.exp(u) * du,
    np.sqrt: lambda u, du: du / (2 * np.sqrt(u)),
    np.square: lambda u, du: 2 * u * du,
    np.tanh: lambda u, du: (1 - np.tanh(u) ** 2) * du,
    np.sin: lambda u, du: np.cos(u) * du,
    np.cos: lambda u, du: -np.sin(u) * du,
    np.absolute: lambda u, du: np.sign(u) * du,
    np.reciprocal: lambda u, du: -du / u**2,
}
# The slope of a function of two arguments.
TWO: dict[Any, Callable[[Any, Any, Any, Any], Any]] = {
    np.add: lambda u, v, du, dv: du + dv,
    np.subtract: lambda u, v, du, dv: du - dv,
    np.multiply: lambda u, v, du, dv: du * v + u * dv,
    np.true_divide: lambda u, v, du, dv: du / v - u * dv / v**2,
    np.matmul: lambda u, v, du, dv: du @ v + u @ dv,
    np.maximum: lambda u, v, du, dv: np.where(u >= v, du, dv),
    np.minimum: lambda u, v, du, dv: np.where(u <= v, du, dv),
    np.power: lambda u, v, du, dv: v * u ** (v - 1) * du + (u**v * np.log(u) * dv if np.any(dv) else 0.0),
}
COMPARED = (
    np.greater,
    np.greater_equal,
    np.less,
    np.less_equal,
    np.equal,
    np.not_equal,
    np.sign,
    np.isfinite,
    np.isnan,
)
LINEAR = {  # for a linear function, apply the function to the slope
    np.sum, np.mean, np.reshape, np.transpose, np.ravel, np.squeeze, np.expand_dims, np.moveaxis, np.swapaxes, np.pad, np.repeat,
    np.tile, np.cumsum, np.flip, np.roll, np.broadcast_to, np.copy, np.trace, np.diagonal, np.take, np.diff,
}  # fmt: skip
PRODUCTS = (np.dot, np.tensordot, np.outer)


class Dual(np.lib.mixins.NDArrayOperatorsMixin):
    """A value and its slope along one direction: two float64 arrays of the same shape."""

    def __init__(self, value: Any, slope: Any) -> None:
        self.value = np.asarray(value, dtype=np.float64)
        self.slope = np.broadcast_to(np.asarray(slope, dtype=np.float64), self.value.shape)

    def __repr__(self) -> str:
        return f"Dual({self.value!r}, {self.slope!r})"

    def __array__(self, *args: Any, **keywords: Any) -> Array:
        raise DifferentiationError(
            "exact_gradient: a Dual cannot be put into an array of numbers (np.zeros, then out[...] =)"
        )

    def __len__(self) -> int:
        return len(self.value)

    def __getitem__(self, place: Any) -> "Dual":
        return Dual(self.value[place], self.slope[place])

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        values, slopes = [_value(u) for u in inputs], [_slope(u) for u in inputs]
        if method == "reduce" and ufunc is np.add:
            return _sum(self, **keywords)
        if method == "reduce" and ufunc in (np.maximum, np.minimum):
            return _extreme(
                ufunc is np.maximum, self, **{k: v for k, v in keywords.items() if k in ("axis", "keepdims")}
            )
        if method != "__call__" or keywords.get("out") is not None:
            raise DifferentiationError(
                f"exact_gradient: {ufunc.__name__}.{method} with these arguments is not supported"
            )
        if ufunc in COMPARED:
            return ufunc(*values)
        if ufunc in ONE:
            return Dual(ufunc(*values), ONE[ufunc](*values, *slopes))
        if ufunc in TWO:
            return Dual(ufunc(*values), TWO[ufunc](*values, *slopes))
        raise DifferentiationError(f"exact_gradient: {ufunc.__name__} is not supported")

    def __array_function__(self, function: Any, types: Iterable[type], args: Any, keywords: Any) -> Any:
        if function in LINEAR:
            first, *rest = args
            return Dual(function(first.value, *rest, **keywords), function(first.slope, *rest, **keywords))
        if function in PRODUCTS:
            return _product(function, args[0], args[1], *args[2:], **keywords)
        if function is np.einsum:
            return _einsum(*args, **keywords)
        if function in (np.max, np.amax, np.min, np.amin):
            return _extreme(function in (np.max, np.amax), *args, **keywords)
        if function is np.var:
            axis, keep = keywords.get("axis", args[1] if len(args) > 1 else None), keywords.get("keepdims", False)
            return np.mean((args[0] - np.mean(args[0], axis=axis, keepdims=True)) ** 2, axis=axis, keepdims=keep)
        if function is np.std:
            return np.sqrt(np.var(*args, **keywords))
        if function is np.where and len(args) == 3:
            chosen = _value(args[0])
            return Dual(*(np.where(chosen, part(args[1]), part(args[2])) for part in (_value, _slope)))
        if function in (np.concatenate, np.stack, np.vstack, np.hstack):
            return Dual(*(function([part(u) for u in args[0]], *args[1:], **keywords) for part in (_value, _slope)))
        if function in (np.argmax, np.argmin, np.shape, np.ndim, np.size, np.zeros_like, np.ones_like, np.array_equal):
            return function(*(_value(u) for u in args), **keywords)
        raise DifferentiationError(f"exact_gradient: np.{function.__name__} is not supported")

    shape = property(lambda self: self.value.shape)
    ndim = property(lambda self: self.value.ndim)
    size = property(lambda self: self.value.size)
    dtype = property(lambda self: self.value.dtype)
    T = property(lambda self: np.transpose(self))

    def __getattr__(self, name: str) -> Any:
        """Return NumPy's function of the same name as a method: x.sum(axis=0) is np.sum(x, axis=0)."""
        if name == "dot":
            return lambda other: _product(np.dot, self, other)
        if name in ("reshape", "transpose"):
            function = getattr(np, name)
            return lambda *a: function(self, a[0] if len(a) == 1 and not isinstance(a[0], int) else a)
        if name in (
            "sum",
            "mean",
            "max",
            "min",
            "var",
            "std",
            "ravel",
            "copy",
            "squeeze",
            "argmax",
            "argmin",
            "repeat",
        ):
            return lambda *a, **k: getattr(np, name)(self, *a, **k)
        if name == "astype":
            return lambda *a, **k: self
        raise AttributeError(f"exact_gradient: a Dual has no {name}")


def exact_gradient(f: Callable[[Any], Any], x: Array, dout: Array | float | None = None) -> Array:
    """Return d sum(f(x) * dout) / dx, shaped like x (float64), by running f on dual numbers, once for each entry.

    f returns a number or an array; dout is the upstream gradient, shaped like f(x) (all ones unless given). At a kink the slope
    is that of the branch taken. Raises DifferentiationError if f uses an operation that is not supported.
    """
    if not isinstance(x, np.ndarray) or x.dtype != np.float64:
        kind = x.dtype if isinstance(x, np.ndarray) else type(x).__name__
        raise ShapeError(f"exact_gradient: x must be a float64 array; got {kind}")
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        direction = np.zeros_like(x)
        direction[index] = 1.0
        slope = _slope(f(Dual(x, direction)))
        upstream = np.ones(np.shape(slope)) if dout is None else np.asarray(dout)
        if upstream.shape != np.shape(slope):
            raise ShapeError(
                f"exact_gradient: dout must have the shape of f(x), {np.shape(slope)}; got {upstream.shape}"
            )
        gradient[index] = (slope * upstream).sum()
    return gradient


def _value(u: Any) -> Any:
    return u.value if isinstance(u, Dual) else u


def _slope(u: Any) -> Any:
    return u.slope if isinstance(u, Dual) else np.zeros(np.shape(u))


def _sum(u: Dual, **keywords: Any) -> Dual:
    options = {name: value for name, value in keywords.items() if name in ("axis", "keepdims")}
    return Dual(np.add.reduce(u.value, **options), np.add.reduce(u.slope, **options))


def _product(function: Any, u: Any, v: Any, *rest: Any, **keywords: Any) -> Dual:
    slope = function(_slope(u), _value(v), *rest, **keywords) + function(_value(u), _slope(v), *rest, **keywords)
    return Dual(function(_value(u), _value(v), *rest, **keywords), slope)


def _einsum(subscripts: str, *operands: Any, **keywords: Any) -> Dual:
    values = [_value(u) for u in operands]
    slope = sum(
        np.einsum(subscripts, *[_slope(u) if n == number else values[n] for n, u in enumerate(operands)], **keywords)
        for number in range(len(operands))
    )
    return Dual(np.einsum(subscripts, *values, **keywords), slope)


def _extreme(largest: bool, u: Dual, axis: Any = None, keepdims: bool = False) -> Dual:
    """Return the largest or smallest entry, with the slope of the first entry that attains it."""
    function = np.max if largest else np.min
    axes = tuple(range(u.ndim)) if axis is None else tuple(np.atleast_1d(axis) % u.ndim)
    rest = [a for a in range(u.ndim) if a not in axes]
    order = (*rest, *axes)
    rows = u.value.transpose(order).reshape(*(u.shape[a] for a in rest), -1)
    slopes = np.asarray(u.slope).transpose(order).reshape(rows.shape)
    place = (rows.argmax(-1) if largest else rows.argmin(-1))[..., None]
    value = function(u.value, axis=axis, keepdims=keepdims)
    return Dual(value, np.take_along_axis(slopes, place, -1)[..., 0].reshape(value.shape))
