"""Pictures in files, as the samples of a network that was trained on pictures."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.data import DataError
from pellucid.data.decode import SUFFIXES
from pellucid.files import expanded, open_plain
from pellucid.shapes import Array

__all__ = ["PictureFiles", "files_in", "fitted_picture", "is_picture", "read_image"]

MOST_NAMED = 20  # of files that cannot be read


@dataclass(frozen=True)
class PictureFiles:
    """Picture files that are read where a batch needs them: `files[0:256]` are pixels (256, C, H, W)."""

    paths: tuple[Path, ...]
    shape: tuple[int, ...]  # of the network's samples
    white: float
    as_folder: bool = False  # resized as `load_folder` does it

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, rows: slice) -> Array:
        """Return the pixels of these files. Raises DataError, naming all files that are no images, where there are any."""
        try:
            return np.stack([self._read(path) for path in self.paths[rows]])
        except DataError:
            self._check_all()
            raise

    def _read(self, path: Path) -> Array:
        return read_image(path, self.shape, self.white, as_folder=self.as_folder)

    def _check_all(self) -> None:
        """Raise DataError where several files are no images."""
        reasons = []
        for path in self.paths:
            try:
                self._read(path)
            except DataError as error:
                reasons.append(str(error))
        if len(reasons) > 1:
            more = "; ..." if len(reasons) > MOST_NAMED else ""
            raise DataError(
                f"{len(reasons)} of {len(self)} files cannot be used; leave them out: {'; '.join(reasons[:MOST_NAMED])}{more}"
            )


def files_in(paths: Sequence[str | os.PathLike[str]]) -> tuple[Path, ...]:
    """Return files as they are and, for a folder, the pictures in it and below it, sorted. Raises DataError without pictures."""
    found: list[Path] = []
    for given in map(Path, paths):
        path = expanded(given)
        if not path.is_dir():
            found.append(path)
            continue
        inside = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and _is_visible(file, path))
        if not inside:
            raise DataError(f"{given}: the folder contains no images ({', '.join(SUFFIXES)})")
        found += inside
    return tuple(found)


def read_image(path: Path, shape: tuple[int, ...], white: float, *, as_folder: bool = False) -> Array:
    """Return the image (C, H, W) with values 0..white. Raises DataError if the file is not an image or the network takes none.

    The image is converted to the network's channels (grey or RGB) and resized to its size: by averaging, or, `as_folder`, as
    `load_folder(size=...)` resized the training images. Grey networks such as the digits' expect bright strokes on a dark
    background.
    """
    from PIL import Image

    _check_takes_images(shape)
    try:
        with open_plain(path) as file, Image.open(file) as image:
            return fitted_picture(image, shape, white, as_folder=as_folder)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except Exception as error:  # decoders raise OSError, SyntaxError, struct.error and others on broken files
        reason = getattr(error, "strerror", None) or " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"{path}: cannot be read as an image ({reason})") from None


def is_picture(given: Any) -> bool:
    """Whether something is a picture of PIL, which is only imported where pictures are read."""
    return "PIL.Image" in sys.modules and isinstance(given, sys.modules["PIL.Image"].Image)


def fitted_picture(image: Any, shape: tuple[int, ...], white: float, *, as_folder: bool) -> Array:
    """Return a picture of PIL (C, H, W) as `read_image` does it. Raises DataError where the network takes no images."""
    from PIL import Image

    _check_takes_images(shape)
    channels, height, width = shape
    eight_bits = _sixteen_to_eight_bits(image) if image.mode.startswith("I") else image
    method = Image.Resampling.BILINEAR if as_folder else Image.Resampling.BOX
    fitted = eight_bits.convert("L" if channels == 1 else "RGB").resize((width, height), method)
    pixels = np.asarray(fitted, dtype=np.float32).reshape(height, width, channels).transpose(2, 0, 1)
    return pixels * (white / 255)


def _check_takes_images(shape: tuple[int, ...]) -> None:
    if len(shape) != 3 or shape[0] not in (1, 3):
        raise DataError(f"predict: the network takes samples of shape {shape}, not images")


def _is_visible(file: Path, folder: Path) -> bool:
    return file.is_file() and not any(part.startswith(".") for part in file.relative_to(folder).parts)


def _sixteen_to_eight_bits(image: Any) -> Any:
    """Scale 16-bit greys to 8 bits: Pillow would clip them at 255."""
    from PIL import Image

    return Image.fromarray((np.asarray(image, dtype=np.int64).clip(0, 65_535) // 257).astype(np.uint8))
