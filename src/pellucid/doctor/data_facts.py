"""Facts of the data: measured once, on the rows as the network reads them."""

from dataclasses import dataclass

import numpy as np

from pellucid.doctor.patient import LossSettings, Rows
from pellucid.doctor.target_columns import column_of_target
from pellucid.shapes import Array

__all__ = ["ColumnFacts", "DataFacts", "TargetFacts", "facts_of", "first_inputs"]

VALUES_OF_A_ROW = 4096  # that tell rows apart, evenly spaced


@dataclass(frozen=True, eq=False)
class ColumnFacts:
    """Each column of the inputs: a column is one number of a sample, also of a pixel."""

    mean: Array  # (D,)
    spread: Array  # (D,) standard deviations
    scale: float  # root mean square of all inputs
    not_finite: tuple[int, int] | None  # (row, column) of the first NaN or infinity

    @property
    def constant(self) -> float:
        """The share of columns without spread."""
        return float((self.spread == 0).mean())


@dataclass(frozen=True, eq=False)
class TargetFacts:
    """The targets, as the loss reads them."""

    classes: tuple[int, ...] | None  # how many rows each class has; None where targets are numbers
    mean: float
    spread: float  # root mean square over the outputs' standard deviations
    distinct: int
    low: float = 0.0
    high: float = 0.0
    values: Array | None = None  # (N, C), of numbers

    def outside(self, low: float, high: float) -> float:
        """Return the share of the numbers outside a range."""
        return 0.0 if self.values is None else float(((self.values < low) | (self.values > high)).mean())

    @property
    def width(self) -> int:
        """How many numbers the target of a row has; 1 of classes."""
        return 1 if self.values is None else int(self.values.shape[1])

    @property
    def two_valued(self) -> bool:
        """Whether each number has two values at most, as 0 and 1, in whatever units."""
        if self.values is None:
            return False
        return bool(((self.values == self.values.min(axis=0)) | (self.values == self.values.max(axis=0))).all())

    @property
    def one_hot(self) -> bool:
        """Whether each row holds one 1 and otherwise 0, in whatever units."""
        if self.values is None or self.values.shape[1] < 2 or not self.two_valued:
            return False
        return bool(((self.values > self.values.mean(axis=0)).sum(axis=1) == 1).all())

    @property
    def majority(self) -> float:
        """The share of the largest class; 0 where there are none."""
        return max(self.classes) / sum(self.classes) if self.classes else 0.0


@dataclass(frozen=True, eq=False)
class DataFacts:
    """The data of a run, measured."""

    rows: int  # of the training part that were looked at
    dtype: str
    inputs: ColumnFacts
    targets: TargetFacts
    constant_loss: float | None  # of the best constant prediction; None for a loss that is not known
    held_inputs: ColumnFacts | None = None  # of the validation part
    held_targets: TargetFacts | None = None
    held_rows: int = 0
    tells_target: int | None = None  # the column of the inputs that says the target exactly
    repeated: float = 0.0  # share of the training rows that occur before
    shared: float = 0.0  # share of the validation rows that are training rows, with or without the same target

    @property
    def stretch(self) -> float | None:
        """The median ratio of a column's spread in validation to that in training; None without such columns."""
        if self.held_inputs is None:
            return None
        used = (self.inputs.spread > 0) & (self.held_inputs.spread > 0)
        return float(np.median(self.held_inputs.spread[used] / self.inputs.spread[used])) if used.any() else None


def facts_of(
    training: Rows, validation: Rows | None, loss: LossSettings, outputs: int | None, *, whole: int | None = None
) -> DataFacts:
    """Measure the data. whole: the number of training rows where `training` holds only some of them, drawn evenly."""
    x = first_inputs(training)
    codes = row_codes(x)
    targets = _target_facts(training.y, loss, outputs)
    facts = DataFacts(
        rows=len(x),
        dtype=str(x.dtype),
        inputs=_column_facts(x),
        targets=targets,
        constant_loss=_constant_loss(training.y, loss, targets),
        tells_target=column_of_target(x, training.y, are_classes=targets.classes is not None),
        repeated=1 - len(np.unique(codes)) / len(codes),
    )
    if validation is None:
        return facts
    held = first_inputs(validation)
    found = float(np.isin(row_codes(held), codes).mean())
    return DataFacts(
        **vars(facts)
        | {
            "held_inputs": _column_facts(held),
            "held_targets": _target_facts(validation.y, loss, outputs),
            "held_rows": len(held),
            "shared": min(1.0, found * (whole or len(x)) / len(x)),
        }
    )


def first_inputs(rows: Rows) -> Array:
    """Return the inputs as an array (N, ...): those of the first input where there are several."""
    x: Array = rows.x[0] if isinstance(rows.x, tuple) else rows.x
    return x


def row_codes(x: Array) -> Array:
    """Return a number for each row, (N,), equal for equal rows."""
    flat = x.reshape(len(x), -1)
    flat = np.ascontiguousarray(flat[:, :: max(1, flat.shape[1] // VALUES_OF_A_ROW)], np.float32).view(np.uint32)
    factors = np.random.default_rng(0).integers(1, 2**63, flat.shape[1], dtype=np.uint64) * 2 + 1
    codes: Array = (flat.astype(np.uint64) + 1) @ factors  # modulo 2**64
    return codes


def _column_facts(x: Array) -> ColumnFacts:
    flat = x.reshape(len(x), -1)
    bad = None
    if flat.dtype.kind == "f" and not np.isfinite(flat.sum(dtype=np.float64)):
        places = np.argwhere(~np.isfinite(flat))
        bad = None if not len(places) else (int(places[0][0]), int(places[0][1]))
    with np.errstate(all="ignore"):
        mean = flat.mean(axis=0, dtype=np.float64)
        spread = flat.std(axis=0, dtype=np.float64)
    return ColumnFacts(mean, spread, float(np.sqrt(np.mean(mean**2 + spread**2))), bad)


def _target_facts(y: Array, loss: LossSettings, outputs: int | None) -> TargetFacts:
    classes = None
    if y.ndim == 1 and y.dtype.kind in "iu" and loss.takes != "numbers":
        classes = tuple(np.bincount(y, minlength=outputs or 0).tolist())
    values = y.reshape(len(y), -1).astype(np.float64)
    if classes is None and loss.takes == "indicators" and values.shape[1] == 1:
        positive = int((values > 0.5).sum())
        classes = (len(values) - positive, positive)
    spread = float(np.sqrt(values.var(axis=0).mean()))
    return TargetFacts(
        classes,
        float(values.mean()),
        spread,
        len(np.unique(values[:, 0])),
        float(values.min()),
        float(values.max()),
        values if classes is None else None,
    )


def _constant_loss(y: Array, loss: LossSettings, targets: TargetFacts) -> float | None:
    """Return the loss of predicting the classes' shares, or the mean."""
    if loss.name == "softmax" and targets.classes is not None:
        shares, smooth = np.array(targets.classes) / sum(targets.classes), loss.label_smoothing
        return _entropy((1 - smooth) * shares + smooth / len(shares))
    values = y.reshape(len(y), -1).astype(np.float64)
    if loss.name == "bce":
        return float(np.mean([_entropy(np.array([share, 1 - share])) for share in values.mean(axis=0)]))
    if loss.name == "mse":
        return float(values.var(axis=0).mean())
    if loss.name == "mae":
        return float(np.abs(values - np.median(values, axis=0)).mean())
    return None


def _entropy(shares: Array) -> float:
    positive = shares[shares > 0]
    return max(0.0, float(-(positive * np.log(positive)).sum()))
