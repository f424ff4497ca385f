"""DR109: parameters that should learn stay as they are."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.examinations.changes import with_all_parameters
from pellucid.doctor.examinations.trial import as_it_is
from pellucid.doctor.options import only
from pellucid.doctor.prescription import Treatment
from pellucid.doctor.thresholds import POORLY_LEARNED, ROUNDED, TRIAL_LEARNS
from pellucid.doctor.vitals import LayerVitals

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """Parameters have a gradient and no update; or those left out keep the run from learning."""
    left_out = [layer for layer in chart.setup.layers if layer.weight and layer.weight not in chart.setup.trained]
    names = ", ".join(layer.name for layer in left_out)
    weighted = [layer for layer in chart.setup.layers if layer.weight]
    if weighted and len(left_out) == len(weighted):
        return Sign("no layer's weights are changed by the optimizer", names)
    if still := _still(chart):
        return Sign(
            f"its weights have a gradient, and no step changed them, in {len(chart.steps)} sampled steps", still
        )
    unfrozen = [layer for layer in left_out if layer.weight not in chart.setup.frozen]
    if unfrozen and chart.setup.unused:
        evidence = (
            f"the optimizer holds {chart.setup.unused} arrays that the network does not have, and not these weights"
        )
        return Sign(evidence, ", ".join(layer.name for layer in unfrozen))
    if not left_out or chart.learned is None or chart.learned > POORLY_LEARNED:
        return None
    own, every = chart.examine(as_it_is), chart.examine(with_all_parameters)
    if own is None or every is None or not every.after < TRIAL_LEARNS * own.after:
        return None
    frozen = "frozen" if all(layer.weight in chart.setup.frozen for layer in left_out) else "not given to the optimizer"
    evidence = (
        f"the weights of {len(left_out)} of {len(weighted)} layers are {frozen}; if all learn, {own.steps} steps end at the loss "
        f"{every.after:.3g} instead of {own.after:.3g}"
    )
    return Sign(evidence, names)


def _still(chart: Chart) -> str:
    """Name the layers whose weights never changed although they have a gradient."""
    measured = [step for step in chart.steps if any(layer.update is not None for layer in step.layers)]
    names, rate = [], chart.setup.optimizer.learning_rate
    for layer in chart.layers_with_weights(measured[0] if measured else None):
        vitals = [one for step in measured if (one := step.layer(layer.name)) is not None]
        seen = [one for one in vitals if one.update is not None and one.gradient is not None]
        if len(seen) > 1 and all(one.update == 0 and _matters(one, rate) for one in seen):
            names.append(layer.name)
    return ", ".join(names)


def _matters(layer: LayerVitals, rate: float) -> bool:
    """Whether a step along the gradient is more than rounding takes away."""
    return rate * (layer.gradient or 0.0) > ROUNDED * (layer.weight or 0.0)


AILMENT = Ailment(
    code="DR109",
    name="parameters-not-updated",
    title="Parameters that should learn stay as they are",
    reads=(
        "update",
        "gradient",
        "with_all_parameters",
    ),
    look=look,
    explains=(
        "too-small-network",
        "learning-rate-too-low",
        "vanishing-gradient",
        "bad-initialisation",
        "no-gradient-reaches",
        "learning-rate-too-high",
    ),
    cures={
        "": "Give every parameter that should learn to the optimizer, and freeze none that begins at random.",
        "pellucid": "Unfreeze what begins at random: net.unfreeze('*').",
        "torch": "Give model.parameters() to the optimizer after all layers are made; keep layers in "
        "nn.ModuleList; requires_grad must be True.",
        "keras": "Set layer.trainable = True before compile, for each layer that begins at random ({where}).",
    },
    treatment=Treatment(only(all_parameters=True)),
    about="""Layers are frozen that begin at random, parameters were never given to the optimizer, or a list of layers is not
registered. The others learn what they can.

How it is found: no layer's weights are trained; or weights have a gradient and no step changes them; or the optimizer holds arrays
of a layer that was replaced, and not the new one's; or the run learned little, some layers are left out, and a copy in which all
learn gets much further in the same steps.

In health: frozen layers were trained before, and the rest learns well.""",
)
