"""Hazards: what can hurt the user of a function whether or not its numbers are correct."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.checker.asking.cases import Case
from pellucid.checker.asking.pack import PackFunction
from pellucid.checker.judging.compare import agreement
from pellucid.checker.judging.evidence import Evidence
from pellucid.checker.judging.verdicts import LONGEST_MESSAGE, Hazard, on_one_line
from pellucid.checker.reading.learner_source import LearnerSource
from pellucid.checker.running.needs import needs_of

__all__ = ["hazards_of", "hazards_of_source"]

MINIMUM_SECONDS = 0.01  # below it a factor says nothing
MINIMUM_MEMORY = 60_000  # bytes


def hazards_of(evidence: Evidence, function: PackFunction) -> list[Hazard]:
    """Return the hazards that the cases show, each once. What a backward's forward does to an input is the forward's hazard."""
    found: dict[str, Hazard] = {}
    for number, (case, received) in enumerate(zip(evidence.cases, evidence.received, strict=True)):
        for hazard in (
            _changes_input(case, received, function.forward),
            _refusal(evidence, number),
            _only_a_hazard(evidence, number, function.forward),
            _wider(case, received),
            _narrower(case, received, evidence.expected[number]),
            _too_much_memory(case, received, evidence, function.memory_factor),
            _too_slow(case, received, evidence, function.time_factor),
        ):
            if hazard is not None:
                found.setdefault(hazard.id, hazard)
    return list(found.values())


def hazards_of_source(learner: LearnerSource, name: str) -> list[Hazard]:
    """Return the hazards that a function's text shows: a mutable default argument."""
    defaults = learner.shared_defaults(name)
    if not defaults:
        return []
    detail = f"{', '.join(defaults)} is created once and shared by all calls; use None and create it inside"
    return [Hazard("default-argument", detail)]


def _changes_input(case: Case, received: Mapping[str, Any], forward: str) -> Hazard | None:
    changed = [name for name, changer in received.get("changed", {}).items() if not (forward and changer == forward)]
    if not changed or case.layout == "strided":
        return None
    return Hazard("changes-input", f"{', '.join(changed)} is changed in place, and the caller still uses it")


def _refusal(evidence: Evidence, number: int) -> Hazard | None:
    """A memory order that raises an error, where the same values in the ordinary order do not."""
    case, received = evidence.cases[number], evidence.received[number]
    if not case.refusal or "error" not in received:
        return None
    plain = _plain_twin(evidence, case)
    return (
        Hazard(case.refusal, f"raises an error with {case.name}")
        if plain is not None and "error" not in plain
        else None
    )


def _only_a_hazard(evidence: Evidence, number: int, forward: str) -> Hazard | None:
    """A case whose failure is a hazard and not a mistake: read-only inputs."""
    case, received = evidence.cases[number], evidence.received[number]
    if not case.hazard:
        return None
    twin = _plain_twin(evidence, case)  # the learner's own answer to the same values
    plain = evidence.expected[number] if twin is None else twin
    if "error" in received:
        if forward and received["error"].get("entered") == forward:
            return None
        message = on_one_line(received["error"]["message"])
        is_refused = case.hazard != "changes-input" or "read-only" in message
        message = message if len(message) <= LONGEST_MESSAGE else message[:LONGEST_MESSAGE] + "..."
        is_hazard = is_refused and "error" not in plain
        return Hazard(case.hazard, f"raises an error with {case.name}: {message}") if is_hazard else None
    if twin is None and evidence.failing:
        return None  # wrong in other cases too: the layout need not be the reason
    same = all(
        agreement(received["outputs"].get(name), value, case.tolerance, floor=case.floor(name)).ok
        for name, value in plain.get("outputs", {}).items()
    )
    return None if same else Hazard(case.hazard, f"fails with {case.name}")


def _wider(case: Case, received: Mapping[str, Any]) -> Hazard | None:
    if "float32" not in case.tags or "error" in received:
        return None
    wider = [
        name
        for name, value in received["outputs"].items()
        if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.dtype.itemsize > 4 and value.size > 1
    ]
    return Hazard("float64", f"float32 inputs give float64 outputs: {', '.join(wider)}") if wider else None


def _narrower(case: Case, received: Mapping[str, Any], expected: Mapping[str, Any]) -> Hazard | None:
    """A float type with fewer digits than the inputs have, where what it loses is too little to be wrong."""
    if case.derive is not None or "error" in received or "error" in expected:
        return None
    inputs = "float32" if "float32" in case.tags else "float64"
    digits = np.finfo(inputs).precision
    narrower = {
        f"{name} is {value.dtype}"
        for name, value in received["outputs"].items()
        if _precision(value) < min(digits, _precision(expected["outputs"].get(name)))
    }
    if not narrower:
        return None
    return Hazard(
        "lost-precision", f"{inputs} inputs have {digits} digits; {', '.join(sorted(narrower))}, which has fewer"
    )


def _precision(value: Any) -> float:
    """Return the decimal digits of an array's type; of anything but floats, as many as one may ask for."""
    is_float = isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind == "f"
    return np.finfo(value.dtype).precision if is_float else np.inf


def _too_much_memory(case: Case, received: Mapping[str, Any], evidence: Evidence, limit: float) -> Hazard | None:
    """Compare the peak of a measured case with the reference's, both traced in the same way."""
    peak = received.get("peak", 0)
    if peak < MINIMUM_MEMORY or evidence.reference is None:
        return None
    needs = needs_of(evidence.reference, case)
    expected = needs.peak if needs is not None else 0
    if not expected or peak < limit * expected:
        return None
    amounts = f"{_amount(peak)} instead of {_amount(expected)}"
    return Hazard(
        "memory", f"uses {peak / expected:.0f} times as much memory as the reference ({amounts}, {case.name})"
    )


def _too_slow(case: Case, received: Mapping[str, Any], evidence: Evidence, limit: float) -> Hazard | None:
    seconds = received.get("seconds", 0.0)
    if "measure" not in case.tags or seconds < MINIMUM_SECONDS or "error" in received or evidence.reference is None:
        return None
    needs = needs_of(evidence.reference, case)
    if needs is None or seconds < limit * needs.seconds:
        return None
    return Hazard(
        "slow", f"takes {seconds / needs.seconds:.0f} times as long as the reference ({seconds:.2g} s, {case.name})"
    )


def _plain_twin(evidence: Evidence, case: Case) -> Mapping[str, Any] | None:
    """Return the learner's own answer to the same values in the ordinary layout, where there is such a case."""
    for other, received in zip(evidence.cases, evidence.received, strict=True):
        if (
            not other.hazard
            and other.values.keys() == case.values.keys()
            and all(other.values[k] is v for k, v in case.values.items())
        ):
            return received
    return None


def _amount(size: float) -> str:
    return f"{size / 2**20:.1f} MiB" if size >= 2**20 else f"{size / 2**10:.0f} KiB"
