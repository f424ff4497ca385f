"""Predictions for rows of tables, as CSV or JSON."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pellucid.train.model import Model

__all__ = ["row_lines"]

DIGITS = 7  # of a number: as many as float32 holds


def row_lines(model: "Model", paths: Sequence[Path], *, as_json: bool) -> Iterator[str]:
    """Yield a line for each row of the tables: its number, the prediction, and the probability of each class.

    As CSV with a header, or as one JSON object a line. Numbers count from 0; with several tables each line names its file.
    """
    text = io.StringIO()
    writer = None
    for path in paths:
        for line in _predicted(model, path):
            line = {"file": str(path), **line} if len(paths) > 1 else line
            if as_json:
                yield json.dumps(line)
                continue
            if writer is None:
                writer = csv.DictWriter(text, list(line), lineterminator="\n")
                writer.writeheader()
            writer.writerow(line)
            yield text.getvalue().removesuffix("\n")
            text.seek(0)
            text.truncate()


def _predicted(model: "Model", path: Path) -> Iterator[dict[str, Any]]:
    target, scores = model.target, model.scores(path)
    values = target.decode(scores)
    if target.kind == "numbers":
        for row, value in enumerate(values.reshape(len(values), -1).tolist()):
            digits = (float(f"{each:.{DIGITS}g}") for each in value)
            yield {"row": row, **dict(zip(target.names, digits, strict=True))}
        return
    shares = target.probabilities(scores)
    for row, (value, probabilities) in enumerate(zip(np.asarray(values).tolist(), shares.tolist(), strict=True)):
        named = zip(target.names, (round(share, 6) for share in probabilities), strict=True)
        yield {"row": row, "prediction": value, **{f"p({name})": share for name, share in named}}
