"""Recorder: writes a watched run into its folder as it goes, for `pellucid view` and for whoever reads it later.

    setup.json      the layers in order, what each reads, the optimizer, the loss, other settings; written once
    metrics.jsonl   a line a step and an epoch, in the form of Pellucid's own runs
    vitals.jsonl    a line a sampled step: its layers' vitals by name; what does not apply is left out
    findings.json   what was found, causes first, as a list; a whole new file each time

A watcher makes a recorder when a run begins and calls it as things happen:

    recorder = Recorder(folder, setup)              # refuses a folder that holds a run, unless first_step says that it goes on
    recorder.step(step, loss, rate)                 # every step
    if recorder.has_time:                           # True while measuring took little of the run's time
        with recorder.measuring():
            recorder.vitals(StepVitals(...))        # a sampled step
    recorder.epoch(EpochVitals(...))
    recorder.findings(diagnose(chart))              # whenever they change
    recorder.close()                                # at the end; a second call does nothing

Lines are added whole, at the latest after FLUSH seconds, and a run that dies leaves all lines but those of its last moment. A
folder that cannot be written any more (a full disk) is a warning: it must not end a training.
"""

import contextlib
import json
import math
import os
import time
import warnings
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, ParamSpec

from pellucid.doctor.finding import AilmentFinding
from pellucid.doctor.patient import Setup
from pellucid.doctor.vitals import EpochVitals, LayerVitals, StepVitals
from pellucid.files import expanded, open_plain, write_whole
from pellucid.nets import StorageError

__all__ = ["Recorder"]

FLUSH = 0.3  # seconds that a line waits at most, as long as others follow
MOST_BYTES = (
    8 * 2**20
)  # of vitals: then every second line is removed, and only every second sample written from then on
LONGEST_LINE = 2**20  # bytes; a line of vitals has about 150 a layer
SHARE = 0.02  # of a run's time that measuring for the recording may take
GRACE = 0.05  # seconds more, so that a short run has something to show
OF_A_RECORDING = ("setup.json", "metrics.jsonl", "vitals.jsonl", "findings.json")
OF_A_RUN = ("config.toml", *OF_A_RECORDING)
Arguments = ParamSpec("Arguments")


