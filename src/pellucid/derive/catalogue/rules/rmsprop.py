"""RMSProp."""

from pellucid.derive.explanation import Explanation

__all__ = ["EXPLANATION"]

EXPLANATION = Explanation(
    name="rmsprop",
    title="RMSProp",
    formula=("s = decay * s + (1 - decay) * dw**2    w = w - learning_rate * dw / (sqrt(s) + eps)",),
    shapes="s has the shape of w",
    why="AdaGrad with a memory that fades: the steps follow the recent size of the gradient.",
    mistakes=(
        "rmsprop:decay-reversed",
        "rmsprop:stale-cache",
        "rmsprop:not-stored",
    ),
    source="Tieleman & Hinton 2012",
    studies=("optimisers",),
)
