"""Predictions as CSV or JSON: for rows of tables and, as CSV, for pictures."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pellucid.train.model import Model

__all__ = ["picture_rows", "row_lines"]

DIGITS = 7  # of a predicted number: as many as float32 holds
DECIMALS = 6  # of a probability


def row_lines(model: "Model", paths: Sequence[Path], *, as_json: bool, ids: Sequence[str] | None) -> Iterator[str]:
    """Yield a line for each row of the tables: its number, what identifies it, the prediction, the probability of each class.

    As CSV with a header, or as one JSON object a line. Numbers count from 0; with several tables each line names its file.
    """
    named = ({"file": str(path)} if len(paths) > 1 else {} for path in paths)
    rows = (name | row for path, name in zip(paths, named, strict=True) for row in _predicted(model, path, ids))
    yield from (json.dumps(row) for row in rows) if as_json else _csv(rows)


def picture_rows(model: "Model", files: Sequence[Path], top: int | None) -> Iterator[str]:
    """Yield lines of CSV with a header, one for each picture: its file, the prediction, the probability of each class.

    With `top`, only the probabilities of so many classes, the likeliest, are written.
    """
    yield from _csv(
        {"file": str(file)} | _of_likeliest(row, top)
        for file, row in zip(files, _rows(model, model.predict_columns(list(files))), strict=True)
    )


def _of_likeliest(row: dict[str, Any], top: int | None) -> dict[str, Any]:
    """Return a row without the probabilities of all but the likeliest classes."""
    shares = [name for name in row if name.startswith("p(")]
    left_out = set() if top is None else set(sorted(shares, key=lambda name: -row[name])[top:])
    return {name: None if name in left_out else value for name, value in row.items()}


def _csv(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield a header and a line for each row."""
    text = io.StringIO()
    writer = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(text, list(row), lineterminator="\n", restval="", extrasaction="ignore")
            writer.writeheader()
        writer.writerow(row)
        yield text.getvalue().removesuffix("\n")
        text.seek(0)
        text.truncate()


def _predicted(model: "Model", path: Path, ids: Sequence[str] | None) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(_rows(model, model.predict_columns(path, ids))):
        yield {"row": number} | row


def _rows(model: "Model", columns: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield predicted columns row by row, rounded as they are written."""
    shares = set() if model.target.kind == "numbers" else {f"p({name})" for name in model.classes}
    both = {name: f"predicted {name}" for name in model.classes}
    predicted = set() if shares else {other if other in columns else name for name, other in both.items()}
    for row in range(len(next(iter(columns.values())))):
        yield {
            name: _shown(values[row], share=name in shares, predicted=name in predicted)
            for name, values in columns.items()
        }


def _shown(value: Any, *, share: bool, predicted: bool) -> Any:
    """Return a value as JSON and CSV write it: shares and predicted numbers rounded, dates as text, missing ones as None."""
    if share:
        return round(float(value), DECIMALS)
    if predicted and getattr(value, "dtype", None) is not None and value.dtype.kind == "f":
        return float(f"{value:.{DIGITS}g}")
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    if value is None or value != value:  # NaN and NaT are missing
        return None
    return str(value) if kind == "M" else value.item() if kind else value
