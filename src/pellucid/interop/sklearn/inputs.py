"""What estimators accept as X: arrays, sparse matrices, and tables with columns of text, categories or dates."""

from typing import Any

import numpy as np
from sklearn.utils.validation import check_array, check_consistent_length, validate_data

from pellucid.data.lazy import LazyArray
from pellucid.data.tables import ColumnKind, DataTable, is_table, read_table
from pellucid.interop.sklearn.moments import Moments
from pellucid.shapes import Array

__all__ = ["SparseRows", "at_rows", "checked_inputs", "checked_pair", "has_other_columns", "moments_of"]

FORM: dict[str, Any] = {"accept_sparse": "csr", "dtype": [np.float64, np.float32]}


class SparseRows(LazyArray):
    """Rows of a CSR matrix, made dense one batch at a time."""

    def __init__(self, matrix: Any, shape: tuple[int, ...]) -> None:
        """Keep the matrix (N, D); each row is a sample of this shape."""
        if not matrix.has_canonical_format:
            matrix = matrix.copy()  # summing duplicates works in place
            matrix.sum_duplicates()
        self.matrix = matrix
        self.shape, self.dtype = (matrix.shape[0], *shape), matrix.dtype

    def read(self, rows: Array) -> Array:
        """Return the samples at these rows (M,), dense."""
        dense: Array = self.matrix[rows].toarray()
        return dense.reshape(len(rows), *self.shape[1:])


def has_other_columns(X: Any) -> bool:
    """Whether X is a DataFrame with columns that are no numbers: text, categories or dates (True and False are numbers)."""
    import narwhals.stable.v2 as narwhals

    if not narwhals.dependencies.is_into_dataframe(X):
        return False
    kinds = narwhals.from_native(X).collect_schema().dtypes()
    if all(kind.is_numeric() or kind == narwhals.Boolean for kind in kinds):
        return False
    return any(column.kind is not ColumnKind.NUMBER for column in read_table(X).columns)


def checked_inputs(estimator: Any, X: Any, *, as_table: bool, reset: bool, shape: tuple[int, ...] | None) -> Any:
    """Return X as a trainer takes it: an array (N, *shape), `SparseRows` or a DataTable. Raises what scikit-learn raises."""
    if as_table:
        validate_data(estimator, X, reset=reset, skip_check_array=True)
        return _table(estimator, X)
    return _rows(estimator, validate_data(estimator, X, reset=reset, **FORM), shape)


def checked_pair(
    estimator: Any, X: Any, y: Any, *, as_table: bool, reset: bool, shape: tuple[int, ...] | None
) -> tuple[Any, Any]:
    """Return X as a trainer takes it, and y as an array or a sparse matrix of as many rows."""
    if not as_table:
        X, y = validate_data(estimator, X, y, reset=reset, multi_output=True, **FORM)
        return _rows(estimator, X, shape), y
    validate_data(estimator, X, y, reset=reset, skip_check_array=True)
    y = check_array(y, accept_sparse="csr", ensure_2d=False, dtype=None, input_name="y")
    check_consistent_length(X, y)
    return _table(estimator, X), y


def at_rows(inputs: Any, rows: Array) -> Any:
    """Return the samples at these rows (M,)."""
    return SparseRows(inputs.matrix[rows], inputs.shape[1:]) if isinstance(inputs, SparseRows) else inputs[rows]


def moments_of(inputs: Any, weights: Array | None) -> Moments:
    """Measure the columns of an array or of `SparseRows`; weights (N,) are those of the rows."""
    if isinstance(inputs, SparseRows):
        return Moments.of_sparse(inputs.matrix, weights)
    return Moments.of(inputs.reshape(len(inputs), -1), weights)


def _rows(estimator: Any, X: Any, shape: tuple[int, ...] | None) -> Any:
    columns = X.shape[1]
    shape = (columns,) if shape is None else tuple(shape)
    if int(np.prod(shape)) != columns:
        raise ValueError(
            f"{type(estimator).__name__}: input_shape {shape} does not match the {columns} columns of X; "
            f"it must have {columns} values"
        )
    return X.reshape(len(X), *shape) if isinstance(X, np.ndarray) else SparseRows(X, shape)


def _table(estimator: Any, X: Any) -> DataTable:
    if not is_table(X):
        raise ValueError(
            f"{type(estimator).__name__}: X must be a DataFrame with the columns of `fit`; got {type(X).__name__}"
        )
    return read_table(X)
