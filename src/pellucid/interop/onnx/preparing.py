"""A model made one that can be read: functions and decided choices written out, older operators renewed, rounding left out.

What no layer could ever compute is refused here, by the node's name.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from pellucid.interop import InteropError
from pellucid.interop.onnx.halves import widened
from pellucid.interop.onnx.quantized import QUANTIZED, without_rounding

__all__ = ["one_line", "prepared_model", "version_of", "with_choices_made"]

STANDARD = ("", "ai.onnx")
LEARNING = "ai.onnx.ml"
OLDEST = 7  # of the operators' versions that ONNX Runtime runs
RENEWED = 8  # what older models become
READ_ELSEWHERE = {(LEARNING, name) for name in ("Scaler", "ArrayFeatureExtractor", "Binarizer", "ZipMap")}


def prepared_model(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a model of operators that may be read. Raises InteropError, naming the node, for what no layer could compute."""
    for tensor in model.graph.initializer:
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            raise InteropError(
                f"load: the tensor {tensor.name!r} is in another file, which was not read; pass the model's path"
            )
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    copy = widened(copy)
    if copy.functions:
        copy = _changed("the model's own functions", onnx.inliner.inline_local_functions, copy)
    versions = _versions(copy)
    for node in copy.graph.node:
        _check_node(node, versions)
    if versions.get("", OLDEST) < OLDEST:
        _renew_slopes(copy)
        copy = _changed("the older operators", onnx.version_converter.convert_version, copy, RENEWED)
    _rewrite(copy, lambda node: _scaled(node, copy))
    return without_rounding(copy)


def with_choices_made(model: onnx.ModelProto, constants: Mapping[str, Any]) -> onnx.ModelProto | None:
    """Return the model with each `If` whose condition is constant as the branch that runs; None without such a choice."""
    decided = [node for node in model.graph.node if node.op_type == "If" and node.input[0] in constants]
    if not decided:
        return None
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    _rewrite(
        copy, lambda node: _branch(node, constants) if node.op_type == "If" and node.input[0] in constants else None
    )
    return copy


def version_of(model: onnx.ModelProto) -> int:
    """Return the version of ONNX's own operators that a model is written in."""
    return _versions(model).get("", OLDEST)


def one_line(error: BaseException, most: int = 200) -> str:
    """Return what an error says, in one line."""
    return " ".join(str(error).split())[:most] or type(error).__name__


def _versions(model: onnx.ModelProto) -> dict[str, int]:
    return {"" if entry.domain in STANDARD else entry.domain: entry.version for entry in model.opset_import}


def _changed(what: str, change: Any, *arguments: Any) -> onnx.ModelProto:
    """Return what onnx makes of a model; its errors have no common class."""
    try:
        made: onnx.ModelProto = change(*arguments)
    except Exception as error:
        raise InteropError(f"load: {what} cannot be read ({one_line(error)})") from None
    return made


def _check_node(node: onnx.NodeProto, versions: Mapping[str, int]) -> None:
    where = f"load: the node {node.name or ', '.join(node.output)!r}"
    if node.domain not in STANDARD and (node.domain, node.op_type) not in READ_ELSEWHERE:
        raise InteropError(
            f"{where} is the operator {node.op_type} of the domain {node.domain}, which no layer computes; only operators of "
            "ONNX's own domain are read"
        )
    if node.op_type in QUANTIZED:
        raise InteropError(f"{where} ({node.op_type}) is quantized; pass the model from before quantization")
    domain = "" if node.domain in STANDARD else node.domain
    version = versions.get(domain, 0)
    if not onnx.defs.has(node.op_type, version, domain):
        raise InteropError(
            f"{where} is the operator {node.op_type}, which version {version} of ONNX's operators does not have"
        )


def _rewrite(model: onnx.ModelProto, change: Any) -> None:
    """Replace every node for which `change` returns a list of nodes by those."""
    made: list[onnx.NodeProto] = []
    for node in model.graph.node:
        found = change(node)
        made.extend([node] if found is None else found)
    copies = [onnx.NodeProto.FromString(node.SerializeToString()) for node in made]
    del model.graph.node[:]
    model.graph.node.extend(copies)


def _scaled(node: onnx.NodeProto, model: onnx.ModelProto) -> list[onnx.NodeProto] | None:
    """Return a Scaler of scikit-learn's converter, (x - offset) * scale, as two nodes of ONNX's own."""
    if (node.domain, node.op_type) != (LEARNING, "Scaler"):
        return None
    given = {a.name: np.asarray(a.floats, np.float32) for a in node.attribute}
    names = {}
    for what, default in (("offset", 0.0), ("scale", 1.0)):
        names[what] = f"{node.output[0]}:{what}"
        array = given.get(what, np.array([default], np.float32))
        model.graph.initializer.append(numpy_helper.from_array(array, names[what]))
    name, between = node.name or node.output[0], f"{node.output[0]}:moved"
    return [
        helper.make_node("Sub", [node.input[0], names["offset"]], [between], name=f"{name}:offset"),
        helper.make_node("Mul", [between, names["scale"]], [node.output[0]], name=f"{name}:scale"),
    ]


def _renew_slopes(model: onnx.ModelProto) -> None:
    """Give slopes of channels the axes of an image, as versions from 7 on want it; the converter leaves them as they are."""
    inferred = _changed("the model", onnx.shape_inference.infer_shapes, model).graph
    ranks = {value.name: len(value.type.tensor_type.shape.dim) for value in (*inferred.input, *inferred.value_info)}
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in model.graph.node:
        slopes = tensors.get(node.input[1]) if node.op_type == "PRelu" and len(node.input) == 2 else None
        if slopes is not None and len(slopes.dims) == 1 and slopes.dims[0] > 1:
            slopes.dims.extend([1] * (ranks.get(node.input[0], 2) - 2))
            for value in model.graph.input:
                if value.name == slopes.name:
                    value.CopyFrom(helper.make_tensor_value_info(value.name, slopes.data_type, list(slopes.dims)))


def _branch(node: onnx.NodeProto, constants: Mapping[str, Any]) -> list[onnx.NodeProto]:
    """Return the nodes of the branch that runs, their names made the node's own."""
    wanted = "then_branch" if bool(np.asarray(constants[node.input[0]]).reshape(-1)[0]) else "else_branch"
    graph = next(a.g for a in node.attribute if a.name == wanted)
    own = {name for inner in graph.node for name in inner.output} | {tensor.name for tensor in graph.initializer}
    renamed = {name: f"{node.output[0]}:{name}" for name in own if name}
    made = [helper.make_node("Constant", [], [renamed[tensor.name]], value=tensor) for tensor in graph.initializer]
    for inner in graph.node:
        copy = onnx.NodeProto()
        copy.CopyFrom(inner)
        for names in (copy.input, copy.output):
            changed: Sequence[str] = [renamed.get(name, name) for name in names]
            del names[:]
            names.extend(changed)
        made.append(copy)
    ends = [renamed.get(value.name, value.name) for value in graph.output]
    return made + [
        helper.make_node("Identity", [end], [output], name=node.name)
        for end, output in zip(ends, node.output, strict=True)
    ]
