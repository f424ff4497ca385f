"""Hazards: what a function does beside being right or wrong that can hurt its user."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.checker.compare import agreement
from pellucid.checker.evidence import Evidence
from pellucid.checker.lines import LearnerSource
from pellucid.checker.needs import needs_of
from pellucid.checker.packs.model import Case
from pellucid.checker.verdicts import Hazard

__all__ = ["hazards_of", "hazards_of_source"]

LEAST_SECONDS = 0.01  # below it a factor says nothing
LEAST_MEMORY = 60_000  # bytes
MUCH_MEMORY = 4.0  # times the reference's


def _plain_twin(evidence: Evidence, case: Case) -> Mapping[str, Any] | None:
    for other, got in zip(evidence.cases, evidence.got, strict=True):
        if (
            not other.hazard
            and other.values.keys() == case.values.keys()
            and all(other.values[k] is v for k, v in case.values.items())
        ):
            return got
    return None


def hazards_of(evidence: Evidence, slow_from: float = 50.0, forward: str = "") -> list[Hazard]:
    """Return the hazards that the cases show, each once. slow_from: how many times the reference's time is slow.

    forward: of a backward; what its forward does to an input is the forward's hazard.
    """
    found: dict[str, Hazard] = {}
    for number, (case, got) in enumerate(zip(evidence.cases, evidence.got, strict=True)):
        for hazard in (
            _changes_input(case, got, forward),
            _refusal(evidence, number),
            _only_a_hazard(evidence, number, forward),
            _wider(case, got),
            _too_much_memory(case, got, evidence),
            _too_slow(case, got, evidence, slow_from),
        ):
            if hazard is not None:
                found.setdefault(hazard.id, hazard)
    return list(found.values())


def hazards_of_source(learner: LearnerSource, name: str) -> list[Hazard]:
    """Return the hazards that a function's text shows: a default argument that is one object for all calls."""
    defaults = learner.shared_defaults(name)
    if not defaults:
        return []
    told = f"{', '.join(defaults)}: made once and shared by all calls; take None and make it inside"
    return [Hazard("default-argument", told)]


def _changes_input(case: Case, got: Mapping[str, Any], forward: str) -> Hazard | None:
    changed = [
        name
        for name, function in got.get("changed", {}).items()
        if not name.endswith("config") and not (forward and function == forward)
    ]
    if not changed or case.layout == "strided":
        return None
    return Hazard("changes-input", f"{', '.join(changed)} is changed in place; the caller still holds it")


def _refusal(evidence: Evidence, number: int) -> Hazard | None:
    """A memory order that is refused with an error, where the same values laid out plainly are taken."""
    case, got = evidence.cases[number], evidence.got[number]
    if not case.refusal or "error" not in got:
        return None
    plain = _plain_twin(evidence, case)
    return Hazard(case.refusal, f"stops with {case.name}") if plain is not None and "error" not in plain else None


def _only_a_hazard(evidence: Evidence, number: int, forward: str) -> Hazard | None:
    """A case whose failure is a hazard and no mistake: read-only inputs."""
    case, got = evidence.cases[number], evidence.got[number]
    if not case.hazard:
        return None
    twin = _plain_twin(evidence, case)  # the learner's own answer to the same values
    plain = evidence.expected[number] if twin is None else twin
    if "error" in got:
        if forward and got["error"].get("entered") == forward:
            return None
        told = got["error"]["message"]
        refused = case.hazard != "changes-input" or "read-only" in told
        return Hazard(case.hazard, f"stops with {case.name}: {told}") if refused and "error" not in plain else None
    if twin is None and evidence.failing:
        return None  # wrong in other cases too: nothing says that it is the layout
    same = all(
        agreement(got["outputs"].get(name), value, case.tolerance).ok
        for name, value in plain.get("outputs", {}).items()
    )
    return None if same else Hazard(case.hazard, f"fails with {case.name}")


def _wider(case: Case, got: Mapping[str, Any]) -> Hazard | None:
    if "float32" not in case.tags or "error" in got:
        return None
    wider = [
        name
        for name, value in got["outputs"].items()
        if isinstance(value, np.ndarray) and value.dtype == np.float64 and value.size > 1
    ]
    return Hazard("float64", f"float32 comes in, float64 goes out: {', '.join(wider)}") if wider else None


def _too_much_memory(case: Case, got: Mapping[str, Any], evidence: Evidence) -> Hazard | None:
    """Compare the peak of a measured case with the reference's, both traced in the same way."""
    peak = got.get("peak", 0)
    if peak < LEAST_MEMORY or evidence.reference is None:
        return None
    needs = needs_of(evidence.reference, case)
    due = needs.peak if needs is not None else 0
    if not due or peak < MUCH_MEMORY * due:
        return None
    told = f"{peak / due:.0f} times the memory of the reference ({_amount(peak)} for {_amount(due)}, {case.name})"
    return Hazard("memory", told)


def _too_slow(case: Case, got: Mapping[str, Any], evidence: Evidence, slow_from: float) -> Hazard | None:
    seconds = got.get("seconds", 0.0)
    if "measure" not in case.tags or seconds < LEAST_SECONDS or "error" in got or evidence.reference is None:
        return None
    needs = needs_of(evidence.reference, case)
    if needs is None or seconds < slow_from * needs.seconds:
        return None
    return Hazard(
        "slow", f"{seconds / needs.seconds:.0f} times the time of the reference ({seconds:.2g} s, {case.name})"
    )


def _amount(size: float) -> str:
    return f"{size / 2**20:.1f} MiB" if size >= 2**20 else f"{size / 2**10:.0f} KiB"
