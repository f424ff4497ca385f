"""A trainer's whole state, to a checkpoint and back: only into a trainer with the same settings."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.nets import StorageError
from pellucid.train.checkpoint import CheckpointFolder, Progress

if TYPE_CHECKING:
    from pellucid.train.trainer import Trainer

__all__ = ["restore_state", "save_state"]


def save_state(trainer: "Trainer", checkpoints: CheckpointFolder, progress: Progress) -> Path:
    """Write a checkpoint of a trainer, its network and its optimiser."""
    moments = {
        f"optimizer/{slot}/{name}": array
        for slot, flat in zip(getattr(trainer.moments, "_fields", ()), trainer.moments, strict=True)
        for name, array in trainer.net.params.like(flat).items()
    }
    return checkpoints.save(trainer.net, moments, progress, _settings(trainer))


def restore_state(trainer: "Trainer", checkpoints: CheckpointFolder, progress: Progress) -> list[str]:
    """Take over the newest sound checkpoint; return a line for each damaged one that was passed over."""
    arrays, document, path, refused = checkpoints.newest()
    settings = _settings(trainer) | {"samples": progress.samples, "epochs": progress.epochs}
    saved = Progress.from_document(document["progress"])
    before = document["settings"] | {"samples": saved.samples, "epochs": saved.epochs}
    if changed := [key for key, value in settings.items() if before.get(key) != value]:
        raise StorageError(f"{path} belongs to a run with other settings: {', '.join(changed)}")
    trainer.net.adopt(arrays, str(path))
    for slot, flat in zip(getattr(trainer.moments, "_fields", ()), trainer.moments, strict=True):
        for name, view in trainer.net.params.like(flat).items():
            view[...] = arrays[f"optimizer/{slot}/{name}"]
    for key, value in vars(saved).items():
        setattr(progress, key, value)
    trainer.steps_done = progress.first_step + progress.step
    trainer.epochs_done = progress.first_epoch + progress.epoch
    return refused


def _settings(trainer: "Trainer") -> dict[str, Any]:
    """What must be equal for a run to go on bit for bit."""
    return {
        "optimizer": trainer.optimizer.rule_name,
        **asdict(trainer.optimizer),
        "batch_size": trainer.batch_size,
        "loss": trainer.loss,
        "label_smoothing": trainer.label_smoothing,
        "reg": trainer.reg,
        "schedule": repr(trainer.schedule),
        "clip_norm": trainer.clip_norm,
        "seed": trainer.seed,
        "layers": trainer.layers.name,
        "class_weight": None if trainer.class_weight is None else repr(trainer.class_weight),
        "network_seed": trainer.net.seed,
        "dtype": trainer.net.dtype.name,
        "frozen": sorted(trainer.net.frozen),
        "parameters": {name: list(slot.shape) for name, slot in trainer.net.params.slots.items()},
    }
