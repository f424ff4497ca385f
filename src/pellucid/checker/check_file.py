"""Check one submission: find the functions, run each in a worker of its own, judge what comes back."""

import contextlib
import threading
import time
import traceback
import warnings
from collections.abc import Collection, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

import numpy as np

from pellucid.checker.asking.cases import Case
from pellucid.checker.asking.pack import Options, Pack, PackFunction
from pellucid.checker.check_function import check_function
from pellucid.checker.correcting import add_correction
from pellucid.checker.judging.verdicts import Cause, FunctionReport, Hazard, Judged
from pellucid.checker.reading.learner_source import LearnerSource
from pellucid.checker.reading.marks import marks_of
from pellucid.checker.reading.source_files import SubmissionError
from pellucid.checker.reading.submission import Submission
from pellucid.checker.recognising.another import (
    as_another,
    as_other_signature,
    other_arguments,
    takes_more,
    takes_others,
)
from pellucid.checker.recognising.check_units import check_units, classes_to_name, find_units
from pellucid.checker.recognising.probing import Source
from pellucid.checker.recognising.units import Unit
from pellucid.checker.request import Request
from pellucid.checker.running.attempts import Attempt, Task, run_in_opposite_order, run_task
from pellucid.checker.running.needs import measure
from pellucid.checker.running.outlines import with_outline
from pellucid.checker.running.reference import load_reference
from pellucid.checker.running.sandbox import Workers
from pellucid.checker.searching.telltale import history_causes, is_unexplained
from pellucid.checker.telling.causes import load_cause
from pellucid.checker.telling.escaping import shortened
from pellucid.checker.telling.explain import explain_on_pack_layers
from pellucid.checker.telling.file_report import FileReport

__all__ = ["check_submission", "functions_in", "not_judged"]

SECONDS_FOR_ONE = 2.0  # of processor time, to find the causes of one function
SECONDS_FOR_ALL = 25.0  # and of all functions together
LITTLE_TIME = 0.5  # where a function has no more than this left, its own code is not corrected
MOST_REASONS = 5  # why files were not read
FEW = 0.25  # of a pack's cases passed: it may be another function
OUTPUT_FLOOD = 1 << 20  # printed bytes
# References draw from NumPy's global generator, which belongs to the whole process.
ONE_JUDGEMENT = threading.Lock()


def check_submission(submission: Submission, request: Request, workers: Workers | None = None) -> FileReport:
    """Return the verdicts on a submission's main file. workers: those of a whole class; without them, its own."""
    start = time.monotonic()
    report = FileReport(submission.shown, request.pack.name, 0.0, [])
    try:
        with contextlib.nullcontext(workers) if workers else Workers(request.limits) as running:
            _judge(submission, request, report, running)
    except SubmissionError:  # nothing of anybody's can be checked in this way
        raise
    except (Exception, SystemExit) as error:  # whatever it was, it is said, and a class's other files go on
        report.functions, report.error = [], not_judged(error)
    report.seconds = time.monotonic() - start
    return shortened(report)


def not_judged(error: BaseException) -> str:
    """Return why a file could not be judged, with the checker's own line, which a report of the problem needs."""
    trace = traceback.extract_tb(error.__traceback__)
    place = f", {PurePosixPath(trace[-1].filename).name}:{trace[-1].lineno}" if trace else ""
    return f"could not be judged: {type(error).__name__}: {str(error)[:300]} (the checker's own error{place})"


