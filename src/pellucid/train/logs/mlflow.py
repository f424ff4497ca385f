"""A run in MLflow: settings as parameters, numbers as metrics, the run's folder as artifacts.

Written by MLflow's own client (the package `mlflow-skinny` is enough; Apache 2.0): to `MLFLOW_TRACKING_URI`, or what the client
chooses without one.
"""

import math
import time
from os import PathLike
from pathlib import Path
from typing import Any

from pellucid.nets import StorageError
from pellucid.train.events import EpochDone, Event, Finished, Interrupted, NotFinite, Started, StepDone
from pellucid.train.logs.values import MissingLog, epoch_values, every_of, flat, is_logged, step_values

__all__ = ["MLflow"]

LONGEST_VALUE = 500  # characters of a parameter: MLflow's own limit is 6,000, older servers' 500
AT_ONCE = 500  # metrics in one request: MLflow allows 1,000
HOME = "pellucid.run"  # the tag by which a resumed run is found again


class MLflow:
    """A reader of events that logs a run to MLflow: `trainer.fit(data, 10, on_event=MLflow("digits"))`.

    experiment: its name; created where it is missing. run: a name for the run; a run that is resumed under the same name goes on.
    tracking_uri: the server or file store; by default MLFLOW_TRACKING_URI, or MLflow's own default. artifacts: a folder that is
    uploaded at the end, such as the run's folder. Raises ModuleNotFoundError where MLflow is not installed, and StorageError where
    the server cannot be reached.
    """

    def __init__(
        self,
        experiment: str = "pellucid",
        *,
        run: str | None = None,
        tracking_uri: str | None = None,
        artifacts: str | PathLike[str] | None = None,
    ) -> None:
        try:
            from mlflow.tracking import MlflowClient
        except ModuleNotFoundError as error:
            raise MissingLog("mlflow", "mlflow") from error
        self.experiment, self.run, self.artifacts = experiment, run, artifacts
        self._uri, self._make = tracking_uri, MlflowClient
        self._client: Any = None
        self._id = ""
        self._every = 1
        self._waiting: list[tuple[str, float, int, int]] = []

    def __call__(self, event: Event) -> None:
        """Log what an event holds."""
        match event:
            case Started():
                self._guarded(lambda: self._begin(event))
            case StepDone() if is_logged(event, self._every):
                self._metrics(step_values(event), event.step)
            case EpochDone():
                self._metrics(epoch_values(event), event.step)
                self._guarded(self._send)
            case Finished() | Interrupted() | NotFinite():
                self._guarded(lambda: self._end(event))
            case _:
                pass

    def upload(self, folder: str | PathLike[str]) -> None:
        """Upload the files of a folder that lie in it directly, such as those of a finished run: results, page, network."""
        for path in sorted(Path(folder).iterdir()):
            if path.is_file() and not path.name.startswith((".", "checkpoint-")):
                self._guarded(lambda path=path: self._client.log_artifact(self._id, str(path)))

    def _begin(self, event: Started) -> None:
        self._client = self._make(self._uri)
        found = self._client.get_experiment_by_name(self.experiment)
        home = found.experiment_id if found else self._client.create_experiment(self.experiment)
        self._every = every_of(event)
        earlier = self._earlier(home) if event.first_step else None
        if earlier is not None:
            self._id = earlier
            self._client.update_run(earlier, status="RUNNING")
            return
        tags = {} if self.run is None else {HOME: self.run}
        self._id = self._client.create_run(home, tags=tags, run_name=Path(self.run or "").name or None).info.run_id
        from mlflow.entities import Param

        values = {name: str(value)[:LONGEST_VALUE] for name, value in flat(event.settings).items()}
        params = [Param(name, value) for name, value in values.items()]
        for start in range(0, len(params), 100):
            self._client.log_batch(self._id, params=params[start : start + 100])

    def _earlier(self, experiment: str) -> str | None:
        """Return the newest run of this name."""
        if self.run is None:
            return None
        name = self.run.replace("'", "\\'")
        found = self._client.search_runs([experiment], f"tags.`{HOME}` = '{name}'", max_results=1)
        return found[0].info.run_id if found else None

    def _metrics(self, numbers: dict[str, float], step: int) -> None:
        now = int(time.time() * 1000)
        self._waiting += [(name, value, now, step) for name, value in numbers.items()]
        if len(self._waiting) >= AT_ONCE:
            self._guarded(self._send)

    def _send(self) -> None:
        from mlflow.entities import Metric

        for start in range(0, len(self._waiting), AT_ONCE):
            metrics = [Metric(*value) for value in self._waiting[start : start + AT_ONCE]]
            self._client.log_batch(self._id, metrics=metrics)
        self._waiting = []

    def _end(self, event: Finished | Interrupted | NotFinite) -> None:
        self._send()
        if isinstance(event, Finished) and event.best_accuracy is not None and math.isfinite(event.best_accuracy):
            self._client.log_metric(self._id, "best_accuracy", event.best_accuracy, step=event.step)
        if self.artifacts is not None:
            self.upload(self.artifacts)
        status = {Finished: "FINISHED", Interrupted: "KILLED", NotFinite: "FAILED"}[type(event)]
        self._client.set_terminated(self._id, status)

    def _guarded(self, log: Any) -> None:
        from mlflow.exceptions import MlflowException

        try:
            log()
        except (MlflowException, OSError) as error:
            raise StorageError(f"cannot log to MLflow: {error}") from error
