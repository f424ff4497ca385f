"""An ONNX model as a network: nodes are read from the inputs to the outputs, each as the layer that computes the same.

The model is run once, by ONNX Runtime: shapes and constants are read off, and the network must compute the same. Operators that do
nothing at inference (Identity, Dropout, a Cast between floats) are skipped; a Softmax at the end, and what chooses a class or its
label, is left out (`predict` gives scores; `results` takes these steps, too); a Sub and a Div, or a Mul and an Add, by constants at
the beginning are kept as preprocessing, and axes that are turned there, as files of channels-last frameworks do, are turned by
`prepared`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from typing import Any

import numpy as np
import onnx

from pellucid.interop import InteropError
from pellucid.interop.onnx.endings import ReadOutput, ending
from pellucid.interop.onnx.entry import entry_of
from pellucid.interop.onnx.files import model_file
from pellucid.interop.onnx.graph import GraphReader
from pellucid.interop.onnx.inputs import chosen_outputs, input_shapes
from pellucid.interop.onnx.preparing import prepared_model, version_of, with_choices_made
from pellucid.interop.onnx.running import Observed, observe
from pellucid.nets import Network
from pellucid.shapes import Array

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
    outputs: tuple[ReadOutput, ...] = ()  # those that were read, and what follows the scores in the file

    def prepared(self, x: Any) -> Any:
        """Return what the network takes of the model's input; of several inputs, a tuple."""
        if isinstance(x, tuple):
            return tuple(np.asarray(each, dtype=self.net.dtype) for each in x)
        x = np.asarray(x, dtype=self.net.dtype)
        x = x if self.shift is None else x - self.shift
        x = x if self.scale is None else x / self.scale
        return x.transpose(0, *(axis + 1 for axis in self.order)) if self.order else x

    def predict(self, x: Any) -> Any:
        """Return the scores of the model's input, preprocessing included, with the file's axes; of several values, a tuple."""
        found = self._scores(x)
        return found if len(found) > 1 else found[0]

    def results(self, x: Any) -> dict[str, Array]:
        """Return what the file's outputs hold, by name: softmax and labels included, a list by class as columns."""
        scores = self._scores(x)
        return {output.name: output.result(scores[output.place]) for output in self.outputs}

    def _scores(self, x: Any) -> tuple[Array, ...]:
        found = self.net.predict(self.prepared(x))
        found = found if isinstance(found, tuple) else (found,)
        first = {output.place: output for output in reversed(self.outputs)}
        return tuple(first[place].in_file(each) if place in first else each for place, each in enumerate(found))


def load(
    source: str | PathLike[str] | onnx.ModelProto,
    *,
    input_shape: Sequence[Any] | None = None,
    output: str | int | None = None,
) -> LoadedModel:
    """Read a model; raise InteropError, naming the node, for what no layer does.

    `input_shape`, of one sample, is needed where the file leaves sizes open; of several inputs, a list of shapes. `output`, a name
    or a place, chooses one of several outputs; else all are kept, and the loss is that of the first.
    """
    model = prepared_model(source if isinstance(source, onnx.ModelProto) else model_file(source))
    names, shapes = chosen_outputs(model.graph, output), input_shapes(model.graph, input_shape)
    observed = observe(model, shapes)
    while (decided := with_choices_made(model, observed.constants)) is not None:
        model, observed = decided, observe(decided, shapes)
    version = version_of(model)
    outputs = [ending(model.graph, observed, name, version) for name in names]
    reader = GraphReader(model.graph, observed, [each.scores for each in outputs], version)
    entries = {name: entry_of(name, shape, reader.nodes, observed, len(shapes) == 1) for name, shape in shapes.items()}
    kinds = {value.name: value.type.tensor_type.elem_type for value in model.graph.input}
    dtype = np.float64 if kinds[next(iter(shapes))] == onnx.TensorProto.DOUBLE else np.float32
    net = reader.network(entries, dtype)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    first = next(iter(entries.values()))
    placed = tuple(
        replace(
            each,
            place=reader.outputs.index(each.scores),
            shape=observed.shapes[each.scores][1:],
        )
        for each in outputs
    )
    classes = _classes(metadata) or next((each.classes for each in outputs if each.classes), ())
    loaded = LoadedModel(net, classes, first.shift, first.scale, metadata, first.order, placed)
    _check_equal(loaded, observed, list(shapes), reader.outputs)
    return loaded


def _check_equal(loaded: LoadedModel, observed: Observed, inputs: Sequence[str], values: Sequence[str]) -> None:
    """Raise InteropError where the network computes something else than ONNX Runtime did."""
    fed = tuple(observed.values[name] for name in inputs)
    found = loaded.predict(fed if len(fed) > 1 else fed[0])
    for ours, name in zip(found if isinstance(found, tuple) else (found,), values, strict=True):
        theirs = observed.values[name]
        largest = float(np.abs(theirs[np.isfinite(theirs)]).max(initial=0))
        same = ours.shape == theirs.shape and np.allclose(
            ours, theirs, rtol=0, atol=TOLERANCE * largest, equal_nan=True
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
