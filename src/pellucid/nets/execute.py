"""Execution of a lowered network with any table of layers and fresh arrays.

Forward, each operation reads its values and writes one; backward, the list runs in reverse, and where a value was read twice the
gradients add. Nothing here changes parameters or state: what would change is returned.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from pellucid.layers import Layers, RunningStats, update_running_stats
from pellucid.nets.lowering import Operation, Program
from pellucid.shapes import Array, ShapeError

__all__ = [
    "LOSSES",
    "Gradients",
    "Trace",
    "backward",
    "first_not_finite",
    "forward_inference",
    "forward_training",
    "infer_forward",
    "loss_of",
    "new_state",
    "run_backward",
    "run_forward",
    "training_outputs",
]

LOSSES = ("softmax", "svm", "mse")


class Trace(NamedTuple):
    """What a forward pass leaves for the backward."""

    out: Array  # (N, ...) the last operation's output
    caches: list[Any]  # one for each operation


class Gradients(NamedTuple):
    """What a backward pass returns."""

    params: dict[str, Array]  # by parameter name, logical shape
    x: Array  # of the network's input


def forward_training(
    program: Program, params: Mapping[str, Array], x: Array, *, layers: Layers, seed: int, step: int
) -> Trace:
    """Run every operation's training forward; keep the caches."""
    out, caches = x, []
    for _, result, cache in training_outputs(program, params, x, layers=layers, seed=seed, step=step):
        out = result
        caches.append(cache)
    return Trace(out, caches)


def training_outputs(
    program: Program, params: Mapping[str, Array], x: Array, *, layers: Layers, seed: int, step: int
) -> Iterator[tuple[Operation, Array, Any]]:
    """Yield (operation, output, cache) one after another."""
    values = _Values(program, x)
    for operation in program.operations:
        inputs = values.read(operation)
        options = dict(operation.options)
        if operation.kind in ("dropout", "vanilla_dropout"):
            options["key"] = (seed, operation.number, step)
        arrays = [params[name] for name in operation.params]
        out, cache = run_forward(operation, inputs, arrays, options, layers)
        values.write(operation, out)
        yield operation, out, cache


def forward_inference(
    program: Program, params: Mapping[str, Array], state: Mapping[str, Array], x: Array, *, layers: Layers
) -> Array:
    """Run every operation's inference forward: running statistics, nothing dropped. Return the last output."""
    values = _Values(program, x)
    out = x
    for operation in program.operations:
        inputs = values.read(operation)
        arrays = [params[name] for name in operation.params]
        out = infer_forward(operation, inputs, arrays, state, layers)
        values.write(operation, out)
    return out


def infer_forward(
    operation: Operation, inputs: list[Array], arrays: list[Array], state: Mapping[str, Array], layers: Layers
) -> Array:
    """Run one operation's inference forward."""
    match operation.kind:
        case "batchnorm" | "spatial_batchnorm":
            infer = getattr(layers, f"{operation.kind}_infer")
            stats = RunningStats(*(state[name] for name in operation.state))
            out: Array = infer(*inputs, *arrays, stats, **operation.options)
        case "dropout":
            out = inputs[0]
        case "vanilla_dropout":
            out = layers.vanilla_dropout_infer(*inputs, **operation.options)
        case _:
            out, _ = run_forward(operation, inputs, arrays, operation.options, layers)
    return out


def backward(program: Program, dout: Array, caches: list[Any], *, layers: Layers) -> Gradients:
    """Run every operation's backward in reverse. `caches` is emptied on the way, so that memory is given back."""
    of_values: dict[int, Array] = {program.operations[-1].output: dout}
    of_params: dict[str, Array] = {}
    for operation in reversed(program.operations):
        gradients = run_backward(operation, of_values.pop(operation.output), caches.pop(), layers)
        for value, gradient in zip(operation.inputs, gradients, strict=False):
            of_values[value] = of_values[value] + gradient if value in of_values else gradient
        of_params.update(zip(operation.params, gradients[len(operation.inputs) :], strict=True))
    return Gradients(of_params, of_values[0])


def loss_of(
    scores: Array, targets: Array, *, loss: str, label_smoothing: float, weights: Array | None, layers: Layers
) -> tuple[float, Array]:
    """Return the loss and dscores by name."""
    match loss:
        case "softmax":
            return layers.softmax_loss(scores, targets, label_smoothing=label_smoothing, weights=weights)
        case "svm" | "mse" if label_smoothing:
            raise ShapeError(f"label_smoothing is for the softmax loss; the loss is {loss!r}")
        case "svm":
            return layers.svm_loss(scores, targets, weights=weights)
        case "mse":
            return layers.mse_loss(scores, targets, weights=weights)
    raise ShapeError(f"loss must be one of {', '.join(LOSSES)}; it is {loss!r}")


