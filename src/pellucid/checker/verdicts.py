"""What the checker says of a function and of a file: the records that text, JSON, HTML, JUnit and Gradescope are made from."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["Cause", "Failure", "FileReport", "FunctionReport", "Hazard"]


@dataclass(frozen=True)
class Failure:
    """One output that is wrong in one case."""

    case: str
    output: str
    error: float  # max |difference| / max |expected|; inf where they cannot be compared
    told: str = ""  # in words: a shape, a crash


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
    line: int = 0  # of the learner's file; 0 where it is not known
    quoted: str = ""  # that line


@dataclass(frozen=True)
class Hazard:
    """Something that is not wrong and yet can hurt."""

    id: str
    detail: str


@dataclass
class FunctionReport:
    """The verdict on one function."""

    name: str
    verdict: str  # correct, wrong, convention, crashes, missing
    passed: int = 0
    total: int = 0
    max_error: float | None = None
    failing: list[Failure] = field(default_factory=list)
    causes: list[Cause] = field(default_factory=list)
    conventions: list[dict[str, str]] = field(default_factory=list)
    hazards: list[Hazard] = field(default_factory=list)
    own_gradient_check: str = "not_applicable"
    known: list[str] = field(default_factory=list)  # what is known where no cause matches
    pattern: dict[str, Any] | None = None  # the first failing output: expected, got (nested lists), for drawing

    @property
    def is_bad(self) -> bool:
        """Whether the function is wrong or crashes."""
        return self.verdict in ("wrong", "crashes")

    def as_json(self) -> dict[str, Any]:
        """Return the record as JSON knows it; infinities become null."""
        return {
            "name": self.name,
            "verdict": self.verdict,
            "cases": {"passed": self.passed, "total": self.total},
            "max_error": _number(self.max_error),
            "failing": [
                {"case": f.case, "output": f.output, "error": _number(f.error)} | ({"detail": f.told} if f.told else {})
                for f in self.failing
            ],
            "causes": [_cause(cause) for cause in self.causes],
            "conventions": self.conventions,
            "hazards": [{"id": hazard.id, "detail": hazard.detail} for hazard in self.hazards],
            "own_gradient_check": self.own_gradient_check,
            "known": self.known,
        }


@dataclass
class FileReport:
    """The verdicts on one file."""

    file: str
    pack: str
    seconds: float
    functions: list[FunctionReport]
    error: str = ""  # the file could not be read or run at all
    sandbox: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """The report as a terminal shows it."""
        from pellucid.checker.report_text import as_text

        return as_text(self)

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong."""
        return not self.error and not any(function.is_bad for function in self.functions)

    def as_json(self) -> dict[str, Any]:
        """Return the record as JSON knows it."""
        told = {"error": self.error} if self.error else {}
        return {
            "file": self.file,
            "pack": self.pack,
            "seconds": round(self.seconds, 3),
            "functions": [function.as_json() for function in self.functions],
            "sandbox": self.sandbox,
        } | told


def _cause(cause: Cause) -> dict[str, Any]:
    place = {"line": cause.line, "quoted": cause.quoted} if cause.line else {}
    more = {k: v for k, v in (("lesson", cause.lesson), ("nudge", cause.nudge), ("formula", cause.formula)) if v}
    return {
        "id": cause.id,
        "title": cause.title,
        "explanation": cause.explanation,
        "confidence": cause.confidence,
        "evidence": cause.evidence,
    } | more | place  # fmt: skip


def _number(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)
