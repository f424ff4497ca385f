"""The samples that a study's trials draw from: one file in the study's folder, read by every process.

A trial's seed chooses its training samples from the pool; the validation samples are the same for all.
"""

import hashlib
import io
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from pellucid.data import Dataset, Standardization, load
from pellucid.data.dataset import hold_out
from pellucid.files import open_plain
from pellucid.nets import StorageError, write_atomically
from pellucid.shapes import Array

__all__ = ["Pool", "TrainingSet", "make_pool", "read_pool"]

MAXIMUM_TRAINING, MAXIMUM_VALIDATION = 10_000, 1_000


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """What one trial trains on and is judged by, standardized by channel."""

    x: Array  # (N, C, H, W) float32
    y: Array  # (N,)
    x_val: Array
    y_val: Array


@dataclass(frozen=True, eq=False)
class Pool:
    """Pixels of up to 10,000 training and 1,000 validation samples."""

    name: str
    digest: str  # of all pixels and labels
    images: Array  # (N, C, H, W) uint8
    labels: Array
    val_images: Array
    val_labels: Array
    classes: int

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """The shape of one sample."""
        return self.images.shape[1:]

    def draw(self, count: int, seed: int) -> TrainingSet:
        """Return `count` training samples chosen by the seed (all of them if there are fewer), and the validation samples."""
        rows = np.random.default_rng([seed, 0x5EED]).permutation(len(self.images))[:count]
        mean, std = _scale(self)
        x, x_val = (((part - mean) / std).astype(np.float32) for part in (self.images[rows], self.val_images))
        return TrainingSet(x, self.labels[rows], x_val, self.val_labels)


@cache
def _scale(pool: Pool) -> tuple[Array, Array]:
    standardization = Standardization.of(pool.images)
    return standardization.mean.reshape(-1, 1, 1), standardization.std.reshape(-1, 1, 1)


def make_pool(source: str, path: Path) -> Pool:
    """Load a data set and write the pool's file. Raises DataError or StorageError."""
    splits = load(source, seed=0, validation=0.2 if source == "digits" else 0.1)
    train, validation = _at_most(splits.train, MAXIMUM_TRAINING), _at_most(splits.validation, MAXIMUM_VALIDATION)
    arrays = {
        "images": np.ascontiguousarray(train.images),
        "labels": train.labels,
        "val_images": np.ascontiguousarray(validation.images),
        "val_labels": validation.labels,
        "classes": np.array(len(splits.classes)),
        "name": np.array(splits.name),
    }
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    write_atomically(path, buffer.getvalue())
    return read_pool(path)


@cache
def read_pool(path: Path) -> Pool:
    """Read the pool's file, once a process. Raises StorageError."""
    try:
        with open_plain(path) as opened, np.load(opened, allow_pickle=False) as file:
            arrays = {name: file[name] for name in ("images", "labels", "val_images", "val_labels", "name", "classes")}
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, BadZipFile, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise StorageError(f"cannot read {path} ({reason}); choose another --out, or remove that folder") from None
    parts = [arrays[name] for name in ("images", "labels", "val_images", "val_labels")]
    digest = hashlib.sha256(b"".join(np.ascontiguousarray(part).tobytes() for part in parts)).hexdigest()[:16]
    return Pool(str(arrays["name"]), digest, parts[0], parts[1], parts[2], parts[3], int(arrays["classes"]))


def _at_most(data: Dataset, count: int) -> Dataset:
    return data if len(data) <= count else hold_out(data, count, seed=0, what="pool")[1]
