"""Execution of a lowered network with any table of layers and fresh arrays.

Forward, each operation reads its values and writes one; backward, the list runs in reverse, and where a value was read twice the
gradients add. Nothing here changes parameters or state: what would change is returned.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from pellucid.layers import Layers, Loss, checked_loss, kind_of, loss_name, loss_numbers, own_loss
from pellucid.nets.arguments import Inputs, as_inputs
from pellucid.nets.lowering import Operation, Program
from pellucid.shapes import Array, ShapeError

__all__ = [
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
    "updated_statistics",
]


class Trace(NamedTuple):
    """What a forward pass leaves for the backward."""

    out: Array  # (N, ...) the first output
    caches: list[Any]  # one for each operation that training runs


class Gradients(NamedTuple):
    """What a backward pass returns."""

    params: dict[str, Array]  # by parameter name, logical shape
    x: Inputs  # of the network's input


def forward_training(
    program: Program, params: Mapping[str, Array], x: Inputs, *, layers: Layers, seed: int, step: int
) -> Trace:
    """Run the training forward of the operations that the first output depends on; keep the caches."""
    out, caches = as_inputs(x)[0], []
    for _, result, cache in training_outputs(program, params, x, layers=layers, seed=seed, step=step):
        out = result
        caches.append(cache)
    return Trace(out, caches)


def training_outputs(
    program: Program, params: Mapping[str, Array], x: Inputs, *, layers: Layers, seed: int, step: int
) -> Iterator[tuple[Operation, Array, Any]]:
    """Yield (operation, output, cache) one after another."""
    values = _Values(program.trained, as_inputs(x))
    for operation in program.trained:
        inputs = values.read(operation)
        options = operation.training_options(seed, step)
        arrays = [params[name] for name in operation.params]
        out, cache = run_forward(operation, inputs, arrays, options, layers)
        values.write(operation, out)
        yield operation, out, cache


def forward_inference(
    program: Program, params: Mapping[str, Array], state: Mapping[str, Array], x: Inputs, *, layers: Layers
) -> tuple[Array, ...]:
    """Run every operation's inference forward: running statistics, nothing dropped. Return the outputs."""
    values = _Values(program.operations, as_inputs(x), program.outputs)
    for operation in program.operations:
        inputs = values.read(operation)
        arrays = [params[name] for name in operation.params]
        values.write(operation, infer_forward(operation, inputs, arrays, state, layers))
    return tuple(values.values[value] for value in program.outputs)


def infer_forward(
    operation: Operation, inputs: list[Array], arrays: list[Array], state: Mapping[str, Array], layers: Layers
) -> Array:
    """Run one operation's inference forward."""
    if operation.layer.identity_at_inference:
        return inputs[0]
    infer = layers.infer_of(operation.layer)
    if infer is None:
        return run_forward(operation, inputs, arrays, operation.options, layers)[0]
    running = operation.layer.running
    statistics = [] if running is None else [running.pack(*(state[name] for name in operation.state))]
    if layers.knows(operation.layer):
        return infer(*inputs, *arrays, *statistics, **operation.options)
    out = infer(*map(_read_only, [*inputs, *arrays]), *statistics, **operation.options)
    _check_output(operation, "infer", inputs[0], out)
    return out


def backward(program: Program, dout: Array, caches: list[Any], *, layers: Layers) -> Gradients:
    """Run every operation's backward in reverse. `caches` is emptied on the way, so that memory is given back."""
    of_values: dict[int, Array] = {program.outputs[0]: dout}
    of_params: dict[str, Array] = {}
    for operation in reversed(program.trained):
        gradients = run_backward(operation, of_values.pop(operation.output), caches.pop(), layers)
        for value, gradient in zip(operation.inputs, gradients, strict=False):
            of_values[value] = of_values[value] + gradient if value in of_values else gradient
        for name, gradient in zip(operation.params, gradients[len(operation.inputs) :], strict=True):
            of_params[name] = of_params[name] + gradient if name in of_params else gradient
    rows = len(dout)
    of_inputs = tuple(
        of_values[place] if place in of_values else np.zeros((rows, *shape), dout.dtype)
        for place, shape in enumerate(program.inputs)
    )
    return Gradients(of_params, of_inputs if len(of_inputs) > 1 else of_inputs[0])


def loss_of(
    scores: Array, targets: Array, *, loss: Loss, label_smoothing: float, weights: Array | None, layers: Layers
) -> tuple[float, Array]:
    """Return the loss and dscores of one of the table's losses, by name, or of a function of one's own."""
    loss = checked_loss("", loss)
    kind = kind_of(loss)
    if kind is not None and kind.takes_label_smoothing:
        return layers.loss(kind.name)(scores, targets, label_smoothing=label_smoothing, weights=weights)
    if label_smoothing:
        raise ShapeError(f"label_smoothing only applies to the softmax loss; the loss is {loss_name(loss)!r}")
    if callable(loss):
        return own_loss(loss, scores, targets, weights)
    assert kind is not None
    return layers.loss(kind.name)(scores, targets, **loss_numbers(loss), weights=weights)


def new_state(
    program: Program, state: Mapping[str, Array], caches: list[Any], frozen: frozenset[str]
) -> dict[str, Array]:
    """Return the running statistics as this pass's batch moves them (those frozen by name stay)."""
    moved: dict[str, Array] = {}
    for operation, cache in zip(program.trained, caches, strict=True):
        if operation.layer.running is not None:
            present = [moved.get(name, state[name]) for name in operation.state]  # moved by each call of its layer
            moved.update(zip(operation.state, updated_statistics(operation, present, cache), strict=True))
    return {name: array for name, array in moved.items() if name not in frozen}


