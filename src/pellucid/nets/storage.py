"""Tensors on disk: safetensors files that are either complete and unchanged, or refused.

A file holds named arrays in logical C order and one JSON document. It is written next to its final place, flushed to the disk and
renamed, so that a crash leaves the old file or the new one. A SHA-256 over everything in it is checked when it is read: safetensors
itself notices a truncated file, not a changed byte.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.files import check_plain, write_whole
from pellucid.shapes import Array

__all__ = ["StorageError", "copy_arrays", "read_tensors", "write_atomically", "write_tensors"]

FORMAT = "pellucid 1"


class StorageError(ValueError):
    """A file cannot be written, or is not what it should be."""


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, as `write_whole` does. Raises StorageError where it cannot be written."""
    try:
        write_whole(path, content)
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror or error}") from error


def write_tensors(path: Path, arrays: Mapping[str, Array], document: Mapping[str, Any]) -> None:
    """Write named arrays and a JSON document. Raises StorageError where the file cannot be written."""
    from safetensors.numpy import save

    ordered = {name: np.asarray(array, order="C") for name, array in sorted(arrays.items())}
    text = json.dumps(document, sort_keys=True)
    metadata = {"format": FORMAT, "document": text, "sha256": _digest(ordered, text)}
    write_atomically(path, save(ordered, metadata))


def read_tensors(path: Path) -> tuple[dict[str, Array], dict[str, Any]]:
    """Return the arrays and the document. Raises StorageError where the file is missing, damaged or not ours."""
    from safetensors import SafetensorError, safe_open

    try:
        check_plain(path)
    except OSError as error:
        reason = "missing" if isinstance(error, FileNotFoundError) else error.strerror
        raise StorageError(f"cannot read {path}: it is {reason}") from None
    try:
        with safe_open(str(path), framework="numpy") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
    except (
        OSError,
        SafetensorError,
        ValueError,
        TypeError,
        AttributeError,
    ) as error:  # the last two: a type of numbers
        raise StorageError(f"cannot read {path}: it is damaged ({error})") from None  # that NumPy does not have
    if metadata.get("format") != FORMAT or "document" not in metadata:
        raise StorageError(f"cannot read {path}: it was not written by Pellucid, or by another version's format")
    if metadata.get("sha256") != _digest(arrays, metadata["document"]):
        raise StorageError(f"cannot read {path}: it is damaged (its checksum does not match)")
    return arrays, _document(path, metadata["document"])


def _document(path: Path, text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StorageError(f"cannot read {path}: its document is not JSON ({error})") from None
    if not isinstance(document, dict):
        raise StorageError(f"cannot read {path}: its document is not an object of JSON")
    return document


def copy_arrays(arrays: Mapping[str, Array], into: Mapping[str, Array], source: str) -> None:
    """Copy a network's arrays in by name. Raises StorageError where names or shapes differ; then nothing is copied."""
    for name in arrays:
        if name.startswith(("params/", "state/")) and name not in into:
            raise StorageError(f"{source} holds {name}, which the network does not have")
    for name, array in into.items():
        if name not in arrays:
            raise StorageError(f"{source} has no {name}, which the network needs")
        if arrays[name].shape != array.shape:
            raise StorageError(f"{source}: {name} has shape {arrays[name].shape}; the network needs {array.shape}")
    for name, array in into.items():
        array[...] = arrays[name]


def _digest(arrays: Mapping[str, Array], text: str) -> str:
    digest = hashlib.sha256(text.encode())
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(np.asarray(array, order="C").data)
    return digest.hexdigest()
