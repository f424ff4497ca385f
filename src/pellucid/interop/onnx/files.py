"""ONNX files: opened, checked and refused in one line; nothing of onnx's own errors comes through."""

from collections.abc import Sequence
from typing import Any

import onnx
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, EncodeError

from pellucid.files import check_plain
from pellucid.interop import InteropError

__all__ = ["model_file", "prepared_model"]

LARGEST_FILE = 2**31  # bytes: what protobuf can hold; larger weights are in files of their own
STANDARD = ("", "ai.onnx")
QUANTIZED = (
    *("QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "QLinearConv", "QLinearMatMul"),
    *("ConvInteger", "MatMulInteger"),
)


def model_file(path: Any) -> onnx.ModelProto:
    """Return the model in a file. Raises InteropError, one line, where it cannot be read."""
    try:
        check_plain(path, limit=LARGEST_FILE)
        model = onnx.load(str(path))
        onnx.checker.check_model(model)
    except OSError as error:
        raise InteropError(f"load: {path} cannot be read as an ONNX model ({error.strerror or error})") from None
    except (DecodeError, EncodeError, ValueError, onnx.checker.ValidationError) as error:  # bad UTF-8 is a ValueError
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InteropError(f"load: {path} cannot be read as an ONNX model ({reason})") from None
    if not _is_text(model):
        raise InteropError(f"load: {path} cannot be read as an ONNX model (a name or text in it is not UTF-8)")
    return model


def prepared_model(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a model whose functions are written out. Raises InteropError, naming the node, for what no layer could compute."""
    if model.functions:
        try:
            model = onnx.inliner.inline_local_functions(model)
        except (RuntimeError, ValueError, onnx.checker.ValidationError) as error:
            raise InteropError(f"load: the model's own functions cannot be read ({_line(error)})") from None
    for tensor in model.graph.initializer:
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            raise InteropError(
                f"load: the tensor {tensor.name!r} is in another file, which was not read; pass the model's path"
            )
    versions = {entry.domain: entry.version for entry in model.opset_import}
    for node in model.graph.node:
        _check_node(node, versions.get(node.domain, versions.get("", 0)))
    return model


def _check_node(node: onnx.NodeProto, version: int) -> None:
    where = f"load: the node {node.name or ', '.join(node.output)!r}"
    if node.domain not in STANDARD:
        raise InteropError(
            f"{where} is the operator {node.op_type} of the domain {node.domain}, which no layer computes; only operators of "
            "ONNX's own domain are read"
        )
    if node.op_type in QUANTIZED:
        raise InteropError(f"{where} ({node.op_type}) is quantized; pass the model from before quantization")
    if not onnx.defs.has(node.op_type, version, ""):
        raise InteropError(
            f"{where} is the operator {node.op_type}, which version {version} of ONNX's operators does not have"
        )


def _line(error: BaseException, most: int = 200) -> str:
    return " ".join(str(error).split())[:most] or type(error).__name__


def _is_text(message: Any) -> bool:
    """Whether every text in a message is UTF-8; some versions of protobuf give bytes for one that is not."""
    for field, value in message.ListFields():
        values: Sequence[Any] = [value] if isinstance(value, str | bytes) or hasattr(value, "ListFields") else value
        if field.type == FieldDescriptor.TYPE_STRING and not all(isinstance(text, str) for text in values):
            return False
        if field.type == FieldDescriptor.TYPE_MESSAGE and not all(map(_is_text, values)):
            return False
    return True
