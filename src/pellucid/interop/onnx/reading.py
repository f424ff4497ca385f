"""An ONNX classifier as a network: nodes are read from the input to the scores, each as the layer that computes the same.

A chain of operators with residual additions can be read. Operators that do nothing at inference (Identity,
Dropout) are skipped; a Softmax at the end is left out (`predict` gives scores); a Sub and a Div, or a Mul and an Add, by
constants at the beginning are kept as preprocessing.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np
import onnx
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError

from pellucid.files import check_plain
from pellucid.interop import InteropError
from pellucid.interop.onnx.graph import GraphReader
from pellucid.interop.onnx_graph import Read
from pellucid.nets import Description, Network, Residual
from pellucid.shapes import Array

__all__ = ["LoadedModel", "load"]

LARGEST_FILE = 2**31  # bytes: what protobuf can hold; larger weights are in files of their own


@dataclass(frozen=True)
class LoadedModel:
    """A network read from a file, and what the file says about it."""

    net: Network
    classes: tuple[str, ...]  # () where the file names none
    shift: Array | None  # preprocessing: (x - shift) / scale
    scale: Array | None
    metadata: dict[str, str]

    def prepared(self, x: Array) -> Array:
        """Return what the network takes of the model's input."""
        x = np.asarray(x, dtype=self.net.dtype)
        x = x if self.shift is None else x - self.shift
        return x if self.scale is None else x / self.scale

    def predict(self, x: Array) -> Array:
        """Return the scores of the model's input, preprocessing included."""
        return self.net.predict(self.prepared(x))


def load(source: str | PathLike[str] | onnx.ModelProto, *, input_shape: Sequence[int] | None = None) -> LoadedModel:
    """Read a classifier; raise InteropError, naming the node, for what no layer does.

    `input_shape`, of one sample, is needed where the file leaves sizes open.
    """
    model = source if isinstance(source, onnx.ModelProto) else _file(source)
    graph = GraphReader(model.graph, input_shape)
    steps = graph.chain(model.graph.output[0].name, graph.input)
    while steps and steps[-1].ends:
        steps.pop()
    shift, scale = _take_preprocessing(steps)
    layers = _layers(steps)
    if not layers:
        raise InteropError("load: the model has no layer")
    dtype = np.float64 if graph.kind == onnx.TensorProto.DOUBLE else np.float32
    net = Network(layers, graph.shape, dtype=dtype)
    _fill(net, [read for step in steps for read in step.flattened() if read.layer is not None or read.branches])
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    return LoadedModel(net, _classes(metadata), shift, scale, metadata)


def _file(path: Any) -> onnx.ModelProto:
    try:
        check_plain(path, limit=LARGEST_FILE)
        model = onnx.load(str(path))
        onnx.checker.check_model(model)
    except OSError as error:
        raise InteropError(f"load: {path} cannot be read as an ONNX model ({error.strerror or error})") from None
    except (DecodeError, ValueError, onnx.checker.ValidationError) as error:  # bad UTF-8 is a ValueError
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InteropError(f"load: {path} cannot be read as an ONNX model ({reason})") from None
    if not _is_text(model):
        raise InteropError(f"load: {path} cannot be read as an ONNX model (a name or text in it is not UTF-8)")
    return model


def _is_text(message: Any) -> bool:
    """Whether every text in a message is UTF-8; some versions of protobuf give bytes for one that is not."""
    for field, value in message.ListFields():
        values = [value] if isinstance(value, str | bytes) or hasattr(value, "ListFields") else value
        if field.type == FieldDescriptor.TYPE_STRING and not all(isinstance(text, str) for text in values):
            return False
        if field.type == FieldDescriptor.TYPE_MESSAGE and not all(map(_is_text, values)):
            return False
    return True


def _take_preprocessing(steps: list[Read]) -> tuple[Array | None, Array | None]:
    """Remove additions and multiplications by constants from the front; return shift and scale of (x - shift) / scale."""
    shift: Any = None
    scale: Any = None
    while steps and (arithmetic := steps[0].arithmetic):
        steps.pop(0)
        kind, constant = arithmetic
        before = 0.0 if shift is None else shift
        unit = 1.0 if scale is None else scale
        if kind in ("Sub", "Add"):
            shift = before + (constant if kind == "Sub" else -constant) * unit
        else:
            scale = unit * (constant if kind == "Div" else 1 / constant)
    return shift, scale


def _layers(steps: list[Read]) -> list[Description]:
    layers: list[Description] = []
    for step in steps:
        if step.arithmetic:
            raise InteropError("load: arithmetic with constants is supported only before the first layer")
        if step.ends and step.layer is None:
            raise InteropError("load: a Softmax that is not over channels is supported only after the last layer")
        if step.branches:
            layers.append(Residual(*(_layers(branch) for branch in step.branches)))
        elif step.layer is not None:
            layers.append(step.layer)
    return layers


def _fill(net: Network, reads: list[Read]) -> None:
    """Copy the arrays in, operation by operation; None keeps a bias of 0 and a scale of 1."""
    for operation, read in zip(net.program.operations, reads, strict=True):
        names = operation.params + operation.state
        if read.kind and operation.kind != read.kind:
            raise InteropError(f"load: {operation.name} would be computed as {operation.kind}, not as {read.kind}")
        if len(read.arrays) != len(names):
            needs = ", ".join(names) or "none"
            raise InteropError(f"load: {operation.name} needs {needs}; its bridge read {len(read.arrays)} arrays")
        for name, array in zip(names, read.arrays, strict=True):
            into = net.params if name in operation.params else net.state
            if array is not None and array.shape != into[name].shape:
                raise InteropError(f"load: {name} must have shape {into[name].shape}; the file's has {array.shape}")
            if array is not None:
                into[name] = array


def _classes(metadata: dict[str, str]) -> tuple[str, ...]:
    try:
        names = json.loads(metadata.get("classes", "[]"))
    except (ValueError, RecursionError):
        return ()
    return tuple(str(name) for name in names) if isinstance(names, list) else ()
