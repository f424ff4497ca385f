"""`load`: a data set, by name or path, split into training, validation and test sets."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pellucid.data.cifar10 import find_cifar10, load_cifar10
from pellucid.data.dataset import DataError, Dataset, Splits, hold_out
from pellucid.data.digits import load_digits
from pellucid.data.folder import Size, class_folders, load_folder, usual_size
from pellucid.data.npz import load_npz
from pellucid.data.tables.reading import TABLE_SUFFIXES
from pellucid.files import expanded, shown
from pellucid.habits import known_keywords

__all__ = ["is_judged_whole", "load", "load_to_judge", "size_of_pictures"]

_TEST_FRACTION = 0.2
_TEST_SEED = 0  # fixed: the test set must not depend on a run's seed
_ACCEPTED = (
    "digits, cifar10, an .npz file (images, labels), a folder with one folder of images for each class (or "
    "with such folders in train/, test/ and optionally validation/), or a folder with CIFAR-10 "
    "(cifar-10-python.tar.gz, cifar-10-batches-py, or train.parquet and test.parquet)"
)


@known_keywords("load")
def load(
    source: str | os.PathLike[str], *, seed: int = 0, validation: float | int = 0.1, size: Size | None = None
) -> Splits:
    """Load a data set by name, "digits" or "cifar10", or from a path.

    If the source has its own test set (CIFAR-10, a folder test/), that is used; otherwise a fifth of the samples is held out, the
    same whatever the seed. `validation`, a fraction or a count, is then drawn from the remaining samples by `seed`. Both keep the
    class proportions. `size`, in pixels or as (height, width), resizes a folder of images. Raises DataError.
    """
    with _named(source):
        return _load(os.fspath(source), seed, validation, size)


def load_to_judge(
    source: str | os.PathLike[str], *, trained_on: str | None = None, size: tuple[int, int] | None = None
) -> Dataset:
    """Load the samples on which a model is judged: a source's own test set, else all that it holds.

    Of the source that the model was `trained_on`, of "digits" and of CIFAR-10 these are the test part of `load`. `size` as
    (height, width) resizes a folder of images. Raises DataError.
    """
    path = expanded(source)
    is_folder = _is_image_folder(os.fspath(source), path)
    with _named(source):
        if is_judged_whole(source, trained_on=trained_on):
            return load_folder(path, size=size) if is_folder else load_npz(path)
    return load(source, size=size if is_folder else None).test


def is_judged_whole(source: str | os.PathLike[str], *, trained_on: str | None = None) -> bool:
    """Whether all samples of a source are judged: it has no test set of its own, and the model was trained on another."""
    path = expanded(source)
    if trained_on is not None and path.resolve() == expanded(trained_on).resolve():
        return False
    if path.suffix == ".npz" and path.is_file():
        return True
    return _is_image_folder(os.fspath(source), path) and not _has_parts(path)


@contextmanager
def _named(source: str | os.PathLike[str]) -> Iterator[None]:
    """Say which source it is that the system cannot read: no permission, or the file has just been deleted."""
    try:
        yield
    except OSError as error:
        raise DataError(f"load: {os.fspath(source)!r} cannot be read ({error.strerror or error})") from error


def _is_image_folder(source: str, path: Path) -> bool:
    return source not in ("", "digits", "cifar10") and path.is_dir() and not find_cifar10(path)


def _has_parts(path: Path) -> bool:
    """Whether a folder holds train/ with the class folders in it, not the class folders themselves."""
    return (path / "train").is_dir() and any(entry.is_dir() for entry in (path / "train").iterdir())


def size_of_pictures(source: str) -> tuple[int, int] | None:
    """Return the usual (height, width) of a folder's images; None where the source is no such folder, or cannot be read."""
    path = expanded(source)
    if not _is_image_folder(source, path):
        return None
    try:
        return usual_size(path / "train" if (path / "train").is_dir() else path)
    except (DataError, OSError):  # what is wrong is said when it is loaded
        return None


def _load(source: str, seed: int, validation: float | int, size: Size | None) -> Splits:
    path = expanded(source)
    if size is not None and not _is_image_folder(source, path):
        raise DataError(f"load: size only applies to a folder of images; {source!r} is not one; leave it out")
    if source == "digits":
        return _held_out_test(source, load_digits(), validation, seed)
    if source == "cifar10":
        return _own_test(source, *load_cifar10(), validation, seed)
    if path.suffix == ".npz" and not path.is_dir():
        return _held_out_test(path.stem, load_npz(path), validation, seed)
    if source and (found := find_cifar10(path)):
        return _own_test("cifar10", *load_cifar10(found), validation, seed)
    if source and path.is_dir():
        return _from_folder(path, validation, seed, size)
    if path.suffix.lower() in TABLE_SUFFIXES and path.exists():
        raise DataError(f"load: {source!r} is a table; write table_splits({source!r}, target=...)")
    problem = f"{source!r} is not a readable data set" if source and path.exists() else f"{source!r} does not exist"
    raise DataError(f"load: {problem}; expected {_ACCEPTED}")


def _from_folder(path: Path, validation: float | int, seed: int, size: Size | None) -> Splits:
    name = shown(path.resolve().name)
    parts = {folder.name: folder for folder in class_folders(path)}
    if not parts:
        raise DataError(f"load: {path} contains no data set; expected {_ACCEPTED}")
    if not _has_parts(path):
        return _held_out_test(name, load_folder(path, size=size), validation, seed)
    if unknown := sorted(set(parts) - {"train", "validation", "test"}):
        raise DataError(f"{path}: next to train/ only validation/ and test/ are allowed; found {unknown[0]!r}")
    loaded = {part: _load_part(part, folder, size) for part, folder in parts.items()}
    if "test" not in loaded:
        raise DataError(
            f"{path}: there is train/ but no test/; add test/, or put the class folders directly into {path}"
        )
    if "validation" in loaded:
        return Splits(name, loaded["train"], loaded["validation"], loaded["test"])
    return _own_test(name, loaded["train"], loaded["test"], validation, seed)


def _load_part(part: str, folder: Path, size: Size | None) -> Dataset:
    try:
        return load_folder(folder, size=size)
    except DataError as error:
        message = str(error)
        raise DataError(message if message.startswith(str(folder)) else f"{part}/{message}") from error


def _held_out_test(name: str, dataset: Dataset, validation: float | int, seed: int) -> Splits:
    rest, test = hold_out(dataset, _TEST_FRACTION, seed=_TEST_SEED, what=f"{name}: test")
    return _own_test(name, rest, test, validation, seed)


def _own_test(name: str, dataset: Dataset, test: Dataset, validation: float | int, seed: int) -> Splits:
    train, held = hold_out(dataset, validation, seed=seed, what=f"{name}: validation")
    return Splits(name, train, held, test)