def updated_statistics(
    operation: Operation, present: list[Array], cache: Any, *, decay: float | None = None
) -> tuple[Array, ...]:
    """Return an operation's running statistics as a batch moves them; `decay` is the layer's own unless given."""
    running = operation.layer.running
    if running is None:
        return ()
    own = cache.cache if isinstance(cache, _ValidatedCache) else cache
    return tuple(running.update(running.pack(*present), own, operation.decay if decay is None else decay))


def first_not_finite(
    program: Program, params: Mapping[str, Array], x: Inputs, *, layers: Layers, seed: int, step: int
) -> str:
    """Say where the first value that is not finite appears in a training forward, by the layer's name."""
    for number, array in enumerate(as_inputs(x), start=1):
        if not np.isfinite(array).all():
            return f"input {number}" if len(program.inputs) > 1 else "the input"
    with np.errstate(all="ignore"):
        for operation, out, _ in training_outputs(program, params, x, layers=layers, seed=seed, step=step):
            for name in operation.params:
                if not np.isfinite(params[name]).all():
                    return f"{operation.name} (its parameter {name} is already not finite)"
            if not np.isfinite(out).all():
                return operation.name
    return "the loss"


class _Values:
    """The values that are alive: each is forgotten after its last reader, except those that go out."""

    def __init__(self, operations: Sequence[Operation], x: tuple[Array, ...], outputs: Sequence[int] = ()) -> None:
        self.values: dict[int, Array] = dict(enumerate(x))
        self.last_reader = {value: op.number for op in operations for value in op.inputs}
        self.outputs = outputs

    def read(self, operation: Operation) -> list[Array]:
        inputs = [self.values[value] for value in operation.inputs]
        for value in set(operation.inputs):
            if self.last_reader[value] == operation.number and value not in self.outputs:
                del self.values[value]
        return inputs

    def write(self, operation: Operation, out: Array) -> None:
        self.values[operation.output] = out


def run_forward(
    operation: Operation, inputs: list[Array], arrays: list[Array], options: Mapping[str, Any], layers: Layers
) -> tuple[Array, Any]:
    """Run one operation's training forward: a layer of the library, or a layer of the user's, which is validated."""
    forward = layers.pair_of(operation.layer).forward
    if layers.knows(operation.layer):
        return forward(*inputs, *arrays, **options)
    # A user's layer cannot change what others read, and what it returns is checked.
    returned = forward(*map(_read_only, [*inputs, *arrays]), **options)
    if not isinstance(returned, tuple) or len(returned) != 2:
        raise ShapeError(
            f"{operation.name}: its forward must return (out, cache); it returned {type(returned).__name__}"
        )
    out, cache = returned
    _check_output(operation, "forward", inputs[0], out)
    return out, _ValidatedCache(cache, tuple(x.shape for x in inputs), inputs[0].dtype)


def run_backward(operation: Operation, dout: Array, cache: Any, layers: Layers) -> tuple[Any, ...]:
    """Run one operation's backward: the gradients of its inputs, then of its parameters."""
    backward = layers.pair_of(operation.layer).backward
    if layers.knows(operation.layer):
        returned = backward(dout, cache)
        return returned if isinstance(returned, tuple) else (returned,)
    returned = backward(_read_only(dout), cache.cache)
    gradients = returned if isinstance(returned, tuple) else (returned,)
    count = len(cache.shapes) + len(operation.params)
    gradients = tuple(np.asarray(g) if isinstance(g, np.generic) else g for g in gradients)
    if len(gradients) != count or any(not isinstance(gradient, np.ndarray) for gradient in gradients):
        raise ShapeError(
            f"{operation.name}: its backward must return {count} arrays, {_differentials(cache.shapes)} and one for each "
            "parameter; "
            f"it returned {', '.join(type(gradient).__name__ for gradient in gradients)}"
        )
    for gradient, shape in zip(gradients, cache.shapes, strict=False):
        if gradient.shape != shape or gradient.dtype != cache.dtype:
            raise ShapeError(
                f"{operation.name}: its backward must return dx as {cache.dtype} {shape}; got {_kind(gradient)}"
            )
    return gradients


def _differentials(shapes: Sequence[tuple[int, ...]]) -> str:
    return "dx" if len(shapes) == 1 else f"{len(shapes)} of its inputs"


class _ValidatedCache(NamedTuple):
    cache: Any  # what the user's own forward returned
    shapes: tuple[tuple[int, ...], ...]  # of its inputs
    dtype: np.dtype[Any]


def _check_output(operation: Operation, function: str, x: Array, out: Any) -> None:
    """Raise ShapeError where what a user's function returned is not a batch of the operation's output."""
    expected = (len(x), *operation.shape)
    if not isinstance(out, np.ndarray) or out.shape != expected or out.dtype != x.dtype:
        raise ShapeError(
            f"{operation.name}: its {function} must return out as {x.dtype} {expected}; it returned {_kind(out)}"
        )


def _read_only(array: Array) -> Array:
    view = array.view()
    view.flags.writeable = False
    return view


def _kind(value: Any) -> str:
    return f"{value.dtype} {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__
