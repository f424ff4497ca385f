"""What is handed over as a network or as a table of layers: refused where it is neither, before anything is computed."""

from typing import Any

from pellucid.layers import Layers
from pellucid.nets.network import Network
from pellucid.shapes import ShapeError

__all__ = ["check_network", "check_table"]


def check_network(who: str, net: Any) -> Network:
    """Return the network, or raise ShapeError."""
    if not isinstance(net, Network):
        raise ShapeError(f"{who}: net must be a Network; got {net!r}")
    return net


def check_table(who: str, layers: Any) -> Layers:
    """Return the table, or raise ShapeError."""
    if not isinstance(layers, Layers):
        raise ShapeError(f"{who}: layers must be a table such as pellucid.layers.REFERENCE; got {layers!r}")
    return layers
