"""Settings that belong to a choice: the numbers of the optimizer, of the schedule's shape and of the averaged weights.

    optimizer    beta1, beta2, eps, momentum, decay, weight_decay, learning_rate
    schedule     schedule_peak, schedule_final, ...
    average      ema_decay, swa_start
    loss         huber_delta, focal_gamma

Which of them a choice has, and their defaults, are read from the classes of `pellucid.optim`, those of a loss from its declaration.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from pellucid.layers import LOSS_KINDS
from pellucid.optim import AVERAGES, OPTIMIZERS, SCHEDULES
from pellucid.shapes import ShapeError
from pellucid.train.config.setting import ConfigError

__all__ = ["check_owners", "chosen", "chosen_loss", "numbers_in_force", "owner_of"]

_PARTS: dict[str, dict[str, Any]] = {
    "optimizer": {name: kind() for name, kind in OPTIMIZERS.items()},
    "schedule": dict(SCHEDULES),
    "average": dict(AVERAGES),
}
_OF_LOSSES = {"huber": "huber_delta", "focal": "focal_gamma", "binary_focal": "focal_gamma"}
_PREFIXES = {"optimizer": "", "schedule": "schedule_", "ema": "ema_", "swa": "swa_"}


def chosen(choice: str, values: Mapping[str, Any]) -> Any:
    """Return the optimizer, schedule or average that settings name, with their numbers. Raises ConfigError for one out of range."""
    part, keys = _part(choice, values)
    given = {field: values[key] for field, key in keys.items() if values.get(key) not in (None, "auto")}
    try:
        return _with_numbers(part, given)
    except ShapeError as error:  # "Exponential: final must be ..."
        field, _, rule = str(error).partition(": ")[2].partition(" ")
        raise ConfigError(f"{keys.get(field, field)} {rule} (the {choice} is {values[choice]})") from None


def numbers_in_force(choice: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return every number of a choice by its key: as given, or else its default."""
    if choice == "loss":
        key, number = _OF_LOSSES.get(values[choice]), LOSS_KINDS[values[choice]].number
        return {} if key is None or number is None else {key: number.default if values[key] is None else values[key]}
    part, keys = _part(choice, values)
    defaults = {} if part is None else _numbers(part)
    return {key: defaults[field] if values.get(key) is None else values[key] for field, key in keys.items()}


def chosen_loss(values: Mapping[str, Any]) -> str:
    """Return the name of the loss, with its number where that is not the default."""
    kind, key = LOSS_KINDS[values["loss"]], _OF_LOSSES.get(values["loss"])
    return kind.name if key is None or values[key] is None else kind.at(values[key], "")


def check_owners(values: Mapping[str, Any]) -> None:
    """Raise ConfigError for a number of another choice than the one made."""
    for key, (choice, names) in _OWNERS.items():
        if values[key] is not None and values[choice] not in names:
            hint = " (reg is L2)" if key == "weight_decay" else ""
            listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
            made = values[choice] or ("not given" if choice == "loss" else "none")
            raise ConfigError(f"{key} only applies to the {choice} {listed}; the {choice} is {made}{hint}")


def owner_of(key: str) -> tuple[str, list[str]]:
    """Return the choice that a number belongs to and the names that have it; ("", []) of any other setting."""
    if key == "label_smoothing":
        return "loss", [kind.name for kind in LOSS_KINDS.values() if kind.takes_label_smoothing]
    return _OWNERS.get(key, ("", []))


def _part(choice: str, values: Mapping[str, Any]) -> tuple[Any, dict[str, str]]:
    """Return what is chosen, with its defaults, and the key of each of its numbers; None where nothing is."""
    name = values[choice]
    if name is None:
        return None, {}
    part = _PARTS[choice][name]
    return part, {field: _key(choice, name, field) for field in _numbers(part)}


def _key(choice: str, name: str, field: str) -> str:
    return _PREFIXES[name if choice == "average" else choice] + field


def _numbers(part: Any) -> dict[str, Any]:
    """Return the numbers of an optimizer, schedule or average by field, those of a schedule within it included."""
    found: dict[str, Any] = {}
    for field in fields(part):
        value = getattr(part, field.name)
        found |= _numbers(value) if is_dataclass(value) else {field.name: value}
    return found


def _with_numbers(part: Any, numbers: Mapping[str, Any]) -> Any:
    """Return a copy with these numbers, those of a schedule within it included."""
    if part is None:
        return None
    changed = {}
    for field in fields(part):
        value = getattr(part, field.name)
        if is_dataclass(value):
            changed[field.name] = _with_numbers(value, numbers)
        elif field.name in numbers:
            changed[field.name] = numbers[field.name]
    return replace(part, **changed)


def _owners() -> dict[str, tuple[str, list[str]]]:
    """Return, for each number but the learning rate, the choice that it belongs to and the names that have it."""
    owners: dict[str, tuple[str, list[str]]] = {}
    for choice, parts in _PARTS.items():
        for name, part in parts.items():
            for field in _numbers(part):
                if field != "learning_rate":
                    owners.setdefault(_key(choice, name, field), (choice, []))[1].append(name)
    for name, key in _OF_LOSSES.items():
        owners.setdefault(key, ("loss", []))[1].append(name)
    return owners


_OWNERS = _owners()
