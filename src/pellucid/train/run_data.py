"""The data of a run, as its configuration describes them, and the settings that the data decide."""

import inspect
from dataclasses import dataclass, replace
from typing import Any

from pellucid.data import Pipeline, Splits, load, table_splits
from pellucid.data.tables import DataTable, TableSplits, is_table, read_table
from pellucid.data.targets import DEFAULT_LOSSES, target_of
from pellucid.files import expanded
from pellucid.layers import LOSS_KINDS
from pellucid.nets import MODELS
from pellucid.train.config import ConfigError, TrainConfig, numbers_in_force
from pellucid.train.model.start import Start
from pellucid.train.trainer import Trainer

__all__ = ["Prepared", "load_data", "names_in", "outputs_of", "resolved"]

_OF_IMAGES = ("size", "flip", "crop", "cutout", "rotate", "scale", "colour", "erase", "mixup", "cutmix")


@dataclass(frozen=True)
class Prepared:
    """The data, preprocessing and trainer that a configuration describes."""

    config: TrainConfig
    splits: Splits | TableSplits
    pipeline: Pipeline | None  # of images; a table has its own preparation
    trainer: Trainer
    start: Start  # the network before the first step


def load_data(config: TrainConfig) -> Splits | TableSplits:
    """Load and split the data. Raises ConfigError for settings that do not belong to the kind of data, and DataError."""
    if not is_table(expanded(config.data) if config.data != "penguins" else config.data):
        for name in ("target", "task", "categories", "exclude"):
            if getattr(config, name) is not None:
                raise ConfigError(f"{name} only applies to a table (.csv, .tsv, .parquet); the data are {config.data}")
        return load(config.data, seed=config.seed, validation=config.validation, size=config.size)
    for name in _OF_IMAGES:
        if getattr(config, name):
            raise ConfigError(f"{name} only applies to images; {config.data} is a table")
    table = read_table(config.data)
    if config.target is None:
        raise ConfigError(f"target is missing: the column to predict, one of {', '.join(table.names)}")
    return table_splits(
        table,
        target=config.target,
        task=config.task,
        seed=config.seed,
        validation=config.validation,
        kinds=dict.fromkeys(names_in(table, config.categories), "category"),
        exclude=names_in(table, config.exclude),
    )


def resolved(config: TrainConfig, data: Splits | TableSplits) -> TrainConfig:
    """Return the configuration with every setting that data, optimizer, loss or model decide where they are not given.

    Written out, so that the run can be repeated from its folder whatever the defaults become.
    """
    values: dict[str, Any] = {}
    if isinstance(data, TableSplits):
        values["task"] = data.task
    values["loss"] = config.loss or DEFAULT_LOSSES[values.get("task", "classification")]
    for choice in ("optimizer", "schedule", "average"):
        values |= numbers_in_force(choice, vars(config))
    values |= numbers_in_force("loss", vars(config) | values)
    if LOSS_KINDS[values["loss"]].takes_label_smoothing:
        values["label_smoothing"] = config.smoothing
    if config.model == "fully-connected":  # the one model with settings of its own
        options = inspect.signature(MODELS[config.model]).parameters
        values |= {name: options[name].default for name in ("hidden", "norm", "keep") if getattr(config, name) is None}
    return replace(config, **values)


def outputs_of(data: Splits | TableSplits) -> int:
    """Return how many scores a network for these data makes."""
    if isinstance(data, Splits):
        return len(data.classes)
    return target_of(data.train.target, task=data.task).outputs


def names_in(table: DataTable, text: str | None) -> tuple[str, ...]:
    """Return the columns that a setting lists, "zip" or "zip,year". Raises DataError for one that the table lacks."""
    if text is None:
        return ()
    names = (text,) if text in table.names else tuple(name.strip() for name in text.split(","))
    return tuple(table.column(name).name for name in names)
