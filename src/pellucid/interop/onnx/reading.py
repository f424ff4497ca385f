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
from pellucid.interop.onnx.comparing import check_equal, check_sizes
from pellucid.interop.onnx.endings import ReadOutput, ending
from pellucid.interop.onnx.entry import entry_of
from pellucid.interop.onnx.files import model_file
from pellucid.interop.onnx.graph import GraphReader
from pellucid.interop.onnx.inputs import chosen_outputs, input_shapes
from pellucid.interop.onnx.preparing import prepared_model, version_of, with_choices_made
from pellucid.interop.onnx.running import observe
from pellucid.nets import Network
from pellucid.shapes import Array

__all__ = ["LoadedModel", "load"]


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
    if not isinstance(source, (str, PathLike, onnx.ModelProto)):
        raise InteropError(f"load: source must be a path or an onnx.ModelProto; got {type(source).__name__}")
    model = prepared_model(source if isinstance(source, onnx.ModelProto) else model_file(source))
    names, shapes = chosen_outputs(model.graph, output), input_shapes(model.graph, input_shape)
    whole, observed = model, observe(model, shapes)
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
    fed = tuple(observed.values[name] for name in shapes)
    x = fed if len(fed) > 1 else fed[0]
    found = loaded.predict(x)
    scores = dict(zip(reader.outputs, found if isinstance(found, tuple) else (found,), strict=True))
    check_equal(scores, observed)
    check_sizes(whole, shapes, scores | _behind_choices(whole, loaded, x), observed)
    return loaded


def _behind_choices(whole: onnx.ModelProto, loaded: LoadedModel, x: Any) -> dict[str, Array]:
    """Return the outputs, arrays of floats, whose scores stand in a branch that was chosen."""
    made = {name for node in whole.graph.node for name in node.output}
    names = [each.name for each in loaded.outputs if each.scores not in made and each.ends_as is not None]
    found = loaded.results(x) if names else {}
    return {name: found[name] for name in names if found[name].dtype.kind == "f"}


def _classes(metadata: Mapping[str, str]) -> tuple[str, ...]:
    try:
        names = json.loads(metadata.get("classes", "[]"))
    except (ValueError, RecursionError):
        return ()
    return tuple(str(name) for name in names) if isinstance(names, list) else ()
