"""Quantized files: a pair of QuantizeLinear and DequantizeLinear rounds and cuts; what is read cuts at the same numbers only.

Weights that are stored as whole numbers become the floats that they stand for. Operators that compute with whole numbers have no
counterpart, and are refused by name.
"""

from collections.abc import Mapping

import numpy as np
import onnx
from onnx import helper, numpy_helper

from pellucid.interop import InteropError
from pellucid.interop.onnx.files import array_of
from pellucid.shapes import Array

__all__ = ["QUANTIZED", "without_rounding"]

QUANTIZED = ("DynamicQuantizeLinear", "QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger")
ENDS_ARE_INPUTS = 11  # the version of ONNX's operators from which a Clip has its ends as inputs
WHOLE = {"u1": (0, 255), "i1": (-128, 127), "u2": (0, 65535), "i2": (-32768, 32767)}


def without_rounding(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the model with each pair that rounds a value to whole numbers and back as a Clip at the ends of its range."""
    makers = {name: node for node in model.graph.node for name in node.output}
    arrays = {tensor.name: tensor for tensor in model.graph.initializer} | _constants(model.graph)
    if not any(node.op_type == "QuantizeLinear" for node in makers.values()):
        return model
    made: list[onnx.NodeProto] = []
    for node in model.graph.node:
        before = makers.get(node.input[0]) if node.input else None
        paired = node.op_type == "DequantizeLinear" and before is not None and before.op_type == "QuantizeLinear"
        if paired and before is not None and before.input[0] not in arrays:
            made.append(_cut(model, node, before, arrays))
            continue
        made.append(onnx.NodeProto.FromString(node.SerializeToString()))
    del model.graph.node[:]
    model.graph.node.extend(made)
    return model


def _cut(
    model: onnx.ModelProto, back: onnx.NodeProto, there: onnx.NodeProto, arrays: Mapping[str, onnx.TensorProto]
) -> onnx.NodeProto:
    """Return the Clip that stands for a pair; refuse a pair of several scales, or of scales that are computed."""
    where = f"load: the node {back.name or back.output[0]!r} (DequantizeLinear) cannot be read"
    if list(there.input[1:]) != list(back.input[1:]):
        raise InteropError(f"{where}: its scale is not that of the QuantizeLinear before it")
    if any(name and name not in arrays for name in there.input[1:]):
        raise InteropError(f"{where}: its scale is computed, not a constant")
    scale = array_of(arrays[there.input[1]])
    zero: Array = np.zeros(1, np.uint8)
    if len(there.input) > 2 and there.input[2]:
        zero = array_of(arrays[there.input[2]])
    kind = zero.dtype.str[1:]
    if scale.size != 1 or zero.size != 1 or kind not in WHOLE:
        raise InteropError(f"{where}: only one scale, and whole numbers of 8 or 16 bits, are read")
    step, middle = np.float64(scale.reshape(-1)[0]), int(zero.reshape(-1)[0])
    low, high = (np.array(step * (end - middle), scale.dtype) for end in WHOLE[kind])
    if next((entry.version for entry in model.opset_import if entry.domain == ""), 0) < ENDS_ARE_INPUTS:
        attributes = {"min": float(low), "max": float(high)}
        return helper.make_node("Clip", [there.input[0]], [back.output[0]], name=back.name, **attributes)
    ends = {f"{back.output[0]}:lowest": low, f"{back.output[0]}:highest": high}
    model.graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in ends.items())
    return helper.make_node("Clip", [there.input[0], *ends], [back.output[0]], name=back.name)


def _constants(graph: onnx.GraphProto) -> dict[str, onnx.TensorProto]:
    """Return the tensors of the nodes that are constants."""
    nodes = [node for node in graph.node if node.op_type == "Constant"]
    return {node.output[0]: a.t for node in nodes for a in node.attribute if a.name == "value"}
