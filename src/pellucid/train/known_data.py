"""The training data as far as they decide how further data are read: where they came from, the shape of a sample."""

from dataclasses import dataclass

__all__ = ["NOTHING_KNOWN", "KnownData"]


@dataclass(frozen=True)
class KnownData:
    """What a model was trained on, as far as it decides how further data are read."""

    source: str | None = None  # the name or path: of it, only the test part is judged
    shape: tuple[int, ...] = ()  # of the network's samples: images of a folder are resized to it
    targets: tuple[str, ...] = ()  # the names of the columns that are predicted; () where they have none
    is_table: bool = False  # whether samples are rows of a table

    @property
    def size(self) -> tuple[int, int] | None:
        """The (height, width) of pictures; None where the samples are none."""
        return (self.shape[1], self.shape[2]) if len(self.shape) == 3 else None


NOTHING_KNOWN = KnownData()
