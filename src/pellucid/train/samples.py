"""Samples: training or validation data in the one form that training reads, whatever it came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.data import DataError, Dataset, Pipeline, Splits, Standardization
from pellucid.data.targets import Target
from pellucid.kernels import fastest_transforms
from pellucid.shapes import Array, ShapeError
from pellucid.train.objective import class_weight_labels, encoded

__all__ = [
    "ClassWeights",
    "Data",
    "Samples",
    "check_classes",
    "make_samples",
    "row_weights",
    "training_and_validation",
]

Data = Splits | Dataset | tuple[Array, Array]
ClassWeights = Mapping[int, float] | Sequence[float] | None


@dataclass(frozen=True, eq=False)
class Samples:
    """Inputs and targets by row. Inputs go through the pipeline, or, without a pipeline, to the network as they are."""

    inputs: Array  # (N, ...)
    targets: Array  # (N,) labels, or (N, C) numbers
    pipeline: Pipeline | None
    weights: Array | None  # (N,) or None
    rows: Array  # (M,) the rows in use: those whose weight is not 0
    target: Target | None = None  # what the targets mean; None: class numbers where they are (N,), otherwise numbers

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def labelled(self) -> bool:
        """Whether the targets are labels, so that predictions are correct or not."""
        return self.targets.ndim == 1 if self.target is None else self.target.kind != "numbers"

    def count_correct(self, scores: Array, targets: Array) -> int:
        """Return the number of rows classified correctly; of rows with several labels, those where all are correct."""
        if not self.labelled:
            return 0
        if targets.ndim == 1:
            return int((scores.argmax(axis=1) == targets).sum())
        return int(((scores > 0) == (targets > 0)).all(axis=1).sum())

    def training_batch(self, rows: Array, *, seed: int, epoch: int) -> tuple[Array, Array, Array | None]:
        """Return inputs, targets and weights of these rows (augmented where the pipeline says so)."""
        x, pipeline = self.inputs[rows], self.pipeline
        if pipeline is not None:
            x = pipeline.augmentation.apply(x, seed=seed, epoch=epoch, rows=rows, transforms=pipeline.transforms)
            x = pipeline.batch(x)
        return x, self.targets[rows], None if self.weights is None else self.weights[rows]

    def plain_batch(self, start: int, stop: int) -> tuple[Array, Array, Array | None]:
        """Return inputs, targets and weights of the samples start..stop, never augmented."""
        rows = self.rows[start:stop]
        x = self.inputs[rows]
        x = x if self.pipeline is None else self.pipeline.batch(x)
        return x, self.targets[rows], None if self.weights is None else self.weights[rows]


def training_and_validation(
    data: Data,
    validation: Dataset | tuple[Array, Array] | None,
    pipeline: Pipeline | None,
    sample_weight: Array | None,
    class_weight: ClassWeights,
    target: Target | None = None,
) -> tuple[Samples, Samples | None]:
    """Return both parts. Pixels (uint8) without a pipeline are standardized by the training part's statistics."""
    if isinstance(data, Splits):
        train: Dataset | tuple[Array, Array] = data.train
        validation = data.validation if validation is None else validation
    else:
        train = data
    if pipeline is None and isinstance(train, Dataset) and train.images.dtype == np.uint8:
        pipeline = Pipeline(Standardization.of(train.images), transforms=fastest_transforms())
    training = make_samples("data", train, pipeline, sample_weight, class_weight, target)
    if validation is None:
        return training, None
    return training, make_samples("validation", validation, pipeline, None, class_weight, target)


