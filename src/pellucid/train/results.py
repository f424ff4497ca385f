"""What is written when a run has finished: the summary, the figures and the report."""

import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.data import Splits
from pellucid.metrics import mae, r2, rmse
from pellucid.metrics.probabilities import softmax
from pellucid.nets import write_atomically
from pellucid.shapes import Array
from pellucid.train.config import to_toml
from pellucid.train.events import Finished
from pellucid.train.readers import figures
from pellucid.train.readers.metrics import read_metrics
from pellucid.train.readers.report import report_page
from pellucid.train.run_data import Prepared
from pellucid.train.run_settings import settings_line

__all__ = ["write_results"]

TRAINING_SAMPLES_EVALUATED = 10_000  # for the summary's training accuracy


def write_results(prepared: Prepared, folder: Path, finished: Finished) -> dict[str, Any]:
    """Evaluate the best network on the test set; write summary, figures and report."""
    config, splits, trainer = prepared.config, prepared.splits, prepared.trainer
    test = trainer.evaluate(splits.test)
    training = trainer.evaluate(_first(splits, TRAINING_SAMPLES_EVALUATED))
    summary = {
        "data": config.data,
        "model": config.model_name,
        "settings": settings_line(trainer.settings(trainer.model.preparation)),
        "epochs": finished.epochs,
        "steps": finished.step,
        "seconds": round(finished.seconds, 3),
        "train_accuracy": _or_none(training.accuracy),
        "val_accuracy": finished.best_accuracy,
        "test_accuracy": _or_none(test.accuracy),
        **_errors(prepared, test.scores),
        **(
            {f"test_{name}": _or_none(value) for name, value in test.metrics.items()} if trainer.monitor.metrics else {}
        ),
        "best_epoch": finished.best_epoch,
        "layers": trainer.layers.name,
        "versions": {"pellucid": version("pellucid"), "numpy": np.__version__, "python": platform.python_version()},
    }
    pictures = _pictures(prepared, test.scores, folder)
    for name, png in pictures.items():
        write_atomically(folder / name, png)
    title = f"{config.model_name} on {Path(config.data).name}"
    columns = None if isinstance(splits, Splits) else splits.preparation.describe()
    page = report_page(title, summary, to_toml(config), trainer.net.describe(), pictures, str(folder), columns)
    write_atomically(folder / "report.html", page.encode())
    write_atomically(folder / "summary.json", (json.dumps(summary, indent=2) + "\n").encode())
    return summary


def _first(splits: Any, most: int) -> Any:
    """Return the first training samples."""
    if isinstance(splits, Splits):
        return splits.train.subset(np.arange(min(most, len(splits.train))))
    return splits.train.table[:most], splits.train.target[:most]


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else value


def _values(prepared: Prepared, scores: Array) -> Array | None:
    """Return the predictions of a regression in the target's units, (N,); None where the targets are classes."""
    target = prepared.trainer.model.target
    return target.decode(scores) if target.kind == "numbers" and not isinstance(prepared.splits, Splits) else None


def _errors(prepared: Prepared, scores: Array) -> dict[str, float]:
    """Return the errors of a regression on the test set."""
    values = _values(prepared, scores)
    if values is None or isinstance(prepared.splits, Splits):
        return {}
    expected = prepared.splits.test.target
    return {f"test_{name}": metric(values, expected) for name, metric in (("rmse", rmse), ("mae", mae), ("r2", r2))}


def _pictures(prepared: Prepared, scores: Array, folder: Path) -> dict[str, bytes]:
    splits, model = prepared.splits, prepared.trainer.model
    drawn = {"curves.png": figures.curves_figure(read_metrics(folder / "metrics.jsonl"))}
    values = _values(prepared, scores)
    if values is not None and not isinstance(splits, Splits):
        drawn["values.png"] = figures.values_figure(splits.test.target, values, splits.target)
        return drawn
    labels = splits.test.labels if isinstance(splits, Splits) else model.target.encode(splits.test.target)
    names = model.classes if len(model.classes) > 1 else ("0", "1")
    predicted = scores.argmax(axis=1) if scores.shape[1] > 1 else (scores[:, 0] > 0).astype(np.int64)
    counts = figures.confusion(np.ravel(labels).astype(np.int64), predicted, len(names))
    drawn["confusion.png"] = figures.confusion_figure(counts, names)
    if isinstance(splits, Splits):
        filters = figures.filters_figure(prepared.trainer.net)
        confidence = softmax(scores).max(axis=1)
        test = splits.test
        mistakes = figures.mistakes_figure(test.images, test.labels, predicted, confidence, names, splits.white)
        drawn |= {n: png for n, png in (("filters.png", filters), ("mistakes.png", mistakes)) if png is not None}
    return drawn
