"""Validation rows that users hand over, for loops that evaluate nothing themselves."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from pellucid.doctor.chart import Chart
from pellucid.doctor.torch.observing.arrays import array_of
from pellucid.doctor.torch.observing.rows import RowStore
from pellucid.doctor.torch.patient import TorchPatient
from pellucid.shapes import Array

__all__ = ["add_validation"]

BATCHES, ROWS = 200, 2000


def add_validation(chart: Chart, patient: TorchPatient, store: RowStore, validation: Any) -> None:
    """Put the rows into the store, and the loss and accuracy on them into the last epoch.

    validation: (x, y), or what gives such batches; anything else raises TypeError.
    """
    for batch in itertools.islice(_batches(validation), BATCHES):
        store.add(*batch)
    rows = store.rows(ROWS)
    if rows is None or not chart.epochs or chart.epochs[-1].val_loss is not None:
        return
    loss = patient.loss(*rows)
    accuracy = None
    if chart.setup.loss.takes == "labels" and rows.y.ndim == 1:
        accuracy = float((patient.outputs(rows.x).argmax(axis=1) == rows.y).mean())
    chart.epochs[-1] = replace(chart.epochs[-1], val_loss=loss, val_accuracy=accuracy)


def _batches(validation: Any) -> Iterator[tuple[Any, Array]]:
    if (
        isinstance(validation, (tuple, list))
        and len(validation) == 2
        and all(hasattr(part, "shape") for part in validation)
    ):
        yield _array(validation[0]), _array(validation[1])
        return
    if not hasattr(validation, "__iter__") and not hasattr(validation, "__getitem__"):
        raise TypeError(f"watch: validation must be (x, y) or a DataLoader; got {type(validation).__name__}")
    for batch in validation:
        if not (isinstance(batch, (tuple, list)) and len(batch) == 2):
            raise TypeError(f"watch: validation must give pairs (x, y); got {type(batch).__name__}")
        yield _array(batch[0]), _array(batch[1])


def _array(part: Any) -> Array:
    return array_of(part) if isinstance(part, torch.Tensor) else np.asarray(part)
