"""Run one asked-for function in a worker: as it is, with repairs for old Python, on the pack's layers, in the opposite order."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pellucid.checker.lines import LearnerSource
from pellucid.checker.packs.model import Case, Function, Pack
from pellucid.checker.sandbox import Job, Limits, Outcome, run_job
from pellucid.checker.submission import Submission

__all__ = ["Asked", "Ran", "run_asked", "run_in_opposite_order"]

MENDABLE = ("TypeError", "NameError", "AttributeError", "SyntaxError", "IndentationError", "TabError", "IndexError")


@dataclass(frozen=True)
class Asked:
    """A function that is to be run, with its cases."""

    name: str  # as the learner calls it
    function: Function
    cases: Sequence[Case]
    learner: LearnerSource
    held: frozenset[str]  # every name that the learner's file holds


@dataclass(frozen=True)
class Ran:
    """What came back."""

    outcome: Outcome
    mended: bool = False  # only after repairs for old Python


def run_asked(submission: Submission, item: Asked, pack: Pack, limits: Limits, *, on_layers: bool = False) -> Ran:
    """Run a function as it is; where it crashes in a way that old Python explains, once more with repairs.

    on_layers: with the pack's layers in place of the learner's own, so that a network is judged by itself.
    """
    learner, held = item.learner, item.held
    files, lend = dict(submission.files), []
    for module, paths in pack.compiled.items():
        if module not in files and _imports(files, Path(module).stem):
            files[module] = _texts(paths)
    for module, paths in pack.stand_ins.items():
        if item.function.network and module not in files:
            files[module] = _texts(paths)
    if on_layers:
        for paths in pack.stand_ins.values():
            files["layers_of_the_pack.py"] = _texts(paths)
        own = _defined(files["layers_of_the_pack.py"]) - {item.name, item.function.name, item.function.forward}
        lend.append({"from": "layers_of_the_pack", "names": sorted(own)})
    forward = item.function.forward
    if item.function.lend and (forward not in held or learner.is_stub(forward)):
        files["lent_forward.py"] = item.function.lend
        lend.append({"from": "lent_forward", "names": [forward]})
    names = list(dict.fromkeys([item.name, *item.function.needs, *([forward] if forward else [])]))
    job = Job(files, submission.module, names, [case.as_job(of_learner=True) for case in item.cases], replace=lend)
    outcome = run_job(job, limits)
    errors = [r["error"] for r in outcome.results.values() if "error" in r]
    failed = [outcome.load_error] if outcome.load_error else errors
    if not any(error["type"] in MENDABLE for error in failed):
        return Ran(outcome)
    mended = run_job(replace(job, mend=True), limits)
    left = [r for r in mended.results.values() if "error" in r]
    better = mended.load_error is None and (outcome.load_error is not None or len(left) < len(errors))
    return Ran(mended, True) if better else Ran(outcome)


def run_in_opposite_order(submission: Submission, item: Asked, pack: Pack, limits: Limits) -> dict[int, dict[str, Any]]:
    """Run the cases again, the last first: a function without a memory gives the same answers."""
    last = len(item.cases) - 1
    outcome = run_asked(submission, replace(item, cases=item.cases[::-1]), pack, limits).outcome
    return {last - number: result for number, result in outcome.results.items()}


def _texts(paths: Sequence[Path]) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def _imports(files: Mapping[str, str], name: str) -> bool:
    return any(f"{name} import" in text or f"import {name}" in text for text in files.values())


def _defined(text: str) -> set[str]:
    """Return the names that a source defines at its top."""
    names: set[str] = set()
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names
