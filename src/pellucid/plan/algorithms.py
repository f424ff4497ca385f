"""A person's choice of algorithm for convolutions, by name."""

from collections.abc import Mapping

from pellucid.kernels.conv import can_be_winograd
from pellucid.nets import Network
from pellucid.shapes import ShapeError

__all__ = ["checked_algorithms"]

ALGORITHMS = ("direct", "winograd")


def checked_algorithms(net: Network, algorithms: Mapping[str, str] | None) -> dict[str, str]:
    """Return the choice; raise ShapeError for a name that is no convolution of the network, or one that has no such form."""
    convolutions = {operation.name: operation for operation in net.program.operations if operation.kind == "conv"}
    for name, algorithm in (algorithms or {}).items():
        if name not in convolutions:
            there = ", ".join(convolutions) or "none"
            raise ShapeError(f"Plan: algorithms must name convolutions of the network ({there}); it names {name!r}")
        if algorithm not in ALGORITHMS:
            raise ShapeError(f"Plan: algorithms[{name!r}] must be one of {', '.join(ALGORITHMS)}; it is {algorithm!r}")
        operation = convolutions[name]
        slot = net.params.slots[operation.params[0]]
        taps = tuple(slot.shape[axis] for axis in slot.memory)
        fits = can_be_winograd(taps, operation.options["stride"], operation.options["pad"]) and net.dtype == "float32"
        if algorithm == "winograd" and not fits:
            raise ShapeError(
                f"Plan: {name} has no Winograd form: that is for 3x3 windows of stride 1, pad 0 to 2, in float32"
            )
    return dict(algorithms or {})
