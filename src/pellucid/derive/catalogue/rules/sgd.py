"""Stochastic gradient descent."""

from pellucid.derive.explanation import Explanation

__all__ = ["EXPLANATION"]

EXPLANATION = Explanation(
    name="sgd",
    title="Stochastic gradient descent",
    formula=("w = w - learning_rate * dw",),
    shapes="w and dw are equal in shape",
    why="A step in the direction in which the loss of the batch falls fastest.",
    mistakes=("sgd:wrong-sign",),
    source="Robbins & Monro 1951",
    studies=(
        "optimisers",
        "learning-rate",
    ),
)
