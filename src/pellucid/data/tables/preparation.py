"""TablePreparation: how the rows of a table become network inputs, fixed on the training rows."""

import dataclasses
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from pellucid.data.checks import DataError, listed, outside
from pellucid.data.tables.column import Column, ColumnKind
from pellucid.data.tables.prepared_columns import PreparedCategory, PreparedColumn, PreparedDate, PreparedNumber
from pellucid.data.tables.reading import read_as, read_table
from pellucid.data.tables.table import DataTable, suggestion
from pellucid.shapes import Array

__all__ = ["BY_REQUEST", "ColumnReport", "TablePreparation"]

_KINDS: dict[str, type[PreparedColumn]] = {
    ColumnKind.NUMBER: PreparedNumber,
    ColumnKind.CATEGORY: PreparedCategory,
    ColumnKind.DATE: PreparedDate,
}
BY_REQUEST = "left out: by request"  # what is made of a column that a user excludes
_FEW = 20  # different values that a column of text may always have
_NAMED = 3  # unseen categories named in a warning


class ColumnReport(NamedTuple):
    """One column of the training rows, and what was made of it."""

    name: str
    kind: str  # "number", "category" or "date"
    missing: int  # rows without a value
    distinct: int  # different values
    made: str  # "standardized (mean 3.2, std 1.1)", or "left out: ..."


@dataclass(frozen=True)
class TablePreparation:
    """The inputs made of each column, in the order of the training table's columns.

    >>> preparation = TablePreparation.of(read_table({"age": [20, 40, None], "city": ["Rome", "Oslo", "Rome"]}))
    >>> preparation.inputs
    ('age', 'age: missing', 'city=Oslo', 'city=Rome')
    >>> preparation.prepare({"age": [20.0], "city": ["Rome"]})
    array([[-1.,  0.,  0.,  1.]], dtype=float32)
    """

    columns: tuple[PreparedColumn, ...]  # those that are used
    report: tuple[ColumnReport, ...]  # one for each column of the training table

    @classmethod
    def of(
        cls, source: Any, *, kinds: Mapping[str, str] | None = None, exclude: str | Iterable[str] = ()
    ) -> "TablePreparation":
        """Measure the training rows, a table or whatever `read_table` takes, without the target's column.

        Left out, and reported, are columns without any value or with one value only, and text whose values mostly
        differ (names, comments), unless `kinds` says that it is a category. Raises DataError if nothing remains, or if a
        column cannot be used.
        """
        table, prepared, report = read_table(source, kinds=kinds), [], []
        excluded = (exclude,) if isinstance(exclude, str) else tuple(exclude)
        for name in excluded:
            table.column(name)
        for column in table.columns:
            reason = BY_REQUEST if column.name in excluded else _useless(column, column.name in (kinds or {}))
            made = BY_REQUEST if column.name in excluded else f"left out: {reason}"
            if not reason:
                prepared.append(_prepared(table, column))
                made = prepared[-1].made
            report.append(ColumnReport(column.name, column.kind, int(column.missing.sum()), column.distinct(), made))
        if not prepared:
            reasons = "; ".join(f'"{line.name}" is {line.made}' for line in report)
            raise DataError(f"{table.name}: no column can be used: {reasons}")
        return cls(tuple(prepared), tuple(report))

    def __repr__(self) -> str:
        """Return sizes and names; `describe` says what is made of each column."""
        names = listed(column.name for column in self.columns)
        return f"TablePreparation of {len(self.columns)} columns, {len(self.inputs)} inputs: {names}"

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the network's inputs: "age", "city=Rome", "age: missing"."""
        return tuple(name for column in self.columns for name in column.inputs)

    @property
    def sample_shape(self) -> tuple[int]:
        """The shape of one prepared row, (number of inputs,)."""
        return (len(self.inputs),)

    def table(self, source: Any) -> DataTable:
        """Return the columns that are used, each in the kind that it had in training; others are ignored.

        Raises DataError for a column that is missing, or has a value of another kind.
        """
        kinds = {column.name: column.kind for column in self.columns}
        table = read_as(source, kinds)
        for name in kinds:
            if name not in table.names:
                unused = [other for other in table.names if other not in kinds]
                hint = suggestion(name, table.names, among=unused)
                hint = hint if hint.endswith("?") else f"{hint}; add it, empty where it is not known"
                raise DataError(f'{table.name}: the column "{name}" is missing, which the model was trained with{hint}')
        return dataclasses.replace(table, columns=tuple(table.column(name) for name in kinds))

    def prepare(self, raw: Any) -> Array:
        """Return the inputs of each row, (N, number of inputs) float32, from a table or whatever `read_table` takes.

        Categories unseen in training are treated as rare ones, with a warning. Raises DataError as `table` does, and for numbers
        that are not finite.
        """
        table = self.table(raw)
        parts = []
        for column, prepared in zip(table.columns, self.columns, strict=True):
            _check_finite(table, column)
            if isinstance(prepared, PreparedCategory) and not prepared.other and (unseen := prepared.unseen(column)):
                warnings.warn(_unseen(table, prepared, unseen), stacklevel=outside())
            parts.append(prepared.prepare(column))
        return np.concatenate(parts, axis=1, dtype=np.float32)

    def describe(self) -> str:
        """Return the report as text, one line for each column."""
        rows = [("column", "kind", "missing", "values", "made of it")]
        rows += [(line.name, line.kind, str(line.missing), str(line.distinct), line.made) for line in self.report]
        widths = [max(len(row[place]) for row in rows) for place in range(4)]
        return "\n".join(
            f"{name:<{widths[0]}}  {kind:<{widths[1]}}  {missing:>{widths[2]}}  {values:>{widths[3]}}  {made}"
            for name, kind, missing, values, made in rows
        )

    def to_document(self) -> dict[str, Any]:
        """Return the preparation as JSON, from which `from_document` makes the same again."""
        columns = [{"kind": str(column.kind), **dataclasses.asdict(column)} for column in self.columns]
        return {"kind": "table", "columns": columns, "report": [line._asdict() for line in self.report]}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "TablePreparation":
        """Return the preparation of a document of `to_document`."""
        columns = []
        for saved in document["columns"]:
            values: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in saved.items()}
            columns.append(_KINDS[str(values.pop("kind"))](**values))
        return cls(tuple(columns), tuple(ColumnReport(**line) for line in document["report"]))


