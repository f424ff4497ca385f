"""Predictions as named columns: what identifies each row, the answer, and the probability of each class."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pellucid.data import DataError, Preparation, TablePreparation
from pellucid.data.tables.column import Column
from pellucid.data.tables.preparation import BY_REQUEST
from pellucid.data.tables.reading import read_as
from pellucid.data.targets import Target
from pellucid.shapes import Array

__all__ = ["identifiers", "predicted_columns"]

NOT_IN_TABLES = "predict_columns: ids are columns of a table, and the model was not trained on one; leave them out"


def predicted_columns(
    preparation: Preparation | None,
    target: Target,
    scores: Callable[[Any], Array],
    rows: Any,
    ids: str | Sequence[str] | None,
) -> dict[str, Array]:
    """Return columns (N,) by name: those of ids, then the answer that `scores` gives for rows.

    Of classes "prediction" and, for each, "p(name)"; of labels their names, with 0 and 1, and "p(name)"; of numbers the names
    of the targets. A name that ids take, too, becomes "predicted name". ids: columns of a table, for which there are defaults
    (`identifiers`). Raises DataError for a column that is not there.
    """
    if not isinstance(preparation, TablePreparation):
        if ids:
            raise DataError(NOT_IN_TABLES)
        return _answers(target, scores(rows))
    table = read_as(rows, {column.name: column.kind for column in preparation.columns})
    if ids is None:
        chosen = [column for column in table.columns if column.name in identifiers(preparation)]
    else:
        names = (ids,) if isinstance(ids, str) else tuple(ids)
        chosen = [table.column(name, what="id column") for name in names]
    known = {column.name: _plain(column) for column in chosen}
    answers = _answers(target, scores(table))
    return known | {f"predicted {name}" if name in known else name: values for name, values in answers.items()}


def identifiers(preparation: TablePreparation) -> tuple[str, ...]:
    """Return the columns that training left out and that tell rows apart: text that mostly differs, and, of those left out by
    request, the ones in which no fewer values differ than in any other column."""
    most = max(line.distinct + line.missing for line in preparation.report)
    return tuple(
        line.name
        for line in preparation.report
        if line.made.startswith("left out: text") or (line.made == BY_REQUEST and line.distinct + line.missing >= most)
    )


def _answers(target: Target, scores: Array) -> dict[str, Array]:
    answers = target.decode(scores)
    if target.kind == "numbers":
        return dict(zip(target.names, answers.reshape(len(answers), -1).T, strict=True))
    shares = zip((f"p({name})" for name in target.names), target.probabilities(scores).T, strict=True)
    named = dict(zip(target.names, answers.T, strict=True)) if target.kind == "multilabel" else {"prediction": answers}
    return named | dict(shares)


def _plain(column: Column) -> Array:
    """Return the values as a user holds them; dates without a time as days."""
    values = column.plain()
    if values.dtype.kind == "M":
        days = values.astype("datetime64[D]")
        return days if ((days == values) | np.isnat(values)).all() else values.astype("datetime64[s]")
    return values
