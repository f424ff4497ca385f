"""The evidence about one of the learner's functions: its cases, what it returned, what was expected, and what is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pellucid.checker.asking.cases import Case
from pellucid.checker.asking.pack import PackFunction
from pellucid.checker.judging.compare import Unfit, agreement
from pellucid.checker.running.reference import Reference

__all__ = ["Evidence", "answer_in", "failing_outputs"]


@dataclass
class Evidence:
    """What is known about one function: cases, what was received and expected, and which outputs fail."""

    cases: Sequence[Case]
    received: Sequence[Mapping[str, Any]]  # {"outputs"} or {"error"}
    expected: Sequence[Mapping[str, Any]]
    failing: list[tuple[int, str]] = field(default_factory=list)  # case number, output
    reference: Reference | None = None  # to measure what it needs

    def failing_cases(self) -> list[int]:
        """Return the numbers of the cases in which an output fails, in order."""
        return list(dict.fromkeys(number for number, _ in self.failing))

    def order(self) -> list[int]:
        """Return case numbers: failing cases first, the cheapest of them before the others."""
        failing = self.failing_cases()
        failing.sort(key=lambda n: ("error" in self.received[n], sum(_size(v) for v in self.cases[n].values.values())))
        return failing + [n for n in range(len(self.cases)) if n not in failing]


def _size(value: Any) -> int:
    """Return how many numbers a value of a case holds: an array, or arrays in dictionaries, tuples and lists."""
    if isinstance(value, Mapping):
        return sum(map(_size, value.values()))
    return sum(map(_size, value)) if isinstance(value, (list, tuple)) else int(np.size(value))


def failing_outputs(evidence: Evidence, function: PackFunction) -> list[tuple[int, str]]:
    """Return the case numbers and outputs in which the learner's function is wrong; mere hazards do not count."""
    failing = []
    triples = zip(evidence.cases, evidence.received, evidence.expected, strict=True)
    for number, (case, received, expected) in enumerate(triples):
        if case.hazard or (case.refusal and "error" in received):
            continue
        if "error" in expected:  # only with the forward's own mistake: then both must stop
            failing += [] if "error" in received else [(number, output) for output in received["outputs"]]
            continue
        for output, value in expected["outputs"].items():
            if "error" in received or not _agrees(answer_in(received, output), value, case, output, function):
                failing.append((number, output))
    return failing


def answer_in(received: Mapping[str, Any], output: str) -> Any:
    """Return an output as it was received; of a case whose facts cannot be derived, what is unfit."""
    return Unfit(received["unfit"]) if "unfit" in received else received["outputs"].get(output)


def _agrees(value: Any, expected: Any, case: Case, output: str, function: PackFunction) -> bool:
    may_differ = function.shapes_may_differ
    return agreement(value, expected, case.tolerance, floor=case.floor(output), shapes_may_differ=may_differ).ok
