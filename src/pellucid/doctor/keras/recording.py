"""What a watched fit records in a folder, where it is given one."""

import contextlib
import os
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from pellucid.doctor.finding import AilmentFinding
from pellucid.doctor.patient import Setup
from pellucid.doctor.recording import Recorder
from pellucid.doctor.vitals import EpochVitals, StepVitals
from pellucid.nets import StorageError

__all__ = ["Recording"]


class Recording:
    """Records a run in a folder; without one, nothing."""

    def __init__(self, folder: str | os.PathLike[str] | None) -> None:
        self._folder = folder
        self._recorder: Recorder | None = None
        self.due = 0  # the step that is measured for the recording alone

    @property
    def records(self) -> bool:
        """Whether there is a recording."""
        return self._recorder is not None

    def begin(self, setup: Setup, settings: Mapping[str, Any]) -> None:
        """Begin a recording. A folder that cannot be written, or holds another run, is a warning."""
        if self._folder is None:
            return
        try:
            self._recorder = Recorder(self._folder, setup, settings=settings)
        except StorageError as error:
            warnings.warn(f"this run is not recorded: {error}", stacklevel=2)

    def prepare(self, step: int) -> None:
        """Choose the next step for the recording, where there is time."""
        if self._recorder is not None and self._recorder.has_time:
            self.due = step + 1

    def measuring(self) -> contextlib.AbstractContextManager[None]:
        """Count the time of what is done for the recording alone."""
        return contextlib.nullcontext() if self._recorder is None else self._recorder.measuring()

    def step(self, step: int, loss: float, rate: float, epoch: int) -> None:
        """Record a step."""
        if self._recorder is not None:
            self._recorder.step(step, loss, rate, epoch=epoch)

    def vitals(self, vitals: StepVitals | None) -> None:
        """Record the vitals of a step."""
        if self._recorder is not None and vitals is not None:
            self._recorder.vitals(vitals)

    def epoch(self, vitals: EpochVitals, metrics: Mapping[str, float]) -> None:
        """Record an epoch, with everything that Keras reports of it."""
        if self._recorder is not None:
            self._recorder.epoch(vitals, metrics=metrics)

    def end(self, findings: Sequence[AilmentFinding]) -> None:
        """Record what was found, and close."""
        if self._recorder is not None:
            self._recorder.findings(findings, final=True)
            self._recorder.close()
