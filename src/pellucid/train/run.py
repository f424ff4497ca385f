"""A run: from a configuration to a folder with checkpoints, metrics, a summary, figures and a report.

config.toml    everything needed to repeat it           metrics.jsonl   a line a step and an epoch
checkpoint-*   the newest two states                    best.safetensors   the best epoch's network
summary.json   the main results                         *.png, report.html   figures, and a page with everything
"""

import contextlib
import json
import os
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.data import Augmentation, DataError, Dataset, Pipeline, Splits, Standardization, load
from pellucid.files import shown
from pellucid.kernels import fastest_layers, fastest_transforms
from pellucid.layers import Layers
from pellucid.nets import Network, StorageError, build, read_tensors, write_atomically
from pellucid.optim import OPTIMIZERS, SCHEDULES
from pellucid.plan import Plan
from pellucid.shapes import Array, ShapeError
from pellucid.train.checkpoint import CheckpointFolder
from pellucid.train.config import TrainConfig, build_config, read_config, to_toml
from pellucid.train.evaluation import Evaluation, evaluate
from pellucid.train.events import CheckpointSaved, Event, Finished, Interrupted, NotFinite
from pellucid.train.readers import figures
from pellucid.train.readers.metrics import MetricsFile, read_metrics
from pellucid.train.readers.report import report_page
from pellucid.train.samples import make_samples
from pellucid.train.trainer import Trainer

__all__ = ["Outcome", "Prepared", "TrainedModel", "free_folder", "load_model", "prepare", "resume_run", "start_run"]

LONGEST_NAME = 50  # characters of the data's name in that of a run; a file name has at most 255 bytes
TRAINING_SAMPLES_EVALUATED = 10_000  # for the summary's training accuracy


@dataclass(frozen=True)
class Prepared:
    """The data, preprocessing and trainer that a configuration describes."""

    config: TrainConfig
    splits: Splits
    pipeline: Pipeline
    trainer: Trainer


@dataclass(frozen=True)
class Outcome:
    """How a run ended: finished, with a summary; interrupted; or stopped by a loss that is not finite."""

    folder: Path
    last: Event
    summary: dict[str, Any] | None


@dataclass(frozen=True)
class TrainedModel:
    """The best epoch's network of a run, and the preprocessing of its inputs."""

    net: Network
    pipeline: Pipeline
    classes: tuple[str, ...]
    white: float
    data: str
    size: int | None  # side to which a folder's images were resized
    loss: str
    label_smoothing: float

    def evaluate(self, dataset: Dataset, layers: Layers | None = None) -> Evaluation:
        """Return loss, accuracy and scores on a dataset."""
        table = fastest_layers() if layers is None else layers
        samples = make_samples("data", dataset, self.pipeline)
        return evaluate(self.net, samples, loss=self.loss, label_smoothing=self.label_smoothing, layers=table)


def prepare(config: TrainConfig) -> Prepared:
    """Load the data, build the network and the trainer. Raises DataError or ShapeError where they do not match."""
    splits = load(config.data, seed=config.seed, validation=config.validation, size=config.size)
    pipeline = _pipeline(config, splits)
    trainer = _trainer(config, _network(config, splits))
    trainer.about = _about(config, splits, pipeline)
    # A batch too large for the memory, or a wrong PELLUCID_THREADS, is refused here, before anything is written.
    Plan.training(trainer.net, config.batch_size, layers=trainer.layers, optimizer=trainer.optimizer).check_memory()
    return Prepared(config, splits, pipeline, trainer)


def _pipeline(config: TrainConfig, splits: Splits) -> Pipeline:
    try:
        augmentation = Augmentation(flip=config.flip, crop_pad=config.crop, cutout=config.cutout)
        augmentation.check(splits.sample_shape)
    except DataError as error:
        raise DataError(f"--flip, --crop or --cutout cannot be used with {config.data}: {error}") from None
    return Pipeline(Standardization.of(splits.train.images), augmentation, transforms=fastest_transforms())


