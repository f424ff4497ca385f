"""DR402: a layer is too narrow for what has to pass through it."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.examinations.by_heart import learned_by_heart
from pellucid.doctor.patient import Patient
from pellucid.doctor.prescription import Prescription, Treatment
from pellucid.doctor.thresholds import BY_HEART, NARROW, TOO_SMALL_LEARNED

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """A hidden layer has very few units, training stopped early, and 32 rows cannot be learned by heart."""
    outputs = chart.setup.outputs or 1
    if chart.not_finite or chart.learned is None or chart.learned > TOO_SMALL_LEARNED or outputs < 3 or not chart.steps:
        return None
    units = chart.examine(_units)
    if not units:
        return None
    name, narrowest = min(units.items(), key=lambda item: item[1])
    if narrowest > max(2, NARROW * outputs):
        return None
    found = chart.examine(learned_by_heart)
    if found is None or found.after < BY_HEART * found.before:
        return None
    evidence = (
        f"it has {narrowest} units for {outputs} outputs; {found.steps} steps on 32 rows take their loss "
        f"from {found.before:.3g} to "
        f"{found.after:.3g} only"
    )
    return Sign(evidence, name, "high" if narrowest <= 2 else "medium")


def _units(patient: Patient) -> dict[str, int]:
    """Return the units of each hidden affine layer."""
    weights = patient.weights()
    hidden = [layer for layer in patient.setup.layers if layer.kind == "affine" and layer.weight][:-1]
    return {layer.name: weights[layer.weight].shape[layer.units_axis] for layer in hidden if layer.weight}


AILMENT = Ailment(
    code="DR402",
    name="too-small-network",
    title="A layer is too narrow for what has to pass through it",
    reads=(
        "learned",
        "learned_by_heart",
    ),
    look=look,
    explains=("too-few-epochs",),
    cures={
        "": "Make the layer wider: at least as many units as outputs, better several times as many.",
        "keras": "Give {where} more units: at least as many as there are outputs, better several times as many.",
    },
    treatment=Treatment(lambda chart: (Prescription(units=max(64, 4 * (chart.setup.outputs or 1))),)),
    about="""Everything that tells classes apart has to pass the narrowest layer. Two units cannot carry ten classes well.

How it is found: training removed less than 80 % of the constant prediction's loss, a hidden layer has no more units than a
quarter of the outputs, and a copy cannot learn 32 rows by heart in 300 steps.

In health: 32 rows are learned by heart at once.""",
)
