"""Stand-ins for arrays, and the recorder in which they write down what is done with them."""

from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from pellucid.derive.tracing import movements
from pellucid.derive.tracing.array_functions import FUNCTIONS, product
from pellucid.derive.tracing.computation import GraphNode
from pellucid.derive.tracing.namespace import NAMESPACE
from pellucid.derive.tracing.primitives import ELEMENTWISE, Primitive, fill, power
from pellucid.shapes import Array, ShapeError

__all__ = ["GraphRecorder", "Traced"]


class GraphRecorder:
    """The nodes of one trace."""

    def __init__(self) -> None:
        self.nodes: list[GraphNode] = []
        self.constants: dict[int, int] = {}  # id of an array that is not an input -> its node
        self._held: list[Any] = []  # these arrays themselves: an id is unique only while its object lives

    def add_input(self, name: str, value: Array) -> "Traced":
        """Add an input."""
        learns = value.dtype.kind == "f"
        return self._add(GraphNode(len(self.nodes), name, value.copy(), learns=learns, is_input=True))

    def record(self, primitive: Primitive, *operands: Any) -> "Traced":
        """Compute a primitive and add its node."""
        read = [self._operand(operand) for operand in operands]
        values = {f"operand_{i}": self.nodes[each].value for i, each in enumerate(read) if isinstance(each, int)}
        names = [each if isinstance(each, str) else f"operand_{i}" for i, each in enumerate(read)]
        value = np.asarray(eval(fill(primitive.code, names, "", ""), NAMESPACE | values))
        learns = any(
            isinstance(each, int) and self.nodes[each].learns and adjoint is not None
            for each, adjoint in zip(read, primitive.adjoints, strict=True)
        )
        return self._add(GraphNode(len(self.nodes), "", value, primitive, tuple(read), learns=learns))

    def _add(self, node: GraphNode) -> "Traced":
        self.nodes.append(node)
        return Traced(self, node.number)

    def _operand(self, operand: Any) -> int | str:
        """Return the number of the operand's node; for a literal number, its text."""
        if isinstance(operand, Traced):
            if operand.recorder is not self:
                raise ShapeError("trace: an array of another trace was used; pass it as an input")
            return operand.number
        if isinstance(operand, (bool, int, float, np.generic)):
            number = operand.item() if isinstance(operand, np.generic) else operand
            return f"({number!r})" if number < 0 else repr(number)
        array = np.asarray(operand)
        if array.dtype.kind not in "fiub":
            raise ShapeError(f"trace: an operand must be an array of numbers; got {type(operand).__name__}")
        if id(operand) not in self.constants:
            self._add(GraphNode(len(self.nodes), "", array))
            self.constants[id(operand)] = len(self.nodes) - 1
            self._held.append(operand)
        return self.constants[id(operand)]


