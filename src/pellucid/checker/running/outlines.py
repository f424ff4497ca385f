"""What a submission's source says of itself: worked out in a worker, since parsing it can take long, need much memory or crash.

The worker runs the checker's own `worker/outline.py`, which runs nothing of the submission. It has the same limits as a worker that
does, and its answer is checked against a schema in the same way.
"""

import functools
import marshal
from collections.abc import Mapping
from dataclasses import replace
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any

import msgspec
import numpy as np

from pellucid.checker.reading.learner_source import LearnerSource
from pellucid.checker.reading.source_files import SubmissionError
from pellucid.checker.reading.submission import Submission
from pellucid.checker.running.job import Job
from pellucid.checker.running.sandbox import Workers
from pellucid.shapes import Array

__all__ = ["MODULES", "PACKAGE", "UnreadableError", "code_of_worker", "read_outline", "run_on_text", "with_outline"]

PACKAGE = "of_the_checker"  # what the worker calls the folder of these modules
MODULES = (
    *("outline", "unit_outline", "cells", "gaps", "repair"),
    *(
        f"editing/{name}"
        for name in ("__init__", "edits", "expressions", "focus", "parts", "source", "statements", "terms")
    ),
)


class UnreadableError(SubmissionError):
    """A source is no source, or took too much time or memory to read."""


def with_outline(submission: Submission, workers: Workers) -> tuple[Submission, LearnerSource]:
    """Return a submission that can be run, and what its source says of itself. Raises UnreadableError.

    A notebook's cells become one source; empty places that Python cannot parse are filled.
    """
    text, is_notebook = submission.files[submission.main], submission.main.endswith(".ipynb")
    source = read_outline(text, workers, is_notebook=is_notebook)
    if source.problem:
        raise UnreadableError(f"{submission.shown}: could not be judged: {source.problem}")
    if is_notebook:
        submission = replace(submission, main="notebook.py", files={"notebook.py": source.text})
    elif source.has_filled:
        submission = replace(submission, files={**submission.files, submission.main: source.text})
    return submission, source


def read_outline(text: str, workers: Workers, *, is_notebook: bool) -> LearnerSource:
    """Return what a source says of itself; `problem` says why a worker could not find out."""
    answer = _answer({"text": text}, "outline", "outline_of_notebook" if is_notebook else "outline", workers)
    if "error" in answer:
        error = answer["error"]
        reason = error["message"] if error["type"] == "Death" else f"stopped with {error['type']}"
        return LearnerSource(problem=f"reading the source {reason}")
    try:
        return msgspec.convert(answer["outputs"]["source"], LearnerSource)
    except (msgspec.ValidationError, KeyError):
        return LearnerSource(problem="the source is too large or too deeply nested")


def run_on_text(text: str, module: str, function: str, workers: Workers, **values: Any) -> Any:
    """Return what a function of the worker's own modules says of a source; None where it came to nothing."""
    return _answer({"text": text, **values}, module, function, workers).get("outputs", {}).get("source")


def _answer(values: Mapping[str, Any], module: str, function: str, workers: Workers) -> Mapping[str, Any]:
    """Run a function of the checker's own in a worker, on a source: nothing of the source runs."""
    step = {"do": "call", "function": function, "args": [{"$": [name]} for name in values], "unpack": ["source"]}
    case = {"values": dict(values), "steps": [step], "outputs": {"source": ["source"]}}
    job = Job({}, f"{PACKAGE}.{module}", [function], [case], compiled=code_of_worker())
    return workers.run(job, replace(workers.limits, allow_weak_sandbox=True)).answers.get(0, {})


@functools.cache
def code_of_worker() -> Mapping[str, Array]:
    """Return the checker's own modules that a worker runs on a text, compiled: each worker would take as long as for its job."""
    folder = Path(__file__).with_name("worker")
    loaders = {f"{PACKAGE}/{name}.py": SourceFileLoader(name, str(folder / f"{name}.py")) for name in MODULES}
    codes: dict[str, CodeType | None] = {f"{PACKAGE}/__init__.py": compile("", "", "exec")}
    codes |= {place: loader.get_code(loader.name) for place, loader in loaders.items()}
    return {place: np.frombuffer(marshal.dumps(code), np.uint8) for place, code in codes.items()}
