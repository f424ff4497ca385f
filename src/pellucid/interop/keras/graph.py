"""A Keras model as a list of calls: its graph, which functional models have, and which running on symbols gives the others."""

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import keras
from keras import tree

from pellucid.interop.constants import NoLayerError

__all__ = ["KerasCall", "KerasGraph", "graph_of", "is_model", "label", "reader_name"]

Shape = tuple[int, ...]
IN_TRAINING = ("Dropout", "SpatialDropout1D", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "AlphaDropout")


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
    training: tuple[str, ...] = ()  # what it does in training, and the calls do not show


def is_model(operation: Any) -> bool:
    """Whether it has a graph of its own, without being run on symbols."""
    return isinstance(operation, keras.Model) and bool(getattr(operation, "inputs", None))


def label(operation: Any) -> str:
    """Return how messages name a layer: dense_1 (Dense)."""
    return f"{operation.name} ({type(operation).__name__})"


def graph_of(operation: Any, shapes: Sequence[Shape]) -> KerasGraph:
    """Return a model's calls; those of a model or layer without a graph by running it on symbols for samples of these shapes."""
    if is_model(operation):
        return _graph(operation.inputs, operation.outputs)  # training of the model overrides what its calls say
    graph = _run(operation, shapes, training=False)
    return graph._replace(training=tuple(_in_training(operation, shapes, graph)))


def _run(operation: Any, shapes: Sequence[Shape], *, training: bool) -> KerasGraph:
    """Return the calls of one run on symbols."""
    symbols = [keras.KerasTensor((None, *shape), operation.compute_dtype) for shape in shapes]
    with _unchanged(operation):
        outputs = tree.flatten(_called(operation, symbols, training))
        if not all(isinstance(output, keras.KerasTensor) for output in outputs):
            raise NoLayerError("its call does not return what it computed from its inputs")
        return _graph(symbols, outputs)


def _in_training(operation: Any, shapes: Sequence[Shape], graph: KerasGraph) -> Iterator[str]:
    """Yield what a call does in training that the calls at inference do not show."""
    if not _takes_training(operation):
        yield from _held(graph)
        return
    try:
        other = _run(operation, shapes, training=True)
    except NoLayerError:
        other = None
    if other is None or _signature(other) != _signature(graph):
        yield f"other calls with training=True in {label(operation)}"
    if other is not None:
        yield from _held(other)


def _signature(graph: KerasGraph) -> list[str]:
    """Return what two runs of the same code have in common: its layers and operations, and the numbers that they read."""
    found = []
    for call in graph.calls:
        operation = call.operation
        name = str(id(operation)) if isinstance(operation, keras.layers.Layer) else type(operation).__name__
        given = [leaf for leaf in tree.flatten(call.args) if isinstance(leaf, (bool, int, float, str))]
        found.append(f"{name} {given}")
    return sorted(found)


def _held(graph: KerasGraph) -> Iterator[str]:
    """Yield the calls that say training=False where that matters: a batch norm keeps its statistics, nothing is dropped."""
    for call in graph.calls:
        if call.kwargs.get("training") is not False or reader_name(call.operation) in IN_TRAINING:
            continue  # of these, False is what a call without it records, too
        if any(map(_differs_in_training, call.operation._flatten_layers())):
            yield f"training=False of {label(call.operation)}"


def _differs_in_training(layer: Any) -> bool:
    if isinstance(layer, keras.layers.BatchNormalization):
        return bool(layer.trainable)  # without that it never takes statistics of a batch
    return reader_name(layer) in IN_TRAINING


def _takes_training(operation: Any) -> bool:
    return "training" in inspect.signature(operation.call).parameters


def _called(operation: Any, symbols: list[Any], in_training: bool) -> Any:
    """KerasCall `call` itself, so that the layers within are seen; a user's code may raise anything."""
    parameters = inspect.signature(operation.call).parameters
    training = {"training": in_training} if "training" in parameters else {}
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