def new_state(
    program: Program, state: Mapping[str, Array], caches: list[Any], frozen: frozenset[str]
) -> dict[str, Array]:
    """Return the running statistics as this pass's batch moves them (those frozen by name stay)."""
    moved: dict[str, Array] = {}
    for operation, cache in zip(program.operations, caches, strict=True):
        if operation.state:
            stats = update_running_stats(RunningStats(*(state[n] for n in operation.state)), cache, operation.decay)
            moved.update(zip(operation.state, stats, strict=True))
    return {name: array for name, array in moved.items() if name not in frozen}


def first_not_finite(
    program: Program, params: Mapping[str, Array], x: Array, *, layers: Layers, seed: int, step: int
) -> str:
    """Say where the first value that is not finite appears in a training forward, by the layer's name."""
    if not np.isfinite(x).all():
        return "the input"
    with np.errstate(all="ignore"):
        for operation, out, _ in training_outputs(program, params, x, layers=layers, seed=seed, step=step):
            for name in operation.params:
                if not np.isfinite(params[name]).all():
                    return f"{operation.name} (its parameter {name} is already not finite)"
            if not np.isfinite(out).all():
                return operation.name
    return "the loss"


class _Values:
    """The values that are alive: each is forgotten after its last reader."""

    def __init__(self, program: Program, x: Array) -> None:
        self.values: dict[int, Array] = {0: x}
        self.last_reader = {value: op.number for op in program.operations for value in op.inputs}

    def read(self, operation: Operation) -> list[Array]:
        inputs = [self.values[value] for value in operation.inputs]
        for value in set(operation.inputs):
            if self.last_reader[value] == operation.number:
                del self.values[value]
        return inputs

    def write(self, operation: Operation, out: Array) -> None:
        self.values[operation.output] = out


def run_forward(
    operation: Operation, inputs: list[Array], arrays: list[Array], options: Mapping[str, Any], layers: Layers
) -> tuple[Array, Any]:
    """Run one operation's training forward: a layer of the table, or someone's own function, which is looked after."""
    if operation.pair is None:
        return layers.pair(operation.kind).forward(*inputs, *arrays, **options)
    # Someone's own function: it cannot change what others read, and what it returns is looked at.
    returned = operation.pair.forward(*map(_read_only, [*inputs, *arrays]))
    (x,) = inputs
    expected = (len(x), *operation.shape)
    if not isinstance(returned, tuple) or len(returned) != 2:
        raise ShapeError(
            f"{operation.name}: its forward must return (out, cache); it returned {type(returned).__name__}"
        )
    out, cache = returned
    if not isinstance(out, np.ndarray) or out.shape != expected or out.dtype != x.dtype:
        raise ShapeError(
            f"{operation.name}: its forward must return out as {x.dtype} {expected}; it returned {_kind(out)}"
        )
    return out, _FunctionCache(cache, x.shape, x.dtype)


def run_backward(operation: Operation, dout: Array, cache: Any, layers: Layers) -> tuple[Any, ...]:
    """Run one operation's backward: the gradients of its inputs, then of its parameters."""
    if operation.pair is None:
        returned = layers.pair(operation.kind).backward(dout, cache)
        return returned if isinstance(returned, tuple) else (returned,)
    returned = operation.pair.backward(_read_only(dout), cache.cache)
    gradients = returned if isinstance(returned, tuple) else (returned,)
    count = 1 + len(operation.params)
    gradients = tuple(np.asarray(g) if isinstance(g, np.generic) else g for g in gradients)
    if len(gradients) != count or any(not isinstance(gradient, np.ndarray) for gradient in gradients):
        raise ShapeError(
            f"{operation.name}: its backward must return {count} arrays, dx and one for each parameter; "
            f"it returned {', '.join(type(gradient).__name__ for gradient in gradients)}"
        )
    if gradients[0].shape != cache.shape or gradients[0].dtype != cache.dtype:
        raise ShapeError(
            f"{operation.name}: its backward must return dx as {cache.dtype} {cache.shape}; it is {_kind(gradients[0])}"
        )
    return gradients


class _FunctionCache(NamedTuple):
    cache: Any  # what the function's own forward returned
    shape: tuple[int, ...]  # of its input
    dtype: np.dtype[Any]


def _read_only(array: Array) -> Array:
    view = array.view()
    view.flags.writeable = False
    return view


def _kind(value: Any) -> str:
    return f"{value.dtype} {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__
