"""The user's choice of algorithms for convolutions, by name."""

from collections.abc import Mapping

from pellucid.kernels.conv import can_be_winograd
from pellucid.nets import Network
from pellucid.shapes import ShapeError

__all__ = ["checked_algorithms"]

ALGORITHMS = ("direct", "winograd")


def checked_algorithms(net: Network, algorithms: Mapping[str, str] | None) -> dict[str, str]:
    """Return the choice; raise ShapeError for a name that is not a convolution, or an algorithm that it cannot use."""
    convolutions = {operation.name: operation for operation in net.program.operations if operation.kind == "conv"}
    for name, algorithm in (algorithms or {}).items():
        if name not in convolutions:
            names = ", ".join(convolutions) or "none"
            raise ShapeError(f"Plan: algorithms must name convolutions of the network ({names}); it names {name!r}")
        if algorithm not in ALGORITHMS:
            raise ShapeError(f"Plan: algorithms[{name!r}] must be one of {', '.join(ALGORITHMS)}; got {algorithm!r}")
        operation = convolutions[name]
        slot = net.params.slots[operation.params[0]]
        taps = slot.shape_in_memory
        fits = can_be_winograd(taps, operation.options["stride"], operation.options["pad"]) and net.dtype == "float32"
        if algorithm == "winograd" and not fits:
            raise ShapeError(
                f"Plan: {name} cannot use Winograd: it needs 3x3 windows of stride 1 and pad 0 to 2, in float32"
            )
    return dict(algorithms or {})
