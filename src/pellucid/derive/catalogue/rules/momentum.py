"""SGD with momentum."""

from pellucid.derive.explanation import Explanation

__all__ = ["ALIASES", "EXPLANATION"]

ALIASES = {"sgd_momentum": "momentum"}
EXPLANATION = Explanation(
    name="momentum",
    title="SGD with momentum",
    formula=("v = momentum * v - learning_rate * dw    w = w + v",),
    shapes="v has the shape of w",
    why="v is a decaying sum of past steps: components on which they agree build up to 1 / (1 - momentum) times one step,"
    " components that alternate cancel.",
    mistakes=(
        "sgd_momentum:velocity-not-stored",
        "sgd_momentum:velocity-sign",
        "sgd_momentum:rate-on-velocity",
    ),
    source="Polyak 1964",
    studies=("optimisers",),
)
