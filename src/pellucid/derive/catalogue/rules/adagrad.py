"""AdaGrad."""

from pellucid.derive.explanation import Explanation

__all__ = ["EXPLANATION"]

EXPLANATION = Explanation(
    name="adagrad",
    title="AdaGrad",
    formula=("s = s + dw**2    w = w - learning_rate * dw / (sqrt(s) + eps)",),
    shapes="s has the shape of w",
    why="Directions whose gradients have been large get small steps. s only grows, so all steps shrink over time; RMSProp"
    " and Adam forget old squares and avoid this.",
    mistakes=(
        "s replaced instead of added to: every step is then as long as the learning rate",
        "s averaged: that is RMSProp",
    ),
    source="Duchi, Hazan & Singer 2011",
    studies=("optimisers",),
)
