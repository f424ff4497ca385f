"""The logs that `train --log` and `resume --log` write, by name."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pellucid.shapes import ShapeError, did_you_mean
from pellucid.train.events import Event
from pellucid.train.logs.csv_file import CSV
from pellucid.train.logs.mlflow import MLflow
from pellucid.train.logs.tensorboard import TensorBoard

__all__ = ["RunLogs", "run_logs"]

LOGS: dict[str, Callable[[Path], Any]] = {
    "csv": lambda folder: CSV(folder / "log.csv"),
    "tensorboard": lambda folder: TensorBoard(folder / "tensorboard"),
    "mlflow": lambda folder: MLflow(run=str(folder.absolute())),
}


class RunLogs:
    """The logs of a run."""

    def __init__(self, logs: Sequence[Any]) -> None:
        self._logs = logs

    def with_reader(self, reader: Callable[[Event], None]) -> Callable[[Event], None]:
        """Return a reader of events that passes each to another one and to all logs."""

        def read(event: Event) -> None:
            reader(event)
            for log in self._logs:
                log(event)

        return read

    def take_files(self, folder: Path) -> None:
        """Upload what a run has written, where a log keeps files."""
        for log in self._logs:
            if isinstance(log, MLflow):
                log.upload(folder)


def run_logs(names: Sequence[str], folder: Path) -> RunLogs:
    """Return the logs of these names for a run folder. Raises ShapeError for any other name, and where a tool is not installed."""
    for name in names:
        if name not in LOGS:
            raise ShapeError(f"--log must be one of {', '.join(LOGS)}; got {name!r}{did_you_mean(name, LOGS)}")
    return RunLogs([LOGS[name](folder) for name in dict.fromkeys(names)])
