"""What users hand over as data, as parts: raw inputs with their raw targets."""

import os
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pellucid.data import DataError, Dataset, Splits, load
from pellucid.data.dataset import hold_out
from pellucid.data.draws import Purpose, draws
from pellucid.data.lazy import LazyArray, rows_of
from pellucid.data.loading.indexed import IndexedSamples, is_indexed
from pellucid.data.loading.parquet_rows import ParquetRows
from pellucid.data.loading.stream import Stream, is_stream
from pellucid.data.sources import load_to_judge
from pellucid.data.tables import DataTable, TableSplits, is_table, read_table
from pellucid.data.targets.named import NamedTargets
from pellucid.data.targets.raw import as_array_of
from pellucid.nets.arguments import SeveralInputs
from pellucid.shapes import Array
from pellucid.train.objective import columns_of, in_order, row_weights

__all__ = ["Data", "KnownData", "Part", "as_numbers", "labelled_part", "parts_of", "several_inputs"]

Data = Any
"""Splits, TableSplits, a Dataset, (inputs, targets), or the name or path that `pellucid.data.load` takes.

Inputs are an array, nested lists of numbers, or a table as `read_table` takes it, such as a DataFrame, whose target may be the name
of a column. Also an object with `__len__` and `__getitem__` that gives (input, target), or a stream of batches (inputs, targets):
an iterable, such as a DataLoader, or a function that returns one."""

Pair = Dataset | tuple[Any, Any]


@dataclass(frozen=True)
class KnownData:
    """What a model was trained on, as far as it decides how further data are read."""

    source: str | None = None  # the name or path: of it, only the test part is judged
    shape: tuple[int, ...] = ()  # of the network's samples: images of a folder are resized to it
    targets: tuple[str, ...] = ()  # the names of the columns that are predicted; () where they have none
    is_table: bool = False  # whether samples are rows of a table

    @property
    def size(self) -> tuple[int, int] | None:
        """The (height, width) of pictures; None where the samples are none."""
        return (self.shape[1], self.shape[2]) if len(self.shape) == 3 else None


NOTHING_KNOWN = KnownData()


@dataclass(frozen=True, eq=False)
class Part:
    """Raw inputs and raw targets, row by row."""

    inputs: Any  # (N, ...) floats or pixels, an array or a LazyArray; or a DataTable, or SeveralInputs
    targets: Any  # class numbers of a Dataset; otherwise whatever `Target.encode` takes
    classes: tuple[str, ...] | None = None  # of a Dataset: the names of its class numbers
    white: float | None = None  # the largest pixel value of a Dataset's images
    table: TableSplits | None = None  # what the rows are part of, where that says task and preparation
    stream: Stream | None = None  # whose first batch these samples are
    weights: Any = None  # (N,) what each row counts; None: all alike

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def target_columns(self) -> tuple[str, ...]:
        """The names of the columns that hold the targets; () where they have none."""
        return columns_of(self.targets) if self.table is None else self.table.targets

    def at(self, rows: Array) -> "Part":
        """Return the samples at these rows (M,)."""
        weights = None if self.weights is None else np.asarray(self.weights)[rows]
        return replace(self, inputs=rows_of(self.inputs, rows), targets=self.at_targets(rows), weights=weights)

    def at_targets(self, rows: Array) -> Any:
        """Return the targets of these rows (M,)."""
        return _rows_of(self.targets, rows)


def parts_of(
    data: Data, targets: Any, validation: Any, *, seed: int, sample_weight: Any = None
) -> tuple[Part, Part | None]:
    """Return the training part and the validation part of what `fit` was given.

    validation: None, data of its own, (x, y, weights), or the share of the training data (such as 0.1) to hold out, drawn by
    `seed`, with its share of sample_weight (N,).
    """
    loaded = _loaded("data", data, targets)
    if isinstance(loaded, Stream) and isinstance(validation, float):
        raise DataError("validation must be data of its own: no share of a stream can be held out")
    split = loaded if isinstance(loaded, (Splits, TableSplits)) else None
    if isinstance(validation, float):
        if split is not None:
            raise DataError("validation must be left out or be data: Splits bring their own part")
        return _held_out(loaded, validation, seed, sample_weight)
    train = replace(_part("data", loaded if split is None else split.train), weights=sample_weight)
    if isinstance(split, TableSplits):
        train = replace(train, table=split)
    known = KnownData(
        str(data) if isinstance(data, (str, os.PathLike)) else None,
        getattr(train.inputs, "shape", ())[1:],
        train.target_columns,
        isinstance(train.inputs, (DataTable, ParquetRows)),
    )
    if validation is None:
        return train, None if split is None else _part("validation", split.validation)
    if isinstance(validation, tuple) and len(validation) == 3 and not isinstance(validation[0], (int, float)):
        *pair, weights = validation
        return train, replace(labelled_part("validation", tuple(pair), None, known), weights=weights)
    return train, labelled_part("validation", validation, None, known)


