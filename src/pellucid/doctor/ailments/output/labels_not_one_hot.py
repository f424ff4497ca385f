"""DR310: the loss compares one label with every output."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart

__all__ = ["AILMENT"]

ELEMENTWISE = ("mse", "mae", "huber", "bce")  # losses that compare outputs and targets number by number


def look(chart: Chart) -> Sign | None:
    """There are several outputs and one number for each row."""
    data, outputs, loss = chart.data, chart.setup.outputs or 0, chart.setup.loss
    if data is None or outputs < 2 or loss.name not in ELEMENTWISE or data.targets.width != 1:
        return None
    low, high = data.targets.low, data.targets.high
    evidence = (
        f"each target is one number ({low:.3g} to {high:.3g}), the network has {outputs} outputs, and the loss {loss.name} "
        "compares the number with each of them"
    )
    return Sign(evidence, "targets")


AILMENT = Ailment(
    code="DR310",
    name="labels-not-one-hot",
    title="The loss compares one label with every output",
    reads=("setup", "data"),
    look=look,
    explains=(
        "targets-not-scaled",
        "learning-rate-too-low",
        "learning-rate-too-high",
        "too-small-network",
        "too-few-epochs",
        "bad-initialisation",
        "vanishing-gradient",
        "no-gradient-reaches",
        "loss-does-not-fit-output",
    ),
    cures={
        "": "Classes: use cross-entropy, which takes the numbers of the classes. Otherwise give the loss a target for each output.",
        "keras": "Classes: loss='sparse_categorical_crossentropy', which takes whole numbers, or keras.utils.to_categorical(y) "
        "with 'categorical_crossentropy'. Numbers: end with Dense(1).",
    },
    about="""A squared error of targets (N, 1) and outputs (N, C) compares each target with all C outputs of its row, and no
error is raised: all outputs learn the number of the class, or the same value.

How it is found: the network has two outputs or more, the loss compares number by number, and each target is one number.

In health: as many targets as outputs; or a loss that takes class numbers.""",
)
