"""CIFAR-10: 60,000 colour photographs of 32 x 32 pixels in ten classes; where it is searched for, and how it is read.

Source: Krizhevsky 2009, "Learning multiple layers of features from tiny images".
"""

import os
from pathlib import Path

from pellucid.data.cifar_batches import BATCHES, read_batches
from pellucid.data.dataset import DataError, Dataset
from pellucid.data.decode import Form
from pellucid.data.download import fetch
from pellucid.data.parquet import read_parquet

__all__ = ["CIFAR10_CLASSES", "find_cifar10", "load_cifar10"]

CIFAR10_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
URL = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"
ARCHIVE = "cifar-10-python.tar.gz"
FOLDER = "cifar-10-batches-py"
PARQUET = ("train.parquet", "test.parquet")
ENVIRONMENT = "PELLUCID_DATA"
_FORM = Form(32, 32, "RGB")


def load_cifar10(path: str | os.PathLike[str] | None = None) -> tuple[Dataset, Dataset]:
    """Return the 50,000 training images and the 10,000 test images, (N, 3, 32, 32) uint8.

    `path` is a folder in which `find_cifar10` finds the files, or the .tar.gz itself. Without `path`, the folder named by the
    environment variable PELLUCID_DATA is searched, then the cache; if neither has it, it is downloaded into the cache
    (170 MB). Memory is channels-last from Parquet, channels-first from the batches. Raises DataError.
    """
    found = _locate() if path is None else find_cifar10(path)
    if found is None:
        raise DataError(f"{path}: no CIFAR-10 found; {_what_to_put()} there")
    if found.is_dir() and not _is_batches(found):
        train, test = (read_parquet(found / name, form=_FORM, classes=len(CIFAR10_CLASSES)) for name in PARQUET)
    else:
        train, test = read_batches(found)
    return Dataset(*train, CIFAR10_CLASSES), Dataset(*test, CIFAR10_CLASSES)


def find_cifar10(path: str | os.PathLike[str]) -> Path | None:
    """Return where CIFAR-10 is in a folder or one level below it, or None.

    Searched in this order: a folder with train.parquet and test.parquet, cifar-10-batches-py, cifar-10-python.tar.gz; the
    folder itself before its sub-folders. A .tar.gz given as `path` is returned unchanged.
    """
    path = Path(path)
    if path.is_file():
        return path if path.name.endswith((".tar.gz", ".tgz")) else None
    if not path.is_dir():
        return None
    inside = sorted(entry for entry in path.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    for folder in (path, *inside):
        if any((folder / name).is_file() for name in PARQUET) or _is_batches(folder):
            return folder
        if _is_batches(folder / FOLDER):
            return folder / FOLDER
        if (folder / ARCHIVE).is_file():
            return folder / ARCHIVE
    return None


def cache_folder() -> Path:
    """Return the download folder, inside the operating system's cache folder."""
    import pooch

    return Path(pooch.os_cache("pellucid"))


def _is_batches(folder: Path) -> bool:
    return any((folder / name).is_file() for name in BATCHES)


def _locate() -> Path:
    """Search PELLUCID_DATA, then the cache, then download."""
    if named := os.environ.get(ENVIRONMENT):
        if not Path(named).exists():
            raise DataError(f"{ENVIRONMENT}: folder {named} does not exist; correct the variable or unset it")
        if found := find_cifar10(named):
            return found
    try:
        return fetch(URL, SHA256, cache_folder(), ARCHIVE)
    except DataError as error:
        raise DataError(f"cifar10: {error}; or {_what_to_put()} in a folder and set {ENVIRONMENT} to it") from error


def _what_to_put() -> str:
    return f"put {ARCHIVE}, or {FOLDER}, or {PARQUET[0]} and {PARQUET[1]},"
