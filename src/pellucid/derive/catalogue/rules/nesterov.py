"""Nesterov momentum."""

from pellucid.derive.explanation import Explanation

__all__ = ["ALIASES", "EXPLANATION"]

ALIASES = {"nesterov_momentum": "nesterov"}
EXPLANATION = Explanation(
    name="nesterov",
    title="Nesterov momentum",
    formula=("v = momentum * v - learning_rate * dw    w = w + momentum * v - learning_rate * dw",),
    shapes="v has the shape of w",
    why="Momentum whose gradient is taken at the point to which the velocity will carry w. Here w stores that look-ahead "
    "point, so that the gradient at w is the one the rule needs.",
    mistakes=(
        "the old v used in the second formula instead of the new one",
        "sgd_momentum:velocity-not-stored",
    ),
    source="Nesterov 1983; Sutskever et al. 2013",
)
