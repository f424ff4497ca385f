"""A run: from a configuration to a folder with checkpoints, metrics, a summary, figures and a report.

config.toml    everything needed to repeat it           metrics.jsonl   a line a step and an epoch
checkpoint-*   the newest two states                    best.safetensors   the best epoch's network
summary.json   the main results                         *.png, report.html   figures, and a page with everything
findings.json  what the doctor found; empty where all is well, none with --no-doctor
setup.json, vitals.jsonl    what the doctor recorded as the run went on: the layers, and their vitals at some steps
"""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pellucid.data import Augmentation, DataError, Pipeline, Splits, Standardization
from pellucid.data.tables import TableSplits
from pellucid.examining import examiner
from pellucid.kernels import fastest_transforms
from pellucid.nets import ModelFile, Network, StorageError, build, write_atomically
from pellucid.plan import Plan
from pellucid.shapes import ShapeError
from pellucid.train.checkpoint import CheckpointFolder, Progress
from pellucid.train.config import ConfigError, TrainConfig, build_config, chosen, chosen_loss, read_config, to_toml
from pellucid.train.events import CheckpointSaved, Event, Finished, Interrupted, NotFinite
from pellucid.train.model import Origin
from pellucid.train.model.start import Start, save_start, start_from
from pellucid.train.readers.metrics import MetricsFile
from pellucid.train.results import write_results, write_unfinished
from pellucid.train.run_data import Prepared, load_data, outputs_of, resolved
from pellucid.train.run_settings import settings_line
from pellucid.train.trainer import Trainer

__all__ = ["Outcome", "config_of", "free_folder", "prepare", "resume_run", "start_run"]

_AUGMENTATIONS = ("cutout", "rotate", "scale", "colour", "erase", "mixup", "cutmix")


LONGEST_NAME = 50  # characters of the data's name in that of a run; a file name has at most 255 bytes


@dataclass(frozen=True)
class Outcome:
    """How a run ended: finished, with a summary; interrupted; or stopped by a loss that is not finite."""

    folder: Path
    last: Event
    summary: dict[str, Any] | None
    findings: tuple[Any, ...] = ()  # of the doctor, causes first


def prepare(config: TrainConfig) -> Prepared:
    """Load the data, build the network and the trainer. Raises DataError or ShapeError where they do not match."""
    splits = load_data(config)
    config = resolved(config, splits)
    start = _start(config, splits)
    pipeline = _pipeline(config, splits, start.standardization) if isinstance(splits, Splits) else None
    trainer = _trainer(config, start.net)
    if config.learning_rate == "auto":
        found = trainer.find_learning_rate(splits, pipeline=pipeline, balanced=config.balanced)
        config = replace(config, learning_rate=found.suggestion)  # so that the run repeats
        trainer.optimizer = replace(trainer.optimizer, learning_rate=found.suggestion)
    trainer.origin = Origin(config.data, config.size)
    # A batch too large for the memory, or a wrong PELLUCID_THREADS, is refused here, before anything is written.
    Plan.training(
        trainer.net, trainer.stepper.part_size, layers=trainer.layers, optimizer=trainer.optimizer
    ).check_memory()
    return Prepared(config, splits, pipeline, trainer, start)


def _start(config: TrainConfig, splits: Splits | TableSplits) -> Start:
    """Return a new network, or that of another run or file, with what is frozen."""
    if config.from_ is None:
        start = Start(_network(config, splits), None)
    else:
        start = start_from(
            config.from_,
            lambda: _network(config, splits),
            splits.sample_shape,
            outputs_of(splits),
            new_head=config.new_head,
            seed=config.seed,
        )
    if config.freeze is not None:
        start.net.freeze(*(pattern.strip() for pattern in config.freeze.split(",")))
    return start


def _pipeline(config: TrainConfig, splits: Splits, known: Standardization | None) -> Pipeline:
    """Return how images are prepared: standardized as in the training that the network comes from, if it says how."""
    names = {"flip": "flip", "crop": "crop_pad"} | {name: name for name in _AUGMENTATIONS}
    settings = {field: getattr(config, name) for name, field in names.items()}
    try:
        augmentation = Augmentation(**settings)
        augmentation.check(splits.sample_shape)
    except DataError as error:
        used = ", ".join(f"--{name}" for name, field in names.items() if settings[field])
        raise DataError(f"{used} cannot be used with {config.data}: {error}") from None
    standardization = Standardization.of(splits.train.images) if known is None else known
    return Pipeline(standardization, augmentation, transforms=fastest_transforms())


