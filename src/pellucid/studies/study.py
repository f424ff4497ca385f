"""What a study is: a claim, its source, a design, a measure, a statistic, a figure.

Each file of `catalogue/` makes one of these.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pellucid.studies.statistics import Finding
from pellucid.studies.table import Config, Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from pellucid.studies.samples import Pool

__all__ = ["Config", "Study", "StudyError", "key_of", "trials_of"]


class StudyError(ValueError):
    """A study cannot be run or reported; the message says why in one line."""


@dataclass(frozen=True)
class Study:
    """One claim and how it is tested."""

    name: str
    question: str  # what people ask, as `pellucid explain` quotes it
    claim: str
    source: str
    design: str
    measure: str
    statistic: str
    matters: str  # the smallest effect that would matter, in words; written before the run
    grid: Callable[[bool], Sequence[Config]]  # (quick) -> the settings, without the seed
    trial: Callable[[Config, "Pool"], Mapping[str, Any]]  # -> numbers, lists of numbers, truth values
    findings: Callable[[Table], Sequence[Finding]]
    draw: Callable[["Figure", Table], None]
    remarks: Mapping[str, str] = field(default_factory=dict)  # by verdict: what the numbers of the full run do not say
    reduced: str = ""  # what was left out to fit a small machine; written before the run
    panels: int = 2  # of the figure, side by side
    parallel: bool = True  # False: trials measure time, and run one after another
    full_seeds: int = 10
    quick_seeds: int = 3
    version: int = 1  # increase it when the meaning of a trial changes, so that old results are not used


def trials_of(study: Study, *, quick: bool, seeds: int, data: str, table: str) -> list[dict[str, Any]]:
    """Return the full configuration of every trial: study, version, data, table of layers, seed, settings."""
    base = {"study": study.name, "version": study.version, "data": data, "layers": table}
    return [base | dict(settings) | {"seed": seed} for seed in range(seeds) for settings in study.grid(quick)]


def key_of(config: Config) -> str:
    """Return the name that a configuration's result is stored under: a SHA-256 of it.

    >>> key_of({"a": 1, "b": 2}) == key_of({"b": 2, "a": 1})
    True
    """
    text = json.dumps(config, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:24]
