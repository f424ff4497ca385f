"""DR307: the loss compares every row with every target."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.examinations.outputs import loss_follows_targets

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """Permuting the targets does not change the loss."""
    if chart.setup.outputs != 1 or chart.data is None or chart.data.targets.spread == 0:
        return None
    followed = chart.examine(loss_follows_targets)
    if followed is None or followed:
        return None
    return Sign(
        "the loss stays the same when the targets of a batch are permuted: outputs (N, 1) and targets (N,) make (N, N)",
        "loss",
    )


AILMENT = Ailment(
    code="DR307",
    name="loss-shape-mismatch",
    title="The loss compares every row with every target",
    reads=("loss_follows_targets",),
    look=look,
    explains=(
        "labels-wrong",
        "learning-rate-too-low",
        "too-small-network",
        "vanishing-gradient",
    ),
    cures={
        "": "Give outputs and targets the same shape: outputs[:, 0], or targets[:, None].",
        "torch": "Write loss(output.squeeze(1), target), or target.unsqueeze(1).",
        "keras": "Give the loss outputs and targets of the same shape: y[:, None] for Dense(1).",
    },
    about="""(N, 1) minus (N,) broadcasts to (N, N): each output is compared with all targets, and the best answer is their
mean.

How it is found: on 32 rows, the loss is the same for targets in another order, although the losses of these rows, one by one,
change clearly. A loss that is not finite, or so large that targets hardly matter, says nothing.""",
)