def _network(config: TrainConfig, splits: Splits) -> Network:
    options = {name: getattr(config, name) for name in ("hidden", "norm", "keep") if getattr(config, name) is not None}
    try:
        return build(
            config.model, splits.sample_shape, len(splits.classes), seed=config.seed, init=config.initial, **options
        )
    except ShapeError as error:
        raise ShapeError(
            f"the model {config.model} cannot take samples of shape {splits.sample_shape}: {error}"
        ) from None


def _trainer(config: TrainConfig, net: Network) -> Trainer:
    rates = {} if config.learning_rate is None else {"learning_rate": config.learning_rate}
    decay = {} if config.weight_decay is None else {"weight_decay": config.weight_decay}
    return Trainer(
        net,
        OPTIMIZERS[config.optimizer](**rates, **decay),
        batch_size=config.batch_size,
        loss=config.loss,
        label_smoothing=config.smoothing,
        reg=config.reg,
        schedule=SCHEDULES[config.schedule],
        clip_norm=config.clip_norm,
        seed=config.seed,
    )


def _about(config: TrainConfig, splits: Splits, pipeline: Pipeline) -> dict[str, Any]:
    """Return what the best network's file should also say."""
    standardization = pipeline.standardization
    assert standardization is not None
    return {
        "data": config.data,
        "size": config.size,
        "classes": list(splits.classes),
        "white": float(splits.white),
        "mean": standardization.mean.tolist(),
        "std": standardization.std.tolist(),
        "loss": config.loss,
        "label_smoothing": config.smoothing,
    }


def free_folder(config: TrainConfig, parent: Path = Path("runs")) -> Path:
    """Return runs/DATA-MODEL-1, or the first number that is not taken."""
    name = f"{Path(config.data).stem[:LONGEST_NAME] or 'data'}-{config.model}"
    number = 1
    while os.path.lexists(parent / f"{name}-{number}"):
        number += 1
    return parent / f"{name}-{number}"


def start_run(config: TrainConfig, folder: Path, on_event: Callable[[Event], None]) -> Outcome:
    """Train as configured, into a folder that holds no run yet."""
    with _run_folder(folder) as checkpoints:
        if (folder / "config.toml").exists():
            raise StorageError(
                f"{folder} already contains a run: continue it with `pellucid resume {folder}`, or choose another --out"
            )
        prepared = prepare(config)
        _keep_config(config, folder)
        return _run(prepared, checkpoints, on_event, resume=False)


def resume_run(folder: Path, on_event: Callable[[Event], None]) -> Outcome:
    """Continue the run in a folder from its newest sound checkpoint (from the beginning if it has none yet)."""
    config = _config_of(folder)
    with _run_folder(folder) as checkpoints:
        return _run(prepare(config), checkpoints, on_event, resume=bool(checkpoints.paths()))


def load_model(folder: Path) -> TrainedModel:
    """Read the best epoch's network of a run. Raises StorageError if no epoch was saved."""
    if not folder.is_dir():
        raise StorageError(f"{folder} is not a folder")
    path = CheckpointFolder(folder).best_path
    if not path.exists():
        raise StorageError(
            f"{folder} contains no trained network ({path.name}); train one with `pellucid train --out {folder}`"
        )
    arrays, document = read_tensors(path)
    about = document.get("about", {})
    if missing := {"classes", "mean", "std", "white", "data"} - set(about):
        raise StorageError(
            f"{path} lacks {', '.join(sorted(missing))}: it was not written by `pellucid train`; "
            "pellucid.Network.load can read its network"
        )
    net = Network.from_document(document["network"])
    net.adopt(arrays, str(path))
    return TrainedModel(
        net=net,
        pipeline=Pipeline(
            Standardization(np.array(about["mean"]), np.array(about["std"])), transforms=fastest_transforms()
        ),
        classes=tuple(about["classes"]),
        white=about["white"],
        data=about["data"],
        size=about.get("size"),
        loss=about["loss"],
        label_smoothing=about["label_smoothing"],
    )


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


