"""Checkpoints: everything a run needs to go on, bit for bit, as if it had never stopped.

A checkpoint is one safetensors file: parameters, running statistics and optimizer state as logical, C-order named tensors, and a
document with the position and the history. All randomness is counter-based (dropout by seed, layer and step; order and
augmentation by seed and epoch), so the seed and the position are the whole random state. The newest two checkpoints stay: if one
is damaged, the one before it is used.
"""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.files import partial_path
from pellucid.nets import Network, StorageError, read_tensors, write_tensors
from pellucid.shapes import Array
from pellucid.train.events import EpochDone

__all__ = ["CheckpointFolder", "Progress", "RunLockedError"]

MAX_CHECKPOINTS = 2
# A link or a pipe that lies there is neither followed nor waited for.
_LOCK_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class RunLockedError(StorageError):
    """Another process is writing to this run folder."""


@dataclass
class Progress:
    """How far a run is, and the sums of its current epoch."""

    epoch: int = 0  # the epoch under way, counts from 0
    batch: int = 0  # batches of it that are done
    step: int = 0  # steps of this run that are done
    first_step: int = 0  # steps the trainer had made before this run
    first_epoch: int = 0  # epochs the trainer had finished before this run
    loss_sum: float = 0.0  # of the epoch under way, weighted by rows
    correct: int = 0  # rows of the epoch under way classified correctly; "right" in files
    rows: int = 0
    epoch_seconds: float = 0.0  # steps of the epoch under way
    seconds: float = 0.0  # of the finished epochs
    best_epoch: int | None = None  # counts from 1
    best_rank: tuple[float, float] | None = None  # (validation accuracy, minus the validation loss)
    history: list[EpochDone] = field(default_factory=list)
    # Scores and targets of the epoch under way, batch by batch, where metrics need them; in files they are arrays.
    seen: list[tuple[Array, Array]] = field(default_factory=list)
    samples: int = 0  # training samples of the run
    epochs: int = 0  # epochs it should have in the end
    patience: int | None = None  # epochs without a better one after which it ends; None without validation
    patience_from: int = 0  # the epoch at which it was extended, from which patience is counted

    @property
    def waited(self) -> int:
        """Epochs since the best one, or since the run was extended."""
        return self.epoch - max(self.best_epoch or 0, self.patience_from)

    @property
    def out_of_patience(self) -> bool:
        """Whether validation has not improved for `patience` epochs."""
        return self.patience is not None and self.waited >= self.patience

    def start_next_epoch(self) -> None:
        """Move to the first batch of the next epoch."""
        self.epoch += 1
        self.batch, self.loss_sum, self.correct, self.rows, self.epoch_seconds = 0, 0.0, 0, 0, 0.0
        self.seen = []

    def seen_arrays(self) -> dict[str, Array]:
        """Return what metrics have seen of the epoch under way, by name: nothing where there are no metrics."""
        if not self.seen:
            return {}
        scores, targets = (np.concatenate(parts) for parts in zip(*self.seen, strict=True))
        return {"seen/scores": scores, "seen/targets": targets}

    def to_document(self) -> dict[str, Any]:
        """Return JSON."""
        document = asdict(replace(self, seen=[]))
        del document["seen"]
        document["right"] = document.pop("correct")
        return document

    @classmethod
    def from_document(cls, document: dict[str, Any], *, patience: int | None = None) -> "Progress":
        """Read what `to_document` wrote. Raises StorageError for anything else.

        patience: that of the run, for checkpoints of earlier versions, which do not hold it.
        """
        import msgspec

        try:
            return msgspec.convert({"patience": patience} | document | {"correct": document.get("right", 0)}, cls)
        except msgspec.ValidationError as error:
            raise StorageError(f"the saved progress is not valid: {error}") from None


class CheckpointFolder:
    """A folder that one process at a time writes checkpoints to."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self.is_held = False

    @classmethod
    def of(cls, folder: "str | os.PathLike[str] | CheckpointFolder") -> "CheckpointFolder":
        """Return the folder itself if it is one already (its lock may be held)."""
        return folder if isinstance(folder, CheckpointFolder) else cls(folder)

    @contextlib.contextmanager
    def held(self) -> Iterator["CheckpointFolder"]:
        """Hold the folder's lock while the block runs. Raises RunLockedError where another process holds it."""
        if self.is_held:
            yield self
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.folder / ".lock", _LOCK_FLAGS, 0o666)
        except (OSError, ValueError) as error:
            raise StorageError(f"cannot write to {self.folder}: {getattr(error, 'strerror', None) or error}") from error
        try:
            _lock(lock, self.folder)
            self._try_longest_name()
            for leftover in self.folder.glob(".*.part"):
                leftover.unlink(missing_ok=True)
            self.is_held = True
            yield self
        finally:
            self.is_held = False
            os.close(lock)

    def _try_longest_name(self) -> None:
        """Raise StorageError before the training if a checkpoint's path would be too long for this system."""
        longest = partial_path(self._path_of(0))
        try:
            longest.touch()
            longest.unlink()
        except OSError as error:
            raise StorageError(f"cannot write to {self.folder}: {error.strerror or error}") from error

    def paths(self) -> list[Path]:
        """Return the checkpoints, newest first."""
        return sorted(self.folder.glob("checkpoint-*.safetensors"), reverse=True)

    @property
    def best_path(self) -> Path:
        """The file of the best epoch's network."""
        return self.folder / "best.safetensors"

    def save(self, net: Network, moments: dict[str, Array], progress: Progress, settings: dict[str, Any]) -> Path:
        """Write a checkpoint, then delete all but the newest two."""
        path = self._path_of(progress.step)
        document = {"settings": settings, "progress": progress.to_document()}
        write_tensors(path, net.named_tensors() | moments, document)
        self.delete_old()
        return path

    def _path_of(self, step: int) -> Path:
        return self.folder / f"checkpoint-{step:09d}.safetensors"

    def delete_old(self) -> None:
        """Delete all checkpoints but the newest two."""
        for old in self.paths()[MAX_CHECKPOINTS:]:
            with contextlib.suppress(OSError):
                old.unlink()

    def newest(self) -> tuple[dict[str, Array], dict[str, Any], Path, list[str]]:
        """Return arrays, document and path of the newest sound checkpoint, and a line for each damaged one."""
        damaged: list[str] = []
        for path in self.paths():
            try:
                arrays, document = read_tensors(path)
                if not all(isinstance(document.get(part), dict) for part in ("progress", "settings")):
                    raise StorageError(f"cannot read {path}: it is not a checkpoint")
                return arrays, document, path, damaged
            except StorageError as error:
                damaged.append(str(error))
        raise StorageError("; ".join(damaged) or f"{self.folder} holds no checkpoint")


def _lock(descriptor: int, folder: Path) -> None:
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        raise RunLockedError(
            f"{folder} is being written by another process; wait for it, or choose another folder"
        ) from None
