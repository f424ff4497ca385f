"""Wrong backwards, each with the forward it belongs to: what `gradcheck` must reject.

Those of a layer are in its file in `tests/cases/`; here are the mistakes that any layer can have. Most are from public solutions
of a course; many pass that course's own check, because it uses one friendly shape.
"""

import numpy as np
from tests.cases import CASES, affine, batchnorm
from tests.layer_cases import Planted, plant

PLANTED: dict[str, Planted] = {name: planted for case in CASES.values() for name, planted in case.planted.items()}


def without_entry_13(gradient, dout, cache):
    return gradient * (np.arange(gradient.size) != 13).reshape(gradient.shape)


def with_on_the_diagonal(value):
    return affine.edited(g1=lambda g, dout, cache: np.where(np.eye(3) > 0, g, value))


ANY_LAYER = {
    "one entry left 0": plant(affine.IMAGES, affine.edited(g0=without_entry_13), 0),
    "NaN in one entry": plant(affine.ROWS, with_on_the_diagonal(np.nan), 1),
    "infinity in one entry": plant(affine.ROWS, with_on_the_diagonal(np.inf), 1),
    "off by 1e-5 of itself": plant(affine.ROWS, affine.edited(g0=lambda g, dout, cache: g * (1 + 1e-5)), 0),
    "off by 1e-6 of itself": plant(batchnorm.ROWS, batchnorm.edited(g0=lambda g, dout, cache: g * (1 + 1e-6)), 0),
    "None for one gradient": plant(affine.ROWS, affine.edited(g1=lambda g, dout, cache: None), 1),
}
assert PLANTED.keys().isdisjoint(ANY_LAYER)
PLANTED |= ANY_LAYER
