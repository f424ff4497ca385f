"""Muon."""

from pellucid.derive.explanation import Explanation

__all__ = ["EXPLANATION"]

EXPLANATION = Explanation(
    name="muon",
    title="Muon",
    formula=(
        "m = momentum * m + dw    for each weight matrix (A, B) but the last layer's",
        "U S V' = dw + momentum * m",
        "w = w - learning_rate * (0.2 * sqrt(max(A, B)) * U V' + weight_decay * w)",
        "AdamW for all else",
    ),
    shapes="m has the shape of w; a weight (F, C, HH, WW) counts as a matrix (F, C*HH*WW)",
    why="The gradient of a matrix is often dominated by few directions. U V' moves along all of them alike, so rare directions "
    "are learned too. An odd polynomial approximates it with a few matrix products.",
    mistakes=(
        "the last layer, biases or normalization parameters orthogonalized, too: they do better with AdamW",
        "the factor forgotten: U V' is small in every entry, the smaller the larger the matrix",
    ),
    source="Jordan et al. 2024; the factor from Liu et al. 2025",
)
