"""What a bridge is: the one declaration of how a layer goes to PyTorch, ONNX and Keras, comes back, and names its arrays there.

A bridge imports no framework at module level: its functions import PyTorch or Keras when they are called, and ONNX graphs are
written and read through `OnnxGraph` and `OnnxNode`, which are plain data.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.interop import InteropError
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import Description, Operation
from pellucid.shapes import Array

__all__ = [
    "Bridge",
    "KerasBridge",
    "KerasLayer",
    "KerasPart",
    "NoCounterpart",
    "PlacedLayer",
    "TorchArray",
    "complement",
    "refused",
]


class NoCounterpart(NamedTuple):
    """Stands in a bridge where a framework has nothing like the layer; the reason is part of the error message."""

    reason: str


UNSAID = NoCounterpart("its bridge does not say what it is in Keras")


class PlacedLayer(NamedTuple):
    """One operation of a network, with what a framework needs to know about it."""

    description: Description
    operation: Operation
    input_shape: tuple[int, ...]  # of one sample that comes in
    arrays: Mapping[str, Array]  # parameters, then running statistics, by the layer's names, in PyTorch's layout
    dtype: npt.DTypeLike
    input_shapes: tuple[tuple[int, ...], ...] = ()  # of every value that comes in

    @property
    def name(self) -> str:
        """Return the operation's name: conv1."""
        return self.operation.name

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the shape of one sample that goes out."""
        return self.operation.shape

    @property
    def options(self) -> Mapping[str, Any]:
        """Return the options of the operation's forward."""
        return self.operation.options


def _unchanged(array: Array) -> Array:
    return array


@dataclass(frozen=True)
class TorchArray:
    """PyTorch's name of an array, and its layout where that differs: `outward(ours)` is PyTorch's, `inward(theirs)` ours."""

    name: str
    outward: Callable[[Array], Array] = _unchanged
    inward: Callable[[Array], Array] = _unchanged

    @classmethod
    def transposed(cls, name: str) -> "TorchArray":
        """Return the entry of a matrix that PyTorch stores as the transpose."""
        return cls(name, np.transpose, np.transpose)


class KerasLayer(NamedTuple):
    """A Keras layer that computes (a part of) a layer of ours, and its weights by their attributes: kernel, bias, gamma."""

    layer: Any
    weights: Mapping[str, Array] = {}


class KerasPart(NamedTuple):
    """A layer of ours that computes (a part of) a Keras layer, and its arrays by our names; those left out do not learn."""

    layer: Description
    arrays: Mapping[str, Array] = {}
    learns: bool = True  # unless the layer there does not


@dataclass(frozen=True)
class KerasBridge:
    """How one layer goes to Keras and comes back. There, the channels of images and sequences are their last axis.

    `write(layer)` returns the Keras layers that compute it, one after the other.
    `read` maps the name of a Keras layer ("Conv2D") or of an activation ("relu") to `read(source, shape)`: the layer, the
    function or the operation there, and the shape (C, H, W) of a sample. It returns what computes it, one after the other,
    and raises `NoLayerError` for a setting that the layer lacks.
    """

    write: Callable[[PlacedLayer], Sequence[KerasLayer]] | NoCounterpart
    read: Mapping[str, Callable[[Any, tuple[int, ...]], Sequence[KerasPart]]] = field(default_factory=dict)
    by_entry: bool = False  # computes each number by itself, so that the order of axes does not matter
    of_images: bool = False  # takes images alone: a sequence (C, L) is read as an image (C, L, 1)


@dataclass(frozen=True)
class Bridge:
    """How one layer goes to PyTorch, ONNX and Keras and comes back.

    `to_torch(layer)` returns the `nn.Module` that computes the layer; its arrays are copied in afterwards, by name.
    `from_torch` maps a module's type, or its import path such as "torch.nn.ReLU", to `read(name, module)`, which returns the
    description and raises `refused(name, problem)` for a setting that the layer lacks.
    `to_onnx(graph, layer, inputs)` appends nodes for inference to the graph and returns the name of the last one's output.
    `from_onnx` maps an operator's name to `read(node)`, which returns a `Read`.
    Any of the four, and `keras`, may be a `NoCounterpart` with the reason.
    """

    to_torch: Callable[[PlacedLayer], Any] | NoCounterpart
    from_torch: Mapping[str | type, Callable[[str, Any], Description]] | NoCounterpart
    to_onnx: Callable[[OnnxGraph, PlacedLayer, list[str]], str] | NoCounterpart
    from_onnx: Mapping[str, Callable[[OnnxNode], Read]] | NoCounterpart
    arrays: Mapping[str, TorchArray] = field(default_factory=dict)  # those whose name or layout differs in PyTorch
    keras: KerasBridge | NoCounterpart = UNSAID
    extra: tuple[str, ...] = ()  # entries of the module's state_dict that the layer has no array for
    description: type[Description] | None = None  # what it is the bridge of; register_bridge fills it in
    kinds: tuple[str, ...] = ()  # of the operations that the description becomes

    def torch_array(self, name: str) -> TorchArray:
        """Return how PyTorch names and lays out one of the layer's arrays."""
        return self.arrays.get(name, TorchArray(name))


def complement(share: float) -> float:
    """Return 1 - share as it would be written: 0.1 for 0.9, not 0.09999999999999998."""
    return round(1 - share, 15)


def refused(name: str, problem: str) -> InteropError:
    """Return the error of a module with a setting that no layer has."""
    return InteropError(f"from_torch: {name or 'module'}: {problem} is not supported")
