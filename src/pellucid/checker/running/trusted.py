"""Trusted runs: cases run in this process with the pack's own code, the reference or a variant of it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.checker.asking.cases import Case
from pellucid.checker.running.worker import steps

__all__ = ["derived", "expected_results", "flat_outputs", "run_one"]


def expected_results(functions: Mapping[str, Any], cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Run cases with reference functions (or a variant of them)."""
    return [run_one(functions, case) for case in cases]


def run_one(functions: Mapping[str, Any], case: Case) -> dict[str, Any]:
    """Run one case in this process, with the pack's own code only."""
    state = np.random.get_state()  # noqa: NPY002 (references of courses draw from it)
    np.random.seed(1)  # noqa: NPY002
    try:
        with np.errstate(all="ignore"):
            outputs = steps.run_case(functions, case.as_job())["outputs"]
        return {"outputs": derived(case, outputs)}
    except Exception as error:
        return {"error": {"type": type(error).__name__, "message": str(error)}}
    finally:
        np.random.set_state(state)  # noqa: NPY002


def derived(case: Case, outputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the outputs that are compared."""
    flat = flat_outputs(outputs)
    if case.derive is None:
        return flat
    try:
        return case.derive(case.values, flat)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError):
        return flat


def flat_outputs(outputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return outputs with dictionaries spread out: {"grads": {"W1": a}} -> {"grads W1": a}."""
    flat: dict[str, Any] = {}
    for name, value in outputs.items():
        if isinstance(value, Mapping):
            flat |= {f"{name} {key}".strip(): item for key, item in value.items()}
        else:
            flat[name] = value
    return flat
