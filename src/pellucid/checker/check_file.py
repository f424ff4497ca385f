"""Check one submission: find the functions, run each in a worker of its own, judge what comes back."""

import ast
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from pellucid.checker.explain import Judged, on_right_layers
from pellucid.checker.judge import judge
from pellucid.checker.lines import LearnerSource
from pellucid.checker.needs import measure
from pellucid.checker.packs.model import Case, Function, Options, Pack
from pellucid.checker.reference import Reference, load_reference
from pellucid.checker.running import Asked, Ran, run_asked, run_in_opposite_order
from pellucid.checker.sandbox import Limits, Outcome
from pellucid.checker.submission import Submission
from pellucid.checker.telltale import history_causes, is_unexplained
from pellucid.checker.verdicts import Cause, FileReport, FunctionReport, Hazard
from pellucid.checker.worker.repair import looks_like_python2, repaired_source, used_old_names

__all__ = ["Request", "check_submission"]

MOST_SECONDS = 2.0  # for one function
SEARCH_SECONDS = 25.0  # of processor time, for the causes of all functions together
# References draw from NumPy's global generator, which belongs to the whole process.
ONE_JUDGEMENT = threading.Lock()


@dataclass(frozen=True)
class Request:
    """How to check."""

    pack: Pack
    only: Sequence[str] = ()
    edition: int | None = None
    limits: Limits = field(default_factory=Limits)
    workers: int = 2
    seed: int = 0
    on_progress: Callable[[str], None] = lambda line: None


def check_submission(submission: Submission, request: Request) -> FileReport:
    """Return the verdicts on a submission's main file."""
    start = time.monotonic()
    learner = submission.source
    readable = learner
    if looks_like_python2(learner.text):
        readable = LearnerSource(repaired_source(learner.text))
    options = Options(request.edition, {name: readable.docstring(name) for name in readable.names()})
    held = frozenset(set(readable.names()) | _assigned(readable))
    asked = [
        Asked(name, function, _cases(function, request.seed, options, name), readable, held)
        for function in request.pack.functions
        for name in (function.name, *function.aliases)
        if name in held and (not request.only or name in request.only)
    ]
    report = FileReport(submission.shown, request.pack.name, 0.0, [])
    if PurePosixPath(submission.main).stem in request.pack.framework_files:
        report.error = f"is for another framework; {request.pack.name} judges functions of NumPy arrays"
        return replace(report, seconds=time.monotonic() - start)
    if not asked:
        wanted = ", ".join(request.only) if request.only else f"a function of the pack {request.pack.name}"
        report.error = f"holds none of {wanted}" if request.only else f"does not hold {wanted}"
        return replace(report, seconds=time.monotonic() - start)

    def run(item: Asked) -> Ran:
        request.on_progress(item.name)
        return run_asked(submission, item, request.pack, request.limits)

    with ThreadPoolExecutor(max(1, request.workers)) as pool:
        measuring = pool.submit(measure, load_reference(request.pack), _measured(asked))
        ran = dict(zip((item.name for item in asked), pool.map(run, asked), strict=True))
        measuring.result()
    report.sandbox = dict(next((r.outcome.limits for r in ran.values() if r.outcome.limits), {}))
    report.functions = _judge_all(submission, request, asked, ran, options)
    report.seconds = time.monotonic() - start
    return report


def _judge_all(
    submission: Submission, request: Request, asked: Sequence[Asked], ran: Mapping[str, Ran], options: Options
) -> list[FunctionReport]:
    """Judge every function in order: a backward after its forward, a network after its layers."""
    reference = load_reference(request.pack)
    judged: dict[str, Judged] = {}
    left = SEARCH_SECONDS
    for number, item in enumerate(asked):
        before = time.thread_time()
        share = max(0.3, min(MOST_SECONDS, left / (len(asked) - number)))
        layers = item.function.network and _may_be_the_layers(asked, judged)
        result = _judged(item, ran[item.name], reference, options, judged, 0.0 if layers else share)
        if layers and result.report.is_bad:
            again = run_asked(submission, item, request.pack, request.limits, on_layers=True)
            result = on_right_layers(result, _judged(item, again, reference, options, judged, share), judged)
        elif is_unexplained(result.report) and not ran[item.name].mended:
            results = run_in_opposite_order(submission, item, request.pack, request.limits)
            result.report.causes[:0] = history_causes(item.cases, ran[item.name].outcome.results, results)
        judged[item.name] = result
        left -= time.thread_time() - before
    return [judged[item.name].report for item in asked]


