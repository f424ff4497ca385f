"""DR113: training was good, and then lost what it had learned."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.prescription import Prescription, Treatment
from pellucid.doctor.thresholds import COLLAPSED, WAS_GOOD

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """An early epoch had learned much, and the last one has not."""
    constant = chart.constant_loss
    if constant is None or constant <= 0 or len(chart.epochs) < 3:
        return None
    best, last = min(chart.epochs, key=lambda epoch: epoch.train_loss), chart.epochs[-1]
    good, left = 1 - best.train_loss / constant, 1 - last.train_loss / constant
    if good < WAS_GOOD or left > COLLAPSED * good:
        return None
    evidence = (
        f"the training loss was {best.train_loss:.3g} in epoch {best.epoch} and is {last.train_loss:.3g} in epoch {last.epoch}; a "
        f"constant prediction has {constant:.3g}"
    )
    return Sign(evidence, "", since_step=best.step)


AILMENT = Ailment(
    code="DR113",
    name="collapse-after-best",
    title="Training was good, and then lost what it had learned",
    reads=("train_loss",),
    look=look,
    explains=(
        "dead-units",
        "saturated-output",
        "saturated-hidden-units",
        "exploding-gradient",
    ),
    cures={
        "": "Lower the learning rate or let a schedule do it, and clip the gradient; the weights of the "
        "best epoch are the ones to use.",
        "pellucid": "Lower the learning rate, let a schedule do it (OneCycle()), or clip (clip_norm=1); "
        "the network holds the best epoch of validation.",
        "keras": "Lower learning_rate, or let ReduceLROnPlateau or a schedule do it, give the optimizer clipnorm=1.0; "
        "EarlyStopping(restore_best_weights=True) keeps the best epoch.",
    },
    treatment=Treatment(
        lambda chart: (Prescription(constant_rate=True), Prescription(rate=0.1), Prescription(clip_norm=1.0))
    ),
    about="""One long step, after a rare batch or at a rate that is just too high, throws the weights where the loss is that of
a constant prediction. Where the best epoch is kept, the result may even look healthy.

How it is found: the best epoch had removed 30 % of the constant prediction's loss or more, and the last one has less than half
of that left.

In health: the training loss ends near its lowest.""",
)
