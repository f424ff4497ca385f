"""Run cases in this process with code of the pack's own: what the reference, or a variant of it, gives."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.checker.compare import flat_outputs
from pellucid.checker.packs.model import Case
from pellucid.checker.worker import steps

__all__ = ["derived", "expected_results", "run_one"]


def expected_results(functions: Mapping[str, Any], cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Run cases with reference functions (or a variant of them)."""
    return [run_one(functions, case) for case in cases]


def run_one(functions: Mapping[str, Any], case: Case) -> dict[str, Any]:
    """Run one case in this process: code of the pack's own only."""
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
