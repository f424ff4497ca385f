"""Adam."""

from pellucid.derive.explanation import Explanation

__all__ = ["EXPLANATION"]

EXPLANATION = Explanation(
    name="adam",
    title="Adam",
    formula=(
        "m = b1 m + (1 - b1) dw    v = b2 v + (1 - b2) dw**2",
        "w = w - learning_rate * (m / (1 - b1**t)) / (sqrt(v / (1 - b2**t)) + eps)",
    ),
    shapes="m and v have the shape of w; t counts steps from 1",
    why="Momentum of the gradient divided by the root of its recent square. Both averages start at 0 and are too small at"
    " first; dividing by 1 - b**t corrects exactly that.",
    mistakes=(
        "adam:t-not-incremented",
        "adam:t-not-stored",
        "adam:beta-to-no-power",
        "adam:not-corrected",
        "adam:corrected-values-stored",
    ),
    source="Kingma & Ba 2015",
    studies=("optimisers",),
)
