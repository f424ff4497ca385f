"""Which layer a unit is: the first reading whose outputs are the unit's, for every probe."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pellucid.checker.recognising.form import Hints, LayerForm, Reading
from pellucid.checker.recognising.plain import is_same
from pellucid.checker.recognising.probing import Answered
from pellucid.checker.recognising.units import Unit
from pellucid.shapes import Array

__all__ = ["Recognised", "equal_reading", "equal_readings", "hints_of", "likeliest", "matches"]


@dataclass(frozen=True)
class Recognised:
    """An answer of a unit and the reading that has the same outputs; None where none has."""

    answer: Answered
    reading: Reading | None
    likeness: float = 1.0  # of the nearest reading, where none is the same

    @property
    def form(self) -> LayerForm:
        """The form of the answer."""
        return self.answer.call.form


def hints_of(answer: Answered) -> Hints:
    """Return the settings, numbers and outputs of a call."""
    return Hints(answer.settings, answer.call.unit.constants, answer.outputs)


def equal_reading(answer: Answered, key: object = None) -> Reading | None:
    """Return the first reading with the outputs of an answer; with a key, that reading alone."""
    return next(equal_readings(answer, key), None)


def equal_readings(answer: Answered, key: object = None) -> Iterator[Reading]:
    """Yield the readings with the outputs of an answer; with a key, that reading alone."""
    with np.errstate(all="ignore"):
        try:
            for reading in answer.call.form.readings(answer.values, hints_of(answer)):
                if key is not None and reading.key != key:
                    continue
                if len(reading.outputs) <= len(answer.outputs) or len(answer.outputs) == 1:
                    pairs = zip(answer.outputs, reading.outputs, strict=False)
                    if all(is_same(found, np.asarray(expected)) for found, expected in pairs):
                        yield reading
        except (ValueError, IndexError, ZeroDivisionError, KeyError, np.linalg.LinAlgError):
            return


def matches(answers: Sequence[Answered]) -> list[Recognised]:
    """Return the answers that a reading equals: those that names speak for first, then those without a mistake."""
    found = [
        Recognised(_with_outputs_of(answer, reading), reading)
        for answer in answers
        if (reading := equal_reading(answer)) is not None
    ]

    def rank(match: Recognised) -> tuple[bool, bool, bool, int]:
        is_mistaken = match.reading is not None and bool(match.reading.mistake)
        is_like = bool(match.form.needs) or match.form.is_called(match.answer.call.unit.words)
        return not is_like, is_mistaken, not match.form.needs, match.answer.number

    return sorted(found, key=rank)


def _with_outputs_of(answer: Answered, reading: Reading) -> Answered:
    """Return an answer without what it returned besides the outputs of a reading."""
    count = len(reading.outputs)
    return replace(answer, outputs=answer.outputs[:count], paths=answer.paths[:count])


def likeliest(answers: Sequence[Answered], unit: Unit) -> list[Recognised]:
    """Return answers of a unit that no reading equals, the likeliest call first: by names, then by likeness of the outputs."""
    found = [
        Recognised(answer, None, _likeness(answer))
        for answer in answers
        if all(np.isfinite(one).all() for one in answer.outputs) and answer.outputs[0].size
    ]

    def rank(match: Recognised) -> tuple[bool, float, int, int]:
        call = match.answer.call
        spread = float(np.ptp(match.answer.outputs[0])) if match.answer.outputs[0].size > 1 else 1.0
        return spread == 0.0, -match.likeness * match.form.is_called(unit.words), -call.by_name, match.answer.number

    return sorted(found, key=rank)


def _likeness(answer: Answered) -> float:
    """Return how much the outputs look like the nearest reading's: 1 for the same direction, 0 for another shape."""
    best = 0.0
    with np.errstate(all="ignore"):
        try:
            for number, reading in enumerate(answer.call.form.readings(answer.values, hints_of(answer))):
                best = max(best, _cosine(answer.outputs[0], np.asarray(reading.outputs[0])))
                if number > 40:
                    break
        except (ValueError, IndexError, KeyError):
            return best
    return best


def _cosine(one: Array, other: Array) -> float:
    if one.shape != other.shape or not one.size:
        return 0.0
    a, b = one.ravel(), other.ravel()
    scale = float(np.linalg.norm(a) * np.linalg.norm(b))
    return abs(float(a @ b)) / scale if scale > 0 and np.isfinite(scale) else 0.0
