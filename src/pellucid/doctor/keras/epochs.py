"""EpochVitals from what Keras logs at the end of an epoch."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from pellucid.doctor.examinations.answers import answered_share
from pellucid.doctor.keras.engine import as_array
from pellucid.doctor.keras.patient import WatchedModel
from pellucid.doctor.patient import Patient
from pellucid.doctor.vitals import EpochVitals

__all__ = ["at_its_end", "epoch_of", "reported"]

ACCURACIES = ("accuracy", "acc", "sparse_categorical_accuracy", "categorical_accuracy", "binary_accuracy")
NO_METRICS = ("loss", "learning_rate", "lr")


def epoch_of(model: Any, logs: Mapping[str, Any], source: WatchedModel, epoch: int, step: int) -> EpochVitals:
    """Return the results of an epoch; losses without the penalties of weights."""
    penalty = 0.0 if source.others else _penalty(model)
    loss, held = _number(logs, source.loss_key), _number(logs, f"val_{source.loss_key}")
    prefix = f"{source.output}_" if source.output else ""
    accuracy = next((name for each in ACCURACIES if (name := prefix + each) in logs), "")
    return EpochVitals(
        epoch,
        step,
        float("nan") if loss is None else loss - penalty,
        _number(logs, accuracy),
        None if held is None else held - penalty,
        _number(logs, f"val_{accuracy}"),
        float(as_array(model.optimizer.learning_rate)),
    )


def at_its_end(vitals: EpochVitals, patient: Patient) -> EpochVitals:
    """Return vitals whose training accuracy is that at the epoch's end, in evaluation mode, as validation's is.

    Keras reports the mean over an epoch, in which the network changes: beside validation, one bad step looks like overfitting.
    """
    if vitals.train_accuracy is None or vitals.val_accuracy is None:
        return vitals
    share = answered_share(patient, "training")
    return vitals if share is None else replace(vitals, train_accuracy=share)


def reported(names: Iterable[str]) -> tuple[str, ...]:
    """Return the metrics among what is logged."""
    found = (name for name in names if name not in NO_METRICS and not name.endswith("_loss"))
    return tuple("accuracy" if name == "acc" else name for name in found)


def _number(logs: Mapping[str, Any], name: str) -> float | None:
    value = logs.get(name)
    return None if value is None else float(as_array(value))


def _penalty(model: Any) -> float:
    regularized = [one for one in model.trainable_variables if getattr(one, "regularizer", None) is not None]
    return sum(float(as_array(one.regularizer(one))) for one in regularized)