def _measured(asked: Sequence[Asked]) -> list[Case]:
    """Return the cases whose time and memory are compared with the reference's, as the reference runs them."""
    cases = [_renamed(case, item.name, item.function.name) for item in asked for case in item.cases]
    return [case for case in cases if "measure" in case.tags]


def _may_be_the_layers(asked: Sequence[Asked], judged: Mapping[str, Judged]) -> bool:
    """Say whether a network's layers may be what is wrong: one that was judged is, or they stand in another file."""
    layers = [item.name for item in asked if not item.function.network]
    return not layers or any(judged[name].report.is_bad for name in layers if name in judged)


def _assigned(source: LearnerSource) -> set[str]:
    """Return names bound at the top by plain assignment: `batchnorm_backward_alt = batchnorm_backward`."""
    body = source.tree.body if source.tree is not None else []
    return {
        target.id
        for node in body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _cases(function: Function, seed: int, options: Options, name: str) -> list[Case]:
    cases = function.cases(np.random.default_rng([seed, *function.name.encode()]), options)
    return cases if name == function.name else [_renamed(case, function.name, name) for case in cases]


def _renamed(case: Case, old: str, new: str) -> Case:
    steps = [{**s, "function": new} if s.get("function") == old else s for s in case.steps]
    return replace(case, steps=steps)


def _judged(
    item: Asked,
    ran: Ran,
    reference: Reference,
    options: Options,
    before: Mapping[str, Judged],
    seconds: float,
) -> Judged:
    outcome, learner = ran.outcome, item.learner
    if outcome.load_error is not None or not outcome.results:
        return Judged(_unloaded(item, outcome), {})
    results: dict[int, Mapping[str, Any]] = dict(outcome.results)
    forward = before.get(item.function.forward)
    cases = [_renamed(case, item.name, item.function.name) for case in item.cases]
    with ONE_JUDGEMENT:
        judged = judge(
            item.function,
            reference,
            cases,
            results,
            learner,
            name=item.name,
            options=options,
            forward=forward,
            seconds=seconds,
        )
    report = judged.report
    if ran.mended:
        used = used_old_names(learner.text)
        detail = "runs only after repairs for Python 3 and NumPy 2" + (
            f": {', '.join(used)}" if used else " (Python 2 syntax or division)"
        )
        report.hazards.append(Hazard("python2", detail))
    missing = sorted({name for name in outcome.stubbed if "." not in name or name.partition(".")[0] not in ("cs231n",)})
    if missing:
        report.hazards.append(Hazard("missing-import", f"imports what is not there: {', '.join(missing)}"))
    if outcome.wrote > 1 << 20:
        report.hazards.append(Hazard("output-flood", f"prints {outcome.wrote / 2**20:.0f} MiB while it is checked"))
    return judged


def _unloaded(item: Asked, outcome: Outcome) -> FunctionReport:
    error = outcome.load_error
    told = f"{error['type']}: {error['message']}" if error else outcome.death or "the worker did not start"
    line = int(error["line"]) if error else 0
    cause = Cause("file-does-not-load", f"the file cannot be loaded: {told}", "Nothing in it can run before this is mended.", 1.0,
                  f"line {line}" if line else told, line=line)  # fmt: skip
    return FunctionReport(item.name, "crashes", 0, len(item.cases), None, causes=[cause])
