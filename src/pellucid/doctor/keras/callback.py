"""KerasDoctor: a callback of Keras that watches `fit` and says at its end why the model does not learn."""

import contextlib
import os
import warnings
from typing import Any

import keras
import numpy as np

from pellucid.doctor.chart import Chart
from pellucid.doctor.finding import AilmentFinding
from pellucid.doctor.keras.arming import Armed
from pellucid.doctor.keras.engine import backend
from pellucid.doctor.keras.watching import FitWatch
from pellucid.doctor.treating import Treats

__all__ = ["KerasDoctor"]


class KerasDoctor(Treats, keras.callbacks.Callback):
    """Watches `model.fit(x, y, callbacks=[Doctor()])`, and prints at its end what is wrong with it, causes first.

    verbose=False prints nothing; `findings` are the same records as those of Pellucid's own runs, `left_out` says in a line each
    what could not be examined, and `chart` holds what was measured. out is a folder for `pellucid view`. The run is left as it is,
    bit for bit, and what goes wrong in the doctor is a warning. A doctor may watch several runs, one after the other.
    """

    def __init__(self, *, out: str | os.PathLike[str] | None = None, verbose: bool = True) -> None:
        """Raises TypeError where `out` is no path, or `verbose` neither True nor False."""
        super().__init__()
        if out is not None and not isinstance(out, (str, os.PathLike)):
            raise TypeError(f"Doctor: out must be the path of a folder, or None; got {out!r}")
        if not isinstance(verbose, (bool, np.bool_)):
            raise TypeError(f"Doctor: verbose must be True or False; got {verbose!r}")
        self._out, self._verbose = out, bool(verbose)
        self.findings: tuple[AilmentFinding, ...] = ()
        self.left_out: tuple[str, ...] = ()
        self._watch: FitWatch | None = None
        self.chart: Chart | None = None  # everything that was measured
        self._armed: Armed | None = None
        self._testing = False

    def on_train_begin(self, logs: Any = None) -> None:
        """Begin to watch a run."""
        self.findings, self.left_out, self.chart, self._watch = (), (), None, None
        if backend() == "tensorflow" and not self.model.run_eagerly:
            self.left_out = ("the run: on TensorFlow, batches are seen only with compile(run_eagerly=True)",)
            self._say()
            return
        self._watch = FitWatch(self.params.get("epochs"), self.params.get("steps"), self._out)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Note which epoch begins."""
        if self._watch is not None:
            self._watch.begin_epoch(epoch + 1)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Get ready to see a batch, where it is needed."""
        watch = self._watch
        if watch is not None and watch.wants_batch:
            self._arm("train_function", "train_step", self._see)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Measure a step."""
        if self._watch is not None:
            self._guarded(self._watch.end_step, self.model, logs or {})

    def on_test_begin(self, logs: Any = None) -> None:
        """Validation of this run begins."""
        self._testing = True

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Get ready to see a batch of the first validation."""
        if self._watch is not None and self._testing and self._watch.wants_validation:
            self._arm("test_function", "test_step", self._see_validation)

    def on_test_end(self, logs: Any = None) -> None:
        """Validation of this run is over."""
        self._testing = False
        if self._watch is not None:
            self._watch.end_validation()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Note the results of an epoch."""
        if self._watch is not None:
            self._guarded(self._watch.end_epoch, self.model, dict(logs or {}))

    def on_train_end(self, logs: Any = None) -> None:
        """Examine the run, and say what was found."""
        if self._armed is not None:
            self._armed.take_off()
        if self._watch is None:
            return
        with contextlib.suppress(KeyboardInterrupt):  # somebody waits
            self._guarded(self._finish, self.model)
        self._watch = None

    def _finish(self, model: Any) -> None:
        assert self._watch is not None
        self.findings, self.left_out = self._watch.finish(model)
        self.chart = self._watch.chart
        self._say()

    def _say(self) -> None:
        if self._verbose:
            for line in (*self.findings, *(f"Not examined: {one}" for one in self.left_out)):
                print(line)

    def _arm(self, function: str, step: str, read: Any) -> None:
        """Stand in front of the function that Keras hands batches to: on TensorFlow, it is handed an iterator."""
        self._armed = Armed(self.model, step if backend() == "tensorflow" else function, read)

    def _see(self, data: Any) -> None:
        if self._watch is not None:
            self._guarded(self._watch.see, self.model, data)

    def _see_validation(self, data: Any) -> None:
        if self._watch is not None:
            self._guarded(self._watch.see_validation, self.model, data)

    def _guarded(self, do: Any, *args: Any) -> None:
        """Do something whose failure is a warning: it must not end a training."""
        try:
            do(*args)
        except Exception as error:
            self._watch = None
            warnings.warn(f"the doctor could not examine this run: {type(error).__name__}: {error}", stacklevel=2)
