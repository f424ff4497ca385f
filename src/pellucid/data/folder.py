"""Image folders: one sub-folder for each class."""

import os
from pathlib import Path

import numpy as np

from pellucid.data.checks import DataError, is_whole
from pellucid.data.dataset import Dataset
from pellucid.data.decode import SUFFIXES, Form, WrongForm, decode, decode_all, form_of
from pellucid.files import open_plain, shown
from pellucid.memory import require_memory
from pellucid.shapes import Array

__all__ = ["Size", "class_folders", "load_folder"]

Size = int | tuple[int, int]
_WORKERS = 8


def load_folder(path: str | os.PathLike[str], *, size: Size | None = None) -> Dataset:
    """Read JPEG, PNG, BMP, GIF and PPM images, one sub-folder for each class, classes and files sorted by name.

    Without `size` all images must have the same height, width and mode, grey or RGB. With `size`, in pixels or as (height, width),
    every image is resized (bilinear, antialiased when shrinking) and converted to RGB, or to grey if all are grey. Hidden files
    are skipped. Returns images (N, C, H, W) uint8, channels-last in memory. Raises DataError, naming the file.
    """
    folder = Path(path)
    files, labels, classes = _pictures(folder)
    form = _given_form(folder, files, size) if size is not None else _common_form(folder, files)

    def decode_row(row: int) -> Array:
        name = files[row].relative_to(folder)
        try:
            with open_plain(files[row]) as file:
                return decode(file, form, convert=size is not None)
        except WrongForm as error:
            same = f" like {files[0].relative_to(folder)}; make all images the same size and mode, or give a size to resize them to"
            cure = same if size is None else "; save it with 8 bits per channel"
            raise DataError(f"{name}: {error}{cure}") from error
        except (DataError, OSError) as error:
            raise DataError(f"{name}: {_reason(error)}") from error

    require_memory(
        f"{folder}: {len(files):,} images of {form}",
        len(files) * form.height * form.width * (form.channels or 3),
        "use fewer images, or a smaller size",
    )
    images = decode_all(len(files), form, decode_row, workers=_WORKERS)
    return Dataset(images, np.array(labels, dtype=np.int64), classes)


def class_folders(folder: Path) -> list[Path]:
    """Return the sub-folders that are not hidden, sorted by name. Raises DataError for an image outside them."""
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder")
    found = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    for entry in found:
        if entry.is_file() and entry.suffix.lower() in SUFFIXES:
            raise DataError(f"{entry}: this image is not in a class folder; move it into the folder of its class")
    return [entry for entry in found if entry.is_dir()]


def _pictures(folder: Path) -> tuple[list[Path], list[int], tuple[str, ...]]:
    """Return the files, their labels and the class names."""
    files: list[Path] = []
    labels: list[int] = []
    folders = class_folders(folder)
    if len(folders) < 2:
        found = f"only {folders[0].name!r}" if folders else "none"
        raise DataError(f"{folder}: expected at least two folders of images, one for each class; found {found}")
    for label, entry in enumerate(folders):
        inside = sorted(file for file in entry.iterdir() if not file.name.startswith("."))
        if not inside:
            raise DataError(f"{entry}: this class has no images; add some or remove the folder")
        for file in inside:
            if file.is_dir():
                raise DataError(f"{file}: a class folder may contain only images, not folders; move it elsewhere")
        files += inside
        labels += [label] * len(inside)
    return files, labels, tuple(shown(entry.name) for entry in folders)


def _common_form(folder: Path, files: list[Path]) -> Form:
    """Return the form of the first image, which all others must have."""
    form = _form(folder, files[0])
    if form.channels is None:
        raise DataError(
            f"{files[0].relative_to(folder)}: the image is {form}; its mode must be L (grey) or RGB; "
            "convert it, or give a size to have all images converted"
        )
    return form


def _given_form(folder: Path, files: list[Path], size: Size) -> Form:
    """Return the form that every image is converted to."""
    both = size if isinstance(size, tuple) else (size, size)
    if len(both) != 2 or not all(is_whole(pixels) and pixels > 0 for pixels in both):
        raise DataError(f"load_folder: size must be a number of pixels or (height, width), at least 1; got {size!r}")
    grey = all(_form(folder, file).mode == "L" for file in files)
    return Form(int(both[0]), int(both[1]), "L" if grey else "RGB")


def _form(folder: Path, file: Path) -> Form:
    try:
        with open_plain(file) as opened:
            return form_of(opened)
    except (DataError, OSError) as error:
        raise DataError(f"{file.relative_to(folder)}: {_reason(error)}") from error


def _reason(error: DataError | OSError) -> str:
    return getattr(error, "strerror", None) or str(error)