def labelled_part(who: str, data: Data, targets: Any, known: KnownData = NOTHING_KNOWN) -> Part:
    """Return one part of labelled data; of Splits, the test part. Raises DataError, naming `who`.

    Of a path, all samples count, unless it has a test part of its own or is the source that is `known`; a table alone brings its
    targets in the columns that are known, and several columns are brought into their order.
    """
    loaded: Any
    if targets is None and is_table(data) and not isinstance(data, tuple):
        loaded = _with_columns(data, _known_targets(who, data, known))
    elif targets is None and isinstance(data, (str, os.PathLike)):
        loaded = load_to_judge(data, trained_on=known.source, size=known.size)
    else:
        loaded = _loaded(who, data, targets)
    if isinstance(loaded, TableSplits):
        loaded = loaded.test.table, NamedTargets(loaded.test.target, loaded.targets)
    part = _part(who, loaded.test if isinstance(loaded, Splits) else loaded)
    return replace(part, targets=in_order(who, part.targets, known.targets))


def as_numbers(who: str, given: Any) -> Array:
    """Return an array, or nested lists of numbers, as an array of floats or of pixels (uint8). Raises DataError."""
    try:
        array = as_array_of(given)
    except ValueError:
        raise DataError(f"{who}: every sample must have the same shape; the rows differ in length") from None
    if array.dtype == np.uint8 or array.dtype in (np.float32, np.float64):
        return array
    if array.dtype.kind in "iubf":
        return array.astype(np.float64)
    kind = type(given).__name__ if array.ndim == 0 or array.dtype == object else array.dtype
    raise DataError(f"{who}: inputs must be numbers, one row for each sample; got {kind}{_odd_value(array)}")


def _loaded(who: str, data: Data, targets: Any) -> Any:
    """Return data that are in memory; a name or a path is loaded."""
    if targets is not None:
        return _with_target(data, targets)
    if isinstance(data, (str, os.PathLike)):
        return load(data)
    if isinstance(data, (Splits, TableSplits, Dataset, Stream)):
        return data
    if isinstance(data, ParquetRows):
        return data, NamedTargets(data.targets, data.target)
    if isinstance(data, (tuple, list)) and len(data) == 2 and not isinstance(data[0], (int, float, tuple)):
        return _with_target(*data)
    if isinstance(data, tuple) and len(data) == 2 and _are_several(data[0]) and not isinstance(data[1], tuple):
        return data
    if is_indexed(data) and not is_table(data):
        samples = IndexedSamples(data)
        return samples, samples.targets
    if is_stream(data) and not is_table(data):
        return Stream(data)
    raise DataError(
        f"{who} must be a Dataset or a pair of arrays (x, y), Splits, the path of a data set, samples that can be indexed, or "
        f"batches; got {type(data).__name__}"
    )


def _with_target(inputs: Any, targets: Any) -> tuple[Any, Any]:
    """Return inputs and targets; of a table, the targets may be given by the name of their column, or by a list of names."""
    listed = isinstance(targets, (list, tuple)) and all(isinstance(name, str) for name in targets)
    if not is_table(inputs) or not (isinstance(targets, str) or listed):
        return inputs, targets
    table = read_table(inputs)
    if listed and not (len(targets) < len(table) and not set(targets).isdisjoint(table.names)):
        return table, targets  # a label for each row
    return _with_columns(table, targets)


def _with_columns(source: Any, targets: Any) -> tuple[DataTable, NamedTargets]:
    """Return the rows of a table, and the targets that the columns with these names hold."""
    table = read_table(source)
    names = table.target_names(targets)
    return table.without(names), NamedTargets(table.target(names), names)