def _prepared(table: DataTable, column: Column) -> PreparedColumn:
    if column.problem:
        raise DataError(f'{table.name}: column "{column.name}": {column.problem}')
    _check_finite(table, column)
    return _KINDS[column.kind].of(column)


def _useless(column: Column, declared: bool) -> str:
    """Return why a column is left out, or ''."""
    distinct, present = column.distinct(), len(column) - int(column.missing.sum())
    if distinct == 0:
        return "it has no values"
    if distinct == 1 and present == len(column):
        return "all values are the same"
    is_text = column.kind is ColumnKind.CATEGORY and not declared and not column.problem
    if is_text and distinct > _FEW and distinct > present / 2:
        return f"text with {distinct} different values in {present} rows; declare it a category to use it"
    return ""


def _check_finite(table: DataTable, column: Column) -> None:
    if column.kind is ColumnKind.NUMBER and np.isinf(column.values).any():
        row = int(np.argmax(np.isinf(column.values)))
        raise DataError(
            f'{table.name}: column "{column.name}": {table.place(row)}: a number must be finite; got {column.values[row]}'
        )


def _unseen(table: DataTable, prepared: PreparedCategory, unseen: tuple[str, ...]) -> str:
    names = ", ".join(repr(name) for name in unseen[:_NAMED]) + (", ..." if len(unseen) > _NAMED else "")
    return f'{table.name}: column "{prepared.name}": {names} did not occur in training; the inputs of this column are 0 there'