class Traced(NDArrayOperatorsMixin):
    """A stand-in for an array: behaves like one, and records what is done with it."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, recorder: GraphRecorder, number: int) -> None:
        self.recorder, self.number = recorder, number

    @property
    def value(self) -> Array:
        """The value at the inputs of the trace."""
        return self.recorder.nodes[self.number].value

    @property
    def shape(self) -> tuple[int, ...]:
        """The same as for an array."""
        return self.value.shape

    @property
    def ndim(self) -> int:
        """The same as for an array."""
        return self.value.ndim

    @property
    def size(self) -> int:
        """The same as for an array."""
        return self.value.size

    @property
    def dtype(self) -> Any:
        """The same as for an array."""
        return self.value.dtype

    @property
    def T(self) -> "Traced":
        """The same as for an array."""
        return self.transpose()

    def __len__(self) -> int:
        return len(self.value)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if "out" in options:
            raise ShapeError("trace: arrays cannot be changed in place; write a = a + b, not a += b")
        if method != "__call__" or options:
            raise ShapeError(
                f"trace: np.{ufunc.__name__} is traced only as a plain call, without {method} or {list(options)}"
            )
        name = ufunc.__name__
        if name in ("power", "float_power") and isinstance(inputs[1], (int, float)):
            return self.recorder.record(power(inputs[1]), inputs[0])
        if name == "matmul":
            return product(self.recorder, *inputs)
        if name not in ELEMENTWISE:
            raise ShapeError(f"trace: no derivative for np.{name} is defined; known are {', '.join(ELEMENTWISE)}")
        return self.recorder.record(ELEMENTWISE[name], *inputs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        name = "max" if function.__name__ == "amax" else function.__name__
        if name in FUNCTIONS:
            return FUNCTIONS[name](self.recorder, *args, **kwargs)
        if name in ("zeros_like", "ones_like", "empty_like", "full_like", "shape", "ndim", "size"):
            return function(*(a.value if isinstance(a, Traced) else a for a in args), **kwargs)
        if name in (
            "reshape",
            "transpose",
            "sum",
            "mean",
            "max",
            "var",
            "std",
            "squeeze",
            "swapaxes",
            "argmax",
            "ravel",
        ):
            return getattr(args[0], name)(*args[1:], **kwargs)
        raise ShapeError(f"trace: no derivative for np.{name} is defined")

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise ShapeError(
            "trace: a traced array cannot be converted to a plain one, or assigned into one: its gradient would be lost"
        )

    def __bool__(self) -> bool:
        raise ShapeError(
            "trace: the function branches on a traced value; use np.where, so that both branches are in the graph"
        )

    def __float__(self) -> float:
        raise ShapeError("trace: a traced value cannot be converted to a plain number: its gradient would be lost")

    def __setitem__(self, *_: Any) -> None:
        raise ShapeError("trace: arrays cannot be changed in place; build the result with np.where or np.concatenate")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise ShapeError(f"trace: .{name} of an array cannot be traced; write it with NumPy's elementary functions")

    def __getitem__(self, index: Any) -> "Traced":
        parts = index if isinstance(index, tuple) else (index,)
        parts = tuple(p.value if isinstance(p, Traced) else np.asarray(p) if isinstance(p, list) else p for p in parts)
        if movements.inserts_axes_only(parts):
            return self.reshape(self.value[parts].shape)
        original = index if isinstance(index, tuple) else (index,)
        arrays = [o for o, p in zip(original, parts, strict=True) if isinstance(p, np.ndarray)]
        return self.recorder.record(movements.read(parts), self, *arrays)

    def sum(self, axis: Any = None, keepdims: bool = False) -> "Traced":
        """The same as for an array."""
        return self.recorder.record(movements.sum_over(self.shape, axis, keepdims), self)

    def mean(self, axis: Any = None, keepdims: bool = False) -> "Traced":
        """The same as for an array."""
        return self.recorder.record(movements.sum_over(self.shape, axis, keepdims, mean=True), self)

    def var(self, axis: Any = None, keepdims: bool = False) -> "Traced":
        """As for an array: the biased variance, from centred values."""
        centered = self - self.mean(axis=axis, keepdims=True)
        squared: Traced = centered**2
        return squared.mean(axis=axis, keepdims=keepdims)

    def std(self, axis: Any = None, keepdims: bool = False) -> "Traced":
        """As for an array: the root of the biased variance."""
        return self.recorder.record(ELEMENTWISE["sqrt"], self.var(axis=axis, keepdims=keepdims))

    def max(self, axis: Any = None, keepdims: bool = False) -> "Traced":
        """As for an array, along one axis."""
        return self.recorder.record(movements.maximum_over(self.shape, axis, keepdims), self)

    def argmax(self, axis: Any = None) -> Array:
        """As for an array: a plain one, since positions have no derivative."""
        return np.asarray(self.value.argmax(axis=axis))

    def reshape(self, *shape: Any) -> "Traced":
        """The same as for an array."""
        new = self.value.reshape(*shape).shape
        return self if new == self.shape else self.recorder.record(movements.reshape(new), self)

    def ravel(self) -> "Traced":
        """The same as for an array."""
        return self.reshape(-1)

    def squeeze(self, axis: Any = None) -> "Traced":
        """The same as for an array."""
        return self.reshape(self.value.squeeze(axis).shape)

    def transpose(self, *axes: Any) -> "Traced":
        """The same as for an array."""
        requested = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes
        order = tuple(reversed(range(self.ndim))) if not requested else tuple(int(a) % self.ndim for a in requested)
        return self.recorder.record(movements.transpose(order), self)

    def swapaxes(self, first: int, second: int) -> "Traced":
        """The same as for an array."""
        order = list(range(self.ndim))
        order[first], order[second] = order[second], order[first]
        return self.transpose(order)

    def copy(self) -> "Traced":
        """Itself: nothing here changes in place."""
        return self
