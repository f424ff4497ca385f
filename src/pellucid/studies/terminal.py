"""A study run from a terminal: its folder, a progress bar, and the summary that `pellucid study` prints."""

import os
from contextlib import nullcontext
from pathlib import Path

from pellucid.progress import hidden, job
from pellucid.studies.catalogue import study_named
from pellucid.studies.folder import Reported, run_study
from pellucid.studies.quick_look import beside_the_full_run, cannot_decide
from pellucid.studies.results import answer_to
from pellucid.studies.study import StudyError
from pellucid.studies.wording import finding_line

__all__ = ["run_in_terminal", "summary"]


def run_in_terminal(
    name: str, *, data: str | None, seeds: int | None, quick: bool, workers: int | None, out: Path | None, quiet: bool
) -> str:
    """Run a study and return what to print."""
    name = study_named(name).name
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
    """The verdict, a line for each finding, and where the report is; a quick run's findings beside those of the full run."""
    study = reported.study
    partial = [f"only {reported.done} of {reported.trials} trials are done"] if reported.done < reported.trials else []
    if not reported.about["quick"]:
        head = f"{study.name}: {reported.verdict.upper()}: {study.claim}"
        lines = [f"  {finding_line(finding)}" for finding in reported.findings]
        return "\n".join([head, *partial, *lines, f"the report is {reported.page}"])
    head = f"{study.name}: QUICK RUN, without a verdict; the full run: {answer_to(study)}"
    beside = beside_the_full_run(study, reported.findings)
    lines = [line for each in beside for line in (f"  full:  {each.full}", f"  quick: {each.quick}")]
    warning = f"a quick run decides nothing: {cannot_decide(study, reported.about, reported.findings)}"
    return "\n".join([head, *partial, *lines, warning, f"the report is {reported.page}"])
