"""Random bits that depend only on their purpose, the seed and the epoch.

Raw bits of NumPy's Philox (counter-based; Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"). NumPy
guarantees that raw streams stay the same between versions, but not `permutation` or `random`.
"""

from enum import IntEnum

import numpy as np

from pellucid.data.checks import DataError, is_whole
from pellucid.shapes import Array

__all__ = ["Purpose", "draws"]

_EPOCHS = 2**32


class Purpose(IntEnum):
    """What bits are drawn for; each purpose has its own streams."""

    ORDER = 1
    AUGMENTATION = 2
    SPLIT = 3
    DISTORTION = 4
    MIXING = 5
    SAMPLING = 6


def draws(purpose: Purpose, count: int, *, seed: int, epoch: int = 0) -> Array:
    """Return (count,) uint64 random bits; a longer draw starts with the shorter one.

    >>> bool((draws(Purpose.ORDER, 9, seed=1)[:4] == draws(Purpose.ORDER, 4, seed=1)).all())
    True
    """
    if not is_whole(seed) or not 0 <= seed < 2**64:
        raise DataError(f"seed must be a whole number from 0 to 2**64 - 1; got {seed!r}")
    if not is_whole(epoch) or not 0 <= epoch < _EPOCHS:
        raise DataError(f"epoch must be a whole number from 0 to 2**32 - 1; got {epoch!r}")
    key = np.array([seed, purpose * _EPOCHS + epoch], dtype=np.uint64)
    bits: Array = np.random.Philox(key=key).random_raw(count)
    return bits
