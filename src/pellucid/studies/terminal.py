"""A study run from a terminal: its folder, a progress bar, and the summary that `pellucid study` prints."""

import os
from contextlib import nullcontext
from pathlib import Path

from pellucid.progress import hidden, job
from pellucid.studies.folder import Reported, run_study
from pellucid.studies.results import answer_to
from pellucid.studies.study import StudyError
from pellucid.studies.wording import finding_line, wording_of

__all__ = ["run_in_terminal", "summary"]


def run_in_terminal(
    name: str, *, data: str | None, seeds: int | None, quick: bool, workers: int | None, out: Path | None, quiet: bool
) -> str:
    """Run a study and return what to print."""
    source = data or ("digits" if quick else "cifar10")
    folder = out or Path("studies") / (f"{name}-quick" if quick else name)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    processes = cores if workers is None else workers
    try:
        with hidden() if quiet else nullcontext(), job("trials", delay=0.0) as progress:
            reported = run_study(
                name, folder, data=source, seeds=seeds, quick=quick, workers=processes, progress=progress
            )
    except KeyboardInterrupt:
        saved = len(list((folder / "trials").glob("*.json")))
        raise StudyError(f"interrupted; {saved} trials are saved in {folder}; the same command continues") from None
    return summary(reported)


def summary(reported: Reported) -> str:
    """The verdict, a line for each finding, and where the report is; after a quick run, the full run's answer for a verdict."""
    study = reported.study
    partial = [f"only {reported.done} of {reported.trials} trials are done"] if reported.done < reported.trials else []
    if not reported.about["quick"]:
        head = f"{study.name}: {reported.verdict.upper()}: {study.claim}"
        lines = [f"  {finding_line(finding)}" for finding in reported.findings]
        return "\n".join([head, *partial, *lines, f"the report is {reported.page}"])
    head = f"{study.name}: QUICK RUN: {study.claim}"
    warning = "a quick run decides nothing: with few seeds and small sizes, effects may point the wrong way"
    worded = [(wording_of(finding), finding.effect.seeds) for finding in reported.findings]
    lines = [f"  {each.statement} {each.size} ({seeds} seeds)" for each, seeds in worded]
    full = f"the full run: {answer_to(study)}"
    return "\n".join([head, *partial, warning, *lines, full, f"the report is {reported.page}"])
