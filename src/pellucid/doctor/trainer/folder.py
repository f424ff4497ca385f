"""A run folder, examined after its end: the run is built again from its configuration, its curves and weights are read."""

import contextlib
import math
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pellucid.doctor.ailments import AILMENTS
from pellucid.doctor.finding import AilmentFinding
from pellucid.doctor.trainer.reader import Doctor
from pellucid.train.checkpoint import CheckpointFolder
from pellucid.train.events import EpochDone, Finished, Started, StepDone
from pellucid.train.readers.metrics import read_metrics
from pellucid.train.run import config_of, prepare
from pellucid.train.saved_state import restore_state

__all__ = ["doctor_of", "examine_run"]

OF_THE_END = {
    "answered_classes",
    "continued",
    "dead_shares",
    "loss_in_both_modes",
    "on_plain_rows",
}  # examinations that need the weights of the end


def examine_run(folder: Path) -> tuple[AilmentFinding, ...]:
    """Return what is wrong with the run in a folder, causes first; nothing in the folder changes. See `doctor_of`."""
    return doctor_of(folder).findings


def doctor_of(folder: Path) -> Doctor:
    """Return the doctor of the run in a folder, which has found what is wrong with it; nothing in the folder changes.

    Loads the run's data again. Warns where checkpoints or curves have gone, and leaves out what they would show. Raises
    StorageError where it is no run folder, and DataError where the data have gone.
    """
    prepared = prepare(config_of(folder))
    doctor, trainer = Doctor(), prepared.trainer
    config = prepared.config
    events: Any = trainer.events(prepared.splits, config.epochs, pipeline=prepared.pipeline, balanced=config.balanced)
    with contextlib.closing(events):
        started: Started = next(events)
        doctor(started)
    checkpoints = CheckpointFolder(folder)
    doctor.measure_now()
    has_ended = bool(checkpoints.paths())
    if has_ended:
        restore_state(trainer.stepper, checkpoints, started.run.progress, trainer.settings(trainer.model.preparation))
    else:
        warnings.warn(f"{folder}: its checkpoints are missing, so its weights could not be examined", stacklevel=2)
    events_of_it = list(_events_of(folder / "metrics.jsonl"))
    if not events_of_it:
        warnings.warn(f"{folder}: metrics.jsonl is missing or empty, so its loss could not be judged", stacklevel=2)
    for event in events_of_it:
        doctor.recall(event)
    if has_ended:
        doctor.measure_now()
    doctor(Finished(len(doctor.chart.epochs) if doctor.chart is not None else 0, trainer.steps_done, None, None, 0.0))
    doctor.findings = tuple(
        one for one in doctor.findings if has_ended or not OF_THE_END & set(AILMENTS[one.ailment].reads)
    )
    return doctor


def _events_of(path: Path) -> Iterator[StepDone | EpochDone]:
    """Yield the steps and epochs that a metrics file holds."""
    for entry in read_metrics(path):
        kind = StepDone if entry["event"] == "step" else EpochDone
        known = {name: entry[name] for name in kind.__dataclass_fields__ if name in entry}
        missing = dict.fromkeys(("loss", "accuracy", "train_loss", "train_accuracy", "gradient_norm"), math.nan)
        yield kind(**{name: _read(name, value, missing) for name, value in known.items()})


def _read(name: str, value: Any, missing: dict[str, float]) -> Any:
    """Return a value of an entry; what was not finite is NaN again."""
    return missing[name] if value is None and name in missing else value
