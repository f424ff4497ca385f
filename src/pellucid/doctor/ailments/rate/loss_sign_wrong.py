"""DR108: the loss is minimized where it should be maximized."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.thresholds import HARDLY_LEARNED

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """A loss that cannot be negative is; or the loss falls below 0 while accuracy falls below chance."""
    last, losses = chart.last, chart.losses
    if _cannot_be_negative(chart) and len(losses) > 1 and max(losses) < 0:
        return Sign(
            f"the loss {chart.setup.loss.name} is never negative, and from the first step, {losses[0]:.3g}, on it is",
            "loss",
        )
    if (
        last is None
        or last.train_accuracy is None
        or chart.data is None
        or not chart.data.targets.classes
        or len(losses) < 4
    ):
        return None
    chance = 1 / max(2, chart.data.targets.distinct)
    falls = last.train_loss < 0 and last.train_loss < losses[0] - HARDLY_LEARNED * abs(losses[0])
    if not falls or last.train_accuracy > chance / 2:
        return None
    evidence = (
        f"the loss falls to {last.train_loss:.3g}, and accuracy to {last.train_accuracy:.1%}, below "
        f"the {chance:.0%} of chance"
    )
    return Sign(evidence, "loss")


def _cannot_be_negative(chart: Chart) -> bool:
    """Whether the loss is at least 0, whatever the outputs are."""
    loss, data = chart.setup.loss, chart.data
    if loss.name == "bce" and (data is None or data.targets.low < 0 or data.targets.high > 1):
        return False
    return loss.name in ("softmax", "bce", "mse", "mae") and loss.reads in ("scores", "probabilities")


AILMENT = Ailment(
    code="DR108",
    name="loss-sign-wrong",
    title="The loss is minimized where it should be maximized",
    reads=(
        "loss",
        "train_accuracy",
    ),
    look=look,
    explains=(
        "saturated-output",
        "learning-rate-too-high",
        "exploding-gradient",
        "overfitting",
        "dead-units",
    ),
    cures={
        "": "Change the sign of the loss: the optimizer minimizes it.",
    },
    about="""A likelihood instead of its negative, or a minus too many: the better the optimizer, the worse the predictions.

How it is found: a cross-entropy or an error, which cannot be negative, is from the first step on; or the training loss falls
below 0, and training accuracy below half of chance.

In health: accuracy rises while the loss falls.""",
)
