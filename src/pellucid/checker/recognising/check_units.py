"""Check the units of a submission that no pack's names claim."""

import contextlib
import warnings
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import msgspec
import numpy as np

from pellucid.checker.judging.verdicts import FunctionReport, in_words
from pellucid.checker.reading.source_files import SubmissionError
from pellucid.checker.recognising.diagnosis.both_sides import reports_of
from pellucid.checker.recognising.diagnosis.diagnosing import averages
from pellucid.checker.recognising.examined import Examined
from pellucid.checker.recognising.examining import examine
from pellucid.checker.recognising.probing import Source
from pellucid.checker.recognising.records import Class, Outline
from pellucid.checker.recognising.ties import with_ties
from pellucid.checker.recognising.unit_files import UnitFile
from pellucid.checker.recognising.units import Unit, asked_units, told_units, units_in
from pellucid.checker.recognising.updating.clipping import examine_clipping
from pellucid.checker.recognising.updating.rules import examine_rule
from pellucid.checker.running.job import JobResult
from pellucid.checker.running.outlines import run_on_text
from pellucid.checker.running.sandbox import Workers

__all__ = ["check_units", "classes_to_name", "find_units"]

MOST_UNITS = 200
RULES = ("rule", "optimiser")
Found = list[FunctionReport]


def find_units(
    text: str, workers: Workers, claimed: Collection[str] = (), asked: Sequence[str] = (), told: Sequence[UnitFile] = ()
) -> list[Unit]:
    """Return the units of a source, without those with a function that a pack claims. asked: units that are named;
    the last: units that a file describes.
    """
    outline = _outline(text, workers)
    named = [*told_units(outline, told), *asked_units(outline, asked), *_of_comments(outline)]
    names = {*claimed, *(name for unit in named for name in _names(unit))}
    return [*named, *(unit for unit in units_in(outline) if not names & {*_names(unit)})][:MOST_UNITS]


def classes_to_name(text: str, workers: Workers) -> str:
    """Return what is said of a class whose methods have none of the known names; "" where there is no such class."""
    for one in _outline(text, workers).classes:
        methods = [
            m for m in one.methods if not m.name.startswith("_") and m.name not in one.static and len(m.args) > 1
        ]
        if len(methods) > 1 and not any(unit.owner is one for unit in units_in(Outline(classes=[one]))):
            forward, backward = (f"{m.name}({m.args[1].name})" for m in methods[:2])
            arguments = ", ".join("5" for argument in _maker_arguments(one))
            return (
                f"of class {one.name}, no method is called like a forward or a backward; "
                f'name them: --unit "{one.name}({arguments}).{forward} / {backward}"'
            )
    return ""


def _maker_arguments(one: Class) -> list[str]:
    maker = one.method("__init__")
    return [argument.name for argument in maker.args[1:] if argument.is_required] if maker else []


def _outline(text: str, workers: Workers) -> Outline:
    answer = run_on_text(text, "unit_outline", "units_of", workers)
    try:
        return msgspec.convert(answer, Outline)
    except (msgspec.ValidationError, RecursionError):
        return Outline()


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
    return [unit.forward.name, *([unit.backward.name] if unit.backward and unit.style != "pullback" else [])]


def check_units(
    units: Sequence[Unit], source: Source, text: str, workers: Workers, *, at_once: int = 2
) -> tuple[Found, dict[str, str], str]:
    """Return the verdicts on units, in their order, what confined them, and why there are none."""
    with ThreadPoolExecutor(max(1, at_once)) as pool, workers.stopped_by_interrupt():
        checked = list(pool.map(lambda unit: _checked(unit, source, text, workers), units))
    reports: Found = []
    is_divided_in_layers = any(one.averages for one in checked)
    for one in checked:
        reports += [_excused(report) for report in one.reports] if is_divided_in_layers else one.reports
    limits = next((dict(one.result.limits) for one in checked if one.result.limits), {})
    error = next((one.result.load_error for one in checked if one.result.load_error), None)
    problem = f"could not be loaded: {in_words(error)} (line {error['line']})" if error and not reports else ""
    return reports, limits, problem


class _Checked(NamedTuple):
    reports: Found
    averages: bool  # the layer divides the gradients of its weights by the batch's size
    result: JobResult


def _checked(unit: Unit, source: Source, text: str, workers: Workers) -> _Checked:
    """Return the verdicts on one unit: none where what it returned led the checker into an error of its own."""
    examined = Examined(unit)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            if unit.style in RULES:
                found, result = examine_rule(unit, source, text, workers)
                return _Checked(found, False, result)
            if unit.style == "clipping":
                found, result = examine_clipping(unit, source, text, workers)
                if found:
                    return _Checked(found, False, result)
            examined = examine(unit, source, workers)
            reports = with_ties(reports_of(examined, source, text, workers), examined, source, workers)
            return _Checked(reports, averages(examined), examined.result)
        except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
            if isinstance(error, SubmissionError):  # nothing of anybody's can be checked
                raise
            return _Checked([], False, examined.result)


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
