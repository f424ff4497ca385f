"""Gradient clipping: a gradient longer than a bound is scaled down to it, in the same direction (Pascanu et al. 2013)."""

import numpy as np

from pellucid.shapes import Array, ShapeError, check_dtypes

__all__ = ["clip_by_global_norm", "global_norm", "scale_to_norm"]


BLOCK = 8192  # entries converted to float64 at a time: no copy of a whole buffer, and too few for a BLAS to wake its threads


def global_norm(gradients: Array) -> float:
    """Return the Euclidean length of all gradients together, summed in float64."""
    check_dtypes("global_norm", gradients=gradients)
    flat = gradients.ravel()
    scale = 1.0  # squares of a float32 fit into a float64; those of a float64 may not
    if gradients.dtype == np.float64:
        largest = float(np.max(np.abs(flat), initial=0))
        scale = largest if 0 < largest < np.inf else 1.0
    total = 0.0
    for start in range(0, flat.size, BLOCK):
        block = flat[start : start + BLOCK].astype(np.float64)
        if scale != 1:
            block /= scale
        total += float(block @ block)
    return scale * float(np.sqrt(total))


def clip_by_global_norm(gradients: Array, max_norm: float) -> tuple[Array, float]:
    """Return the gradients, scaled to length `max_norm` where they are longer, and their length before.

    One flat buffer of all gradients goes in; it is not changed. A length that is not finite leaves them as they are: the caller
    must not step on such a gradient anyway.
    """
    if not max_norm > 0:
        raise ShapeError(f"clip_by_global_norm: max_norm must be positive; got {max_norm}")
    norm = global_norm(gradients)
    if not np.isfinite(norm) or norm <= max_norm:
        return gradients, norm
    clipped = gradients.copy()
    scale_to_norm(clipped, norm, max_norm)
    return clipped, norm


def scale_to_norm(gradients: Array, norm: float, max_norm: float) -> None:
    """Scale gradients of length `norm`, in place, to `max_norm`."""
    # In float64: the scale itself may be too small for a float32.
    np.multiply(gradients, max_norm / norm, out=gradients, dtype=np.float64, casting="same_kind")
