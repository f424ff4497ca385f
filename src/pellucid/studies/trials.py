"""Running a study's trials: in parallel processes, each result a file of its own, written whole by the process that computed it.

A study killed at any moment therefore loses only the trials in flight; running it again computes what is missing.
"""

import json
import math
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pellucid.nets import write_atomically
from pellucid.studies.samples import read_pool
from pellucid.studies.study import Config, Study, StudyError, key_of
from pellucid.studies.table import Row, Table

__all__ = ["read_results", "run_trials"]

Progress = Callable[[int, int], None]  # (trials done, trials in all)


def run_trials(study: Study, configs: Sequence[Config], folder: Path, workers: int, progress: Progress) -> None:
    """Run the trials that have no result yet.

    Raises StudyError where a trial fails or a process dies, after the others are done.
    """
    trials = folder / "trials"
    trials.mkdir(parents=True, exist_ok=True)
    for leftover in trials.glob(".*.part"):
        leftover.unlink(missing_ok=True)  # from a process that was killed while writing
    missing = [config for config in configs if _read(_path(folder, config)) is None]
    done = len(configs) - len(missing)
    progress(done, len(configs))
    failures: list[str] = []
    alone = workers == 1 or not study.parallel or len(missing) <= 1
    for failure in _one_by_one(study, missing, folder) if alone else _in_processes(study, missing, folder, workers):
        done += failure is None
        failures += [] if failure is None else [failure]
        progress(done, len(configs))
    if failures:
        raise StudyError(f"{study.name}: {len(failures)} of {len(configs)} trials failed; the first: {failures[0]}")


def read_results(configs: Sequence[Config], folder: Path) -> Table:
    """Return the finished results, in the order of the configurations."""
    rows = []
    for config in configs:
        values = _read(_path(folder, config))
        if values is not None:
            rows.append(Row(config, values))
    return Table(rows, expected=len(configs))


def _one_by_one(study: Study, configs: Sequence[Config], folder: Path) -> Iterator[str | None]:
    for config in configs:
        yield _run(study.name, dict(config), str(folder))


def _in_processes(study: Study, configs: Sequence[Config], folder: Path, workers: int) -> Iterator[str | None]:
    """Yield, for each trial that ended, None or what went wrong."""
    context = multiprocessing.get_context("spawn")
    with _one_thread_each(), ProcessPoolExecutor(workers, mp_context=context, initializer=_end_with_parent) as pool:
        waiting = iter(configs)
        running: set[Future[str | None]] = set()
        try:
            while True:
                while len(running) < 2 * workers and (config := next(waiting, None)) is not None:
                    running.add(pool.submit(_run, study.name, dict(config), str(folder)))
                if not running:
                    return
                ended, running = wait(running, return_when=FIRST_COMPLETED)
                for future in ended:
                    yield future.result()
        except KeyboardInterrupt:
            for process in multiprocessing.active_children():
                process.terminate()  # each result is written whole, so that only the running trials are lost
            raise
        except BrokenProcessPool:
            raise StudyError(
                f"{study.name}: a worker process died (killed, or out of memory?); run the study again to resume"
            ) from None
        finally:
            for future in running:
                future.cancel()


def _run(name: str, config: dict[str, Any], folder: str) -> str | None:
    """Run one trial and write its result; return None, or what went wrong."""
    from pellucid.studies.catalogue import study_named

    try:
        values = study_named(name).trial(config, read_pool(Path(folder) / "data.npz"))
        document = {"config": config, "values": _plain(values)}
        write_atomically(_path(Path(folder), config), json.dumps(document, sort_keys=True).encode())
    except Exception as error:
        settings = {key: value for key, value in config.items() if key not in ("study", "version", "data", "layers")}
        return f"{type(error).__name__}: {error} (settings {settings})"
    return None


def _path(folder: Path, config: Config) -> Path:
    return folder / "trials" / f"{key_of(config)}.json"


def _read(path: Path) -> dict[str, Any] | None:
    """Return a trial's values, or None where they are missing or unreadable."""
    try:
        values: dict[str, Any] = json.loads(path.read_text())["values"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return {key: _restored(value) for key, value in values.items()}


def _plain(value: Any) -> Any:
    """Return a value that JSON can hold: numbers that are not finite become text."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return value
    number = float(value)
    return number if math.isfinite(number) else str(number)


def _restored(value: Any) -> Any:
    if isinstance(value, list):
        return [_restored(each) for each in value]
    return float(value) if value in ("nan", "inf", "-inf") else value


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Processes started here use one thread each: they are the parallelism."""
    names = ("PELLUCID_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _end_with_parent() -> None:
    """End a worker whose parent was killed, instead of waiting for work for ever; Ctrl-C is handled by the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_exit_after, args=(parent,), daemon=True).start()


def _exit_after(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)