def _config_of(folder: Path) -> TrainConfig:
    path = folder / "config.toml"
    if not os.path.exists(path):
        cure = "; put it back to resume" if CheckpointFolder(folder).paths() else ""
        raise StorageError(f"{folder} is not a run folder ({path.name} is missing){cure}")
    return build_config(read_config(path), where=str(path))


def _keep_config(config: TrainConfig, folder: Path) -> None:
    """Write config.toml unless it is there: a run must stay one that can be resumed, even if someone deletes the file."""
    path = folder / "config.toml"
    if not path.exists():
        write_atomically(path, to_toml(config).encode())


def _run(
    prepared: Prepared, checkpoints: CheckpointFolder, on_event: Callable[[Event], None], *, resume: bool
) -> Outcome:
    config, folder = prepared.config, checkpoints.folder
    record = MetricsFile(folder / "metrics.jsonl")
    last: Event | None = None
    for last in prepared.trainer.events(
        prepared.splits,
        config.epochs,
        pipeline=prepared.pipeline,
        patience=config.patience,
        folder=checkpoints,
        resume=resume,
        checkpoint_every=config.checkpoint_every,
    ):
        record(last)
        if isinstance(last, (CheckpointSaved, Finished, Interrupted, NotFinite)):
            _keep_config(config, folder)
        on_event(last)
    assert isinstance(last, Finished | Interrupted | NotFinite)
    summary = _write_results(prepared, folder, last) if isinstance(last, Finished) else None
    return Outcome(folder, last, summary)


def _write_results(prepared: Prepared, folder: Path, finished: Finished) -> dict[str, Any]:
    """Evaluate the best network on the test set; write summary, figures and report."""
    config, splits, trainer = prepared.config, prepared.splits, prepared.trainer
    test = trainer.evaluate(make_samples("test", splits.test, prepared.pipeline))
    training = trainer.evaluate(make_samples("train", splits.train, prepared.pipeline), most=TRAINING_SAMPLES_EVALUATED)
    summary = {
        "data": config.data,
        "model": config.model,
        "epochs": finished.epochs,
        "steps": finished.step,
        "seconds": round(finished.seconds, 3),
        "train_accuracy": training.accuracy,
        "val_accuracy": finished.best_accuracy,
        "test_accuracy": test.accuracy,
        "best_epoch": finished.best_epoch,
        "layers": trainer.layers.name,
        "versions": {"pellucid": version("pellucid"), "numpy": np.__version__, "python": platform.python_version()},
    }
    write_atomically(folder / "summary.json", (json.dumps(summary, indent=2) + "\n").encode())
    pictures = _pictures(prepared, test.scores, folder)
    for name, png in pictures.items():
        write_atomically(folder / name, png)
    title = f"{config.model} on {Path(config.data).name}"
    page = report_page(title, summary, to_toml(config), trainer.net.describe(), pictures, shown(folder))
    write_atomically(folder / "report.html", page.encode())
    return summary


def _pictures(prepared: Prepared, scores: Array, folder: Path) -> dict[str, bytes]:
    test, classes = prepared.splits.test, prepared.splits.classes
    predicted = scores.argmax(axis=1)
    confidence = probabilities(scores).max(axis=1)
    drawn = {
        "curves.png": figures.curves_figure(read_metrics(folder / "metrics.jsonl")),
        "confusion.png": figures.confusion_figure(figures.confusion(test.labels, predicted, len(classes)), classes),
        "filters.png": figures.filters_figure(prepared.trainer.net),
        "mistakes.png": figures.mistakes_figure(
            test.images, test.labels, predicted, confidence, classes, prepared.splits.white
        ),
    }
    return {name: png for name, png in drawn.items() if png is not None}


def probabilities(scores: Array) -> Array:
    """Return softmax of each row, float64."""
    shifted = scores.astype(np.float64) - scores.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    return exponentials / exponentials.sum(axis=1, keepdims=True)
