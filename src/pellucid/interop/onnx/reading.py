"""An ONNX model as a network: nodes are read from the inputs to the outputs, each as the layer that computes the same.

The model is run once, by ONNX Runtime: shapes and constants are read off, and the network must compute the same. Operators that do
nothing at inference (Identity, Dropout, a Cast between floats) are skipped; a Softmax at the end is left out (`predict` gives
scores); a Sub and a Div, or a Mul and an Add, by constants at the beginning are kept as preprocessing, and axes that are turned
there, as files of channels-last frameworks do, are turned by `prepared`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np
import onnx

from pellucid.interop import InteropError
from pellucid.interop.onnx.entry import entry_of
from pellucid.interop.onnx.files import model_file, prepared_model
from pellucid.interop.onnx.graph import GraphReader
from pellucid.interop.onnx.running import Observed, observe
from pellucid.nets import Network
from pellucid.shapes import Array, did_you_mean

__all__ = ["LoadedModel", "load"]

TOLERANCE = 1e-4  # of the largest entry, in float32


@dataclass(frozen=True)
class LoadedModel:
    """A network read from a file, and what the file says about it."""

    net: Network
    classes: tuple[str, ...]  # () where the file names none
    shift: Array | None  # preprocessing: (x - shift) / scale
    scale: Array | None
    metadata: dict[str, str]
    order: tuple[
        int, ...
    ] = ()  # of a sample's axes, after that: (2, 0, 1) makes channels first of channels last; (): as they are

    def prepared(self, x: Any) -> Any:
        """Return what the network takes of the model's input; of several inputs, a tuple."""
        if isinstance(x, tuple):
            return tuple(np.asarray(each, dtype=self.net.dtype) for each in x)
        x = np.asarray(x, dtype=self.net.dtype)
        x = x if self.shift is None else x - self.shift
        x = x if self.scale is None else x / self.scale
        return x.transpose(0, *(axis + 1 for axis in self.order)) if self.order else x

    def predict(self, x: Any) -> Any:
        """Return the scores of the model's input, preprocessing included."""
        return self.net.predict(self.prepared(x))


def load(
    source: str | PathLike[str] | onnx.ModelProto,
    *,
    input_shape: Sequence[Any] | None = None,
    output: str | int | None = None,
) -> LoadedModel:
    """Read a classifier; raise InteropError, naming the node, for what no layer does.

    `input_shape`, of one sample, is needed where the file leaves sizes open; of several inputs, a list of shapes. `output`, a name
    or a place, chooses one of several outputs; else all are kept, and the loss is that of the first.
    """
    model = prepared_model(source if isinstance(source, onnx.ModelProto) else model_file(source))
    shapes = _input_shapes(model.graph, input_shape)
    outputs = _outputs(model.graph, output)
    observed = observe(model, shapes)
    reader = GraphReader(model.graph, observed, outputs)
    entries = {name: entry_of(name, shape, reader.nodes, observed, len(shapes) == 1) for name, shape in shapes.items()}
    kinds = {value.name: value.type.tensor_type.elem_type for value in model.graph.input}
    dtype = np.float64 if kinds[next(iter(shapes))] == onnx.TensorProto.DOUBLE else np.float32
    if not reader.nodes or all(name in entries or name in observed.constants for name in reader.outputs):
        raise InteropError("load: the model has no layer")
    net = reader.network(entries, dtype)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    first = next(iter(entries.values()))
    loaded = LoadedModel(net, _classes(metadata), first.shift, first.scale, metadata, first.order)
    _check_equal(loaded, observed, list(shapes), reader.outputs)
    return loaded


def _input_shapes(graph: onnx.GraphProto, given: Sequence[Any] | None) -> dict[str, tuple[int, ...]]:
    """Return the shape of one sample of every input, by name."""
    initial = {tensor.name for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in initial]
    if not inputs:
        raise InteropError("load: the model must have an input; it has none")
    if given is not None:
        several = [given] if all(isinstance(size, (int, np.integer)) for size in given) else list(given)
        if len(several) != len(inputs):
            raise InteropError(
                f"load: input_shape must have one shape for each of {len(inputs)} inputs; got {given!r:.80}"
            )
        return {value.name: tuple(int(size) for size in shape) for value, shape in zip(inputs, several, strict=True)}
    found = {value.name: tuple(d.dim_value for d in value.type.tensor_type.shape.dim[1:]) for value in inputs}
    for name, sizes in found.items():
        if not sizes or not all(sizes):
            raise InteropError(
                f"load: the file leaves the sizes of the input {name!r} open, {sizes}; pass input_shape, such as (3, 32, 32)"
            )
    return found


def _outputs(graph: onnx.GraphProto, chosen: str | int | None) -> list[str]:
    """Return the names of the outputs that are read."""
    names = [value.name for value in graph.output]
    if not names:
        raise InteropError("load: the model must have an output; it has none")
    if chosen is None:
        return names
    if isinstance(chosen, int) and not isinstance(chosen, bool) and 0 <= chosen < len(names):
        return [names[chosen]]
    if isinstance(chosen, str) and chosen in names:
        return [chosen]
    hint = did_you_mean(chosen, names) if isinstance(chosen, str) else ""
    raise InteropError(f"load: output must be one of {', '.join(names)}, or its place; got {chosen!r}{hint}")


def _check_equal(loaded: LoadedModel, observed: Observed, inputs: Sequence[str], outputs: Sequence[str]) -> None:
    """Raise InteropError where the network computes something else than ONNX Runtime did."""
    fed = tuple(observed.values[name] for name in inputs)
    found = loaded.predict(fed if len(fed) > 1 else fed[0])
    for ours, name in zip(found if isinstance(found, tuple) else (found,), outputs, strict=True):
        theirs = observed.values[name]
        largest = float(np.abs(theirs[np.isfinite(theirs)]).max(initial=0))
        same = ours.size == theirs.size and np.allclose(
            ours.reshape(theirs.shape), theirs, rtol=0, atol=TOLERANCE * largest, equal_nan=True
        )
        if not same:
            raise InteropError(
                f"load: the network that was read computes something else than ONNX Runtime on random samples, "
                f"for the output {name!r}"
            )


def _classes(metadata: Mapping[str, str]) -> tuple[str, ...]:
    try:
        names = json.loads(metadata.get("classes", "[]"))
    except (ValueError, RecursionError):
        return ()
    return tuple(str(name) for name in names) if isinstance(names, list) else ()
