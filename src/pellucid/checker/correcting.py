"""Find the line: the smallest change of the learner's own function with which every case passes.

The line of that change is the line that a report shows, in every layout of the code, and the change is what `--fix` shows. A
function whose mistake the catalogue does not name gets the change as its cause.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pellucid.checker.asking.pack import Options, Pack
from pellucid.checker.judging.evidence import Evidence, failing_outputs
from pellucid.checker.judging.judge import accepted_forms, received_as_compared
from pellucid.checker.judging.verdicts import Cause, FunctionReport, Judged
from pellucid.checker.reading.submission import Submission
from pellucid.checker.running.attempts import Task, job_of
from pellucid.checker.running.corrections import Correction, calling, difference, read_corrections, run_corrected
from pellucid.checker.running.job import Job
from pellucid.checker.running.reference import Reference, load_reference
from pellucid.checker.running.sandbox import Workers
from pellucid.checker.running.trusted import expected_results

__all__ = ["add_correction"]

Results = Sequence[Mapping[str, Any]]
MOST_FORMS = 6
MOST_WHOLE = 12  # corrections that are tried in every case
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
    before = task.learner.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    found = read_corrections(task.learner.text, task.name, workers)
    sources, kept = list[str](), list[Correction]()
    for one in found.found:
        try:
            sources.append("\n".join(one.applied(before)[found.first - 1 : found.last]))
            kept.append(one)
        except (IndexError, UnicodeDecodeError):
            continue
    job, forms = job_of(submission, task, pack), _expected(evidence, task, load_reference(pack), options)
    whole = _correct(sources, evidence, forms, job, task, load_reference(pack), workers)
    if not whole:
        return
    best = min((kept[number] for number in whole), key=lambda one: one.size)
    _add(report, best, difference(before, best.applied(before)), task, len(evidence.cases))


def _expected(evidence: Evidence, task: Task, reference: Reference, options: Options) -> list[Results]:
    """Return what is expected in each case, for every accepted form: a corrected function may have another one."""
    starts = [start for _, start in accepted_forms(task.function, reference, options)]
    others = [expected_results(reference.with_sources(start), evidence.cases) for start in starts[:MOST_FORMS]]
    return [evidence.expected, *others]


def _correct(
    sources: Sequence[str],
    evidence: Evidence,
    forms: Sequence[Results],
    job: Job,
    task: Task,
    reference: Reference,
    workers: Workers,
) -> list[int]:
    """Return the numbers of the sources with which every case passes: those that pass the first, then tried in all."""
    every = [n for n, case in enumerate(evidence.cases) if not case.own_gradient and not case.hazard]
    first = evidence.order()[0]
    alive = {number: set(range(len(forms))) for number in range(len(sources))}  # forms that it may have
    for places in ([first], [n for n in every if n != first]):
        pairs = [(number, place) for number in alive for place in places]
        cases = [(number, calling(evidence.cases[place], task.function.name, task.name)) for number, place in pairs]
        answers = run_corrected(job, task.name, sources, cases, workers)
        for n, (number, place) in enumerate(pairs):
            case = evidence.cases[place]
            got = received_as_compared(case, answers[n], reference) if n in answers else {"error": {}}
            for form in list(alive[number]):
                if failing_outputs(Evidence([case], [got], [forms[form][place]]), task.function):
                    alive[number].discard(form)
        alive = dict([(number, left) for number, left in alive.items() if left][:MOST_WHOLE])
    return list(alive)


def _add(report: FunctionReport, best: Correction, fix: tuple[str, ...], task: Task, count: int) -> None:
    quoted = task.learner.line(best.line)
    cause = next(iter(report.causes), None)
    if cause is not None and cause.confidence >= SURE and cause.id not in ("crash",):
        report.causes[0] = replace(cause, line=best.line, quoted=quoted, fix=fix)
        return
    explanation = f"Changed here, {report.name} gives the correct numbers in all {count} cases."
    nudge = f"Look at line {best.line} again."
    made = Cause("line-corrected", best.sentence, explanation, 0.93, "found by changing your own code", nudge=nudge)
    report.causes = [replace(made, line=best.line, quoted=quoted, fix=fix)]
