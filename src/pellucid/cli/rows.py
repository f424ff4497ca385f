"""Predictions for rows of tables, as CSV or JSON."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pellucid.train.model import Model

__all__ = ["row_lines"]

DIGITS = 7  # of a predicted number: as many as float32 holds
DECIMALS = 6  # of a probability


def row_lines(model: "Model", paths: Sequence[Path], *, as_json: bool, ids: Sequence[str] | None) -> Iterator[str]:
    """Yield a line for each row of the tables: its number, what identifies it, the prediction, the probability of each class.

    As CSV with a header, or as one JSON object a line. Numbers count from 0; with several tables each line names its file.
    """
    text = io.StringIO()
    writer = None
    for path in paths:
        for line in _predicted(model, path, ids):
            line = {"file": str(path), **line} if len(paths) > 1 else line
            if as_json:
                yield json.dumps(line)
                continue
            if writer is None:
                writer = csv.DictWriter(text, list(line), lineterminator="\n", restval="", extrasaction="ignore")
                writer.writeheader()
            writer.writerow(line)
            yield text.getvalue().removesuffix("\n")
            text.seek(0)
            text.truncate()


def _predicted(model: "Model", path: Path, ids: Sequence[str] | None) -> Iterator[dict[str, Any]]:
    columns = model.predict_columns(path, ids)
    shares = set() if model.target.kind == "numbers" else {f"p({name})" for name in model.classes}
    both = {name: f"predicted {name}" for name in model.classes}
    predicted = set() if shares else {other if other in columns else name for name, other in both.items()}
    for row in range(len(next(iter(columns.values())))):
        yield {"row": row} | {
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
