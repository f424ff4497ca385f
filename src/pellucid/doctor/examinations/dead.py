"""Units that are 0, looked at on many rows."""

from pellucid.doctor.patient import Patient

__all__ = ["dead_shares"]

ROWS = 256


def dead_shares(patient: Patient) -> dict[str, float] | None:
    """Return, for each layer, the share of its units (channels) that are 0 in every one of many rows, in evaluation mode."""
    rows = patient.rows("training", ROWS)
    if rows is None:
        return None
    found = patient.activations(rows.x)
    return {
        name: float((out == 0).all(axis=(0, *range(2, out.ndim))).mean()) for name, out in found.items() if out.ndim > 1
    }
