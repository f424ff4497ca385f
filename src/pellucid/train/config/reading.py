"""Settings from keys and values, command-line flags and TOML files, and back to TOML."""

import dataclasses
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pellucid.files import read_plain
from pellucid.nets import ModelFile
from pellucid.shapes import did_you_mean
from pellucid.train.config.choices import owner_of
from pellucid.train.config.setting import OTHER_NAMES, ConfigError, Setting, settings_of, shown
from pellucid.train.config.train_config import TrainConfig

__all__ = ["build_config", "read_config", "read_values", "settings", "to_toml", "without_former_choices"]

LARGEST_FILE = 2**14  # bytes of TOML, whose parser takes quadratic time for some texts


def settings() -> list[Setting]:
    """Return every field of TrainConfig in order."""
    return settings_of(TrainConfig)


def build_config(values: Mapping[str, Any], *, where: str) -> TrainConfig:
    """Build the configuration from values that were read. Raises ConfigError for values that contradict each other."""
    try:
        return TrainConfig(**values)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from None


def read_values(values: Mapping[str, Any], *, where: str, text: bool = False) -> dict[str, Any]:
    """Return each value in its field's type. Raises ConfigError for an unknown key, a wrong type or range."""
    by_name = {setting.name: setting for setting in settings()}
    read = {}
    for name, value in values.items():
        name = OTHER_NAMES.get(name, name)
        if name not in by_name:
            keys = [key.rstrip("_") for key in by_name]  # as files spell them
            hint = did_you_mean(name, [*keys, *OTHER_NAMES]) or f"; the keys are {', '.join(keys)}"
            raise ConfigError(f"{where}: unknown key {shown(name)}{hint}")
        if name in read:
            raise ConfigError(f"{where}: {name} is given twice, under two names")
        setting = by_name[name]
        read[name] = setting.read(value, setting.flag if text else f"{where}: {name.rstrip('_')}", text=text)
    return read


def read_config(path: Path) -> dict[str, Any]:
    """Return the keys of a TOML file, checked one by one. Raises ConfigError."""
    try:
        # Windows' editors write a byte-order mark.
        values = tomllib.loads(read_plain(path, limit=LARGEST_FILE).decode("utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits; lists within lists within lists
        raise ConfigError(f"{path} is not TOML: {error}") from None
    read = read_values(values, where=str(path))
    if ModelFile.is_one(read.get("model", "")):
        model = ModelFile.of(read["model"])
        read["model"] = str(model.at(path.absolute().parent / model.path))  # beside the file, as in a run folder
    if "from_" in read:
        read["from_"] = str(path.absolute().parent / Path(read["from_"]).expanduser())
    return read


def without_former_choices(values: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings of a file without the numbers of choices that `new` settings change: a shape of the schedule, and what the
    new optimizer does not have. A choice that the file leaves out is the default."""
    former = {setting.name: setting.default for setting in settings()} | dict(values)

    def stays(key: str) -> bool:
        choice, names = owner_of(key)
        if choice not in new or new[choice] == former[choice]:
            return True
        return choice == "optimizer" and new[choice] in names

    return {key: value for key, value in values.items() if stays(key)}


def to_toml(config: TrainConfig) -> str:
    """Return the configuration as TOML, from which `read_config` reads the same settings."""
    import tomli_w

    return tomli_w.dumps({k.rstrip("_"): v for k, v in dataclasses.asdict(config).items() if v is not None})
