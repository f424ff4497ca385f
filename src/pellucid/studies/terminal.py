"""What `pellucid study run` and `report` do around a study: the folder, the progress line, the last words."""

import os
from collections.abc import Callable
from pathlib import Path

from pellucid.studies.run import Reported, run_study

__all__ = ["report_text", "run_command"]


def run_command(
    name: str, *, data: str | None, seeds: int | None, quick: bool, workers: int | None, out: Path | None, quiet: bool
) -> str:
    """Run a study and return what to print."""
    source = data or ("digits" if quick else "cifar10")
    folder = out or Path("studies") / (f"{name}-quick" if quick else name)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    processes = cores if workers is None else workers
    with _shown(quiet) as progress:
        reported = run_study(name, folder, data=source, seeds=seeds, quick=quick, workers=processes, progress=progress)
    return report_text(reported)


def report_text(reported: Reported) -> str:
    """The verdict, a line for each finding, and where the report is."""
    head = f"{reported.study.name}: {reported.verdict.upper()}: {reported.study.claim}"
    partial = [f"only {reported.done} of {reported.trials} trials are done"] if reported.done < reported.trials else []
    quick = ["a quick run decides nothing"] if reported.about["quick"] else []
    lines = [f"  {finding.line()}" for finding in reported.findings]
    return "\n".join([head, *partial, *quick, *lines, f"the report is {reported.page}"])


class _shown:
    """A progress bar on stderr, or nothing."""

    def __init__(self, quiet: bool) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        columns = (
            TextColumn("trials"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("to go"),
            TimeRemainingColumn(),
        )
        console = Console(stderr=True)
        self.bar = Progress(*columns, console=console, disable=quiet or not console.is_terminal)

    def __enter__(self) -> Callable[[int, int], None]:
        self.bar.start()
        task = self.bar.add_task("trials", total=None)
        return lambda done, total: self.bar.update(task, completed=done, total=total)

    def __exit__(self, *_: object) -> None:
        self.bar.stop()
