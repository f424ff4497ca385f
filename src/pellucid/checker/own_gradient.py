"""The second oracle: is the learner's backward the gradient of the learner's own forward, right or wrong as that may be?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.checker.packs.model import Case

__all__ = ["OwnGradient", "own_gradient"]

TOLERANCE = 1e-5


@dataclass(frozen=True)
class OwnGradient:
    """What differentiating the learner's forward says of the learner's backward."""

    cases: Mapping[str, bool]  # by the case's name: does the backward agree?

    @property
    def verdict(self) -> str:
        """passes, fails or not_applicable: the words of the report."""
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
    for case, got in pairs:
        if "error" in got:
            continue
        outputs = got["outputs"]
        for output in [o for o in outputs if f"numerical {o}" in outputs]:
            agrees = _agrees(outputs[output], outputs[f"numerical {output}"], case.values[f"direction {output[1:]}"])
            cases[case.name] = cases.get(case.name, True) and agrees
    return OwnGradient(cases)


def _agrees(gradient: Any, slope: Any, direction: Any) -> bool:
    if not isinstance(gradient, (np.ndarray, np.generic, float)) or not np.isfinite(slope):
        return False
    gradient = np.asarray(gradient)
    if gradient.size != direction.size:
        return False
    terms = gradient.reshape(direction.shape) * direction
    scale = float(np.sqrt((terms**2).sum())) + 1e-3  # below it lies the rounding of the differences
    return bool(abs(terms.sum() - slope) <= TOLERANCE * max(scale, abs(slope)))
