"""AdamW."""

from pellucid.derive.explanation import Explanation

__all__ = ["EXPLANATION"]

EXPLANATION = Explanation(
    name="adamw",
    title="AdamW",
    formula=("w = w - learning_rate * weight_decay * w    then Adam's step, with the gradient of the loss alone",),
    shapes="m and v have the shape of w; t counts steps from 1",
    why="In Adam, a regularization term added to the gradient is divided by the root of the squares like everything else,"
    " so weights with large gradients decay least. Shrinking w separately from the gradient treats all weights "
    "equally.",
    mistakes=(
        "the decay added to dw: that is Adam with L2 regularization",
        "adam:t-not-incremented",
        "adam:not-corrected",
    ),
    source="Loshchilov & Hutter 2019",
)