def _network(config: TrainConfig, splits: Splits | TableSplits) -> Network:
    options = {name: getattr(config, name) for name in ("hidden", "norm", "keep") if getattr(config, name) is not None}
    if ModelFile.is_one(config.model):
        file = ModelFile.of(config.model)
        return file.network(splits.sample_shape, outputs_of(splits), seed=config.seed, init=config.initial)
    try:
        return build(
            config.model, splits.sample_shape, outputs_of(splits), seed=config.seed, init=config.initial, **options
        )
    except ShapeError as error:
        raise ShapeError(
            f"the model {config.model} cannot take samples of shape {splits.sample_shape}: {error}"
        ) from None


def _trainer(config: TrainConfig, net: Network) -> Trainer:
    values = vars(config)  # resolved, so that the loss is one
    return Trainer(
        net,
        chosen("optimizer", values),
        batch_size=config.batch_size,
        loss=chosen_loss(values),
        label_smoothing=config.smoothing,
        reg=config.reg,
        schedule=chosen("schedule", values),
        average=chosen("average", values),
        accumulate=config.accumulate,
        clip_norm=config.clip_norm,
        seed=config.seed,
        metrics=config.metric_names,
        monitor=config.monitor,
    )


def free_folder(config: TrainConfig, parent: Path = Path("runs")) -> Path:
    """Return runs/DATA-MODEL-1, or the first number that is not taken."""
    name = f"{Path(config.data).stem[:LONGEST_NAME] or 'data'}-{config.model_name[:LONGEST_NAME]}"
    number = 1
    while os.path.lexists(parent / f"{name}-{number}"):
        number += 1
    return parent / f"{name}-{number}"


def start_run(
    config: TrainConfig,
    folder: Path,
    on_event: Callable[[Event], None],
    on_data: Callable[[Splits | TableSplits], None] | None = None,
    *,
    doctor: bool = True,
) -> Outcome:
    """Train as configured, into a folder that holds no run yet. The data go to `on_data` once they are loaded.

    doctor: whether the run is examined, and the page and `findings.json` say what was found.
    """
    with _run_folder(folder) as checkpoints:
        if (folder / "config.toml").exists():
            raise StorageError(
                f"{folder} already contains a run: continue it with `pellucid resume {folder}`, or choose another --out"
            )
        prepared = prepare(config)
        if on_data is not None:
            on_data(prepared.splits)
        with _unless_it_starts(prepared.trainer, folder):
            _write_config(prepared, folder)
            return _run(prepared, checkpoints, on_event, resume=False, doctor=doctor)


def resume_run(
    folder: Path,
    on_event: Callable[[Event], None],
    *,
    epochs: int | None = None,
    patience: int | None = None,
    doctor: bool = True,
) -> Outcome:
    """Continue the run in a folder from its newest sound checkpoint (from the beginning if it has none yet).

    epochs extends a run that is finished, or was ended by patience, to as many in all: the schedule of the learning rate then
    spans all of them, and patience is counted from there. patience replaces the run's own, as if the run had had it from its start.
    """
    config = config_of(folder)
    with _run_folder(folder) as checkpoints:
        if epochs is None and patience is None:
            return _run(prepare(config), checkpoints, on_event, resume=bool(checkpoints.paths()), doctor=doctor)
        progress = Progress.from_document(checkpoints.newest()[1]["progress"], patience=config.patience)
        if epochs is not None:
            _check_epochs(progress, epochs, folder)
        else:
            _check_patience(progress, patience or 0, folder)
        longer = replace(config, epochs=epochs or config.epochs, patience=patience or config.patience)
        prepared = prepare(longer)
        _write_config(prepared, folder)
        return _run(prepared, checkpoints, on_event, resume=True, doctor=doctor)


def _check_epochs(progress: Progress, epochs: int, folder: Path) -> None:
    """Raise ConfigError unless the folder's run has ended, and was to have fewer epochs."""
    if progress.epoch < progress.epochs and not progress.out_of_patience:
        raise ConfigError(
            f"--epochs only extends a finished run; {folder} has done {progress.epoch} of {progress.epochs} epochs; "
            f"finish it first: pellucid resume {folder}"
        )
    if epochs <= progress.epochs:
        cure = "; --patience goes on within them" if progress.out_of_patience else ""
        raise ConfigError(
            f"--epochs must be more than the {progress.epochs} epochs that the run was to have; got {epochs}{cure}"
        )


