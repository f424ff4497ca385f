"""DataFrames: pandas, polars, PyArrow and whatever else narwhals reads; and Parquet files, through PyArrow."""

from pathlib import Path
from typing import Any

import numpy as np

from pellucid.data.checks import DataError
from pellucid.data.parquet import parquet_file
from pellucid.data.tables.column import Column, category_column, date_column, number_column
from pellucid.data.tables.table import DataTable
from pellucid.data.tables.text import column_of_strings
from pellucid.data.tables.values import column_of_values

__all__ = ["is_frame", "read_frame", "read_parquet_table"]


def is_frame(source: Any) -> bool:
    """Whether a source is a DataFrame that narwhals reads (a lazy one, too)."""
    from narwhals import dependencies

    return dependencies.is_into_dataframe(source) or dependencies.is_polars_lazyframe(source)


def read_frame(frame: Any, name: str = "the DataFrame") -> DataTable:
    """Return the columns of a DataFrame; a lazy one is collected. Raises DataError for a column that a table cannot hold."""
    import narwhals.stable.v2 as narwhals

    read = narwhals.from_native(frame)
    eager = read.collect() if isinstance(read, narwhals.LazyFrame) else read
    try:
        return DataTable.of(name, [_column(str(series.name), series) for series in eager.iter_columns()])
    except DataError as error:
        message = str(error)
        raise DataError(message if message.startswith(name) else f"{name}: {message}") from None


def read_parquet_table(path: Path) -> DataTable:
    """Return the columns of a Parquet file. Raises DataError where PyArrow is missing or the file is damaged."""
    with parquet_file(path) as file:
        return read_frame(file.read(), path.name)


def _column(name: str, series: Any) -> Column:
    """Return the column of a narwhals series."""
    import narwhals.stable.v2 as narwhals

    kind = series.dtype
    if kind.is_numeric():
        values = series.cast(narwhals.Float64).to_numpy().astype(np.float64)
        return number_column(name, np.where(series.is_null().to_numpy(), np.nan, values), whole=kind.is_integer())
    if kind == narwhals.Boolean:
        return column_of_values(name, series.to_list())
    if isinstance(kind, narwhals.Datetime | narwhals.Date):
        return _dates(name, series)
    if kind == narwhals.Duration:
        seconds = [None if value is None else value.total_seconds() for value in series.to_list()]
        return number_column(name, np.array(seconds, dtype=np.float64), note="in seconds")
    if kind in (narwhals.String, narwhals.Categorical, narwhals.Enum) or isinstance(kind, narwhals.Enum):
        pairs = zip(series.to_list(), series.is_null().to_list(), strict=True)
        make = column_of_strings if kind == narwhals.String else category_column
        return make(name, (None if missing else str(value) for value, missing in pairs))
    if kind in (narwhals.List, narwhals.Struct, narwhals.Array, narwhals.Binary, narwhals.Time):
        raise DataError(f'column "{name}": a table holds numbers, text and dates; got {kind}; leave it out')
    return column_of_values(name, series.to_list())


def _dates(name: str, series: Any) -> Column:
    """Return a column of points in time, in UTC where they have a time zone."""
    return date_column(name, column_of_values(name, series.to_list()).values.astype("datetime64[us]"))
