"""DR214: augmentation leaves too little of the training samples to learn from."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.examinations.plain import on_plain_rows
from pellucid.doctor.options import only
from pellucid.doctor.prescription import Treatment
from pellucid.doctor.thresholds import POORLY_LEARNED, TRIAL_LEARNS

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """The run learned poorly from changed samples, and fewer steps on samples as they are learn more."""
    named = chart.setup.augmentation
    if named == "" or chart.learned is None or chart.learned > POORLY_LEARNED or chart.constant_loss is None:
        return None
    found = chart.examine(on_plain_rows)
    if found is None or found.trial.steps > len(chart.losses):
        return None
    if not found.trial.unseen < TRIAL_LEARNS * min(found.now, found.trial.before):
        return None
    what = "" if named is None else f"{named}: "
    evidence = (
        f"{what}the run ends at the loss {chart.final_loss:.3g} on augmented samples, and has {found.now:.3g} on samples that are "
        f"not; {found.trial.steps} steps from its beginning without augmentation take that to {found.trial.unseen:.3g}"
    )
    return Sign(evidence, "augmentation")


AILMENT = Ailment(
    code="DR214",
    name="augmentation-too-strong",
    title="Augmentation leaves too little of the training samples to learn from",
    reads=("setup", "on_plain_rows"),
    look=look,
    explains=(
        "learning-rate-too-low",
        "too-few-epochs",
        "too-small-network",
        "labels-wrong",
    ),
    cures={
        "": "Augment less: what a person would still recognise at a glance, and only changes that keep the class (no mirrored "
        "digits).",
        "pellucid": "Augment less: Augmentation(flip=True, crop_pad=4) is usual for photographs of 32 x 32; rotate by 10 to 15 "
        "degrees at most, cut out less than a quarter.",
        "torch": "Use weaker transforms: RandomCrop with a small padding, RandomRotation(10), RandomErasing(p=0.25).",
        "keras": "Use weaker layers: RandomTranslation(0.1, 0.1), RandomRotation(0.05): its unit is a full turn.",
    },
    treatment=Treatment(only(no_augmentation=True), judged_by="validation loss"),
    about="""Noise, turns, crops or boxes hide what tells the classes apart, or make one class look like another: a mirrored 2, a
6 turned upside down.

How it is found: samples are changed at random, the run learned little, and a copy that makes fewer steps than the run, from its
beginning and at its rate, on samples as they are, has less than half of the loss that the run has on such samples.

In health: training loss is above validation loss, and both fall.""",
)
