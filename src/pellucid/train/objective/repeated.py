"""A last layer that the loss computes again: training works, but hardly learns, since the scores are squeezed twice."""

from pellucid.layers import Loss, kind_of
from pellucid.nets import Network

__all__ = ["repeated_by_loss"]


def repeated_by_loss(net: Network, loss: Loss) -> str | None:
    """Return a line that says so where the network ends with a layer that the loss has in it; else None."""
    kind = kind_of(loss)
    last = next((each for each in net.program.operations if each.output == net.program.outputs[0]), None)
    if kind is None or last is None or last.kind not in kind.contains:
        return None
    return (
        f"the network ends with {type(last.description).__name__} ({last.name}), which the {kind.name} loss computes again: "
        "it takes scores. Leave the layer out; predict_proba gives probabilities"
    )
