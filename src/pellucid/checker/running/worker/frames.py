"""Messages between parent and worker: a JSON header and raw arrays, no pickle.

    magic (4 bytes)  nonce (16)  header length (4)  body length (8)  header (JSON, UTF-8)  body (the arrays' bytes)

An array is written in the header as {"array": [dtype, shape, offset]}. Only plain number types are read back, their sizes are
checked against the body, and a message without the correct nonce is refused: the learner's code runs in the same process.
"""

import json
import math
import struct
from typing import Any, BinaryIO

import numpy as np

__all__ = ["LARGEST_BODY", "FrameError", "pack", "read", "unpack"]

MAGIC = b"PLC1"
HEAD = struct.Struct("<4s16sIQ")
LARGEST_HEADER = 8 << 20
LARGEST_BODY = 256 << 20
KINDS = "biufc"  # bool, integer, unsigned, float, complex
DEEPEST = 12


class FrameError(ValueError):
    """A message is malformed."""


def pack(message: Any, nonce: bytes) -> bytes:
    """Return the bytes of one message."""
    parts: list[bytes] = []
    size = 0

    def encode(value: Any, depth: int = 0) -> Any:
        nonlocal size
        if depth > DEEPEST:
            return {"other": "nested too deeply"}
        if isinstance(value, (np.ndarray, np.generic)):
            array = np.asarray(value)
            if array.dtype.kind not in KINDS or array.dtype.itemsize > 16:
                return {"other": f"array of {array.dtype}"}
            raw = array.astype(array.dtype.newbyteorder("<")).tobytes()
            if size + len(raw) > LARGEST_BODY:
                return {"other": f"array of {len(raw)} bytes"}
            place, size = size, size + len(raw)
            parts.append(raw)
            return {"array": [array.dtype.newbyteorder("<").str, list(array.shape), place]}
        if isinstance(value, dict):
            return {"dict": [[str(key), encode(item, depth + 1)] for key, item in value.items()]}
        if isinstance(value, (list, tuple)):
            return {"list": [encode(item, depth + 1) for item in value]}
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        return {"other": type(value).__name__}

    header = json.dumps(encode(message)).encode()
    return HEAD.pack(MAGIC, nonce, len(header), size) + header + b"".join(parts)


def read(stream: BinaryIO, nonce: bytes) -> Any:
    """Return the next message of a stream, or None at its end. Raises FrameError for anything that is not one."""
    head = stream.read(HEAD.size)
    if not head:
        return None
    if len(head) < HEAD.size:
        raise FrameError("a truncated message")
    magic, sender, header_size, body_size = HEAD.unpack(head)
    if magic != MAGIC or sender != nonce:
        raise FrameError("a message that the worker did not write")
    if header_size > LARGEST_HEADER or body_size > LARGEST_BODY:
        raise FrameError("a message larger than allowed")
    header, body = stream.read(header_size), stream.read(body_size)
    if len(header) < header_size or len(body) < body_size:
        raise FrameError("a truncated message")
    return unpack(header, body)


def unpack(header: bytes, body: bytes) -> Any:
    """Return the message that a header and a body encode."""
    try:
        return _decode(json.loads(header), body, 0)
    except (ValueError, TypeError, KeyError, IndexError, RecursionError) as error:
        raise FrameError(f"a message that cannot be read: {error}") from None


def _decode(value: Any, body: bytes, depth: int) -> Any:
    if depth > 2 * DEEPEST:
        raise FrameError("nested too deeply")
    if not isinstance(value, dict):
        return value
    if "array" in value:
        code, shape, place = value["array"]
        dtype = np.dtype(str(code))
        if dtype.kind not in KINDS or dtype.itemsize > 16 or not all(isinstance(n, int) and n >= 0 for n in shape):
            raise FrameError(f"an array of {dtype} is not read")
        count = math.prod(shape)
        if place < 0 or place + count * dtype.itemsize > len(body):
            raise FrameError("an array lies outside its message")
        return np.frombuffer(body, dtype, count, place).reshape(shape).astype(dtype.newbyteorder("="))
    if "dict" in value:
        return {str(key): _decode(item, body, depth + 1) for key, item in value["dict"]}
    if "list" in value:
        return [_decode(item, body, depth + 1) for item in value["list"]]
    return Other(str(value.get("other")))


class Other(str):
    """The type name of something that is neither a number nor an array: it can be reported, not compared."""

    __slots__ = ()
