"""Parquet files: opened whatever they hold, and read where they hold encoded images, as on the Hugging Face hub.

Images stand in the columns `img.bytes` and `label`.
"""

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.data.checks import DataError, checked_labels
from pellucid.data.decode import Form, decode, decode_all
from pellucid.files import check_plain
from pellucid.shapes import Array

__all__ = ["parquet_file", "read_parquet"]

_COLUMNS = "the columns img.bytes (an encoded image) and label (a whole number) are needed"


def read_parquet(path: Path, *, form: Form, classes: int) -> tuple[Array, Array]:
    """Return images (N, C, H, W) uint8, channels-last in memory, and labels (N,) int64.

    Every image must have this form and every label lie in 0..classes-1; an error names the first row that does not.
    """
    encoded, labels = _read_columns(path)
    labels = checked_labels(path.name, labels, len(encoded), classes)

    def decode_row(row: int) -> Array:
        if encoded[row] is None:
            raise DataError(f"{path.name}: row {row}: the image is missing (img.bytes is empty)")
        try:
            return decode(io.BytesIO(encoded[row]), form)
        except DataError as error:
            raise DataError(f"{path.name}: row {row}: {error}") from error

    return decode_all(len(encoded), form, decode_row, workers=1), labels


@contextlib.contextmanager
def parquet_file(path: Path) -> Iterator[Any]:
    """Open a Parquet file with PyArrow. Raises DataError where it is missing, or the file is damaged, also while it is read."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise DataError(f'{path.name}: reading Parquet needs pyarrow; pip install "pellucid[parquet]"') from error
    try:
        check_plain(path)
        with pyarrow.parquet.ParquetFile(path) as file:
            yield file
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError, pyarrow.ArrowException) as error:
        reason = (getattr(error, "strerror", None) or str(error)).partition("\n")[0].rstrip(". ")
        raise DataError(f"{path.name}: not a readable Parquet file, or truncated ({reason}); copy it again") from error


def _read_columns(path: Path) -> tuple[list[bytes], Array]:
    with parquet_file(path) as file:
        _check_columns(path.name, file.schema_arrow)
        table = file.read(columns=["img.bytes", "label"])
    if table.num_rows == 0:
        raise DataError(f"{path.name}: the table has no rows")
    if table["label"].null_count:
        row = table["label"].to_pylist().index(None)
        raise DataError(f"{path.name}: row {row}: the label is missing")
    encoded = [value for chunk in table["img"].chunks for value in chunk.flatten()[0].to_pylist()]
    return encoded, np.asarray(table["label"].to_numpy())


def _check_columns(who: str, schema: Any) -> None:
    import pyarrow.types as types

    if not {"img", "label"} <= set(schema.names):
        raise DataError(f"{who}: {_COLUMNS}; it has {', '.join(schema.names)}")
    image, label = schema.field("img").type, schema.field("label").type
    fields = {field.name: field.type for field in image} if types.is_struct(image) else {}
    if not types.is_integer(label) or not (
        "bytes" in fields and (types.is_binary(fields["bytes"]) or types.is_large_binary(fields["bytes"]))
    ):
        raise DataError(f"{who}: {_COLUMNS}; img is {image} and label is {label}")
