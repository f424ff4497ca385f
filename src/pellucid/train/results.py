"""What is written when a run has ended: the summary, the figures and the report."""

import contextlib
import json
import platform
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.data import Splits
from pellucid.files import shown
from pellucid.metrics import METRICS
from pellucid.nets import write_atomically
from pellucid.shapes import Array
from pellucid.style import png_of
from pellucid.train.config import ConfigError, settings, to_toml
from pellucid.train.events import Finished, NotFinite
from pellucid.train.model.importance import permutation_importance
from pellucid.train.readers.curves import Curves, curves_figure
from pellucid.train.readers.metrics import read_metrics
from pellucid.train.report import pictures
from pellucid.train.report.answers import JudgedAnswers
from pellucid.train.report.facts import Examples, RunFacts
from pellucid.train.report.page import report_page
from pellucid.train.report.sections import filter_sheet
from pellucid.train.run_data import Prepared, resolved
from pellucid.train.run_settings import settings_line

__all__ = ["write_failure", "write_results"]

TRAINING_SAMPLES_EVALUATED = 10_000  # for the summary's training accuracy


def write_results(prepared: Prepared, folder: Path, finished: Finished) -> dict[str, Any]:
    """Evaluate the best network on the test set; write summary, figures and report."""
    splits, trainer = prepared.splits, prepared.trainer
    test = trainer.evaluate(splits.test)
    training = trainer.evaluate(_first(splits, TRAINING_SAMPLES_EVALUATED))
    answers = JudgedAnswers(trainer.model.target, test.scores, test.targets)
    summary = {
        "data": prepared.config.data,
        "model": prepared.config.model_name,
        "settings": _settings(prepared),
        "epochs": finished.epochs,
        "steps": finished.step,
        "seconds": round(finished.seconds, 3),
        "train_accuracy": _or_none(training.accuracy),
        "val_accuracy": finished.best_accuracy,
        "test_accuracy": _or_none(test.accuracy),
        **_errors(answers),
        **(
            {f"test_{name}": _or_none(value) for name, value in test.metrics.items()} if trainer.monitor.metrics else {}
        ),
        "best_epoch": finished.best_epoch,
        **_made_with(prepared),
    }
    write_atomically(folder / "summary.json", (json.dumps(summary, indent=2) + "\n").encode())
    for name, png in _pictures(prepared, answers, folder).items():
        write_atomically(folder / name, png)
    facts = replace(
        _facts(prepared, folder, finished, summary),
        answers=answers,
        examples=_examples(splits),
        filters=pictures.first_filters(trainer.net) if isinstance(splits, Splits) else None,
        importance=()
        if isinstance(splits, Splits) or len(splits.test.table) < 2  # a shuffle of one row changes nothing
        else permutation_importance(trainer.model, splits.test.table, splits.test.target),
    )
    write_atomically(folder / "report.html", report_page(facts).encode())
    return summary


def write_failure(prepared: Prepared, folder: Path, ended: NotFinite) -> None:
    """Write the curves and a report of a run that a loss which is not finite has ended."""
    figure = curves_figure(Curves.of_entries(read_metrics(folder / "metrics.jsonl")))
    write_atomically(folder / "curves.png", png_of(figure))
    facts = _facts(prepared, folder, ended, _made_with(prepared))
    write_atomically(folder / "report.html", report_page(facts).encode())


def _facts(prepared: Prepared, folder: Path, ended: Finished | NotFinite, summary: dict[str, Any]) -> RunFacts:
    """Return the facts that every run has, whether or not it could be evaluated."""
    config, splits = prepared.config, prepared.splits
    parts: dict[str, Any] = {"training": splits.train, "validation": splits.validation, "test": splits.test}
    return RunFacts(
        title=f"{config.model_name} on {Path(config.data).name}",
        folder=shown(folder),
        config=config,
        changed=_changed(prepared),
        settings=_settings(prepared),
        toml=to_toml(config),
        ended=ended,
        entries=read_metrics(folder / "metrics.jsonl"),
        summary=summary,
        description=prepared.trainer.net.describe(),
        sizes={name: len(part) if isinstance(splits, Splits) else len(part.table) for name, part in parts.items()},
        files=_files(folder),
        columns=None if isinstance(splits, Splits) else splits.preparation.describe(),
        target_name="the class numbers" if isinstance(splits, Splits) else splits.target,
    )


def _settings(prepared: Prepared) -> str:
    return settings_line(prepared.trainer.settings(prepared.trainer.model.preparation))


def _made_with(prepared: Prepared) -> dict[str, Any]:
    return {
        "layers": prepared.trainer.layers.name,
        "versions": {"pellucid": version("pellucid"), "numpy": np.__version__, "python": platform.python_version()},
    }


def _changed(prepared: Prepared) -> frozenset[str]:
    """Name the settings whose value is not the one that they would have if they were not given."""
    config = prepared.config
    changed = set()
    for setting in settings():
        value, default = getattr(config, setting.name), setting.default
        if value == default or value is None:
            continue
        with contextlib.suppress(ConfigError):  # other settings need this one
            default = getattr(resolved(replace(config, **{setting.name: default}), prepared.splits), setting.name)
        if value != default:
            changed.add(setting.name)
    return frozenset(changed)


def _files(folder: Path) -> dict[str, int]:
    """Return the files of the folder, with their sizes; the page itself, which is not written yet, comes last."""
    listed = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    return {path.name: path.stat().st_size for path in listed if path.name != "report.html"}


def _examples(splits: Any) -> Examples:
    if isinstance(splits, Splits):
        return Examples(images=splits.test.images, white=splits.white)
    return Examples(rows=splits.test.table)


def _first(splits: Any, most: int) -> Any:
    """Return the first training samples."""
    if isinstance(splits, Splits):
        return splits.train.subset(np.arange(min(most, len(splits.train))))
    return splits.train.table[:most], splits.train.target[:most]


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else value


def _errors(answers: JudgedAnswers) -> dict[str, float]:
    """Return the errors of a regression on the test set, in the target's units."""
    if answers.target.kind != "numbers":
        return {}
    several = ("rmse_per_output", "r2_per_output") if answers.target.outputs > 1 else ()
    found: dict[str, float] = {}
    for name in ("rmse", "mae", "r2", *several):
        found |= METRICS[name].values(*answers.values, answers.names)
    return {f"test_{name}": value for name, value in found.items()}


def _pictures(prepared: Prepared, answers: JudgedAnswers, folder: Path) -> dict[str, bytes]:
    """Return the figures of the run folder, by name."""
    splits = prepared.splits
    drawn = {"curves.png": png_of(curves_figure(Curves.of_entries(read_metrics(folder / "metrics.jsonl"))))}
    if answers.target.kind == "numbers":
        predicted, true = answers.values
        names = ("class number",) if isinstance(splits, Splits) else splits.targets
        return drawn | {"values.png": pictures.values_figure(true, predicted, names)}
    if answers.has_classes:
        drawn["confusion.png"] = pictures.confusion_figure(answers.counts, answers.names)
    if isinstance(splits, Splits) and answers.has_classes:
        filters = pictures.first_filters(prepared.trainer.net)
        mistakes = _mistakes(splits, answers)
        drawn |= {} if filters is None else {"filters.png": filter_sheet(filters)[0]}
        drawn |= {} if mistakes is None else {"mistakes.png": mistakes}
    return drawn


def _mistakes(splits: Splits, answers: JudgedAnswers) -> bytes | None:
    images: Array = splits.test.images
    return pictures.mistakes_figure(
        images, answers.labels, answers.predicted, answers.confidence, answers.names, splits.white
    )
