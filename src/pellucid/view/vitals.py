"""The vitals of a run's layers over time: its vitals file, and which of them the drawing shows."""

import json
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from pellucid.view.growing import GrowingRecord

__all__ = ["VITALS", "RunVitals", "Vital"]

MOST_SAMPLES = 20_000  # that are held; a recording is thinned long before
SHOWN_SAMPLES = 400  # places of the slider


class Vital(NamedTuple):
    """What layers can be coloured by."""

    name: str  # in a recording
    title: str
    low: float | None  # the usual range in runs that learn; None: no bound
    high: float | None
    logarithmic: bool
    about: str


VITALS = (
    Vital("spread", "Activation spread", 0.05, 20.0, True, "Standard deviation of the outputs; usually 0.05 to 20."),
    Vital("dead", "Dead units", None, 1 / 3, False, "Share of the units that are 0 for every row; usually below a third."),
    Vital("zeros", "Zeros", None, 0.9, False, "Share of the outputs that are exactly 0; about half after a ReLU."),
    Vital("saturated", "Saturation", None, 0.5, False, "Share of the outputs at an end of sigmoid or tanh; usually below a half."),
    Vital("gradient", "Gradient length", 1e-5, 30.0, True, "Length of the gradient of the weights; usually 1e-5 to 30."),
    Vital("update_ratio", "Update ratio", 1e-5, 0.03, True, "Length of the update over that of the weights; usually 1e-5 to 0.03."),
    Vital("weight", "Weight length", None, None, True, "Length of the weights."),
    Vital("mean", "Activation mean", None, None, False, "Mean of the outputs."),
)  # fmt: skip


class RunVitals(GrowingRecord):
    """The sampled steps of a vitals file, in order."""

    def shown(self, name: str, layers: list[str]) -> dict[str, Any]:
        """Return a vital of layers over time: steps (T,), values [layer][time] with None where it does not apply.

        Of many samples, SHOWN_SAMPLES evenly spaced ones, the first and the last among them.
        """
        samples = list(zip(self.steps, self.layers, strict=False))  # at once: another thread may read on
        chosen = [samples[place] for place in _spaced(len(samples), SHOWN_SAMPLES)]
        values = [[sample.get(layer, {}).get(name) for _, sample in chosen] for layer in layers]
        return {"steps": [step for step, _ in chosen], "values": values}

    def measured(self) -> list[str]:
        """Return which vitals were measured at all."""
        found = {name for sample in list(self.layers) for layer in sample.values() for name in layer}
        return [vital.name for vital in VITALS if vital.name in found]

    def names(self) -> list[str]:
        """Return the layers that were measured, in the order of the recording."""
        return list(dict.fromkeys(name for sample in list(self.layers) for name in sample))

    def _clear(self) -> None:
        self.steps: list[int] = []
        self.layers: list[dict[str, dict[str, float]]] = []

    def _add(self, lines: Sequence[bytes]) -> None:
        for line in lines:
            self._add_line(line)

    def _add_line(self, line: bytes) -> None:
        sample = _sample(line)
        if sample is None:
            self.damaged += 1
            return
        step, layers = sample
        while self.steps and self.steps[-1] >= step:  # the run was resumed from before
            self.steps.pop()
            self.layers.pop()
        if len(self.steps) < MOST_SAMPLES:
            self.steps.append(step)
            self.layers.append(layers)


def _sample(line: bytes) -> tuple[int, dict[str, dict[str, float]]] | None:
    """Return the step of a line and its layers' numbers; None where it is damaged."""
    try:
        entry = json.loads(line)
        layers = {
            str(layer): {name: float(value) for name, value in vitals.items() if _is_number(value)}
            for layer, vitals in entry["layers"].items()
        }
        return int(entry["step"]), layers
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        return None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _spaced(count: int, most: int) -> list[int]:
    """Return places in a list, evenly spaced, the last one among them."""
    if count <= most:
        return list(range(count))
    return sorted({round(place * (count - 1) / (most - 1)) for place in range(most)})
