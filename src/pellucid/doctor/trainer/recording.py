"""What the doctor of a `Trainer` records in the run's folder, where it has one."""

import contextlib
import math
import warnings
from collections.abc import Sequence
from pathlib import Path

from pellucid.doctor.finding import AilmentFinding
from pellucid.doctor.patient import Setup
from pellucid.doctor.recording import Recorder
from pellucid.doctor.vitals import EpochVitals, StepVitals
from pellucid.nets import Network, StorageError
from pellucid.train.events import EpochDone, Started, StepDone
from pellucid.train.loop import Loop

__all__ = ["RunRecording"]


class RunRecording:
    """Records a run in its folder; of a run without one, nothing. A run folder with a configuration has its curves already."""

    def __init__(self, event: Started, loop: Loop, setup: Setup) -> None:
        self._recorder: Recorder | None = None
        self._refused = ""  # why there is no recording
        self._due = self._measured = 0
        if loop.saving.checkpoints is None:
            return
        folder = Path(loop.saving.checkpoints.folder)
        try:
            self._recorder = Recorder(
                folder,
                setup,
                links=links_of(loop.stepper.net),
                settings=event.settings,
                first_step=loop.progress.step,
                metrics=not (folder / "config.toml").exists(),
            )
        except StorageError as error:
            self._refused = str(error)  # said at the end: a run that cannot be written ends in words of its own

    @property
    def has_time(self) -> bool:
        """Whether there is a recording, and it may take more of the run's time."""
        return self._recorder is not None and self._recorder.has_time

    def prepares(self, step: int) -> bool:
        """Whether the step after this one will be recorded."""
        if self.has_time:
            self._due = step + 1
        return self._due == step + 1

    def is_due(self, step: int) -> bool:
        """Whether this step is to be measured for the recording."""
        return self._due == step

    def measuring(self) -> contextlib.AbstractContextManager[None]:
        """Count the time of what is done for the recording alone."""
        return contextlib.nullcontext() if self._recorder is None else self._recorder.measuring()

    def step(self, event: StepDone) -> None:
        """Record a step."""
        if self._recorder is not None:
            self._recorder.step(
                event.step,
                event.loss,
                event.learning_rate,
                epoch=event.epoch,
                accuracy=None if math.isnan(event.accuracy) else event.accuracy,
                gradient_norm=event.gradient_norm,
            )

    def vitals(self, vitals: StepVitals) -> None:
        """Record the vitals of a step."""
        if vitals.step <= self._measured:  # the end of a run is measured once more
            return
        self._measured = vitals.step
        if self._recorder is not None:
            self._recorder.vitals(vitals)

    def epoch(self, event: EpochDone, vitals: EpochVitals) -> None:
        """Record an epoch."""
        if self._recorder is not None:
            self._recorder.epoch(vitals, best=event.best, metrics=event.metrics)

    def findings(self, findings: Sequence[AilmentFinding], *, final: bool) -> None:
        """Record what was found."""
        if self._recorder is not None:
            self._recorder.findings(findings, final=final)

    def close(self) -> None:
        """End the recording; say so where there was none."""
        if self._refused:
            warnings.warn(f"this run was not recorded: {self._refused}", stacklevel=2)
        if self._recorder is not None:
            self._recorder.close()


def links_of(net: Network) -> list[tuple[str, str]]:
    """Return which layer's output each layer reads; "input" is no layer's."""
    operations = net.program.trained
    writers = {operation.output: operation.name for operation in operations}
    return [(writers.get(value, "input"), operation.name) for operation in operations for value in operation.inputs]
