"""Whether what a network computes is what its original computes, up to rounding."""

import numpy as np

from pellucid.shapes import Array

__all__ = ["difference"]


def difference(ours: Array, theirs: Array, tolerance: float) -> str:
    """Return in words how two outputs differ; "" where they agree within tolerance times the largest finite entry of theirs."""
    largest = float(np.abs(theirs[np.isfinite(theirs)]).max(initial=0))
    if ours.shape != theirs.shape:
        return f"outputs have other shapes, the largest is {largest:.2g}"
    if np.allclose(ours, theirs, rtol=0, atol=tolerance * max(largest, 1e-30), equal_nan=True):
        return ""
    return f"outputs differ by up to {np.nanmax(np.abs(ours - theirs)):.2g}, the largest is {largest:.2g}"
