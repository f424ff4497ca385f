"""One setting: how its values are read, and what help texts and error messages say about it."""

import dataclasses
import math
import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from pellucid.layers import loss_meant
from pellucid.shapes import did_you_mean, meant

__all__ = ["OTHER_NAMES", "ConfigError", "Setting", "settings_of", "shown"]


class ConfigError(ValueError):
    """A flag or a key of a file is wrong; the message names it."""


OTHER_NAMES = {"lr": "learning_rate", "from": "from_"}  # what others, and files, call a setting


@dataclasses.dataclass(frozen=True)
class Setting:
    """One field of TrainConfig, with its texts for help and error messages."""

    name: str  # "batch_size"
    type: Any
    description: str
    rule: str  # "a whole number of at least 1"
    default: Any

    @property
    def choices(self) -> tuple[str, ...]:
        """The names that it may have; empty where it is not a choice."""
        return tuple(self.rule.removeprefix("one of ").split(", ")) if self.rule.startswith("one of ") else ()

    @property
    def flag(self) -> str:
        """The command-line form: --batch-size."""
        return "--" + self.name.rstrip("_").replace("_", "-")

    @property
    def other_flags(self) -> tuple[str, ...]:
        """Its flags under the names that others give it: --lr."""
        names = (name for name, own in OTHER_NAMES.items() if own == self.name and name != own.rstrip("_"))
        return tuple(f"--{name}" for name in names)

    def read(self, value: Any, called: str, *, text: bool) -> Any:
        """Return the value in the field's type. `text` values come from the command line, where a number is a string."""
        parts = value.split(",") if text and self.rule.startswith(("numbers", "whole numbers")) else value
        if isinstance(value, str) and self.choices:
            parts = loss_meant(value) if self.name == "loss" else meant(value, self.choices) or value
        try:
            read = msgspec.convert(parts, self.type, strict=not text)
        except (msgspec.ValidationError, OverflowError):
            read = math.nan
        if isinstance(read, float) and not math.isfinite(read):
            raise ConfigError(f"{called} must be {self.rule}; got {shown(value)}{did_you_mean(value, self.choices)}")
        return read


def settings_of(config: type) -> list[Setting]:
    """Return every field of a class of settings in order."""
    hints = get_type_hints(config, include_extras=True)
    found = []
    for field in dataclasses.fields(config):
        kind = hints[field.name]
        annotated = next(part for part in _members(kind) if get_origin(part) is Annotated)
        base, *metas = get_args(annotated)
        description = next(meta.description for meta in metas if meta.description)
        words = [word for part in _members(kind) if get_origin(part) is Literal for word in get_args(part)]
        found.append(Setting(field.name, kind, description, " or ".join([_rule(base, metas), *words]), field.default))
    return found


def shown(value: Any) -> str:
    """Return a value as text of a line: cut, and whole numbers of thousands of digits, which Python does not print, described."""
    try:
        text = repr(value)
    except ValueError:
        return "a number of more than 4,300 digits"
    return text if len(text) <= 100 else f"{text[:100]}... ({len(text):,} characters)"


def _members(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)


def _rule(base: Any, metas: list[Meta]) -> str:
    """Describe the values that a type and its bounds allow."""
    if get_origin(base) is Literal:
        return "one of " + ", ".join(get_args(base))
    if get_origin(base) is tuple:
        one, *bounds = get_args(get_args(base)[0])
        most = next(meta.max_length for meta in metas if meta.max_length is not None)
        example = "512,256" if one is int else "0.5,0.75"
        numbers = _rule(one, bounds).removeprefix("a ").replace("number", "numbers", 1)
        return f"{numbers}, such as {example}, and at most {most} of them"
    bounds = []
    for meta in metas:
        bounds += [f"of at least {meta.ge:,}"] if meta.ge is not None else []
        bounds += [f"above {meta.gt:,}"] if meta.gt is not None else []
        bounds += [f"below {meta.lt:,}"] if meta.lt is not None else []
        bounds += [f"up to {meta.le:,}"] if meta.le is not None else []
    kind = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}[base]
    return " ".join([kind, " and ".join(bounds)]).strip()
