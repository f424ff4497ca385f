"""Find the line: the smallest change of the learner's own function with which every case of a pack passes.

The line of that change is the line that a report shows, in every layout of the code, and the change is what `--fix` shows. A
function whose mistake the catalogue does not name gets the change as its cause.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pellucid.checker.asking.pack import Options, Pack, PackFunction
from pellucid.checker.judging.evidence import Evidence, failing_outputs
from pellucid.checker.judging.judge import accepted_forms, received_as_compared
from pellucid.checker.judging.verdicts import Cause, FunctionReport, Judged
from pellucid.checker.reading.submission import Submission
from pellucid.checker.running.attempts import Task, job_of
from pellucid.checker.running.edits import Correction, Goal, read_edits, smallest_edit
from pellucid.checker.running.reference import Reference, load_reference
from pellucid.checker.running.sandbox import Workers
from pellucid.checker.running.trusted import expected_results

__all__ = ["add_correction"]

Results = Sequence[Mapping[str, Any]]
MOST_FORMS = 6
MOST_EDITS = 500
SURE = 0.9  # the confidence from which a cause is not replaced
UNCORRECTABLE = ("follows-from-forward", "follows-from-layers", "died", "not-in-time", "state-between-calls")


def add_correction(
    judged: Judged, submission: Submission, task: Task, pack: Pack, options: Options, workers: Workers
) -> None:
    """Add line and change to the cause of a wrong function, or a cause of their own; leave the report where none is found."""
    report, evidence = judged.report, judged.evidence
    is_asked = report.is_bad and evidence is not None and task.function.role != "network" and evidence.failing
    if not is_asked or any(cause.id in UNCORRECTABLE for cause in report.causes) or len(report.causes) > 1:
        return
    text, reference = task.learner.text, load_reference(pack)
    closed = [name for function in pack.functions for name in (function.name, *function.aliases)]
    found = read_edits(text, [task.name], workers, closed=closed)
    first = evidence.order()[0]
    judging = [n for n, case in enumerate(evidence.cases) if not case.own_gradient and not case.hazard and n != first]
    order = [first, *judging]
    cases = [_of_learner(evidence.cases[n].as_job(of_learner=True), task) for n in order]
    forms = _expected(evidence, task, reference, options)
    goal = _EveryCase(
        job_of(submission, task, pack), [task.name], cases, evidence, order, forms, task.function, reference
    )
    best = smallest_edit(found, text, goal, workers, most=MOST_EDITS)
    if best is not None:
        _add(report, Correction.of(best, text), len(evidence.cases))


def _of_learner(case: Mapping[str, Any], task: Task) -> dict[str, Any]:
    """Return a case that calls a function by the learner's name."""
    old, new = task.function.name, task.name
    steps = [{**step, "function": new} if step.get("function") == old else step for step in case["steps"]]
    return {**case, "steps": steps, "trace_below": 0.0}


def _expected(evidence: Evidence, task: Task, reference: Reference, options: Options) -> list[Results]:
    """Return what is expected in each case, for every accepted form: a corrected function may have another one."""
    starts = [start for _, start in accepted_forms(task.function, reference, options)]
    others = [expected_results(reference.with_sources(start), evidence.cases) for start in starts[:MOST_FORMS]]
    return [evidence.expected, *others]


@dataclass(frozen=True)
class _EveryCase(Goal):
    """Every case passes, in one of the accepted forms."""

    evidence: Evidence
    order: Sequence[int]  # of the evidence's cases
    forms: Sequence[Results]
    function: PackFunction
    reference: Reference

    def is_reached(self, answers: Mapping[int, Mapping[str, Any]]) -> bool:
        return any(all(self._passes(place, answer, form) for place, answer in answers.items()) for form in self.forms)

    def _passes(self, place: int, answer: Mapping[str, Any], form: Results) -> bool:
        number = self.order[place]
        case = self.evidence.cases[number]
        got = received_as_compared(case, answer, self.reference)
        return not failing_outputs(Evidence([case], [got], [form[number]]), self.function)


def _add(report: FunctionReport, found: Correction, count: int) -> None:
    cause = next(iter(report.causes), None)
    if cause is not None and cause.confidence >= SURE and cause.id not in ("crash",):
        report.causes[0] = replace(cause, line=found.line, quoted=found.quoted, fix=found.fix)
        return
    explanation = f"Changed here, {report.name} gives the correct numbers in all {count} cases."
    nudge = f"Look at line {found.line} again."
    made = Cause("line-corrected", found.sentence, explanation, 0.93, "found by changing your own code", nudge=nudge)
    report.causes = [replace(made, line=found.line, quoted=found.quoted, fix=found.fix)]