def _judge(submission: Submission, request: Request, report: FileReport, workers: Workers) -> None:
    """Fill a report with the verdicts."""
    submission, source = with_outline(submission, workers)
    report.marks = marks_of(submission.files[submission.main])
    options = Options(request.edition, source.docstrings, source.arguments, source.assignments)
    tasks = _tasks(source, request, options)
    alone = _without_forward(tasks)
    tasks = [task for task in tasks if task.name not in alone]
    units = _units(submission, source, tasks, {*request.pack.names} - alone.keys(), request, workers)
    report.error = "" if (units or alone) and not tasks else _not_judgeable(submission, source, tasks, request)
    if not report.error and tasks:
        attempts = _run(submission, tasks, request, workers)
        report.sandbox = dict(next((a.result.limits for a in attempts.values() if a.result.limits), {}))
        report.functions = _FileJudgement(submission, request, options, tasks, attempts, workers).reports()
        _take_others(submission, request, report, workers)
    if not report.error and units:
        text = submission.files[submission.main]
        report.units, limits, problem = check_units(
            units, Source(submission.files, submission.module), text, workers, at_once=request.workers
        )
        by_pack = {task.name for task in tasks}
        report.units = [one for one in report.units if one.name not in by_pack]
        report.sandbox = report.sandbox or limits
        if not tasks and not alone and not report.units:
            report.error = problem or request.nothing_defined
    if not report.error:
        taken = {unit.backward.name for unit in units if unit.backward}
        report.functions += [one for name, one in alone.items() if name not in taken]
    if report.error == request.nothing_defined and request.recognise and not request.only:
        more = classes_to_name(submission.files[submission.main], workers)
        report.error += f"; {more}" if more else ", and no layer with a backward was found"


def _take_others(submission: Submission, request: Request, report: FileReport, workers: Workers) -> None:
    """Take a function that crashes, and is another layer with the same name, as what it is: other arguments, another layout."""
    crashed = {
        function.name: place
        for place, function in enumerate(report.functions)
        if function.verdict == "crashes" or (function.is_bad and function.passed <= FEW * function.total)
    }
    if not crashed or not request.recognise:
        return
    text = submission.files[submission.main]
    source, pack = Source(submission.files, submission.module), request.pack
    units = [unit for unit in find_units(text, workers) if not unit.owner and unit.forward.name in crashed]
    for unit in units:
        taken: str | None = None
        for found in check_units([unit], source, text, workers)[0]:
            place = crashed.get(found.name)
            if place is None or found.verdict == "crashes":
                continue
            has_others = takes_others(unit, pack) and report.functions[place].verdict == "crashes"
            differing = other_arguments(unit, pack)
            another = as_another(found, pack, has_other_arguments=has_others, forward=taken, arguments=differing)
            if another is not None:
                taken, report.functions[place] = unit.forward.name, another
        place = crashed[unit.forward.name]
        if taken is None and report.functions[place].verdict == "crashes" and takes_more(unit, pack):
            report.functions[place] = as_other_signature(report.functions[place], pack, other_arguments(unit, pack))


def _units(
    submission: Submission,
    source: LearnerSource,
    tasks: Sequence[Task],
    claimed: Set[str],
    request: Request,
    workers: Workers,
) -> list[Unit]:
    """Return the layers of a source that the pack does not claim, where these are asked for."""
    if request.only or not request.recognise or source.invalid:
        return []
    text, taken = submission.files[submission.main], claimed | {task.name for task in tasks}
    units = find_units(text, workers, taken, request.units, request.told)
    if tasks:
        units += [unit for unit in find_units(text, workers) if _is_half_claimed(unit, taken)]
    return units


def _is_half_claimed(unit: Unit, claimed: Set[str]) -> bool:
    """Whether a pack has one function of a pair and lacks the other: sigmoid, not sigmoid_prime."""
    if unit.owner or unit.backward is None:
        return False
    return (unit.forward.name in claimed) != (unit.backward.name in claimed)


def _tasks(source: LearnerSource, request: Request, options: Options) -> list[Task]:
    """Return a task for each function of the pack that the source defines and that is asked for."""
    defined = frozenset((*source.names(), *source.methods(), *source.assigned))
    asked = defined.intersection(request.only) if request.only else defined
    return [
        Task(name, function, _cases(function, request.seed, options, name), source, defined)
        for name, function in functions_in(request.pack, asked, options).items()
    ]


