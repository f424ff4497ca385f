"""Files of half precision: every float16 and bfloat16 becomes float32, in which a network computes."""

from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper

from pellucid.interop.onnx.files import array_of

__all__ = ["widened"]

HALVES = (onnx.TensorProto.FLOAT16, onnx.TensorProto.BFLOAT16)
OF_TYPES = ("to", "dtype")  # attributes that name a type of numbers


def widened(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the model, changed in place where it holds halves."""
    _widen_graph(model.graph)
    return model


def _widen_graph(graph: onnx.GraphProto) -> None:
    for tensor in graph.initializer:
        _widen(tensor)
    for value in (*graph.input, *graph.output, *graph.value_info):
        if value.type.tensor_type.elem_type in HALVES:
            value.type.tensor_type.elem_type = onnx.TensorProto.FLOAT
    for node in graph.node:
        for attribute in node.attribute:
            _widen_attribute(attribute)


def _widen_attribute(attribute: Any) -> None:
    if attribute.name in OF_TYPES and attribute.i in HALVES:
        attribute.i = onnx.TensorProto.FLOAT
    if attribute.type == onnx.AttributeProto.TENSOR:
        _widen(attribute.t)
    for graph in (*([attribute.g] if attribute.type == onnx.AttributeProto.GRAPH else []), *attribute.graphs):
        _widen_graph(graph)


def _widen(tensor: onnx.TensorProto) -> None:
    if tensor.data_type in HALVES:
        tensor.CopyFrom(numpy_helper.from_array(array_of(tensor).astype(np.float32), tensor.name))
