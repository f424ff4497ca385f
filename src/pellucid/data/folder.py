"""Image folders: one sub-folder for each class."""

import os
import warnings
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pellucid.data.checks import DataError, is_whole
from pellucid.data.dataset import Dataset
from pellucid.data.decode import SUFFIXES, Form, decode_all, form_of
from pellucid.data.loading.pictures import PictureRows
from pellucid.files import open_plain, shown

__all__ = ["Size", "class_folders", "load_folder", "usual_size"]

Size = int | tuple[int, int]
MOST_BYTES = 2**30  # of pixels in memory; larger folders are decoded batch by batch
MIXED_SIDE = 128  # pixels: the longer side that images of mixed sizes are resized to
HEADERS = 1000  # read to tell the usual size of a folder's images
_WORKERS = 8
_MODES = {"L": "grey"}  # Pillow's names, in words
_CLEAR = 0.5  # share of images with the same size that decides for all


class _Found(NamedTuple):
    """The images of a folder, and what was left out."""

    files: list[Path]
    labels: list[int]
    classes: tuple[str, ...]
    left_out: list[Path]


def load_folder(path: str | os.PathLike[str], *, size: Size | None = None, lazy: bool | None = None) -> Dataset:
    """Read JPEG, PNG, BMP, GIF and PPM images, one sub-folder for each class, classes and files sorted by name.

    `size`, in pixels or as (height, width), resizes every image (bilinear, antialiased when shrinking). Without it, images keep
    their size if all have the same; otherwise they are resized to the size that half of them or more have, else to the median
    height and width, at most 128 pixels. If all are grey they stay grey, else all become RGB. Hidden files are skipped. Files that
    are no images, images outside the class folders and folders inside them are left out. A warning says what was left out
    or changed. `lazy` images are decoded when a batch needs them; None: if they would need more than 1 GiB.

    Returns images (N, C, H, W) uint8, channels-last in memory. Raises DataError, naming the file.
    """
    folder = Path(path)
    found = _pictures(folder)
    given = None if size is None else _checked(size)
    forms = _forms(folder, found.files)
    form, changed = _common_form(forms, given)
    if notes := [*_left_out(folder, found.left_out), *changed]:
        warnings.warn(f"{folder}: {'; '.join(notes)}", stacklevel=2)
    rows = PictureRows(folder, found.files, form, convert=given is not None or bool(changed))
    labels = np.array(found.labels, dtype=np.int64)
    if rows.size > MOST_BYTES if lazy is None else lazy:
        return Dataset(rows, labels, found.classes)
    return Dataset(decode_all(len(rows), form, rows.decode_row, workers=_WORKERS), labels, found.classes)


def class_folders(folder: Path) -> list[Path]:
    """Return the sub-folders that are not hidden, sorted by name."""
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder")
    return [entry for entry in _visible(folder) if entry.is_dir()]


def usual_size(folder: Path) -> tuple[int, int]:
    """Return the (height, width) that images of class folders get where no size is given, as far as a sample of them tells.

    Raises DataError where there are none, or one is no image.
    """
    files = _pictures(folder).files
    step = -(-len(files) // HEADERS)
    return _common_size(Counter((form.height, form.width) for form in _forms(folder, files[::step])))


def _visible(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and path.is_file()


def _pictures(folder: Path) -> _Found:
    """Return the images in the class folders, and what lies beside them."""
    files: list[Path] = []
    labels: list[int] = []
    folders = class_folders(folder)
    left_out = [entry for entry in _visible(folder) if _is_picture(entry)]
    if len(folders) < 2:
        found = f"only {folders[0].name!r}" if folders else "none"
        raise DataError(f"{folder}: expected at least two folders of images, one for each class; found {found}")
    for label, entry in enumerate(folders):
        inside = _visible(entry)
        pictures = [file for file in inside if _is_picture(file)]
        if not pictures:
            holds = f"it holds {inside[0].name!r}" if inside else "it is empty"
            raise DataError(f"{entry}: this class has no images ({holds}); add some or remove the folder")
        left_out += [file for file in inside if not _is_picture(file)]
        files += pictures
        labels += [label] * len(pictures)
    return _Found(files, labels, tuple(shown(entry.name) for entry in folders), left_out)


def _left_out(folder: Path, paths: Sequence[Path]) -> list[str]:
    """Return what to say of files and folders that are not used."""
    if not paths:
        return []
    names = ", ".join(str(path.relative_to(folder)) for path in paths[:3]) + (", ..." if len(paths) > 3 else "")
    return [f"left out: {names} ({len(paths)} in all), because only images inside a class folder are used"]


def _checked(size: Size) -> tuple[int, int]:
    both = size if isinstance(size, tuple) else (size, size)
    if len(both) != 2 or not all(is_whole(pixels) and pixels > 0 for pixels in both):
        raise DataError(f"load_folder: size must be a number of pixels or (height, width), at least 1; got {size!r}")
    return int(both[0]), int(both[1])


def _common_form(forms: Sequence[Form], size: tuple[int, int] | None) -> tuple[Form, list[str]]:
    """Return the form that every image is brought to, and what to say of the changes that nobody asked for."""
    modes = Counter(form.mode for form in forms)
    mode = "L" if set(modes) == {"L"} else "RGB"
    changed = []
    if size is None:
        sizes = Counter((form.height, form.width) for form in forms)
        size = _common_size(sizes)
        if len(sizes) > 1:
            count = len(forms) - sizes[size]
            changed.append(
                f"{count} of {len(forms)} images are resized to {size[0]}x{size[1]}; give a size to choose another"
            )
        if len(modes) > 1 or mode not in modes:
            other = ", ".join(
                f"{count} {_MODES.get(name, name)}" for name, count in sorted(modes.items()) if name != mode
            )
            changed.append(f"{other} images are converted to {_MODES.get(mode, mode)}")
    return Form(*size, mode), changed


def _common_size(sizes: Counter[tuple[int, int]]) -> tuple[int, int]:
    """Return the size that half of the images or more have, else the median height and width, shrunk to MIXED_SIDE."""
    (size, count), total = sizes.most_common(1)[0], sizes.total()
    if count >= _CLEAR * total:
        return size
    height, width = (float(np.median([size[axis] for size in sizes.elements()])) for axis in (0, 1))
    scale = min(1.0, MIXED_SIDE / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def _forms(folder: Path, files: Sequence[Path]) -> list[Form]:
    """Read size and mode of every image from its header."""
    with ThreadPoolExecutor(min(_WORKERS, os.cpu_count() or 1)) as pool:
        return list(pool.map(lambda file: _form(folder, file), files, chunksize=64))


def _form(folder: Path, file: Path) -> Form:
    try:
        with open_plain(file) as opened:
            return form_of(opened)
    except (DataError, OSError) as error:
        raise DataError(f"{file.relative_to(folder)}: {error}") from error
