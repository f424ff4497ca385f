"""What a report is made of: gathered once, read by every section."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pellucid.data.tables import DataTable
from pellucid.train.config import TrainConfig
from pellucid.train.events import Event, Finished, NotFinite
from pellucid.train.model.importance import Importance
from pellucid.train.readers.curves import Curves
from pellucid.train.report.answers import JudgedAnswers

__all__ = ["Examples", "RunFacts"]


@dataclass(frozen=True, eq=False)
class Examples:
    """The test samples, to be shown: images, rows of a table, or neither."""

    images: Any = None  # (N, C, H, W), an array or a LazyArray
    white: float = 1.0  # the largest value of a pixel
    rows: DataTable | None = None

    @property
    def can_be_seen(self) -> bool:
        """Whether the samples are images with 1 or 3 channels."""
        return self.images is not None and self.images.ndim == 4 and self.images.shape[1] in (1, 3)


@dataclass(frozen=True, eq=False)
class RunFacts:
    """A run that has ended, and what was measured of it. Texts are as they are; the sections escape them."""

    title: str
    folder: str
    config: TrainConfig  # with every setting that was in force
    changed: frozenset[str]  # the settings that are not the defaults
    settings: str  # in one line, with those of the optimizer
    toml: str
    ended: Event  # Finished, Interrupted or NotFinite
    entries: Sequence[Mapping[str, Any]]  # of the metrics file
    summary: Mapping[str, Any]
    description: str  # of the network
    sizes: Mapping[str, int]  # samples by part: "training", "validation", "test"
    files: Mapping[str, int]  # of the folder: name and bytes
    answers: JudgedAnswers | None = None  # on the test part, by the best epoch's network
    examples: Examples = field(default_factory=Examples)
    filters: Any = None  # (K, C, h, w) of the first layer, where they are images
    importance: Sequence[Importance] = ()
    columns: str | None = None  # how each column of a table is prepared
    target_name: str = "the target"
    findings: Sequence[Any] | None = None  # of the doctor, causes first; None where none looked

    @property
    def curves(self) -> Curves:
        """The curves of loss, accuracy and metrics."""
        return Curves.of_entries(self.entries)

    @property
    def epochs(self) -> list[Mapping[str, Any]]:
        """The entries of the epochs."""
        return [entry for entry in self.entries if entry["event"] == "epoch"]

    @property
    def is_regression(self) -> bool:
        """Whether the answers are numbers."""
        return self.answers is not None and self.answers.target.kind == "numbers"

    @property
    def unfinished(self) -> bool:
        """Whether the run ended before it could be evaluated."""
        return not isinstance(self.ended, Finished)

    @property
    def failed(self) -> bool:
        """Whether the loss became infinite or NaN."""
        return isinstance(self.ended, NotFinite)
