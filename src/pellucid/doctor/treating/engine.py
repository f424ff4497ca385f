"""Treating: cures are tried on copies, causes first; what helps is kept, and the treated copy is examined again."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pellucid.doctor.ailments import AILMENTS
from pellucid.doctor.chart import Chart
from pellucid.doctor.finding import AilmentFinding
from pellucid.doctor.prescription import Measure, Prescription
from pellucid.doctor.thresholds import POORLY_LEARNED
from pellucid.doctor.treating.curve import Course
from pellucid.doctor.treating.outcome import TreatmentResult
from pellucid.doctor.treating.result import MARGIN, TriedCure, UserTask
from pellucid.doctor.treating.ward import Length, Ward
from pellucid.doctor.treating.wording import Settings, settings_for, words_for
from pellucid.shapes import check_number

__all__ = ["SECONDS", "treat_findings"]

SECONDS = 30.0
COURSES = 8  # copies that the time is meant for: the run as it is, five cures, and two for examining
OF_SHORT_RUNS = "too-few-epochs"  # which a copy has that was cut short

RATES = (
    Prescription(rate=10.0),
    Prescription(rate=0.1),
)  # what is tried where a copy still learns poorly, and nothing says why

Watch = Callable[[str], None]


def treat_findings(
    chart: Chart,
    findings: Sequence[AilmentFinding],
    ward: Ward,
    *,
    seconds: float = SECONDS,
    watch: Watch | None = None,
) -> TreatmentResult:
    """Try the cures of findings on copies, for about that many seconds in all; `watch` hears of each copy before it is trained.

    Raises ShapeError where seconds are not a number above 0, and KeyboardInterrupt after Ctrl-C.
    """
    check_number("treat", "seconds", seconds, above=0)
    treating = _Treating(ward, chart, tuple(findings), seconds, watch or (lambda line: None))
    return treating.result()


@dataclass
class _Treating:
    """The treatment of one run, under way."""

    ward: Ward
    chart: Chart
    findings: tuple[AilmentFinding, ...]
    seconds: float
    watch: Watch
    started: float = field(default_factory=time.perf_counter)
    tried: list[TriedCure] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)  # ailments that were treated
    left_out: int = 0
    longest: float = 0.0  # seconds of one copy

    def result(self) -> TreatmentResult:
        """Treat, and return what came of it."""
        if self._next(self.findings, self.chart) is None:
            return self._told("", None, None, ())
        length = self.ward.plan(self.seconds / COURSES)
        untreated = best = self._follow(Prescription(), "the run as it is")
        found, chart = self.findings, self.chart
        while (finding := self._next(found, chart)) is not None:
            self.seen.add(finding.ailment)
            better = self._best(finding, chart, best)
            if better is not None:
                best = better
                found, chart = better.diagnosed()
                found = self._worth_treating(found, better, chart, length)
        if best is not untreated and not _has_learned(best, chart):
            last = next(one for one in reversed(self.tried) if one.kept)
            rates = [(rate, best.prescription.then(rate)) for rate in RATES]
            best = self._kept(last.code, last.ailment, "training loss", rates, chart, best) or best
        return self._told(str(length), untreated, None if best is untreated else best, self._remaining(best, length))

    def _remaining(self, course: Course, length: Length) -> tuple[AilmentFinding, ...]:
        """Return what a treated copy still has."""
        if not course.prescription.named:
            return ()
        found, _ = course.diagnosed()
        return tuple(one for one in found if length.is_whole or one.ailment != OF_SHORT_RUNS)

    def _next(self, found: Sequence[AilmentFinding], chart: Chart) -> AilmentFinding | None:
        """Return the first finding that can be treated and was not; what follows from one that needs the user is left to it."""
        waiting = {one.code for one in found if not self._options(one, chart) and one.ailment not in self.seen}
        for finding in found:
            if finding.because in waiting:
                waiting.add(finding.code)
            elif finding.ailment not in self.seen and finding.confidence != "low" and self._options(finding, chart):
                return finding
        return None

    def _worth_treating(
        self, found: Sequence[AilmentFinding], course: Course, chart: Chart, length: Length
    ) -> tuple[AilmentFinding, ...]:
        """Leave out what only a copy has: that it is short, and what is new in one that has learned."""
        known, learned = {one.ailment for one in self.findings}, _has_learned(course, chart)
        return tuple(
            one
            for one in found
            if (one.ailment in known or not learned) and (length.is_whole or one.ailment != OF_SHORT_RUNS)
        )

    def _options(self, finding: AilmentFinding, chart: Chart) -> list[Prescription]:
        """Return what can be tried here against a finding."""
        treatment = AILMENTS[finding.ailment].treatment
        options = [] if treatment is None else treatment.options(chart)
        return [option for option in options if set(option.named) <= self.ward.can]

    def _best(self, finding: AilmentFinding, chart: Chart, before: Course) -> Course | None:
        """Try every option, and where none helps, the first with other rates; return the best course, None if none helps."""
        treatment = AILMENTS[finding.ailment].treatment
        assert treatment is not None
        name = finding.code, finding.ailment, self._measure(treatment.judged_by)
        options = self._options(finding, chart)
        best = self._kept(*name, [(option, before.prescription.then(option)) for option in options], chart, before)
        if best is not None or any(option.rate != 1 for option in options) or _has_learned(before, chart):
            return best
        alone = self._kept(*name, [(rate, before.prescription.then(rate)) for rate in RATES], chart, before) or before
        pairs = [options[0].then(rate) for rate in RATES]
        both = self._kept(*name, [(pair, before.prescription.then(pair)) for pair in pairs], chart, alone)
        return both or (None if alone is before else alone)

    def _measure(self, judged_by: Measure) -> Measure:
        """Return what there is to judge by: the training loss in place of the validation loss where there is no validation."""
        patient = self.chart.patient
        is_validated = patient is not None and patient.rows("validation", 1) is not None
        return judged_by if is_validated or judged_by != "validation loss" else "training loss"

    def _kept(
        self,
        code: str,
        ailment: str,
        measure: Measure,
        options: Sequence[tuple[Prescription, Prescription]],
        chart: Chart,
        before: Course,
    ) -> Course | None:
        """Follow options, each given as what is new and as a whole; return the course that is better by the margin."""
        courses = []
        for new, whole in options:
            words = words_for(new, chart.setup)
            if self._has_time(new):
                courses.append((words, self._follow(whole, words)))
            else:
                self.left_out += 1
        best = before
        for (
            _,
            course,
        ) in courses:  # an earlier option is the likelier one: a later one must be better by the margin, too
            best = course if _is_better(course, best, measure) else best
        for words, course in courses:
            values = before.curve.value(measure), course.curve.value(measure)
            kept, made = course is best, course.prescription
            self.tried.append(TriedCure(code, ailment, words, made, measure, *values, kept, course.curve))
        return None if best is before else best

    def _has_time(self, option: Prescription) -> bool:
        spent = time.perf_counter() - self.started
        return spent + self.longest * option.epochs < self.seconds

    def _follow(self, prescription: Prescription, words: str) -> Course:
        self.watch(words)
        start = time.perf_counter()
        course = self.ward.follow(prescription)
        self.longest = max(self.longest, (time.perf_counter() - start) / prescription.epochs)
        return course

    def _told(
        self, length: str, untreated: Course | None, treated: Course | None, remaining: tuple[AilmentFinding, ...]
    ) -> TreatmentResult:
        kept = Prescription() if treated is None else treated.prescription
        tasks = [
            UserTask(one.code, one.ailment, one.cure)
            for one in self.findings
            if not one.because and not self._options(one, self.chart)
        ]
        return TreatmentResult(
            self.findings,
            length,
            None if untreated is None else untreated.curve,
            tuple(self.tried),
            None if treated is None else treated.curve,
            kept,
            Settings() if treated is None else settings_for(kept, self.chart.setup),
            tuple(tasks),
            remaining,
            self.left_out,
            time.perf_counter() - self.started,
        )


def _has_learned(course: Course, chart: Chart) -> bool:
    """Whether a course removed half of a constant prediction's loss; True where that cannot be said."""
    learned = None if course.prescription.balanced else chart.learned
    return learned is None or learned > POORLY_LEARNED


def _is_better(course: Course, before: Course, measure: Measure) -> bool:
    """Whether a course takes the margin off what it is judged by."""
    now, then = course.curve.value(measure), before.curve.value(measure)
    return math.isfinite(now) and now < then - MARGIN * abs(then) if math.isfinite(then) else math.isfinite(now)