def functions_in(pack: Pack, names: Collection[str], options: Options) -> dict[str, PackFunction]:
    """Return the pack's functions that names stand for, by name or alias; of several that share one, the first that fits."""
    chosen: dict[str, PackFunction] = {}
    for function in pack.functions:
        for name in (function.name, *function.aliases):
            if name in names and name not in chosen and (function.fits is None or function.fits(name, options)):
                chosen[name] = function
    return chosen


def _without_forward(tasks: Sequence[Task]) -> dict[str, FunctionReport]:
    """Return reports on backwards that cannot be judged, because the file neither defines nor imports their forward, by name."""
    found = {}
    for task in tasks:
        forward = task.function.forward
        if forward and not task.function.lend and not task.learner.may_have(forward):
            hazard = Hazard("layers-missing", f"not judged: {forward}, whose cache it takes, is not in the file")
            found[task.name] = FunctionReport(task.name, "missing", 0, len(task.cases), hazards=[hazard])
    return found


def _not_judgeable(submission: Submission, source: LearnerSource, tasks: Sequence[Task], request: Request) -> str:
    """Return why a file cannot be judged, "" if it can."""
    if PurePosixPath(submission.main).stem in request.pack.framework_files:
        return f"is written for another framework; {request.pack.name} checks functions of NumPy arrays"
    if not tasks and source.invalid:
        return f"cannot be parsed ({source.invalid})"
    return "" if tasks else request.nothing_defined


def _run(submission: Submission, tasks: Sequence[Task], request: Request, workers: Workers) -> dict[str, Attempt]:
    """Run all tasks, and measure what the reference needs meanwhile."""

    def run(task: Task) -> Attempt:
        request.on_progress(task.name)
        return run_task(submission, task, request.pack, workers)

    with ThreadPoolExecutor(max(1, request.workers)) as pool, workers.stopped_by_interrupt():
        measuring = pool.submit(measure, load_reference(request.pack), _measured(tasks), workers)
        attempts = dict(zip((task.name for task in tasks), pool.map(run, tasks), strict=True))
        measuring.result()
    return attempts


@dataclass(frozen=True)
class _FileJudgement:
    """The functions of one file being judged in order: a backward after its forward, a network after its layers."""

    submission: Submission
    request: Request
    options: Options
    tasks: Sequence[Task]
    attempts: Mapping[str, Attempt]
    workers: Workers

    def reports(self) -> list[FunctionReport]:
        judged: dict[str, Judged] = {}
        remaining = SECONDS_FOR_ALL
        for number, task in enumerate(self.tasks):
            self.workers.check()
            start = time.thread_time()
            seconds = max(0.3, min(SECONDS_FOR_ONE, remaining / (len(self.tasks) - number)))
            judged[task.name] = self._guarded(task, judged, seconds)
            remaining -= time.thread_time() - start
        return [judged[task.name].report for task in self.tasks]

    def _guarded(self, task: Task, judged: Mapping[str, Judged], seconds: float) -> Judged:
        """Judge one function; an error of the checker's own is that function's alone."""
        try:
            return self._judged(task, judged, seconds)
        except SubmissionError:
            raise
        except (Exception, SystemExit) as error:
            explanation = "What the function returned led the checker into an error of its own."
            cause = Cause("not-judged", not_judged(error), explanation, 1.0, "")
            return Judged(FunctionReport(task.name, "crashes", 0, len(task.cases), None, causes=[cause]), {})

    def _judged(self, task: Task, judged: Mapping[str, Judged], seconds: float) -> Judged:
        """Judge one function; where that leaves doubt, run it again: on the pack's layers, or in the opposite order."""
        attempt, pack = self.attempts[task.name], self.request.pack
        if task.function.uses_layers and self._layers_may_be_wrong(judged):
            own = self._judged_once(task, attempt, judged, seconds=0.0)
            # Written, and without a result: a layer that it calls is missing.
            waits = own.report.verdict == "missing" and not task.learner.has_gap(task.name)
            if not own.report.is_bad and not waits:
                return own
            again = run_task(self.submission, task, pack, self.workers, on_layers=True)
            on_layers = self._judged_once(task, again, judged, seconds)
            return explain_on_pack_layers(own, on_layers, judged, task.learner.calls_of(task.name))
        own = self._judged_once(task, attempt, judged, seconds)
        if is_unexplained(own.report) and not attempt.repaired:
            reverse = run_in_opposite_order(self.submission, task, pack, self.workers)
            own.report.causes[:0] = history_causes(task.cases, attempt.result.answers, reverse)
        if not attempt.repaired and seconds > LITTLE_TIME:
            with ONE_JUDGEMENT, warnings.catch_warnings():
                warnings.simplefilter("ignore")
                add_correction(own, self.submission, task, pack, self.options, self.workers)
        return own

    def _layers_may_be_wrong(self, judged: Mapping[str, Judged]) -> bool:
        """Say whether the layers that a function calls may be what is wrong: one that was judged is, or they are elsewhere."""
        reports = [one.report for one in judged.values()]
        is_alone = all(task.function.uses_layers for task in self.tasks)
        return is_alone or any(report.is_bad or report.verdict == "missing" for report in reports)

    def _judged_once(self, task: Task, attempt: Attempt, judged: Mapping[str, Judged], seconds: float) -> Judged:
        result, function = attempt.result, task.function
        if result.load_error is not None or not result.answers:
            cause = load_cause(result.load_error, result.death, self.submission.files, result.starved)
            return Judged(FunctionReport(task.name, "crashes", 0, len(task.cases), None, causes=[cause]), {})
        cases = [_renamed(case, task.name, function.name) for case in task.cases]
        parts = {name: judged[name] for name in function.made_of if name in judged and judged[name].report.is_bad}
        with ONE_JUDGEMENT, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what came back may be complex, empty or not finite
            found = check_function(
                function, load_reference(self.request.pack), cases, result.answers, task.learner,
                name=task.name, options=self.options, forward=judged.get(function.forward), parts=parts,
                seconds=seconds,
            )  # fmt: skip
        found.report.hazards += _hazards_of_run(attempt, task.learner, self.submission, self.request.pack)
        return found


