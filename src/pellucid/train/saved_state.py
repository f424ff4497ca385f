"""The whole state of a run, to a checkpoint and back: only into a run with the same settings."""

import warnings
from pathlib import Path
from typing import Any

from pellucid.data.checks import outside
from pellucid.nets import StorageError
from pellucid.nets.storage import copy_arrays
from pellucid.train.checkpoint import CheckpointFolder, Progress
from pellucid.train.run_settings import changed_settings
from pellucid.train.stepper import Stepper

__all__ = ["check_holds_no_run", "restore_state", "resume_from", "save_state"]


def save_state(stepper: Stepper, checkpoints: CheckpointFolder, progress: Progress, settings: dict[str, Any]) -> Path:
    """Write a checkpoint of the network, the optimizer's state, the progress and the settings."""
    return checkpoints.save(stepper.net, stepper.named_moments() | progress.seen_arrays(), progress, settings)


def restore_state(
    stepper: Stepper, checkpoints: CheckpointFolder, progress: Progress, settings: dict[str, Any]
) -> list[str]:
    """Restore the newest sound checkpoint; return a line for each damaged one that was skipped.

    A run that is finished, or was ended by patience, may be extended by more epochs; patience is then counted from there. Raises
    StorageError, and changes nothing, where the checkpoint belongs to a run with other settings.
    """
    arrays, document, path, damaged = checkpoints.newest()
    epochs, patience = progress.epochs, progress.patience
    # Of an earlier version's checkpoint, which does not hold it, any patience may have ended the run: one epoch's at least.
    saved = Progress.from_document(document["progress"], patience=None if patience is None else 1)
    extended = epochs > saved.epochs and (saved.epoch == saved.epochs or saved.out_of_patience)
    length = {"samples": saved.samples, "epochs": epochs if extended else saved.epochs}
    now = {"samples": progress.samples, "epochs": epochs}
    if changed := changed_settings(document["settings"] | length, settings | now):
        raise StorageError(f"{path} belongs to a run with other settings: {', '.join(changed)}")
    moments = stepper.named_moments()
    stepper.net.adopt(arrays, str(path))
    copy_arrays({name: array for name, array in arrays.items() if name in moments}, moments, str(path))
    for key, value in vars(saved).items():
        setattr(progress, key, value)
    progress.epochs, progress.patience = epochs, patience
    if extended:
        progress.patience_from = saved.epoch
    if "seen/scores" in arrays:
        progress.seen = [(arrays["seen/scores"], arrays["seen/targets"])]
    stepper.steps_done = progress.first_step + progress.step
    return damaged


def resume_from(stepper: Stepper, checkpoints: CheckpointFolder, progress: Progress, settings: dict[str, Any]) -> None:
    """Restore as `restore_state` does, and warn of each damaged checkpoint."""
    damaged = restore_state(stepper, checkpoints, progress, settings)
    for line in damaged:
        warnings.warn(f"{line}; continuing from the one before it", stacklevel=outside())
    if not damaged:
        checkpoints.delete_old()  # a process that dies after a save leaves the third newest behind


def check_holds_no_run(checkpoints: CheckpointFolder) -> None:
    """Raise StorageError where a new run would be mixed with another."""
    if checkpoints.paths():
        raise StorageError(f"{checkpoints.folder} already contains a run; pass resume=True, or choose another folder")
