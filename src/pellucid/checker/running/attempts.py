"""Attempts at one function in a worker: as it is, with repairs for old Python, on the pack's layers, in the opposite order."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pellucid.checker.asking.cases import Case
from pellucid.checker.asking.pack import Pack, PackFunction
from pellucid.checker.reading.learner_source import LearnerSource
from pellucid.checker.reading.submission import Submission
from pellucid.checker.running.job import Job, JobResult, Lent
from pellucid.checker.running.pack_layers import containing, lent_source
from pellucid.checker.running.sandbox import Workers

__all__ = ["Attempt", "Task", "job_of", "run_in_opposite_order", "run_task"]

REPAIRABLE = ("TypeError", "NameError", "AttributeError", "SyntaxError", "IndentationError", "TabError", "IndexError")
ONE_NUMBER = "only 0-dimensional arrays can be converted"  # what NumPy raises for float(x) since 2.4
PACK_LAYERS, LENT_FORWARD = (
    "layers_of_the_pack",
    "lent_forward",
)  # modules that the checker adds, if these names are free


@dataclass(frozen=True)
class Task:
    """A function that is to be run, with its cases."""

    name: str  # as the learner calls it
    function: PackFunction
    cases: Sequence[Case]
    learner: LearnerSource
    defined: frozenset[str]  # every name that the learner's file defines


@dataclass(frozen=True)
class Attempt:
    """What came back from one run of a task."""

    result: JobResult
    repaired: bool = False  # it ran only after repairs for old Python
    old_numbers: bool = False  # it ran only with float(x) of arrays of one number, as NumPy allowed before 2.4


def run_task(submission: Submission, task: Task, pack: Pack, workers: Workers, *, on_layers: bool = False) -> Attempt:
    """Run a function as it is; where it crashes in a way that old Python explains, once more with repairs.

    on_layers: with the pack's layers in place of the learner's own, so that a network is judged by itself.
    """
    job = job_of(submission, task, pack, on_layers=on_layers)
    result = workers.run(job)
    errors = _errors(result)
    failures = [result.load_error] if result.load_error else errors
    if not any(error["type"] in REPAIRABLE for error in failures):
        return Attempt(result)
    if any(ONE_NUMBER in str(error["message"]) for error in failures):
        again = workers.run(replace(job, old_numbers=True))
        if again.load_error is None and (result.load_error is not None or len(_errors(again)) < len(errors)):
            return Attempt(again, old_numbers=True)
    repaired = workers.run(replace(job, repair=True))
    is_better = repaired.load_error is None and (result.load_error is not None or len(_errors(repaired)) < len(errors))
    return Attempt(repaired, repaired=True) if is_better else Attempt(result)


def run_in_opposite_order(
    submission: Submission, task: Task, pack: Pack, workers: Workers
) -> dict[int, dict[str, Any]]:
    """Run the cases again, the last first: a function without a memory gives the same answers."""
    last = len(task.cases) - 1
    result = run_task(submission, replace(task, cases=task.cases[::-1]), pack, workers).result
    return {last - number: answer for number, answer in result.answers.items()}


def job_of(submission: Submission, task: Task, pack: Pack, *, on_layers: bool = False) -> Job:
    """Return the worker's job: the submission, whatever else it needs, and what stands in for the learner's own functions."""
    function, forward = task.function, task.function.forward
    files, stand_ins = dict(submission.files), []
    lent: dict[str, Lent] = {}
    own = frozenset(
        {task.name, function.name, *function.aliases, task.name.partition(".")[0]}
    )  # what is judged is never lent
    for module, paths in pack.compiled.items():
        if module not in files and _imports(files, Path(module).stem):
            files[module] = _texts(paths)
    for module, paths in pack.stand_ins.items():
        if function.uses_layers and module not in files:
            lent[module] = lent_source(_texts(paths), own)
    layers = function.calls or tuple(dict.fromkeys(itertools.chain.from_iterable(pack.stand_ins.values())))
    if (on_layers and layers) or function.calls:
        name = _unused(PACK_LAYERS, files)
        lent[f"{name}.py"] = source = lent_source(_texts(layers), own)
        names = sorted(set(source.names) - {forward})
        stand_ins.append({"from": name, "names": names, "fills": bool(function.calls), "replaces": on_layers})
    if function.lend and (
        forward not in task.defined or task.learner.is_stub(forward) or task.learner.is_unwritten(forward)
    ):
        name = _unused(LENT_FORWARD, files)
        lent[f"{name}.py"] = replace(lent_source(function.lend, own), names=[forward])  # whatever else its source holds
        stand_ins.append({"from": name, "names": [forward]})
    if pack.public:
        open_to_all = {place: one.text for place, one in lent.items() if not containing(one.text, own)}
        files, lent = files | open_to_all, {place: one for place, one in lent.items() if place not in open_to_all}
    called = [task.name, *function.needs, *([forward] if forward else [])]
    names_used = list(dict.fromkeys(name.partition(".")[0] for name in called))  # of a method, its class
    cases = [case.as_job(of_learner=True) for case in task.cases]
    return Job(files, submission.module, names_used, cases, stand_ins=stand_ins, lent=lent)


def _errors(result: JobResult) -> list[Mapping[str, Any]]:
    return [answer["error"] for answer in result.answers.values() if "error" in answer]


def _texts(paths: Sequence[Path]) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def _unused(name: str, files: Mapping[str, str]) -> str:
    """Return a name for a module that no file or folder of a submission has."""
    while any(place.partition("/")[0].removesuffix(".py") == name for place in files):
        name += "_"
    return name


def _imports(files: Mapping[str, str], name: str) -> bool:
    return any(f"{name} import" in text or f"import {name}" in text for text in files.values())
