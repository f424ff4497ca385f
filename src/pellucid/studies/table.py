"""Results of trials as a table: rows of settings and measured values, sliced by setting and by seed."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Config", "Row", "Table"]

Config = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """One trial: its full configuration, and what it measured."""

    config: Config
    values: Mapping[str, Any]

    def __getitem__(self, key: str) -> Any:
        return self.values[key] if key in self.values else self.config[key]


class Table:
    """Rows of one study."""

    def __init__(self, rows: list[Row], expected: int | None = None) -> None:
        self.rows = rows
        self.expected = len(rows) if expected is None else expected  # rows of a complete study

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def where(self, **settings: Any) -> "Table":
        """The rows with these settings; a function is a condition on the value."""

        def fits(row: Row) -> bool:
            return all(want(row[key]) if callable(want) else row[key] == want for key, want in settings.items())

        return Table([row for row in self.rows if fits(row)])

    def settings(self, key: str) -> list[Any]:
        """The different values of a setting, sorted."""
        return sorted({row[key] for row in self.rows})

    def mean(self, key: str) -> float:
        """The mean of a measured value over all rows; NaN without rows."""
        numbers = [float(row[key]) for row in self.rows]
        return sum(numbers) / len(numbers) if numbers else math.nan

    def by_seed(self, reduce: Callable[["Table"], float]) -> list[float]:
        """One number per seed, for the seeds whose rows are complete."""
        counts: dict[int, list[Row]] = {}
        for row in self.rows:
            counts.setdefault(row["seed"], []).append(row)
        complete = max(map(len, counts.values()), default=0)
        return [reduce(Table(rows)) for _, rows in sorted(counts.items()) if len(rows) == complete]
