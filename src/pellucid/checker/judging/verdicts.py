"""The verdict on a function: the records that every format of a report is made from."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pellucid.checker.asking.named import code_of

__all__ = [
    "LONGEST_MESSAGE",
    "OF_ID",
    "Cause",
    "Failure",
    "FunctionReport",
    "Hazard",
    "Judged",
    "in_words",
    "on_one_line",
]

HUGE_ERROR = 1e3  # times the largest value
OF_ID = "?"  # the code that an id has in every kind of layer, if it has one
LONGEST_MESSAGE = 300  # characters of an exception's message


@dataclass(frozen=True)
class Failure:
    """One output that is wrong in one case."""

    case: str
    output: str
    error: float  # max |difference| / max |expected|; inf where the two cannot be compared
    detail: str = ""  # in words, where the numbers cannot be compared: a shape, a crash

    def __str__(self) -> str:
        """The failure in words."""
        if self.detail:
            return self.detail
        if not math.isfinite(self.error):
            return "it has another shape, or values that are not finite"
        error = f"{self.error:.2g}".replace("e+0", "e").replace("e+", "e")
        guess = ": probably diverging or uninitialized" if self.error >= HUGE_ERROR else ""
        return f"largest error {error} times the largest value{guess}"


@dataclass(frozen=True)
class Cause:
    """Why a function is wrong, as far as the evidence goes."""

    id: str
    title: str
    explanation: str
    confidence: float
    evidence: str
    lesson: str = ""
    nudge: str = ""
    formula: str = ""
    line: int = 0  # of the learner's file; 0 where it is unknown
    quoted: str = ""  # that line
    fix: tuple[str, ...] = ()  # a diff of the learner's lines, with which every case passes
    code: str = OF_ID  # such as "BN103"; "" for none

    def __post_init__(self) -> None:
        object.__setattr__(self, "code", code_of(self.id) if self.code == OF_ID else self.code)

    @property
    def heading(self) -> str:
        """Its title behind its code."""
        return f"{self.code} {self.title}" if self.code else self.title


@dataclass(frozen=True)
class Hazard:
    """Something that is not wrong but can hurt the user."""

    id: str
    detail: str
    code: str = OF_ID  # as of a cause

    def __post_init__(self) -> None:
        object.__setattr__(self, "code", code_of(self.id) if self.code == OF_ID else self.code)

    @property
    def tag(self) -> str:
        """Its id behind its code."""
        return f"{self.code} {self.id}" if self.code else self.id


@dataclass
class FunctionReport:
    """The verdict on one function."""

    name: str
    verdict: str  # correct, wrong, convention, crashes, missing, ignored
    passed: int = 0
    total: int = 0
    max_error: float | None = None
    failing: list[Failure] = field(default_factory=list)
    causes: list[Cause] = field(default_factory=list)
    conventions: list[dict[str, str]] = field(default_factory=list)
    hazards: list[Hazard] = field(default_factory=list)
    own_gradient_check: str = "not_applicable"
    known: list[str] = field(default_factory=list)  # facts about failures that no known mistake explains
    pattern: dict[str, Any] | None = None  # the first failing output: expected and got, for drawing

    @property
    def is_bad(self) -> bool:
        """Whether the function is wrong or crashes."""
        return self.verdict in ("wrong", "crashes")

    def as_json(self) -> dict[str, Any]:
        """Return the record as JSON shows it; infinities become null."""
        return {
            "name": self.name,
            "verdict": self.verdict,
            "cases": {"passed": self.passed, "total": self.total},
            "max_error": _number(self.max_error),
            "failing": [
                {"case": f.case, "output": f.output, "error": _number(f.error)}
                | ({"detail": f.detail} if f.detail else {})
                for f in self.failing
            ],
            "causes": [_cause(cause) for cause in self.causes],
            "conventions": self.conventions,
            "hazards": [_hazard(hazard) for hazard in self.hazards],
            "own_gradient_check": self.own_gradient_check,
            "known": self.known,
        }


def on_one_line(text: str) -> str:
    """Return a text with one blank for any white space, so that nothing in it looks like a line or a column of a report."""
    return " ".join(text.split())


def in_words(error: Mapping[str, Any]) -> str:
    """Return an exception as every report quotes it: its type and the beginning of its message, on one line."""
    message = on_one_line(str(error["message"]))
    return f"{error['type']}: {message if len(message) <= LONGEST_MESSAGE else message[:LONGEST_MESSAGE] + '...'}"


@dataclass
class Judged:
    """A report, and the changed reference that explains it: a backward's judgement starts from its forward's."""

    report: FunctionReport
    sources: Mapping[str, str]
    evidence: Any = None  # of a wrong function: its cases, what they returned and what was expected


def _hazard(hazard: Hazard) -> dict[str, str]:
    return {"id": hazard.id, "detail": hazard.detail} | ({"code": hazard.code} if hazard.code else {})


def _cause(cause: Cause) -> dict[str, Any]:
    place = {"line": cause.line, "quoted": cause.quoted} if cause.line else {}
    more = {
        k: v
        for k, v in (
            ("lesson", cause.lesson),
            ("nudge", cause.nudge),
            ("formula", cause.formula),
            ("fix", list(cause.fix)),
            ("code", cause.code),
        )
        if v
    }
    return {
        "id": cause.id,
        "title": cause.title,
        "explanation": cause.explanation,
        "confidence": cause.confidence,
        "evidence": cause.evidence,
    } | more | place  # fmt: skip


def _number(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)
