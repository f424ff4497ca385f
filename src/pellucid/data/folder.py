"""Image folders: one sub-folder for each class."""

import os
import warnings
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pellucid.data.checks import DataError, is_whole
from pellucid.data.dataset import Dataset
from pellucid.data.decode import SUFFIXES, Form, WrongForm, decode_all, form_of
from pellucid.data.loading.pictures import PictureRows
from pellucid.files import open_plain, shown
from pellucid.shapes import Array

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

    def without(self, broken: Collection[Path]) -> "_Found":
        """Return the images that are not broken. Raises DataError where a class would have none."""
        if not broken:
            return self
        sound = [(file, label) for file, label in zip(self.files, self.labels, strict=True) if file not in broken]
        files, labels = [file for file, _ in sound], [label for _, label in sound]
        for label in set(range(len(self.classes))) - set(labels):
            file = self.files[self.labels.index(label)]
            raise DataError(f"{file.parent}: none of the images of this class can be decoded; replace or remove them")
        return self._replace(files=files, labels=labels)


def load_folder(path: str | os.PathLike[str], *, size: Size | None = None, lazy: bool | None = None) -> Dataset:
    """Read JPEG, PNG, BMP, GIF and PPM images, one sub-folder for each class, classes and files sorted by name.

    `size`, in pixels or as (height, width), resizes every image (bilinear, antialiased when shrinking). Without it, images keep
    their size if all have the same; otherwise they are resized to the size that half of them or more have, else to the median
    height and width, at most 128 pixels. If all are grey they stay grey, else all become RGB. Hidden files are skipped. Files that
    are no images or cannot be decoded, images outside the class folders and folders inside them are left out. A warning says what
    was left out or changed. `lazy` images are decoded when a batch needs them; None: if they would need more than 1 GiB.

    Returns images (N, C, H, W) uint8, channels-last in memory. Raises DataError, naming the file.
    """
    folder = Path(path)
    found = _pictures(folder)
    given = None if size is None else _checked(size)
    forms, broken = _forms(folder, found.files)
    sound = found.without(broken)
    form, changed = _common_form(forms, given)
    rows = PictureRows(folder, sound.files, form, convert=given is not None or bool(changed))
    is_lazy = rows.size > MOST_BYTES if lazy is None else lazy
    images, undecoded = (rows, {}) if is_lazy else _decoded(rows)
    sound = sound.without(undecoded)
    if notes := [*_left_out(folder, found.left_out), *_broken(folder, {**broken, **undecoded}), *changed]:
        warnings.warn(f"{folder}: {'; '.join(notes)}", stacklevel=2)
    return Dataset(images, np.array(sound.labels, dtype=np.int64), sound.classes)


def _decoded(rows: PictureRows) -> tuple[Array, dict[Path, str]]:
    """Return the pixels of all files that can be decoded, and why the others cannot. Raises DataError for other mistakes."""
    broken: dict[int, str] = {}

    def decode_row(row: int) -> Array:
        try:
            return rows.decode_row(row)
        except DataError as error:
            if isinstance(error.__cause__, WrongForm | OSError):
                raise
            broken[row] = str(error.__cause__)
            return np.zeros((rows.form.height, rows.form.width, 1), np.uint8)

    images = decode_all(len(rows), rows.form, decode_row, workers=_WORKERS)
    if broken:
        sound = np.setdiff1d(np.arange(len(rows)), list(broken))
        images = images.transpose(0, 2, 3, 1)[sound].transpose(0, 3, 1, 2)  # channels stay last in memory
    return images, {rows.files[row]: broken[row] for row in sorted(broken)}


def _broken(folder: Path, reasons: Mapping[Path, str]) -> list[str]:
    """Return what to say of images that cannot be decoded."""
    if not reasons:
        return []
    files = sorted(reasons)
    names = ", ".join(str(file.relative_to(folder)) for file in files[:3]) + (", ..." if len(files) > 3 else "")
    return [f"left out: {names} ({len(files)} in all): {reasons[files[0]]}"]


def class_folders(folder: Path) -> list[Path]:
    """Return the sub-folders that are not hidden, sorted by name."""
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder")
    return [entry for entry in _visible(folder) if entry.is_dir()]


def usual_size(folder: Path) -> tuple[int, int]:
    """Return the (height, width) that images of class folders get where no size is given, as far as a sample of them tells.

    Raises DataError where there are none.
    """
    files = _pictures(folder).files
    step = -(-len(files) // HEADERS)
    forms, broken = _forms(folder, files[::step])
    if not forms:
        raise DataError(f"{folder}: none of the images can be decoded: {broken[files[0]]}")
    return _common_size(Counter((form.height, form.width) for form in forms))


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


def _forms(folder: Path, files: Sequence[Path]) -> tuple[list[Form], dict[Path, str]]:
    """Read size and mode of every image from its header; return also why some cannot be decoded."""
    with ThreadPoolExecutor(min(_WORKERS, os.cpu_count() or 1)) as pool:
        found = list(pool.map(lambda file: _form(folder, file), files, chunksize=64))
    forms = [form for form in found if isinstance(form, Form)]
    return forms, {file: reason for file, reason in zip(files, found, strict=True) if isinstance(reason, str)}


def _form(folder: Path, file: Path) -> Form | str:
    """Return an image's form, or why it cannot be decoded. Raises DataError for a file that cannot be read."""
    try:
        with open_plain(file) as opened:
            return form_of(opened)
    except DataError as error:
        return str(error)
    except OSError as error:
        raise DataError(f"{file.relative_to(folder)}: {error}") from error
