"""Check the units of a submission that no pack's names claim."""

import contextlib
import warnings
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor

import msgspec
import numpy as np

from pellucid.checker.judging.verdicts import FunctionReport, in_words
from pellucid.checker.reading.source_files import SubmissionError
from pellucid.checker.recognising.asked import asked_units
from pellucid.checker.recognising.examining import Examined, examine
from pellucid.checker.recognising.lines import find_lines
from pellucid.checker.recognising.probing import Source
from pellucid.checker.recognising.records import Outline
from pellucid.checker.recognising.report import averages, needs_line, reports_on
from pellucid.checker.recognising.rules import examine_rule
from pellucid.checker.recognising.units import Unit, units_in
from pellucid.checker.running.outlines import run_on_text
from pellucid.checker.running.sandbox import Workers

__all__ = ["check_units", "find_units"]

MOST_UNITS = 60
RULES = ("rule", "optimiser")
Found = list[FunctionReport]


def find_units(text: str, workers: Workers, claimed: Collection[str] = (), asked: Sequence[str] = ()) -> list[Unit]:
    """Return the units of a source, without those of which a function is claimed by a pack. asked: units that are named."""
    answer = run_on_text(text, "unit_outline", "units_of", workers)
    try:
        outline = msgspec.convert(answer, Outline)
    except (msgspec.ValidationError, RecursionError):
        return []
    named = [*asked_units(outline, asked), *_of_comments(outline)]
    names = {*claimed, *(name for unit in named for name in _names(unit))}
    return [*named, *(unit for unit in units_in(outline) if not names & {*_names(unit)})][:MOST_UNITS]


def _of_comments(outline: Outline) -> list[Unit]:
    """Return the units that comments name; a comment that names none is left out."""
    found = []
    for _, text in outline.asked:
        with contextlib.suppress(SubmissionError):
            found += list(asked_units(outline, [text]))
    return found


def _names(unit: Unit) -> list[str]:
    if unit.owner:
        return [unit.owner.name]
    return [unit.forward.name, *([unit.backward.name] if unit.backward else [])]


def check_units(
    units: Sequence[Unit], source: Source, text: str, workers: Workers, *, at_once: int = 2
) -> tuple[Found, dict[str, str], str]:
    """Return the verdicts on units, in their order, what confined them, and why there are none."""
    with ThreadPoolExecutor(max(1, at_once)) as pool, workers.stopped_by_interrupt():
        of_rules = dict(
            pool.map(
                lambda unit: (unit.name, examine_rule(unit, source, text, workers)),
                [u for u in units if u.style in RULES],
            )
        )
        examined = list(pool.map(lambda unit: _examined(unit, source, workers), units))
        lines = list(pool.map(lambda one: find_lines(one, source, text, workers) if needs_line(one) else {}, examined))
    reports: Found = []
    batch_is_divided_elsewhere = any(averages(one) for one in examined)
    for one, places in zip(examined, lines, strict=True):
        found = of_rules[one.unit.name][0] if one.unit.style in RULES else reports_on(one, places)
        reports += [_excused(report) for report in found] if batch_is_divided_elsewhere else found
    limits = next((dict(one.result.limits) for one in examined if one.result.limits), {})
    error = next((one.result.load_error for one in examined if one.result.load_error), None)
    problem = f"could not be loaded: {in_words(error)} (line {error['line']})" if error and not reports else ""
    return reports, limits, problem


def _examined(unit: Unit, source: Source, workers: Workers) -> Examined:
    if unit.style in RULES:
        return Examined(unit)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return examine(unit, source, workers)
        except SubmissionError:
            raise
        except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError):  # of this unit alone
            return Examined(unit)


def _excused(report: FunctionReport) -> FunctionReport:
    """Take a loss's gradient without 1/m as a convention, where the file's layers divide by the batch's size."""
    if [cause.id for cause in report.causes] != ["not-averaged"]:
        return report
    title = "the gradient is not divided by the batch's size, since the layers of this file divide theirs"
    note = {"id": "averaged-in-layers", "title": title, "explanation": ""}
    return FunctionReport(
        report.name,
        "convention",
        report.total,
        report.total,
        conventions=[*report.conventions, note],
        hazards=report.hazards,
    )
