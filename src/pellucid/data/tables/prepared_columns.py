"""What becomes of a column: the network inputs made of it, from what was measured on the training rows.

| kind | inputs | missing |
|---|---|---|
| number | (value - mean) / std | the mean, that is 0 |
| category | one input per category: 1 for its own, else 0 | all 0 |
| date | days, standardized; month, weekday and hour as sine and cosine, those that vary | all 0 |

Where training rows lack a value, one further input is 1 for a missing value and 0 otherwise.
An affine layer turns the inputs of a category into that category's row of its weight: an embedding. Of more than
`MOST_CATEGORIES` categories the rarest share one input, "other", which categories unseen in training use, too; without it they
are all 0.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pellucid.data.checks import DataError
from pellucid.data.tables.column import Column, ColumnKind
from pellucid.shapes import Array

__all__ = ["MOST_CATEGORIES", "PreparedCategory", "PreparedColumn", "PreparedDate", "PreparedNumber"]

MOST_CATEGORIES = 100
_PARTS = {"month": 12, "weekday": 7, "hour": 24}  # parts of a date and their period


@dataclass(frozen=True)
class PreparedNumber:
    """A number, standardized."""

    kind: ClassVar[ColumnKind] = ColumnKind.NUMBER
    name: str
    mean: float
    std: float
    indicator: bool  # whether an input says that the value is missing

    @classmethod
    def of(cls, column: Column) -> "PreparedNumber":
        """Measure mean and standard deviation of the values that are there."""
        mean, std = _moments(column.values[~column.missing])
        return cls(column.name, mean, std, bool(column.missing.any()))

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs."""
        return (self.name, *_missing_input(self.name, self.indicator))

    @property
    def made(self) -> str:
        """What the inputs are, in words."""
        missing = ", missing: 0 and an input that says so" if self.indicator else ""
        return f"standardized (mean {self.mean:.4g}, std {self.std:.4g}){missing}"

    def prepare(self, column: Column) -> Array:
        """Return the inputs, (N, len(inputs)) float32."""
        scaled = np.where(column.missing, 0, (column.values - self.mean) / self.std)
        return _with_indicator(scaled[:, None], column, self.indicator)


