"""The original CIFAR-10 files: six pickled batches, in a folder or in the .tar.gz, which is read without extracting it."""

import tarfile
from pathlib import Path, PurePosixPath

import numpy as np

from pellucid.data.checks import DataError
from pellucid.data.cifar_pickle import read_batch
from pellucid.files import open_plain, read_plain
from pellucid.shapes import Array

__all__ = ["BATCHES", "read_batches"]

BATCHES = ("data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch")
_ROWS = 10_000  # in each batch
_LARGEST = 64 * 2**20  # bytes; a batch is 31 MB
_LARGEST_ARCHIVE = 512 * 2**20  # unpacked; the original has 186 MB


def read_batches(path: Path) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Return (images, labels) of the 50,000 training images and of the 10,000 test images, in the files' order.

    `path` is the folder with the batches or the .tar.gz. images (N, 3, 32, 32) uint8; labels (N,) int64.
    """
    contents = _from_folder(path) if path.is_dir() else _from_tar(path)
    parts = {}
    for name in BATCHES:
        if name not in contents:
            raise DataError(f"{path.name}: {name} is missing; all six files, {BATCHES[0]} to {BATCHES[-1]}, are needed")
        parts[name] = read_batch(f"{path.name}: {name}", contents.pop(name), rows=_ROWS)
    images, labels = zip(*(parts[name] for name in BATCHES[:-1]), strict=True)
    return (np.concatenate(images), np.concatenate(labels)), parts[BATCHES[-1]]


def _from_folder(folder: Path) -> dict[str, bytes]:
    contents = {}
    for name in BATCHES:
        file = folder / name
        if file.is_file():
            _check_size(folder.name, name, file.stat().st_size)
            contents[name] = read_plain(file, limit=_LARGEST)
    return contents


def _from_tar(path: Path) -> dict[str, bytes]:
    contents = {}
    try:
        with open_plain(path) as opened, tarfile.open(fileobj=opened, mode="r:gz") as archive:
            size = 0
            for member in archive:
                size += member.size
                if member.size < 0 or size > _LARGEST_ARCHIVE:
                    raise DataError(
                        f"{path.name}: it holds more than {_LARGEST_ARCHIVE >> 20} MiB; this is not CIFAR-10"
                    )
                name = PurePosixPath(member.name).name
                file = archive.extractfile(member) if name in BATCHES and member.isreg() else None
                if file is not None:
                    _check_size(path.name, name, member.size)
                    contents[name] = file.read()
    except DataError:
        raise
    except Exception as error:  # a broken archive can raise almost anything
        raise DataError(f"{path.name}: not a readable .tar.gz, or truncated ({error}); copy it again") from error
    return contents


def _check_size(who: str, name: str, size: int) -> None:
    if size > _LARGEST:
        raise DataError(f"{who}: {name} has {size:,} bytes; a CIFAR-10 batch has at most {_LARGEST:,}")
