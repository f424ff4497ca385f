"""DR110: the weights are made again while training goes on."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.thresholds import BACK_UPDATES, JUMP, JUMP_UPDATES, JUMPED_BACK, LOSS_JUMPED
from pellucid.doctor.vitals import WeightJump

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """Between two steps the weights moved much further than a step moves them, and the loss rose."""
    jumps = [jump for jump in chart.jumps if _is_reset(jump)]
    if not jumps:
        return None
    first = jumps[0]
    to = ", back to where the run began" if _is_back(first) else ""
    evidence = (
        f"before step {first.step} the weights moved by {first.change:.2g} of their length{to}, where a step moves them by "
        f"{first.update:.1g}, and the loss went from {first.loss_before:.3g} to {first.loss_after:.3g}; so it was at "
        f"{len(jumps)} of {len(chart.jumps)} epochs' beginnings that were looked at"
    )
    return Sign(evidence, "weights", since_step=first.step)


def _is_reset(jump: WeightJump) -> bool:
    updates = jump.change / jump.update if jump.update else float("inf")
    moved = updates > JUMP_UPDATES and jump.change > JUMP
    return (moved or (updates > BACK_UPDATES and _is_back(jump))) and jump.loss_after > LOSS_JUMPED * jump.loss_before


def _is_back(jump: WeightJump) -> bool:
    return jump.from_start_after < JUMPED_BACK * jump.from_start


AILMENT = Ailment(
    code="DR110",
    name="model-reset",
    title="The weights are made again while training goes on",
    reads=("jumps",),
    look=look,
    explains=(
        "learning-rate-too-low",
        "too-few-epochs",
        "collapse-after-best",
        "too-small-network",
        "batch-norm-not-settled",
    ),
    cures={
        "": "Make the network, or draw its weights, once, before the loop over epochs; load weights only before training.",
        "torch": "Make the model and the optimizer before the loop over epochs, and call model.apply(...), reset_parameters() or "
        "load_state_dict(...) only there.",
        "keras": "Build and compile the model once; in a loop over fit(...) make no new model, and set no weights.",
    },
    about="""A line that makes the network stands inside the loop: each epoch begins with new weights, or with those of the first,
and what was learned is lost. Within an epoch all looks well.

How it is found: at the beginning of an epoch, the weights are compared with those at the end of the epoch before. They moved by a
tenth of their length or more, at least ten times as far as a step moves them; or at least three times as far, and half of the
way back to where the run began. And the loss is more than 1.2 times as high.

In health: between two epochs nothing changes, and the first step moves the weights as far as every other.""",
)
