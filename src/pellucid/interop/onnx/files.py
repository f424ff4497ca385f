"""ONNX files: opened, checked and refused in one line; nothing of onnx's own errors comes through."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import onnx
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, EncodeError
from onnx import numpy_helper

from pellucid.files import check_plain, open_plain
from pellucid.interop import InteropError
from pellucid.shapes import Array

__all__ = ["array_of", "model_file"]

LARGEST_FILE = 2**31  # bytes: what protobuf can hold; larger weights are in files of their own


def model_file(path: Any) -> onnx.ModelProto:
    """Return the model in a file. Raises InteropError, one line, where it cannot be read."""
    try:
        check_plain(path, limit=LARGEST_FILE)
        model = onnx.load(str(path), load_external_data=False)
        if not _is_text(model):
            raise ValueError("a name or text in it is not UTF-8")
        _read_arrays(model, path)
        onnx.checker.check_model(model)
    except InteropError:
        raise
    except OSError as error:
        raise InteropError(f"load: {path} cannot be read as an ONNX model ({error.strerror or error})") from None
    except (DecodeError, EncodeError, ValueError, onnx.checker.ValidationError) as error:  # bad UTF-8 is a ValueError
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InteropError(f"load: {path} cannot be read as an ONNX model ({reason})") from None
    return model


def array_of(tensor: onnx.TensorProto) -> Array:
    """Return a tensor's values. Raises InteropError where they do not fit its shape or type."""
    try:
        return numpy_helper.to_array(tensor)
    except (ValueError, TypeError, KeyError) as error:
        reason = " ".join(str(error).split())
        raise InteropError(f"load: the tensor {tensor.name!r} cannot be read ({reason})") from None


def _read_arrays(model: onnx.ModelProto, path: Any) -> None:
    """Read the arrays that are in other files, of the model's own folder only. Raises InteropError, naming the array."""
    folder = Path(path).resolve().parent
    for tensor in _tensors(model.graph):
        if tensor.data_location != onnx.TensorProto.EXTERNAL:
            continue
        where = {entry.key: entry.value for entry in tensor.external_data}
        location, name = where.get("location", ""), f"load: the tensor {tensor.name!r} of {path}"
        try:
            file = (folder / location).resolve()
            if not location or folder not in file.parents:
                raise InteropError(f"{name} is in {location!r}, outside the model's folder; only files in it are read")
            tensor.raw_data = _part(file, int(where.get("offset") or 0), int(where.get("length") or -1))
        except InteropError:
            raise
        except OSError as error:
            raise InteropError(f"{name} is in {location!r}, which cannot be read ({error.strerror or error})") from None
        except (ValueError, MemoryError) as error:
            raise InteropError(f"{name} is in {location!r}, which cannot be read ({error})") from None
        tensor.data_location = onnx.TensorProto.DEFAULT
        del tensor.external_data[:]


def _tensors(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    """Yield every tensor of a graph and of the graphs in it."""
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors
            for inner in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
                yield from _tensors(inner)


def _part(file: Path, offset: int, length: int) -> bytes:
    """Return `length` bytes of a plain file; all that follow if it is negative."""
    with open_plain(file) as opened:
        size = os.fstat(opened.fileno()).st_size
        wanted = size - offset if length < 0 else length
        if offset < 0 or wanted < 0 or offset + wanted > size:
            raise ValueError(f"bytes {offset} to {offset + wanted} are wanted; it has {size}")
        opened.seek(offset)
        return opened.read(wanted)


def _is_text(message: Any) -> bool:
    """Whether every text in a message is UTF-8; some versions of protobuf give bytes for one that is not."""
    for field, value in message.ListFields():
        values: Sequence[Any] = [value] if isinstance(value, str | bytes) or hasattr(value, "ListFields") else value
        if field.type == FieldDescriptor.TYPE_STRING and not all(isinstance(text, str) for text in values):
            return False
        if field.type == FieldDescriptor.TYPE_MESSAGE and not all(map(_is_text, values)):
            return False
    return True