def make_samples(
    who: str,
    data: Dataset | tuple[Array, Array],
    pipeline: Pipeline | None = None,
    sample_weight: Array | None = None,
    class_weight: ClassWeights = None,
    target: Target | None = None,
) -> Samples:
    """Check and wrap one part; `target` encodes raw targets.

    Raises DataError, naming `who`, where inputs, targets and weights do not match.
    """
    if isinstance(data, Dataset):
        x, y = data.images, data.labels
    else:
        if not isinstance(data, tuple) or len(data) != 2:
            raise DataError(f"{who} must be a Dataset or a pair of arrays (x, y); got {type(data).__name__}")
        x, y = data
        if target is not None and isinstance(x, np.ndarray) and hasattr(y, "__len__"):
            y = encoded(who, y, target)
        if not isinstance(x, np.ndarray) or not isinstance(y, np.ndarray) or x.ndim < 1 or y.ndim < 1:
            raise DataError(f"{who} must be a pair of arrays (x, y); got ({type(x).__name__}, {type(y).__name__})")
    if len(x) != len(y) or len(x) == 0:
        raise DataError(f"{who} must hold as many targets as inputs, at least one; got {len(y)} and {len(x)}")
    weights = row_weights(who, class_weight_labels(y, target), sample_weight, class_weight)
    rows = np.arange(len(x)) if weights is None else np.flatnonzero(weights > 0)
    if len(rows) == 0:
        raise DataError(f"{who}: at least one row must have a weight above 0; all weigh 0")
    return Samples(x, y, pipeline, weights, rows, target)


def check_classes(who: str, samples: Samples | None, classes: int, class_weight: ClassWeights) -> None:
    """Raise ShapeError, before the first step, for a label or a weighted class for which the network has no score."""
    if isinstance(class_weight, Mapping) and max(class_weight, default=0) >= classes:
        raise ShapeError(f"class_weight names class {max(class_weight)}, and the network makes {classes} scores")
    if samples is None or samples.targets.ndim != 1 or samples.targets.dtype.kind not in "iu":
        return
    labels = samples.targets[samples.rows]
    wrong = np.flatnonzero((labels < 0) | (labels >= classes))
    if wrong.size:
        raise ShapeError(
            f"{who}: labels must lie in 0..{classes - 1}, since the network makes {classes} scores; "
            f"row {samples.rows[wrong[0]]} is {labels[wrong[0]]}"
        )


def row_weights(who: str, y: Array, sample_weight: Array | None, class_weight: ClassWeights) -> Array | None:
    """Return (N,) the weight of each row in the loss, or None where all have the same weight. Raises DataError."""
    if sample_weight is None and class_weight is None:
        return None
    weights = np.ones(len(y))
    if sample_weight is not None:
        weights = _numbers(sample_weight)
        if weights.shape != (len(y),) or not np.isfinite(weights).all() or (weights < 0).any():
            raise DataError(f"{who}: sample_weight must be {len(y)} finite numbers of at least 0; got {weights.shape}")
    if class_weight is not None:
        if y.ndim != 1 or y.dtype.kind not in "iu":
            raise DataError(f"{who}: class_weight needs class labels; the targets are {y.dtype} {y.shape}")
        weights = weights * _by_class(class_weight, int(y.max()) + 1)[y]
    return weights


def _numbers(given: Any) -> Array:
    """Return numbers as an array; for anything else an array without dimensions, which every check refuses."""
    try:
        return np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        return np.asarray(np.nan)


def _by_class(class_weight: Mapping[int, float] | Sequence[float], classes: int) -> Array:
    if isinstance(class_weight, Mapping):
        for label in class_weight:
            if not isinstance(label, (int, np.integer)) or isinstance(label, bool) or label < 0:
                raise DataError(f"class_weight must give weights to class numbers from 0 on; it names {label!r}")
        by_class = np.ones(max(classes, 1 + max(class_weight, default=0)))
        for label, weight in class_weight.items():
            by_class[label] = _numbers(weight)
    else:
        by_class = _numbers(class_weight)
    if by_class.ndim != 1 or len(by_class) < classes or not np.isfinite(by_class).all() or (by_class < 0).any():
        raise DataError(
            f"class_weight must give each of the {classes} classes a finite number of at least 0; got {class_weight!r}"
        )
    return by_class
