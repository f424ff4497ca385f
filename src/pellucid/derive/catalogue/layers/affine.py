"""Affine (fully connected): rows times weights, plus a bias."""

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import arrays
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["ALIASES", "DERIVATIONS", "EXPLANATION", "NUMBERS", "affine"]


def affine(x: Array, w: Array, b: Array) -> Array:
    """Rows times weights, plus a bias."""
    rows = x.reshape(len(x), len(w))
    scores = rows @ w
    return scores + b


NUMBERS = arrays([[1, 2], [3, 4]], [[1, 0, 2], [-1, 3, 1]], [1, 2, 3])
DERIVATIONS = (Derivation("affine", affine, "x=N,D w=D,M b=M", pair_by_hand("affine"), numbers=NUMBERS),)
ALIASES = {"fully_connected": "affine", "linear": "affine", "dense": "affine", "fc": "affine"}
EXPLANATION = Explanation(
    name="affine",
    title="Affine (fully connected)",
    formula=("out = x @ w + b", "dx = dout @ w.T    dw = x.T @ dout    db = dout.sum(axis=0)"),
    shapes="x (N, D), w (D, M), b (M,), out (N, M)",
    why="In every row, each weight multiplies one input and contributes to one output, so its gradient is the sum over rows of "
    "input times upstream gradient: a matrix product. b was broadcast over the rows, so its gradient is summed over them.",
    mistakes=(
        "affine_backward:bias-gradient-one-number",
        "affine_backward:bias-gradient-mean",
        "affine_backward:dx-not-reshaped",
        "affine_forward:x-not-flattened",
    ),
    source="Rumelhart, Hinton & Williams 1986",
    studies=("depth", "init-scale", "bias-decay"),
)
