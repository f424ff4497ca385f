"""Predictions for rows of tables, as CSV or JSON."""

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pellucid.train.model import Model

__all__ = ["print_predictions"]


def print_predictions(model: "Model", paths: Sequence[Path], *, as_json: bool) -> None:
    """Print a line for each row of the tables: its number, the prediction, and the probability of each class.

    As CSV with a header, or as one JSON object a line. Numbers count from 0; with several tables each line names its file.
    """
    writer = None
    for path in paths:
        for line in _predicted(model, path):
            line = {"file": str(path), **line} if len(paths) > 1 else line
            if as_json:
                print(json.dumps(line))
                continue
            if writer is None:
                writer = csv.DictWriter(sys.stdout, list(line), lineterminator="\n")
                writer.writeheader()
            writer.writerow(line)


def _predicted(model: "Model", path: Path) -> Iterator[dict[str, Any]]:
    target, scores = model.target, model.scores(path)
    values = target.decode(scores)
    if target.kind == "numbers":
        for row, value in enumerate(values.reshape(len(values), -1).tolist()):
            yield {"row": row, **dict(zip(target.names, value, strict=True))}
        return
    shares = target.probabilities(scores)
    for row, (value, probabilities) in enumerate(zip(np.asarray(values).tolist(), shares.tolist(), strict=True)):
        named = zip(target.names, (round(share, 6) for share in probabilities), strict=True)
        yield {"row": row, "prediction": value, **{f"p({name})": share for name, share in named}}