def _hazards_of_run(attempt: Attempt, learner: LearnerSource, submission: Submission, pack: Pack) -> list[Hazard]:
    """Return the hazards that a run shows, whatever the numbers: old Python, missing modules, too much output."""
    hazards, result = [], attempt.result
    if attempt.old_numbers:
        detail = "float() or int() of an array with one axis or more raises an error since NumPy 2.4; use x.item()"
        hazards.append(Hazard("array-to-number", detail))
    if attempt.repaired:
        old = ", ".join(learner.old_names) or "Python 2 syntax or division"
        hazards.append(Hazard("python2", f"runs only after repairs for Python 3 and NumPy 2: {old}"))
    hazards += [Hazard("not-read", reason) for reason in submission.skipped[:MOST_REASONS]]
    missing = sorted({name for name in result.stubbed if "." not in name or name.partition(".")[0] != pack.package})
    missing = [name for name in missing if name not in pack.supplied_files]
    if missing:
        hazards.append(Hazard("missing-import", f"imports modules that are not available: {', '.join(missing)}"))
    if result.wrote > OUTPUT_FLOOD:
        hazards.append(Hazard("output-flood", f"prints {result.wrote / 2**20:.0f} MiB while it is checked"))
    return hazards


def _measured(tasks: Sequence[Task]) -> list[Case]:
    """Return the cases whose time and memory are compared with the reference's, as the reference runs them."""
    cases = [_renamed(case, task.name, task.function.name) for task in tasks for case in task.cases]
    return [case for case in cases if "measure" in case.tags]


def _cases(function: PackFunction, seed: int, options: Options, name: str) -> list[Case]:
    cases = function.cases(np.random.default_rng([seed, *function.name.encode()]), options)
    return cases if name == function.name else [_renamed(case, function.name, name) for case in cases]


def _renamed(case: Case, old: str, new: str) -> Case:
    steps = [{**s, "function": new} if s.get("function") == old else s for s in case.steps]
    return replace(case, steps=steps)
