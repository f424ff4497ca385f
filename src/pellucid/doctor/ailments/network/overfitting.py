"""DR411: the network knows its training rows by heart, and new ones poorly."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.prescription import Prescription, Treatment
from pellucid.doctor.thresholds import GAP, LOSS_ROSE, LOSSES_APART, POORLY_LEARNED

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """Training is far better than validation, whose loss rose."""
    last, data = chart.last, chart.data
    if last is None or last.val_loss is None or data is None or data.held_rows < 30:
        return None
    held = [epoch.val_loss for epoch in chart.epochs if epoch.val_loss is not None]
    rose = last.val_loss / max(min(held), 1e-12)
    if last.train_accuracy is not None and last.val_accuracy is not None:
        if rose < LOSS_ROSE or last.train_accuracy - last.val_accuracy < GAP:
            return None
        gap = f"accuracy is {last.train_accuracy:.1%} in training and {last.val_accuracy:.1%} in validation"
    else:
        constant = chart.constant_loss or last.val_loss
        if last.val_loss < LOSSES_APART * last.train_loss or last.val_loss < POORLY_LEARNED * constant:
            return None
        gap = f"the loss is {last.train_loss:.3g} in training and {last.val_loss:.3g} in validation"
    lowest = min(
        (epoch for epoch in chart.epochs if epoch.val_loss is not None), key=lambda epoch: epoch.val_loss or 0.0
    )
    evidence = f"{gap}; the validation loss is {rose:.2g} times its lowest, of epoch {lowest.epoch}"
    return Sign(evidence, "", since_step=lowest.step)


AILMENT = Ailment(
    code="DR411",
    name="overfitting",
    title="The network knows its training rows by heart, and new ones poorly",
    reads=(
        "train_accuracy",
        "val_accuracy",
        "val_loss",
    ),
    look=look,
    cures={
        "": "More data or augmentation, weight decay, dropout, a smaller network; stop at the best epoch of validation.",
        "pellucid": "More data or augmentation, AdamW, Dropout, a smaller network; patience= stops by itself.",
        "keras": "More data or augmentation, weight_decay, Dropout, a smaller network; "
        "EarlyStopping(restore_best_weights=True) stops at the best epoch.",
    },
    treatment=Treatment(
        lambda chart: (Prescription(penalty=1e-3), Prescription(penalty=0.03), Prescription(patience=5)),
        judged_by="validation loss",
    ),
    about="""What is learned by heart does not carry over. The validation loss falls, then rises, while the training loss goes
on falling.

How it is found: accuracy is lower in validation than in training by 15 points or more, and the validation loss ends at 1.3 times
its lowest or more. For numbers: the validation loss is 10 times the training loss, and above half of a constant prediction's.

In health: a gap of a few points.""",
)
