"""A stand-in for `torch` in a worker: names of torch over NumPy, for functions with a context (`torch.autograd.Function`).

It holds what forwards and backwards are usually written with; anything else raises AttributeError, in the learner's own line.
"""

from typing import Any

import numpy as np

__all__ = ["Tensor", "autograd", "nn", "tensor"]


class Tensor(np.ndarray):
    """An array with the usual methods of a tensor."""

    requires_grad = False

    def mm(self, other: Any) -> Any:
        return self @ other

    matmul = bmm = mm

    def t(self) -> Any:
        return self.T

    def clamp(self, min: Any = None, max: Any = None) -> Any:
        return np.clip(self, min, max)

    def clone(self) -> Any:
        return self.copy()

    def size(self, dim: Any = None) -> Any:  # type: ignore[override]
        return self.shape if dim is None else self.shape[dim]

    def dim(self) -> int:
        return self.ndim

    def numel(self) -> int:
        return int(np.size(np.asarray(self)))

    def view(self, *shape: Any) -> Any:  # type: ignore[override]  # torch's meaning besides NumPy's
        is_type = len(shape) == 1 and isinstance(shape[0], (type, np.dtype))
        return np.ndarray.view(self, *shape) if is_type else self.reshape(*shape)

    def unsqueeze(self, dim: int) -> Any:
        return np.expand_dims(self, dim)

    def sum(self, dim: Any = None, keepdim: bool = False, **more: Any) -> Any:  # type: ignore[override]
        return _reduced(np.sum, self, dim, keepdim, more)

    def mean(self, dim: Any = None, keepdim: bool = False, **more: Any) -> Any:  # type: ignore[override]
        return _reduced(np.mean, self, dim, keepdim, more)

    def var(self, dim: Any = None, unbiased: bool = True, keepdim: bool = False, **more: Any) -> Any:  # type: ignore[override]
        return _reduced(np.var, self, dim, keepdim, {**more, "ddof": int(unbiased)})

    def max(self, dim: Any = None, keepdim: bool = False, **more: Any) -> Any:  # type: ignore[override]
        values = _reduced(np.max, self, dim, keepdim, more)
        return values if dim is None else (values, np.argmax(np.asarray(self), axis=dim))

    def permute(self, *axes: Any) -> Any:
        return self.transpose(*axes)

    def expand_as(self, other: Any) -> Any:
        return np.broadcast_to(self, other.shape)

    def _same(self, *args: Any, **keywords: Any) -> Any:
        return self

    detach = contiguous = float = double = cpu = type_as = to = requires_grad_ = _same


def _reduced(reduce: Any, array: Any, dim: Any, keepdim: bool, more: dict[str, Any]) -> Any:
    axis, keep = more.pop("axis", dim), more.pop("keepdims", keepdim)
    more.pop("out", None)
    more.pop("dtype", None)
    return tensor(
        reduce(np.asarray(array), axis=tuple(axis) if isinstance(axis, list) else axis, keepdims=keep, **more)
    )


def tensor(value: Any, **keywords: Any) -> Any:
    """Return an array as a tensor."""
    return (
        np.asarray(value, dtype=float if np.asarray(value).dtype.kind == "f" else None).view(Tensor)
        if not isinstance(value, Tensor)
        else value
    )


as_tensor = from_numpy = FloatTensor = tensor


def _wrapped(function: Any) -> Any:
    def call(*args: Any, **keywords: Any) -> Any:
        return function(*(tensor(one) if isinstance(one, np.ndarray) else one for one in args), **keywords)

    return call


class _Function:
    def __init_subclass__(cls) -> None:
        for name in ("forward", "backward"):
            if isinstance(method := vars(cls).get(name), staticmethod):
                setattr(cls, name, staticmethod(_wrapped(method.__func__)))


class _Names:
    def __init__(self, **names: Any) -> None:
        self.__dict__.update(names)


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def relu(x: Any) -> Any:
    return np.maximum(x, 0)


def rsqrt(x: Any) -> Any:
    return 1 / np.sqrt(x)


def softplus(x: Any) -> Any:
    return np.logaddexp(x, 0)


def cat(arrays: Any, dim: int = 0) -> Any:
    return tensor(np.concatenate(arrays, axis=dim))


def softmax(x: Any, dim: int = -1) -> Any:
    e = np.exp(x - np.max(np.asarray(x), axis=dim, keepdims=True))
    return e / np.sum(np.asarray(e), axis=dim, keepdims=True)


def _of(name: str) -> Any:
    def call(x: Any, *args: Any, **keywords: Any) -> Any:
        return getattr(tensor(x), name)(*args, **keywords)

    return call


for _name in ("mm", "bmm", "t", "clamp", "sum", "mean", "var", "max", "unsqueeze", "clone", "numel"):
    globals()[_name] = _of(_name)
_SAME = [
    "exp",
    "log",
    "sqrt",
    "tanh",
    "abs",
    "sign",
    "sin",
    "cos",
    "matmul",
    "where",
    "maximum",
    "minimum",
    "einsum",
    "zeros_like",
    "ones_like",
    "outer",
    "round",
    "floor",
    "square",
    "log1p",
    "expm1",
    "sinh",
    "cosh",
    "zeros",
    "ones",
    "arange",
    "stack",
    "flip",
    "cumsum",
    "tril",
    "triu",
]
_RENAMED = {"pow": "power", "mul": "multiply", "add": "add", "sub": "subtract", "div": "divide"}
_NO_METHODS = frozenset(
    [
        "where",
        "einsum",
        "zeros_like",
        "ones_like",
        "outer",
        "matmul",
        "maximum",
        "minimum",
        "sign",
        "abs",
        "zeros",
        "ones",
        "arange",
        "stack",
    ]
)
for _name, _ufunc in {**dict(zip(_SAME, _SAME, strict=True)), **_RENAMED}.items():
    globals()[_name] = getattr(np, _ufunc)
    if _name not in _NO_METHODS:
        setattr(Tensor, _name, (lambda f: lambda self, *args: f(self, *args))(getattr(np, _ufunc)))
for _name, _function in (("sigmoid", sigmoid), ("relu", relu), ("softmax", softmax), ("rsqrt", rsqrt)):
    setattr(Tensor, _name, _function)
_Module = type("Module", (), {})
_Parameter = staticmethod(tensor).__func__
float32 = float64 = float
no_grad = _Names
autograd = _Names(Function=_Function)
nn = _Names(
    Module=_Module,
    Parameter=_Parameter,
    functional=_Names(sigmoid=sigmoid, relu=relu, softmax=softmax, softplus=softplus),
)
