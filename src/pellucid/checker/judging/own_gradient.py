"""The second oracle: is the learner's backward the gradient of the learner's own forward, whether or not that is correct?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.checker.asking.cases import Case

__all__ = ["OwnGradient", "own_gradient"]

TOLERANCE = 1e-5
ROUNDING = 1e-3  # differences below TOLERANCE of it are rounding


@dataclass(frozen=True)
class OwnGradient:
    """Whether the learner's backward agrees with the derivative of the learner's forward."""

    cases: Mapping[str, bool]  # by the case's name: does the backward agree?

    @property
    def verdict(self) -> str:
        """Return passes, fails or not_applicable, as the report says it."""
        if not self.cases:
            return "not_applicable"
        return "passes" if all(self.cases.values()) else "fails"

    def agrees_in(self, names: Sequence[str]) -> bool:
        """Say whether the backward was compared in some of these cases, and agreed in all that were compared."""
        compared = [self.cases[name] for name in names if name in self.cases]
        return bool(compared) and all(compared)


def own_gradient(pairs: Sequence[tuple[Case, Mapping[str, Any]]]) -> OwnGradient:
    """Compare each gradient, taken along a direction, with the slope of the learner's own forward along it."""
    cases: dict[str, bool] = {}
    for case, received in pairs:
        if "error" in received:
            continue
        outputs = received["outputs"]
        for output in [o for o in case.outputs if f"numerical {o}" in case.outputs]:
            agrees = _agrees(
                outputs.get(output), outputs.get(f"numerical {output}"), case.values[f"direction {output[1:]}"]
            )
            if agrees is not None:
                cases[case.name] = cases.get(case.name, True) and agrees
    return OwnGradient(cases)


def _agrees(gradient: Any, slope: Any, direction: Any) -> bool | None:
    """Say whether a gradient has the slope along the direction; None where both are too small to tell."""
    is_slope = isinstance(slope, (float, int)) or (isinstance(slope, (np.ndarray, np.generic)) and np.ndim(slope) == 0)
    if not isinstance(gradient, (np.ndarray, np.generic, float)) or not is_slope or not np.isfinite(slope):
        return False
    gradient = np.asarray(gradient)
    if gradient.size != direction.size or gradient.dtype.kind == "c":
        return False
    terms = gradient.reshape(direction.shape) * direction
    length = float(np.sqrt((terms**2).sum()))
    if 0 < max(length, abs(slope)) <= TOLERANCE * ROUNDING:
        return None
    return bool(abs(terms.sum() - slope) <= TOLERANCE * max(length + ROUNDING, abs(slope)))