class Recorder:
    """Writes what it is called with into a folder, which it makes where it is missing.

    links are pairs (from, to) of layers' names ("input" is no layer's), unless the network is a chain; settings are further
    settings of the run, as JSON holds them. first_step > 0 goes on with the recording that is there: lines after that step are
    removed. metrics=False leaves `metrics.jsonl` to somebody else. Raises StorageError where the folder holds another run, or
    cannot be written.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        setup: Setup,
        *,
        links: Sequence[tuple[str, str]] | None = None,
        settings: Mapping[str, Any] | None = None,
        first_step: int = 0,
        metrics: bool = True,
    ) -> None:
        self.folder = Path(expanded(folder))
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if first_step == 0 and metrics:
                _check_holds_no_run(self.folder)
            vitals = _lines_until(self.folder / "vitals.jsonl", first_step)
            self._vitals = _LineFile(self.folder / "vitals.jsonl", vitals)
            self._metrics = None
            self._best = math.inf  # the lowest validation loss so far, or minus the highest accuracy
            if metrics:
                lines = _lines_until(self.folder / "metrics.jsonl", first_step)
                self._best = min((_worth(line) for line in map(json.loads, lines)), default=math.inf)
                self._metrics = _LineFile(self.folder / "metrics.jsonl", lines)
            document = _setup_document(setup, links, settings)
            write_whole(self.folder / "setup.json", (json.dumps(document, indent=2) + "\n").encode())
        except OSError as error:
            raise StorageError(f"cannot record in {self.folder}: {error.strerror or error}") from None
        self._failed = False
        self._every, self._samples = 1, 0
        self._found: list[dict[str, Any]] | None = None
        self._began, self._measured = time.perf_counter(), 0.0

    @property
    def has_time(self) -> bool:
        """Whether measuring has taken less than SHARE of the time since the recorder was made (and GRACE)."""
        return not self._failed and self._measured <= GRACE + SHARE * (time.perf_counter() - self._began)

    @contextlib.contextmanager
    def measuring(self) -> Iterator[None]:
        """Count the time of what is measured for the recording alone."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            self._measured += time.perf_counter() - begin

    def step(
        self,
        step: int,
        loss: float,
        rate: float,
        *,
        epoch: int = 1,
        accuracy: float | None = None,
        gradient_norm: float | None = None,
    ) -> None:
        """Write a step (counted from 1): the loss of its batch before the update, and the learning rate."""
        line = {"step": step, "epoch": max(1, epoch), "loss": loss, "learning_rate": rate}
        more = {"accuracy": accuracy, "gradient_norm": gradient_norm}
        self._add(self._metrics, {"event": "step"} | line | {k: v for k, v in more.items() if v is not None})

    def epoch(
        self, vitals: EpochVitals, *, best: bool | None = None, metrics: Mapping[str, float] | None = None
    ) -> None:
        """Write an epoch. best: whether it is the best so far; unless given, by validation accuracy, else by validation loss."""
        line = {"event": "epoch"} | asdict(vitals)
        worth = _worth(line)
        if best is None:
            best = worth < self._best
        self._best = min(self._best, worth)
        self._add(self._metrics, line | {"best": best, "metrics": dict(metrics or {})})

    def vitals(self, vitals: StepVitals) -> None:
        """Write the vitals of a sampled step. Long runs are thinned: the file has at most MOST_BYTES."""
        self._samples += 1
        if (self._samples - 1) % self._every:
            return
        of_the_step = ("step", "epoch", "loss", "learning_rate", "gradient_norm")
        line: dict[str, Any] = {name: getattr(vitals, name) for name in of_the_step}
        line["layers"] = {layer.name: _layer_document(layer) for layer in vitals.layers}
        self._add(self._vitals, line)
        if self._vitals.size > MOST_BYTES:
            self._guarded(self._vitals.thin)
            self._every *= 2

    def findings(self, findings: Sequence[AilmentFinding], *, final: bool = True) -> None:
        """Write what was found. final=False: from vitals alone, while the run goes on; all of it is then at most "medium"."""
        shown = findings if final else [replace(one, confidence=_at_most_medium(one.confidence)) for one in findings]
        document = [one.to_dict() for one in shown]
        if document != self._found:
            self._found = document
            content = (json.dumps(document, indent=2) + "\n").encode()
            self._guarded(write_whole, self.folder / "findings.json", content)

    def close(self) -> None:
        """Write what waits, and close the files."""
        for file in (self._metrics, self._vitals):
            if file is not None:
                self._guarded(file.close)

    def _add(self, file: "_LineFile | None", entry: dict[str, Any]) -> None:
        if file is not None:
            self._guarded(file.add, json.dumps(_finite(entry), allow_nan=False) + "\n")

    def _guarded(self, write: Callable[Arguments, object], *args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        """Write; the first time that this fails, warn, and write nothing from then on."""
        if self._failed:
            return
        try:
            write(*args, **kwargs)
        except OSError as error:
            self._failed = True
            warnings.warn(f"the recording in {self.folder} stops: {error.strerror or error}", stacklevel=4)


class _LineFile:
    """A file of lines, to which whole lines are added: few writes, each of whole lines."""

    def __init__(self, path: Path, lines: Sequence[str]) -> None:
        self._path, self._waiting, self._flushed = path, list[str](), time.monotonic()
        self._start("".join(lines).encode())

    def add(self, line: str) -> None:
        self._waiting.append(line)
        if time.monotonic() - self._flushed >= FLUSH:
            self.flush()

    def flush(self) -> None:
        self._flushed = time.monotonic()
        self.size += _write_out(self._descriptor, self._waiting)

    def thin(self) -> None:
        """Keep every second line."""
        self.flush()
        lines = self._path.read_bytes().splitlines(keepends=True)
        self.close()
        self._start(b"".join(lines[::2]))

    def close(self) -> None:
        if self._end.alive:
            self.flush()
            self._end()

    def _start(self, content: bytes) -> None:
        write_whole(self._path, content)
        self.size = len(content)
        self._descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_CLOEXEC", 0))
        self._end = weakref.finalize(self, _end_file, self._descriptor, self._waiting)


def _write_out(descriptor: int, waiting: list[str]) -> int:
    """Write the waiting lines; return the number of bytes."""
    content = "".join(waiting).encode()
    waiting.clear()
    written = 0
    while written < len(content):
        written += os.write(descriptor, content[written:])
    return written


def _end_file(descriptor: int, waiting: list[str]) -> None:
    """Write what waits, and close; also where nobody closed the recorder before the program ended."""
    with contextlib.suppress(OSError):
        _write_out(descriptor, waiting)
    os.close(descriptor)


def _check_holds_no_run(folder: Path) -> None:
    """Raise StorageError where a folder holds a run already."""
    there = next((name for name in OF_A_RUN if os.path.lexists(folder / name)), None)
    if there is not None:
        raise StorageError(f"{folder} already contains a run ({there}): choose another folder, or remove this one")


def _lines_until(path: Path, last: int) -> list[str]:
    """Return the sound lines of a recording up to a step; none where it begins, or there is no such file."""
    found: list[str] = []
    if last == 0 or not path.exists():
        return found
    with open_plain(path) as file:
        while line := file.readline(LONGEST_LINE):
            with contextlib.suppress(ValueError, KeyError, TypeError, RecursionError):
                entry = json.loads(line)
                if entry["step"] <= last and line.endswith(b"\n"):
                    found.append(line.decode())
    return found


def _setup_document(
    setup: Setup, links: Sequence[tuple[str, str]] | None, settings: Mapping[str, Any] | None
) -> dict[str, Any]:
    document = asdict(setup) | {name: sorted(getattr(setup, name)) for name in ("trained", "frozen")}
    document["links"] = None if links is None else [list(link) for link in links]
    document["settings"] = dict(settings or {})
    read: dict[str, Any] = json.loads(json.dumps(_finite(document), default=repr))
    return read


def _layer_document(layer: LayerVitals) -> dict[str, float]:
    """Return the vitals of a layer, by name, to four digits; what does not apply, or is not finite, is left out."""
    values = asdict(layer) | {"update_ratio": layer.update_ratio}
    return {
        name: float(f"{value:.4g}")
        for name, value in values.items()
        if isinstance(value, (int, float)) and math.isfinite(value)
    }


def _worth(entry: Mapping[str, Any]) -> float:
    """Return what is lower for a better epoch; infinity where nothing was validated."""
    accuracy, loss = entry.get("val_accuracy"), entry.get("val_loss")
    value = loss if accuracy is None else -accuracy
    return math.inf if value is None or not math.isfinite(value) else float(value)


def _at_most_medium(confidence: Any) -> Any:
    return "medium" if confidence == "high" else confidence


def _finite(value: Any) -> Any:
    """JSON has no NaN: numbers that are not finite become null."""
    if isinstance(value, dict):
        return {name: _finite(inner) for name, inner in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
