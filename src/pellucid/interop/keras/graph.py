"""A Keras model as a list of calls: its graph, which functional models have, and which running on symbols gives the others."""

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import keras
from keras import tree

from pellucid.interop.values import NoLayerError

__all__ = ["KerasCall", "KerasGraph", "graph_of", "is_model", "label", "reader_name"]

Shape = tuple[int, ...]


class KerasCall(NamedTuple):
    """One call of a layer or an operation."""

    operation: Any
    args: tuple[Any, ...]  # symbols, and what else it was called with
    kwargs: dict[str, Any]
    outputs: tuple[int, ...]  # identities of the symbols that it makes


class KerasGraph(NamedTuple):
    """What a model calls, from its inputs to its outputs."""

    inputs: tuple[int, ...]  # identities of symbols
    outputs: tuple[int, ...]
    calls: tuple[KerasCall, ...]
    symbols: Any  # what holds the symbols, so that their identities stay theirs


def is_model(operation: Any) -> bool:
    """Whether it has a graph of its own, without being run on symbols."""
    return isinstance(operation, keras.Model) and bool(getattr(operation, "inputs", None))


def label(operation: Any) -> str:
    """Return how messages name a layer: dense_1 (Dense)."""
    return f"{operation.name} ({type(operation).__name__})"


def graph_of(operation: Any, shapes: Sequence[Shape]) -> KerasGraph:
    """Return a model's calls; those of a model or layer without a graph by running it on symbols for samples of these shapes."""
    if is_model(operation):
        return _graph(operation.inputs, operation.outputs)
    symbols = [keras.KerasTensor((None, *shape), operation.compute_dtype) for shape in shapes]
    with _unchanged(operation):
        outputs = tree.flatten(_called(operation, symbols))
        if not all(isinstance(output, keras.KerasTensor) for output in outputs):
            raise NoLayerError("its call does not return what it computed from its inputs")
        return _graph(symbols, outputs)


def _called(operation: Any, symbols: list[Any]) -> Any:
    """KerasCall `call` itself, so that the layers within are seen; a user's code may raise anything."""
    parameters = inspect.signature(operation.call).parameters
    training = {"training": False} if "training" in parameters else {}
    positional = [p for p in parameters.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    several = len(symbols) > 1 and len([p for p in positional if p.default is p.empty]) < len(symbols)
    try:
        return operation.call(symbols, **training) if several else operation.call(*symbols, **training)
    except Exception as error:
        reason = str(error).strip().split("\n")[0]
        raise NoLayerError(f"its call does not run on symbols: {type(error).__name__}: {reason:.160}") from None


@contextmanager
def _unchanged(operation: Any) -> Iterator[None]:
    """Take back what running on symbols leaves in the layers within: that they were called."""
    layers = operation._flatten_layers() if hasattr(operation, "_flatten_layers") else [operation]
    before = [(layer, len(layer._inbound_nodes), len(layer._outbound_nodes)) for layer in layers]
    try:
        yield
    finally:
        for layer, inbound, outbound in before:
            del layer._inbound_nodes[inbound:], layer._outbound_nodes[outbound:]


def _graph(inputs: Sequence[Any], outputs: Sequence[Any]) -> KerasGraph:
    try:
        function = keras.Function(list(inputs), list(outputs))
    except ValueError as error:
        raise NoLayerError(
            f"its outputs do not depend on its inputs alone ({str(error).splitlines()[0]:.120})"
        ) from None
    calls = []
    for depth in sorted(function._nodes_by_depth, reverse=True):
        for node in function._nodes_by_depth[depth]:
            if not node.is_input:
                made = tuple(id(output) for output in node.outputs)
                calls.append(KerasCall(node.operation, node.arguments.args, node.arguments.kwargs, made))
    return KerasGraph(tuple(map(id, inputs)), tuple(map(id, outputs)), tuple(calls), function)


def reader_name(operation: Any) -> str | None:
    """Return the name of Keras's own layer that says what this one computes; None for a user's, or an operation."""
    for kind in type(operation).__mro__:
        if getattr(keras.layers, kind.__name__, None) is kind:
            return kind.__name__
        if "call" in vars(kind):
            return None
    return None
