"""What a plan is made for: its options, checked."""

from collections.abc import Mapping
from dataclasses import dataclass

from pellucid.kernels import default_threads, fastest_layers
from pellucid.layers import Layers, Loss, checked_loss
from pellucid.nets import Network
from pellucid.nets.checks import check_network, check_table
from pellucid.optim import Optimizer
from pellucid.plan.algorithms import checked_algorithms
from pellucid.shapes import ShapeError, check_number, check_whole

__all__ = ["PlanOptions", "checked_options"]

MAXIMUM_ROWS = 2**31 - 1  # of a batch: sizes in bytes stay below 2**63


@dataclass(frozen=True)
class PlanOptions:
    """What a plan is made for."""

    training: bool  # or inference
    batch_size: int  # the largest batch
    layers: Layers  # the table that computes
    threads: int
    loss: Loss
    label_smoothing: float
    input_gradient: bool  # whether the gradient of the network's input is wanted
    optimizer: Optimizer | None  # whose memory and update are counted
    algorithms: Mapping[str, str]  # of convolutions, by name
    recompute: bool  # whether outputs may be computed again instead of kept


def checked_options(
    net: Network,
    batch_size: int,
    *,
    training: bool,
    layers: Layers | None,
    threads: int | None,
    loss: Loss = "softmax",
    label_smoothing: float = 0.0,
    input_gradient: bool = False,
    optimizer: Optimizer | None = None,
    algorithms: Mapping[str, str] | None = None,
    recompute: bool = True,
) -> PlanOptions:
    """Return the options; raise ShapeError for one that is wrong, or does not suit the network."""
    check_network("Plan", net)
    batch_size = check_whole("Plan", "batch_size", batch_size, maximum=MAXIMUM_ROWS)
    layers = check_table("Plan", fastest_layers() if layers is None else layers)
    threads = default_threads() if threads is None else check_whole("Plan", "threads", threads)
    loss = checked_loss("Plan", loss)
    check_number("Plan", "label_smoothing", label_smoothing, minimum=0, below=1)
    if training and len(net.output_shape) != 1:
        raise ShapeError(f"Plan: the network must end in one score per class; its output shape is {net.output_shape}")
    return PlanOptions(
        training=training,
        batch_size=batch_size,
        layers=layers,
        threads=threads,
        loss=loss,
        label_smoothing=label_smoothing,
        input_gradient=input_gradient,
        optimizer=optimizer,
        algorithms=checked_algorithms(net, algorithms),
        recompute=recompute,
    )
