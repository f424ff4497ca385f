"""Muon's step of one matrix: momentum, orthogonalized.

For a matrix w (A, B) with the gradient g:

    m = momentum m + g;    u = orthogonalized(g + momentum m);    w -= rate (0.2 sqrt(max(A, B)) u + weight_decay w)

With U S V' = g + momentum m, orthogonalized means U V': every direction moves alike, however small its singular value. The factor
gives u the root mean square of a typical step of Adam, so that both share a learning rate. Source: Jordan et al. 2024; the factor:
Liu et al. 2025, "Muon is scalable for LLM training".
"""

import numpy as np

from pellucid.shapes import Array, ShapeError, check_dtypes

__all__ = ["orthogonalized", "update_matrix"]

QUINTIC = (3.4445, -4.7750, 2.0315)  # the authors' choice: singular values end between 0.7 and 1.2
STEPS = 5
RMS_OF_ADAM = 0.2


def orthogonalized(matrix: Array) -> Array:
    """Return nearly U V' of the matrix (A, B) = U S V': an odd polynomial moves every singular value towards 1, five times.

    A matrix of zeros stays as it is; a singular value below a thousandth of the largest may not arrive.
    """
    a, b, c = QUINTIC
    length = np.linalg.norm(matrix)
    x = matrix / length if length > 0 else matrix
    wide = x if x.shape[0] <= x.shape[1] else x.T
    for _ in range(STEPS):
        square = wide @ wide.T
        wide = a * wide + (b * square + c * square @ square) @ wide
    return wide if x.shape[0] <= x.shape[1] else wide.T


def update_matrix(w: Array, dw: Array, m: Array, *, learning_rate: float, momentum: float, weight_decay: float) -> None:
    """Make Muon's step of w, in place with m. w, dw, m: (A, B), or (A, ...), whose later axes count as one."""
    check_dtypes("update_matrix", w=w, dw=dw, m=m)
    if w.ndim < 2 or dw.shape != w.shape or m.shape != w.shape:
        raise ShapeError(
            f"update_matrix: w, dw and m must be matrices of one shape; got {w.shape}, {dw.shape} and {m.shape}"
        )
    m *= momentum
    m += dw
    u = orthogonalized((dw + momentum * m).reshape(len(w), -1))
    w *= 1 - learning_rate * weight_decay
    w -= (learning_rate * RMS_OF_ADAM * max(u.shape) ** 0.5) * u.reshape(w.shape)
