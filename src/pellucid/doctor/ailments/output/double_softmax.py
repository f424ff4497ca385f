"""DR302: the network ends in what the loss computes itself."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.examinations.outputs import output_form
from pellucid.doctor.options import without_last_layer
from pellucid.doctor.prescription import Treatment
from pellucid.doctor.thresholds import SOFTMAX

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """Probabilities go into a loss that expects scores."""
    loss, layers = chart.setup.loss, chart.setup.layers
    if loss.reads != "scores" or loss.name not in ("softmax", "focal", "bce") or not layers:
        return None
    last = layers[-1]
    expected = ("sigmoid",) if loss.name == "bce" else SOFTMAX
    if last.kind in expected:
        return Sign(
            f"{last.name} makes probabilities, and the loss {loss.name} expects scores: it applies its own {expected[0]}",
            last.name,
        )
    form = chart.examine(output_form)
    if loss.name == "bce" or form is None or not form.rows_sum_to_one:
        return None
    return Sign(
        f"outputs are between 0 and 1 and add up to 1 in every row, and the loss {loss.name} expects scores", "outputs"
    )


AILMENT = Ailment(
    code="DR302",
    name="double-softmax",
    title="The network ends in what the loss computes itself",
    reads=(
        "setup",
        "output_form",
    ),
    look=look,
    explains=(
        "learning-rate-too-low",
        "vanishing-gradient",
        "too-few-epochs",
        "saturated-output",
        "overfitting",
    ),
    cures={
        "": "Remove the last softmax (or sigmoid): the loss takes scores.",
        "torch": "Remove the last softmax: nn.CrossEntropyLoss takes logits (nn.BCEWithLogitsLoss instead of a sigmoid).",
        "keras": "Leave {where} out; or give the loss probabilities, with from_logits=False (its default).",
    },
    treatment=Treatment(without_last_layer, judged_by="validation loss"),
    about="""A softmax of probabilities is nearly even: with 10 classes the loss cannot fall below 1.46, and gradients are
small.

How it is found: the last layer is a softmax (a sigmoid for binary cross-entropy), or the outputs of every row add up to 1, and
the loss expects scores.""",
)
