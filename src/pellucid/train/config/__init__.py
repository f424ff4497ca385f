"""The configuration of a run: command-line flags and the keys of a TOML file are exactly the fields of TrainConfig.

What lives here: the fields (`train_config.py`), what each takes (`setting.py`), the numbers of the optimizer, schedule and average
that are chosen (`choices.py`), reading and writing (`reading.py`). What does not: what a run makes of its settings (`run.py`).
"""

from pellucid.train.config.choices import chosen, chosen_loss, numbers_in_force
from pellucid.train.config.reading import (
    build_config,
    read_config,
    read_values,
    settings,
    to_toml,
    without_former_choices,
)
from pellucid.train.config.setting import ConfigError, Setting
from pellucid.train.config.train_config import TrainConfig

__all__ = [
    "ConfigError",
    "Setting",
    "TrainConfig",
    "build_config",
    "chosen",
    "chosen_loss",
    "numbers_in_force",
    "read_config",
    "read_values",
    "settings",
    "to_toml",
    "without_former_choices",
]
