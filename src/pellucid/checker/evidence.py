"""What is known about one function of a learner's: its cases, what it gave, what was expected, what of it is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pellucid.checker.compare import agreement
from pellucid.checker.packs.model import Case, Function
from pellucid.checker.reference import Reference

__all__ = ["Evidence", "failing_outputs"]


@dataclass
class Evidence:
    """What is known about one function: cases, what the learner's gave, what was expected, which outputs fail."""

    cases: Sequence[Case]
    got: Sequence[Mapping[str, Any]]  # {"outputs"} or {"error"}
    expected: Sequence[Mapping[str, Any]]
    failing: list[tuple[int, str]] = field(default_factory=list)  # case number, output
    reference: Reference | None = None  # to measure what it needs

    def order(self) -> list[int]:
        """Return case numbers, failing cases first, the cheapest of them foremost."""
        bad = list(dict.fromkeys(number for number, _ in self.failing))
        bad.sort(key=lambda n: ("error" in self.got[n], sum(np.size(v) for v in self.cases[n].values.values())))
        return bad + [n for n in range(len(self.cases)) if n not in bad]


def failing_outputs(evidence: Evidence, function: Function) -> list[tuple[int, str]]:
    """Return the case numbers and outputs in which the learner's function is wrong; what is only a hazard is not."""
    failing = []
    for number, (case, got, expected) in enumerate(zip(evidence.cases, evidence.got, evidence.expected, strict=True)):
        if case.hazard or (case.refusal and "error" in got):
            continue
        if "error" in expected:  # only with the forward's own mistake: then both must stop
            failing += [] if "error" in got else [(number, output) for output in got["outputs"]]
            continue
        for output, value in expected["outputs"].items():
            if "error" in got or not _agrees(got["outputs"].get(output), value, case, function):
                failing.append((number, output))
    return failing


def _agrees(value: Any, expected: Any, case: Case, function: Function) -> bool:
    return agreement(value, expected, case.tolerance, shapes_may_differ=function.shapes_may_differ).ok