def _known_targets(who: str, data: Any, known: KnownData) -> tuple[str, ...]:
    """Return the columns of a table to judge that hold its targets. Raises DataError where they are not known."""
    if known.targets and known.is_table:
        return known.targets
    given = repr(os.fspath(data)) if isinstance(data, (str, os.PathLike)) else "table"
    call = f'validation=({given}, "price")' if who == "validation" else f'{who}({given}, "price")'
    raise DataError(f"{who}: a table needs the name of its target column; write {call}")


def _part(who: str, loaded: Pair | Stream) -> Part:
    if isinstance(loaded, Dataset):
        return Part(loaded.images, loaded.labels, loaded.classes, loaded.white)
    if isinstance(loaded, Stream):
        return Part(*loaded.first, stream=loaded)
    x, y = _inputs(who, loaded[0]), loaded[1]
    if not (isinstance(x, DataTable) or x.ndim) or not hasattr(y, "__len__") or isinstance(y, (str, bytes)):
        raise DataError(f"{who} must be a pair of arrays (x, y); got ({type(loaded[0]).__name__}, {type(y).__name__})")
    rows = y.shape[0] if hasattr(y, "shape") and y.shape else len(y)
    if len(x) != rows or len(x) == 0:
        raise DataError(f"{who} must hold as many targets as inputs, at least one; got {rows} and {len(x)}")
    return Part(x, y)


def _inputs(who: str, given: Any) -> Any:
    """Return the inputs of pairs: a table, the arrays of a network with several inputs (a tuple of them), or numbers."""
    if isinstance(given, LazyArray):
        return given
    if is_table(given):
        return read_table(given)
    if _are_several(given):
        return several_inputs(who, given)
    return as_numbers(who, given)


def _are_several(given: Any) -> bool:
    """Whether inputs are those of a network that has several: a tuple of arrays."""
    return isinstance(given, tuple) and len(given) > 1 and all(isinstance(a, np.ndarray) and a.ndim for a in given)


def several_inputs(who: str, arrays: tuple[Array, ...]) -> SeveralInputs:
    """Return the inputs of a network that has several. Raises DataError unless all are floats."""
    for number, array in enumerate(arrays, start=1):
        if array.dtype.kind != "f":
            raise DataError(f"{who}: input {number} must be floats (standardize pixels first); got {array.dtype}")
    return SeveralInputs(arrays)


def _held_out(loaded: Pair, share: float, seed: int, sample_weight: Any) -> tuple[Part, Part]:
    """Hold out a share of the rows; of a Dataset, with the same class proportions."""
    if isinstance(loaded, Dataset):
        if sample_weight is not None:
            raise DataError("sample_weight with a share held out needs arrays (x, y), or validation data of its own")
        train, held = hold_out(loaded, share, seed=seed, what="validation")
        return _part("data", train), _part("validation", held)
    whole = _part("data", loaded)
    row_weights("data", np.zeros(len(whole)), sample_weight, None)  # refuses another number of them
    whole = replace(whole, weights=sample_weight)
    count = round(share * len(whole))
    if not 0 < count < len(whole):
        raise DataError(
            f"validation must be data, or a share between 0 and 1 that leaves rows for both; {share} takes {count} of {len(whole)}"
        )
    order = np.argsort(draws(Purpose.SPLIT, len(whole), seed=seed), kind="stable")
    return whole.at(np.sort(order[count:])), whole.at(np.sort(order[:count]))


def _rows_of(values: Any, rows: Array) -> Any:
    """Return these rows of an array, a list, or a column of pandas or polars."""
    if isinstance(values, NamedTargets):
        return values.at(rows)
    if hasattr(values, "iloc"):
        return values.iloc[rows]
    if hasattr(values, "__array__"):
        return values[rows] if isinstance(values, np.ndarray) else as_array_of(values)[rows]
    return [values[row] for row in rows]


def _odd_value(array: Array) -> str:
    """Name the first row that holds something else than numbers."""
    for row, values in enumerate(array.reshape(len(array), -1) if array.ndim else ()):
        for value in values:
            if value is None or not isinstance(value, (int, float, np.number)):
                return f"; row {row} holds {value.item() if isinstance(value, np.generic) else value!r}"
    return ""
