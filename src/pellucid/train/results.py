"""What is written when a run has ended: the summary, the figures and the report."""

import contextlib
import json
import platform
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.data import Splits
from pellucid.files import shown
from pellucid.metrics import METRICS
from pellucid.nets import write_atomically
from pellucid.style import png_of
from pellucid.train.config import ConfigError, settings, to_toml
from pellucid.train.events import Finished, Interrupted, NotFinite
from pellucid.train.model.importance import permutation_importance
from pellucid.train.readers.curves import curves_figure
from pellucid.train.readers.metrics import read_metrics
from pellucid.train.report import pictures
from pellucid.train.report.answers import JudgedAnswers
from pellucid.train.report.facts import Examples, RunFacts
from pellucid.train.report.page import report_page
from pellucid.train.report.sections import filter_sheet
from pellucid.train.run_data import Prepared, resolved
from pellucid.train.run_settings import settings_line

__all__ = ["write_results", "write_unfinished"]

Ended = Finished | Interrupted | NotFinite
TRAINING_SAMPLES_EVALUATED = 10_000  # for the summary's training accuracy


def write_results(
    prepared: Prepared, folder: Path, finished: Finished, findings: Sequence[Any] | None = None
) -> dict[str, Any]:
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
    facts = replace(
        _facts(prepared, folder, finished, summary, findings),
        answers=answers,
        examples=_examples(splits),
        filters=pictures.first_filters(trainer.net) if isinstance(splits, Splits) else None,
        importance=()
        if isinstance(splits, Splits) or len(splits.test.table) < 2  # a shuffle of one row changes nothing
        else permutation_importance(trainer.model, splits.test.table, splits.test.target),
    )
    _write_pages(folder, facts)
    return summary


def write_unfinished(
    prepared: Prepared, folder: Path, ended: NotFinite | Interrupted, findings: Sequence[Any] | None = None
) -> None:
    """Write the curves and a report of a run that a loss which is not finite has ended, or Ctrl-C; it is not evaluated."""
    _write_pages(folder, _facts(prepared, folder, ended, _made_with(prepared), findings))


def _write_pages(folder: Path, facts: RunFacts) -> None:
    """Write the findings and the figures, then the report, which lists them."""
    _write_findings(folder / "findings.json", facts.findings)
    for name, png in _pictures(facts).items():
        write_atomically(folder / name, png)
    write_atomically(folder / "report.html", report_page(replace(facts, files=_files(folder))).encode())


def _write_findings(path: Path, findings: Sequence[Any] | None) -> None:
    """Write what was found as a list, empty for a run in which all is well; no file where nobody looked (None)."""
    if findings is not None:
        document = [finding.to_dict() for finding in findings]
        write_atomically(path, (json.dumps(document, indent=2) + "\n").encode())
    else:
        path.unlink(missing_ok=True)


def _facts(
    prepared: Prepared, folder: Path, ended: Ended, summary: dict[str, Any], findings: Sequence[Any] | None
) -> RunFacts:
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
        findings=findings,
        sizes={name: len(part) if isinstance(splits, Splits) else len(part.table) for name, part in parts.items()},
        files={},
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


def _pictures(facts: RunFacts) -> dict[str, bytes]:
    """Return the figures of the run folder, by name."""
    answers, examples = facts.answers, facts.examples
    drawn = {"curves.png": png_of(curves_figure(facts.curves))}
    if answers is None:
        return drawn
    if answers.target.kind == "numbers":
        predicted, true = answers.values
        names = ("class number",) if examples.rows is None else answers.names
        return drawn | {"values.png": pictures.values_figure(true, predicted, names)}
    if not answers.has_classes:
        return drawn
    drawn["confusion.png"] = pictures.confusion_figure(answers.counts, answers.names)
    if examples.images is not None:
        mistakes = pictures.mistakes_figure(
            examples.images, answers.labels, answers.predicted, answers.confidence, answers.names, examples.white
        )
        drawn |= {} if facts.filters is None else {"filters.png": filter_sheet(facts.filters)[0]}
        drawn |= {} if mistakes is None else {"mistakes.png": mistakes}
    return drawn
