"""The same rows in training and in evaluation mode."""

from pellucid.doctor.patient import Patient

__all__ = ["loss_in_both_modes"]

ROWS = 256


def loss_in_both_modes(patient: Patient) -> tuple[float, float] | None:
    """Return the loss of training rows in training and in evaluation mode."""
    rows = patient.rows("training", ROWS)
    if rows is None:
        return None
    return patient.loss(*rows, training=True), patient.loss(*rows)
