"""A data set in a NumPy archive (.npz)."""

import os
import zipfile
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.lib.format import MAGIC_PREFIX
from numpy.lib.npyio import NpzFile

from pellucid.data.checks import DataError, check_classes, check_images, checked_labels
from pellucid.data.dataset import Dataset
from pellucid.files import absence, open_plain
from pellucid.memory import require_memory
from pellucid.shapes import Array

__all__ = ["load_npz"]

_CHANNELS = (1, 3)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # an archive, and one without members


def load_npz(path: str | os.PathLike[str]) -> Dataset:
    """Read `images` (or `x`), `labels` (or `y`) and, if present, `classes` (names) from an .npz file.

    images: (N, C, H, W), or (N, H, W, C) with C 1 or 3, in uint8, float32 or float64; uint8 (N, H, W); or other float32 or
    float64 samples (N, ...). Images (N, H, W, C) become (N, C, H, W) unless H is 1 or 3 as well. Without `classes` the names
    are the numbers 0 to the largest label. Nothing is unpickled. Raises DataError.
    """
    path = Path(path)
    who = path.name
    arrays = _read(path)
    images = _as_pictures(_one_of(who, arrays, "images", "x"))
    labels = _one_of(who, arrays, "labels", "y")
    check_images(who, images)
    if labels.dtype.kind not in "iu" or labels.size == 0:
        checked_labels(who, labels, len(images), 2)  # raises with the reason
    classes = _classes(who, arrays, labels)
    labels = checked_labels(who, labels, len(images), len(classes))
    white = 1 if images.dtype.kind == "f" and images.max() <= 1 else 255
    return Dataset(images, labels, classes, white)


def _read(path: Path) -> dict[str, Array]:
    try:
        with open_plain(path) as file:
            return _arrays(path.name, file)
    except (FileNotFoundError, IsADirectoryError):
        raise DataError(f"{path}: {absence(path)}; save one with numpy.savez(path, images=..., labels=...)") from None
    except (OSError, zipfile.BadZipFile) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{path.name}: not a readable .npz file, or truncated ({reason}); save it again") from error


def _arrays(who: str, file: BinaryIO) -> dict[str, Array]:
    start = file.read(len(MAGIC_PREFIX))
    file.seek(0)
    if start == MAGIC_PREFIX:
        raise DataError(f"{who}: it contains a single array; save with numpy.savez(path, images=..., labels=...)")
    if not start.startswith(_ZIP):
        raise DataError(f"{who}: not an .npz file; save it with numpy.savez")
    with zipfile.ZipFile(file) as members:
        size = sum(member.file_size for member in members.infolist())
    require_memory(f"{who}: its arrays", size, "store them as uint8, or in several files")
    with NpzFile(file, allow_pickle=False) as archive:
        return {key: _array(who, archive, key) for key in archive.files}


def _array(who: str, archive: "NpzFile", key: str) -> Array:
    try:
        array: Array = archive[key]
    except Exception as error:  # a broken archive can raise almost anything
        if "allow_pickle" in str(error):
            raise DataError(
                f"{who}: {key!r} contains Python objects; save it as an array of numbers or strings"
            ) from error
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"{who}: {key!r} is corrupt or truncated ({reason}); save the file again") from error
    if not isinstance(array, np.ndarray):  # a member that is not an .npy file is returned as bytes
        raise DataError(f"{who}: {key!r} is not a NumPy array; save the archive with numpy.savez")
    return array


def _one_of(who: str, arrays: dict[str, Array], name: str, short: str) -> Array:
    found = [key for key in (name, short) if key in arrays]
    if len(found) != 1:
        problem = f"it has both {name!r} and {short!r}" if found else f"it has neither {name!r} nor {short!r}"
        raise DataError(f"{who}: {problem}; exactly one of the two is needed; its arrays are {sorted(arrays)}")
    return arrays[found[0]]


def _as_pictures(images: Array) -> Array:
    """Return uint8 (N, H, W) and any (N, H, W, C) as views (N, C, H, W); return everything else unchanged."""
    if images.dtype == np.uint8 and images.ndim == 3:
        return images[:, None]
    channels_last = images.ndim == 4 and images.shape[1] not in _CHANNELS and images.shape[3] in _CHANNELS
    return images.transpose(0, 3, 1, 2) if channels_last else images


def _classes(who: str, arrays: dict[str, Array], labels: Array) -> tuple[str, ...]:
    """Return the names stored as `classes`, otherwise the numbers 0 to the largest label."""
    if "classes" in arrays:
        stored = arrays["classes"]
        if stored.ndim != 1 or stored.dtype.kind != "U":
            raise DataError(f"{who}: classes must be an array of names (strings); got {stored.dtype} {stored.shape}")
        names = stored.tolist()
    else:
        row = int(labels.argmax())
        if labels.flat[row] >= labels.size:
            raise DataError(
                f"{who}: row {row}: label {labels.flat[row]} with only {labels.size} images; number the classes from 0, "
                "or store their names as `classes`"
            )
        names = [str(label) for label in range(int(labels.flat[row]) + 1)]
        checked_labels(who, labels, len(labels), len(names))
    check_classes(who, names)
    return tuple(names)