@dataclass(frozen=True)
class PreparedCategory:
    """A category, one-hot."""

    kind: ClassVar[ColumnKind] = ColumnKind.CATEGORY
    name: str
    categories: tuple[str, ...]  # those with an input of their own
    other: int  # how many rarer ones share an input
    indicator: bool

    @classmethod
    def of(cls, column: Column) -> "PreparedCategory":
        """Take the categories of the training rows, the most frequent ones where there are too many."""
        counts = np.bincount(column.values[~column.missing], minlength=len(column.vocabulary))
        used = np.flatnonzero(counts)
        chosen = used
        if len(used) > MOST_CATEGORIES:
            chosen = np.sort(used[np.argsort(-counts[used], kind="stable")][: MOST_CATEGORIES - 1])
        categories = tuple(column.vocabulary[code] for code in chosen)
        return cls(column.name, categories, len(used) - len(chosen), bool(column.missing.any()))

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs."""
        other = (f"{self.name}: other",) if self.other else ()
        return (
            *(f"{self.name}={category}" for category in self.categories),
            *other,
            *_missing_input(self.name, self.indicator),
        )

    @property
    def made(self) -> str:
        """What the inputs are, in words."""
        other = f" and one for the {self.other} rarest" if self.other else ""
        missing = ", missing: an input of its own" if self.indicator else ""
        return f"one-hot, {len(self.categories)} inputs{other}{missing}"

    def unseen(self, column: Column) -> tuple[str, ...]:
        """Return the values that have no input of their own, in alphabetical order."""
        known = set(self.categories)
        used = np.unique(column.values[~column.missing])
        return tuple(column.vocabulary[code] for code in used if column.vocabulary[code] not in known)

    def prepare(self, column: Column) -> Array:
        """Return the inputs, (N, len(inputs)) float32."""
        width = len(self.categories) + bool(self.other)
        place = {category: n for n, category in enumerate(self.categories)}
        elsewhere = len(self.categories)  # the input of other categories, or the column that is cut off below
        places = np.array([*(place.get(c, elsewhere) for c in column.vocabulary), elsewhere + 1], dtype=np.int64)
        hot = np.zeros((len(column), elsewhere + 2), dtype=np.float32)
        hot[np.arange(len(column)), places[column.values]] = 1  # -1, missing, is the last
        return _with_indicator(hot[:, :width], column, self.indicator)


@dataclass(frozen=True)
class PreparedDate:
    """A date as days and its parts."""

    kind: ClassVar[ColumnKind] = ColumnKind.DATE
    name: str
    mean: float  # days since 1970
    std: float
    parts: tuple[str, ...]  # of month, weekday, hour, those that vary
    indicator: bool

    @classmethod
    def of(cls, column: Column) -> "PreparedDate":
        """Measure the days, and see which parts vary."""
        present = column.values[~column.missing]
        mean, std = _moments(_days(present))
        parts = tuple(part for part in _PARTS if len(np.unique(_part(present, part))) > 1)
        return cls(column.name, mean, std, parts, bool(column.missing.any()))

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs."""
        waves = (f"{self.name}: {wave} of {part}" for part in self.parts for wave in ("sine", "cosine"))
        return (f"{self.name}: days", *waves, *_missing_input(self.name, self.indicator))

    @property
    def made(self) -> str:
        """What the inputs are, in words."""
        parts = f"; {', '.join(self.parts)} as sine and cosine" if self.parts else ""
        missing = ", missing: 0 and an input that says so" if self.indicator else ""
        return f"days, standardized{parts}{missing}"

    def prepare(self, column: Column) -> Array:
        """Return the inputs, (N, len(inputs)) float32."""
        moments = np.where(column.missing, np.datetime64(0, "us"), column.values)
        waves = [wave for part in self.parts for wave in _waves(_part(moments, part), _PARTS[part])]
        found = np.stack([(_days(moments) - self.mean) / self.std, *waves], axis=1)
        return _with_indicator(np.where(column.missing[:, None], 0, found), column, self.indicator)


PreparedColumn = PreparedNumber | PreparedCategory | PreparedDate


def _moments(values: Array) -> tuple[float, float]:
    """Return mean and standard deviation; 1 where the values do not vary beyond rounding."""
    if not np.isfinite(values).all():
        raise DataError("every number must be finite")
    mean = float(values.mean())
    std = float(values.std())
    return mean, std if std > 1e-14 * abs(mean) else 1.0


def _missing_input(name: str, indicator: bool) -> tuple[str, ...]:
    return (f"{name}: missing",) if indicator else ()


def _with_indicator(inputs: Array, column: Column, indicator: bool) -> Array:
    """Return the inputs (N, K) with one more that is 1 where the value is missing, if there should be one; float32."""
    if indicator:
        inputs = np.concatenate([inputs, column.missing[:, None]], axis=1, dtype=np.float32)
    return inputs.astype(np.float32, copy=False)


def _days(moments: Array) -> Array:
    return moments.astype("datetime64[us]").astype(np.int64) / 86_400_000_000


def _part(moments: Array, part: str) -> Array:
    """Return the month (0 January), the weekday (0 Monday) or the hour with its fraction."""
    if part == "month":
        return moments.astype("datetime64[M]").astype(np.int64) % 12
    if part == "weekday":
        return (moments.astype("datetime64[D]").astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    return (moments - moments.astype("datetime64[D]")).astype(np.int64) / 3_600_000_000


def _waves(values: Array, period: int) -> tuple[Array, Array]:
    angle = values * (2 * np.pi / period)
    return np.sin(angle), np.cos(angle)
