"""Local response normalization."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import arrays
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["ALIASES", "DERIVATIONS", "EXPLANATION", "local_response_norm"]


def local_response_norm(x: Array, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Array:
    """Each number divided by a power of its own and its two neighbours' squares (size 3), among the channels."""
    squared = x**2
    padded = np.pad(squared, ((0, 0), (1, 1)))
    summed = padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]
    scale = k + alpha / 3 * summed
    return x * scale ** (-beta)


SETTINGS = {"alpha": 0.5, "beta": 0.75, "k": 2.0}
DERIVATIONS = (
    Derivation(
        "local_response_norm",
        lambda x: local_response_norm(x, **SETTINGS),
        "x=N,C",
        pair_by_hand("local_response_norm", size=3, **SETTINGS),
        numbers=arrays([[1, 2, 0], [2, 1, 2]]),
        numbers_function=lambda x: local_response_norm(x, 3.0, 1.0, 1.0),
    ),
)
ALIASES = {"lrn": "local_response_norm"}
EXPLANATION = Explanation(
    name="local_response_norm",
    title="Local response normalization",
    formula=(
        "scale[c] = k + alpha / size * sum of x[j]**2 over the channels j around c",
        "out = x / scale**beta",
        "dx[j] = dout[j] / scale[j]**beta - 2 alpha beta / size * x[j] * sum around j of",
        "        dout[c] x[c] / scale[c]**(beta + 1)",
    ),
    shapes="x (N, C, ...), out as x; size is odd",
    why="A number reaches its own output as the numerator, and the outputs of its neighbours through their scales: "
    "the gradients of all "
    "these paths are added. Whoever is a neighbour of c has c as a neighbour, so the sum runs over the same "
    "channels as in the forward.",
    mistakes=(
        "the paths through the neighbours' scales forgotten, only the own one kept",
        "alpha not divided by size, as in the paper's own form",
    ),
    source="Krizhevsky, Sutskever & Hinton 2012, section 3.3",
)
