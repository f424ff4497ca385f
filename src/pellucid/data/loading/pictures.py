"""Picture files as samples that are decoded when a batch needs them."""

from pathlib import Path

import numpy as np

from pellucid.data.checks import DataError
from pellucid.data.decode import Form, WrongForm, decode
from pellucid.data.lazy import LazyArray
from pellucid.shapes import Array

__all__ = ["PictureRows"]


class PictureRows(LazyArray):
    """Pictures of a folder, (N, C, H, W) uint8, channels-last in memory once they are read."""

    def __init__(self, folder: Path, files: list[Path], form: Form, *, convert: bool) -> None:
        """Keep where the files are and their form; with `convert`, files of another form are resized and converted to it."""
        self.folder, self.files, self.form, self.convert = folder, files, form, convert
        self.shape = (len(files), form.channels or 3, form.height, form.width)
        self.dtype = np.dtype(np.uint8)

    def read(self, rows: Array) -> Array:
        """Decode the files of these rows, (M, C, H, W). Raises DataError, naming the file."""
        channels, height, width = self.shape[1:]
        out = np.empty((len(rows), height, width, channels), dtype=np.uint8)
        for place, row in enumerate(rows):
            out[place] = self.decode_row(int(row))
        return out.transpose(0, 3, 1, 2)

    def decode_row(self, row: int) -> Array:
        """Decode one file, (H, W, C). Raises DataError, naming it."""
        file = self.files[row]
        try:
            with file.open("rb") as opened:
                return decode(opened, self.form, convert=self.convert)
        except WrongForm as error:
            raise DataError(f"{file.relative_to(self.folder)}: {error}; save it with 8 bits per channel") from error
        except (DataError, OSError) as error:
            raise DataError(f"{file.relative_to(self.folder)}: {error}") from error
