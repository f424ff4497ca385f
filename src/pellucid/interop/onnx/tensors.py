"""Arrays of a file, refused in one line where they do not fit their shape or type."""

import onnx
from onnx import numpy_helper

from pellucid.interop import InteropError
from pellucid.shapes import Array

__all__ = ["array_of"]


def array_of(tensor: onnx.TensorProto) -> Array:
    """Return a tensor's values. Raises InteropError where they do not fit its shape or type."""
    try:
        return numpy_helper.to_array(tensor)
    except (ValueError, TypeError, KeyError) as error:
        reason = " ".join(str(error).split())
        raise InteropError(f"load: the tensor {tensor.name!r} cannot be read ({reason})") from None
