"""Messages between parent and worker: a JSON header and raw arrays, no pickle.

    magic (4 bytes)  nonce (16)  header length (4)  body length (8)  header (JSON, UTF-8)  body (the arrays' bytes)

An array is written in the header as {"array": [dtype, shape, offset]}; of one that is not plain, such as a masked array, only its
name. Only plain number types are read back; the arrays must fill the body one after the other, so that a message never holds more
than its own bytes. A message without the correct nonce is refused. All that says nothing of who wrote a message: the learner's code
runs in the same process and can find the nonce. What a message may contain is checked in the parent (`running/messages.py`).
"""

import json
import math
import struct
from typing import Any, BinaryIO

import numpy as np

__all__ = ["LARGEST_BODY", "FrameError", "TooLargeError", "pack", "read", "unpack"]

MAGIC = b"PLC1"
HEAD = struct.Struct("<4s16sIQ")
LARGEST_HEADER = 32 << 20
LARGEST_BODY = 256 << 20
KINDS = "biufc"  # bool, integer, unsigned, float, complex
CODES = frozenset(np.dtype(f"<{kind}{size}").str for kind in "iu" for size in (1, 2, 4, 8)) | frozenset(
    ("|b1", "<f2", "<f4", "<f8", "<f16", "<c8", "<c16")
)
DEEPEST = 12
MOST_AXES = 32
MOST_VALUES = 1_000_000
# Of the signs that make objects: counted before a header is decoded, which would need fifty times its size.
MOST_SIGNS = {b"{": 200_000, b"[": 500_000, b",": MOST_VALUES}
LARGEST_SIDE = 1 << 48
LARGEST_EMPTY = (
    1 << 20
)  # numbers along the other sides of an array without numbers: a sum over its empty side has as many
BITS = 64  # larger integers are named, not sent


class FrameError(ValueError):
    """A message is malformed."""


class TooLargeError(FrameError):
    """A message is larger, or the messages are more, than is read."""


def pack(message: Any, nonce: bytes) -> bytes:
    """Return the bytes of one message."""
    parts: list[bytes] = []
    size = 0

    def encode(value: Any, depth: int = 0) -> Any:
        nonlocal size
        if depth > DEEPEST:
            return {"other": "nested too deeply"}
        kind = type(value)  # which an object cannot lie about
        if issubclass(kind, np.ndarray) and kind is not np.ndarray:  # its numbers need not be what it holds
            return {"other": f"{kind.__name__[:100]}, a subclass of numpy.ndarray,"}
        if issubclass(kind, (np.ndarray, np.generic)):
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
        if isinstance(value, int) and int.bit_length(value) > BITS:
            return {"other": f"int of {int.bit_length(value)} bits"}
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        return {"other": kind.__name__}

    header = json.dumps(encode(message)).encode()
    return HEAD.pack(MAGIC, nonce, len(header), size) + header + b"".join(parts)


def read(stream: BinaryIO, nonce: bytes, largest_header: int = LARGEST_HEADER, largest_body: int = LARGEST_BODY) -> Any:
    """Return the next message of a stream, or None at its end. Raises FrameError for anything that is not one."""
    head = stream.read(HEAD.size)
    if not head:
        return None
    if len(head) < HEAD.size:
        raise FrameError("a truncated message")
    magic, sender, header_size, body_size = HEAD.unpack(head)
    if magic != MAGIC or sender != nonce:
        raise FrameError("a message that the worker did not write")
    if header_size > largest_header or body_size > largest_body:
        raise TooLargeError("a message larger than allowed")
    header, body = stream.read(header_size), stream.read(body_size)
    if len(header) < header_size or len(body) < body_size:
        raise FrameError("a truncated message")
    return unpack(header, body)


def unpack(header: bytes, body: bytes) -> Any:
    """Return the message that a header and a body encode."""
    if any(header.count(sign) > most for sign, most in MOST_SIGNS.items()):
        raise FrameError("too many values")
    try:
        return _Decoder(body).decode(json.loads(header), 0)
    except (ValueError, TypeError, KeyError, IndexError, RecursionError, OverflowError) as error:
        raise FrameError(f"a message that cannot be read: {str(error)[:200]}") from None


class _Decoder:
    """Turns the values of one header back into Python's, within bounds."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.position = 0  # of the next array
        self.count = 0  # of values

    def decode(self, value: Any, depth: int) -> Any:
        self.count += 1
        if depth > 2 * DEEPEST or self.count > MOST_VALUES:
            raise FrameError("nested too deeply, or too many values")
        if isinstance(value, str):
            return _plain(value)
        if isinstance(value, int):
            return value if value.bit_length() <= BITS else Other(f"int of {value.bit_length()} bits")
        if value is None or isinstance(value, float):
            return value
        if not isinstance(value, dict) or len(value) != 1:
            raise FrameError("a value of no known kind")
        ((kind, content),) = value.items()
        if kind == "array":
            return self._array(*content)
        if kind == "dict":
            return {_plain(str(key)): self.decode(item, depth + 1) for key, item in content}
        if kind == "list":
            return [self.decode(item, depth + 1) for item in content]
        if kind == "other" and isinstance(content, str):
            return Other(_plain(content[:200]))
        raise FrameError("a value of no known kind")

    def _array(self, code: Any, shape: Any, place: Any) -> Any:
        is_shape = isinstance(shape, list) and all(type(n) is int and 0 <= n <= LARGEST_SIDE for n in shape)
        if code not in CODES or not is_shape or len(shape) > MOST_AXES:
            raise FrameError("an array of another type or shape than is read")
        dtype, count = np.dtype(code), math.prod(shape)
        if not count and math.prod(n or 1 for n in shape) > LARGEST_EMPTY:
            raise FrameError("an empty array with sides that are too long")
        if place != self.position or place + count * dtype.itemsize > len(self.body):
            raise FrameError("an array lies outside its message, or over another")
        self.position += count * dtype.itemsize
        array = np.frombuffer(self.body, dtype, count, place).reshape(shape)
        return array.view(np.uint8) != 0 if dtype.kind == "b" else array.astype(dtype.newbyteorder("="))


def _plain(text: str) -> str:
    """Return text that can be encoded: halves of surrogate pairs are written out."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


class Other(str):
    """The type name of something that is neither a number nor an array: it can be reported, not compared."""

    __slots__ = ()
