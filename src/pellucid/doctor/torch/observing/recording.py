"""LoopRecording: what is measured of a loop, written into a folder as it goes, where one is given."""

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pellucid.doctor.finding import AilmentFinding
from pellucid.doctor.patient import Setup
from pellucid.doctor.recording import OF_A_RUN, Recorder
from pellucid.doctor.vitals import EpochVitals, StepVitals
from pellucid.files import expanded
from pellucid.nets import StorageError

__all__ = ["LoopRecording"]


class LoopRecording:
    """Records a loop in a folder; without a folder, nothing. Raises StorageError for a folder that holds a run already."""

    def __init__(self, folder: Any) -> None:
        self._folder = None if folder is None else Path(expanded(folder))
        self._recorder: Recorder | None = None
        self._describe: Callable[[], Setup] | None = None
        self._epochs = self._wanted = 0
        if self._folder is not None:
            there = next((name for name in OF_A_RUN if (self._folder / name).exists()), None)
            if there is not None:
                raise StorageError(
                    f"watch: out={str(folder)!r} already contains a run ({there}): choose another folder, or remove this one"
                )

    def begin(self, describe: Callable[[], Setup]) -> None:
        """Say how the loop is described, once its layers are known."""
        self._describe = describe

    def wants(self, step: int) -> bool:
        """Whether this step, which comes next, is to be measured for the recording."""
        if self._wanted < step and self._recorder is not None and self._recorder.has_time:
            self._wanted = step
        return self._wanted == step

    def measuring(self) -> contextlib.AbstractContextManager[None]:
        """Count the time of what is measured."""
        return contextlib.nullcontext() if self._recorder is None else self._recorder.measuring()

    def vitals(self, vitals: StepVitals) -> None:
        """Record a measured step; the first one begins the recording."""
        if self._folder is None:
            return
        if self._recorder is None and self._describe is not None:
            self._recorder = Recorder(self._folder, self._describe())
        if self._recorder is not None:
            self._recorder.vitals(vitals)

    def step(self, step: int, loss: float, rate: float, epochs: Sequence[EpochVitals]) -> None:
        """Record a step, and the epochs that have ended."""
        if self._recorder is not None:
            self._record_epochs(epochs)
            self._recorder.step(step, loss, rate, epoch=len(epochs) + 1)

    def close(self, epochs: Sequence[EpochVitals], findings: Sequence[AilmentFinding]) -> None:
        """Record what was found, and close the files."""
        if self._recorder is not None:
            self._record_epochs(epochs)
            self._recorder.findings(findings)
            self._recorder.close()

    def _record_epochs(self, epochs: Sequence[EpochVitals]) -> None:
        assert self._recorder is not None
        for epoch in epochs[self._epochs :]:
            self._recorder.epoch(epoch)
        self._epochs = max(self._epochs, len(epochs))