def _check_patience(progress: Progress, patience: int, folder: Path) -> None:
    """Raise ConfigError where a run with this patience would not go on."""
    if progress.epoch == progress.epochs:
        raise ConfigError(f"--patience: {folder} has done all its {progress.epochs} epochs; give --epochs, too")
    if patience <= progress.waited:
        raise ConfigError(
            f"--patience must be more than the {progress.waited} epochs that have passed without improvement; got {patience}"
        )


def _with_own_copies(prepared: Prepared, folder: Path) -> TrainConfig:
    """Copy what the run starts from into its folder: the file of a model of one's own, a network that was trained before.

    Return the configuration that names the copies.
    """
    config = prepared.config
    if ModelFile.is_one(config.model):
        file = ModelFile.of(config.model)
        copy = Path("model.toml" if file.path.name == "config.toml" else file.path.name)
        write_atomically(folder / copy, file.content())
        config = replace(config, model=str(file.at(copy)))
    if config.from_ is not None:
        save_start(prepared.start, folder / "start.safetensors")
        config = replace(config, from_="start.safetensors")
    return config


def _write_config(prepared: Prepared, folder: Path) -> None:
    """Write the configuration, with every setting in words as a comment."""
    settings = settings_line(prepared.trainer.settings(prepared.pipeline))
    recorded = _with_own_copies(prepared, folder)
    write_atomically(folder / "config.toml", f"# {settings}\n{to_toml(recorded)}".encode())


@contextlib.contextmanager
def _unless_it_starts(trainer: Trainer, folder: Path) -> Iterator[None]:
    """Remove what a run wrote to its folder where data are refused before its first step: nothing of it could be resumed."""
    before = set(folder.iterdir())
    try:
        yield
    except (DataError, ShapeError):
        if trainer.steps_done == 0 and not CheckpointFolder(folder).paths():
            for path in set(folder.iterdir()) - before:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        raise


@contextlib.contextmanager
def _run_folder(folder: Path) -> Iterator[CheckpointFolder]:
    """Hold a run folder; remove it again, and folders above it, if they are new and stayed empty."""
    new = [path for path in (folder, *folder.parents) if not os.path.lexists(path)]
    try:
        with CheckpointFolder(folder).held() as checkpoints:
            yield checkpoints
    finally:
        if new and os.path.isdir(folder) and {path.name for path in folder.iterdir()} <= {".lock"}:
            (folder / ".lock").unlink(missing_ok=True)
        for path in new:
            with contextlib.suppress(OSError):  # not empty, or never made
                path.rmdir()


def config_of(folder: Path) -> TrainConfig:
    """Read the configuration of a run folder. Raises StorageError where it is no run folder."""
    path = folder / "config.toml"
    if not os.path.exists(path):
        cure = "; put it back to resume" if CheckpointFolder(folder).paths() else ""
        raise StorageError(f"{folder} is not a run folder ({path.name} is missing){cure}")
    return build_config(read_config(path), where=str(path))


def _run(
    prepared: Prepared,
    checkpoints: CheckpointFolder,
    on_event: Callable[[Event], None],
    *,
    resume: bool,
    doctor: bool,
) -> Outcome:
    config, folder = prepared.config, checkpoints.folder
    config_file = folder / "config.toml"
    record, examined = MetricsFile(folder / "metrics.jsonl"), examiner(doctor)
    last: Event | None = None
    for last in prepared.trainer.events(
        prepared.splits,
        config.epochs,
        pipeline=prepared.pipeline,
        balanced=config.balanced,
        patience=config.patience,
        folder=checkpoints,
        resume=resume,
        checkpoint_every=config.checkpoint_every,
    ):
        record(last)
        if isinstance(last, (CheckpointSaved, Finished, Interrupted, NotFinite)) and not config_file.exists():
            _write_config(prepared, folder)  # somebody deleted it: a run must stay one that can be resumed
        on_event(last)
        examined(last)
    findings = examined.findings
    recorded = findings if examined.looked else None
    assert isinstance(last, Finished | Interrupted | NotFinite)
    summary = write_results(prepared, folder, last, recorded) if isinstance(last, Finished) else None
    if not isinstance(last, Finished):
        write_unfinished(prepared, folder, last, recorded)
    return Outcome(folder, last, summary, findings)
