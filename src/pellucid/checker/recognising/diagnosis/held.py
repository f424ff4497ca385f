"""Backwards that are correct for a forward in which something is held fixed: the path that they leave out has a name.

A backward through time that forgets the later steps is the exact derivative of a net whose old states are numbers, not functions
of the weights. A form says which of its parts may be held; the derivative of each such forward is compared with what came.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from pellucid.checker.recognising.form import Held, LayerForm, Reading, Values
from pellucid.shapes import Array

__all__ = ["held_mistake"]

STEP, TOLERANCE = 1e-5, 1e-5


def held_mistake(
    form: LayerForm,
    reading: Reading | None,
    values: Values,
    outputs: Sequence[Array],
    douts: Sequence[Array],
    role: str,
    entries: Array,
    at: Array,
) -> Held | None:
    """Return what a gradient leaves out, None where that is not known. at: the gradient at the entries of the role."""
    if reading is None or form.held is None or role not in values or at.shape != entries.shape:
        return None
    scale = float(np.abs(at).max(initial=0.0))
    found = None
    for held, expected in _gradients(form, reading, values, outputs, douts, role, entries):
        if np.allclose(at, expected, rtol=0, atol=TOLERANCE * scale + 1e-9):
            found = found or held
    return found


def _gradients(
    form: LayerForm,
    reading: Reading,
    values: Values,
    outputs: Sequence[Array],
    douts: Sequence[Array],
    role: str,
    entries: Array,
) -> Iterator[tuple[Held, Array]]:
    assert form.held is not None
    for held in form.held(values, replace(reading, outputs=tuple(outputs))):
        slopes = []
        for entry in entries:
            sides = []
            for sign in (1.0, -1.0):
                moved = np.array(values[role], dtype=np.float64)
                moved.reshape(-1)[entry] += sign * STEP
                outputs = held.forward({**values, role: moved})
                sides.append(
                    sum(float((out.ravel() * d.ravel()).sum()) for out, d in zip(outputs, douts, strict=False))
                )
            slopes.append((sides[0] - sides[1]) / (2 * STEP))
        yield held, np.array(slopes)
