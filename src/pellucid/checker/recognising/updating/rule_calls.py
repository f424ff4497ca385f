"""How an update rule is called: parameters and gradients in a container, states, settings, for several steps."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.checker.recognising.lexicon import is_gradient
from pellucid.checker.recognising.records import Argument, FunctionRecord
from pellucid.checker.recognising.units import Unit
from pellucid.shapes import Array

__all__ = ["STEPS", "RuleCall", "containers", "known_settings", "numbers", "rule_call", "rule_case"]

STEPS = 7  # the rectification of RAdam begins with the fifth
SIZES = (1.0, 2.0, 0.05, 0.05, 1.0, 0.02, 0.5)  # of the gradients: small after large, so that a maximum is no average
SETTINGS: Sequence[tuple[str, str, float]] = (
    ("lr", r"lr|learning_?rate|alpha|eta|step_?size", 0.1),
    ("wd", r"weight_?decay|wd|lambd?a?|lam|l2(_reg)?|reg", 0.05),
    ("beta1", r"beta_?1|b1|beta_?m|betas?", 0.9),
    ("beta2", r"beta_?2|b2|beta_?v", 0.99),
    ("decay", r"momentum|mu|decay(_rate)?|rho|gamma|mom|beta|alpha", 0.8),
    ("eps", r"eps|epsilon", 1e-6),
    ("batch", r"batch(_?size)?|m|n", 4.0),
)
PARAMETERS = re.compile(
    r"params?|parameters?|w|weights?|theta|x|p|model|layers?|net\w*|vars?|variables|param_list|tensors?", re.IGNORECASE
)
COUNTERS = re.compile(r"t|step|iter\w*|i|n_?iter|epoch|time_?step|it|num_?updates|steps|count", re.IGNORECASE)
CONTAINERS = ("array", "dict", "list", "pairs of value and grad", "objects", "layers' names")
Held = {"$": ["w"]}


@dataclass(frozen=True)
class RuleCall:
    """The steps of a case, with the settings that it gives."""

    steps: list[Any]
    settings: Mapping[str, float]
    container: str


def numbers() -> tuple[Array, list[Array]]:
    """Return a parameter and its gradients."""
    rng = np.random.default_rng(5)
    return rng.normal(size=(12, 8)), [size * rng.normal(size=(12, 8)) for size in SIZES]


def containers(unit: Unit) -> Iterator[str]:
    """Yield the containers of parameters, those that the code speaks of first."""
    functions = [one for one in (unit.forward, unit.maker) if one is not None]
    ways = {way for one in functions for way in one.items.values()}
    first = (
        ["dict"] if "dict" in ways else ["list", "pairs of value and grad", "objects"] if "list" in ways else ["array"]
    )
    if _layer_attributes(unit.forward):
        first = ["layer"]
    yield from dict.fromkeys([*first, *CONTAINERS])


def known_settings(settings: Mapping[str, float]) -> dict[str, float]:
    """Return settings by what they are: lr, wd, beta1, beta2, decay, eps, batch."""
    found: dict[str, float] = {}
    for name, value in settings.items():
        kind = next((kind for kind, pattern, _ in SETTINGS if re.fullmatch(pattern, name, re.IGNORECASE)), "")
        if kind and kind not in found:
            found[kind] = value
    return found


def rule_call(unit: Unit, container: str) -> RuleCall | None:
    """Return the case of several steps, None where an argument has no meaning."""
    settings: dict[str, float] = {}
    steps: list[Any] = _packing(container, unit)
    is_given = False
    if unit.style == "optimiser":
        keywords: dict[str, Any] = {}
        for argument in unit.maker.args if unit.maker else ():
            value = setting_of(argument, settings)
            if value is not None and (argument.is_required or argument.name in settings):
                keywords[argument.name] = value
            elif argument.is_required and PARAMETERS.fullmatch(argument.name) and not is_given:
                keywords[argument.name], is_given = {"$": ["held"]}, True
            elif argument.is_required:
                return None
        steps.append({"do": "new", "class": unit.name, "args": [], "keywords": keywords, "as": "unit", "exact": True})
    steps += [step for argument in _states(unit.forward) for step in _state_packing(argument, unit.forward, container)]
    for t in range(STEPS):
        made = _arguments(unit, container, t, settings, is_given)
        if made is None:
            return None
        args, before = made
        call = {"args": args, "unpack": ["result"]}
        one = {"do": "method", "of": ["unit"], "method": unit.forward.name, **call}
        if unit.style != "optimiser":
            one = {"do": "call", "function": unit.forward.name, **call}
        states = [f"state {a.name}" for a in _states(unit.forward)]
        steps += [
            *before,
            one,
            {"do": "snapshot", "of": ["result"], "as": f"returned {t}"},
            {"do": "snapshot", "of": ["held"], "as": f"held {t}"},
            {"do": "feed", "of": ["result"], "as": "held", "states": states},
        ]
    steps.append({"do": "snapshot", "of": ["unit"], "as": "unit"})
    return RuleCall(steps, settings, container)


def rule_case(unit: Unit, call: RuleCall) -> dict[str, Any]:
    """Return the worker's case of a call."""
    w, grads = numbers()
    values: dict[str, Any] = {"w": w, "b": np.zeros((1, w.shape[1])), **{f"g {t}": g for t, g in enumerate(grads)}}
    for state in _states(unit.forward):
        names = [state.name, *(f"{state.name} {key}" for key in unit.forward.keys.get(state.name, ()))]
        values |= {f"zeros {name}": np.zeros_like(w) for name in names}
    outputs = {f"{name} {t}": [f"{name} {t}"] for t in range(STEPS) for name in ("returned", "held")}
    return {"values": values, "steps": call.steps, "outputs": {**outputs, "unit": ["unit"]}}


def _layer_attributes(function: FunctionRecord) -> tuple[str, list[str]] | None:
    """Return the argument whose attributes are weights and gradients, and these attributes."""
    for name, attributes in function.attributes.items():
        if (
            any(is_gradient(a) and len(a) > 1 for a in attributes)
            and name != "self"
            and any("w" in a.lower() for a in attributes)
        ):
            return name, attributes
    return None


def _pack(form: str, keys: Sequence[str], args: Sequence[Any], name: str) -> dict[str, Any]:
    return {"do": "pack", "form": form, "keys": list(keys), "args": list(args), "as": name}


def _packing(container: str, unit: Unit) -> list[Any]:
    if container == "dict":
        return [_pack("dict", ["W"], [Held], "held")]
    if container == "layers' names":
        return [_pack("dict", ["W1", "b1"], [Held, {"$": ["b"]}], "held")]
    if container == "list":
        return [_pack("list", [], [Held], "held")]
    if container == "array":
        return [_pack("same", [], [Held], "held")]
    if container == "layer":
        _, attributes = _layer_attributes(unit.forward) or ("", [])
        names = [a for a in attributes if re.fullmatch(r"weights?|w|biases|bias|b", a, re.IGNORECASE)]
        items = [Held if "w" in a.lower() else {"$": ["b"]} for a in names]
        return [_pack("object", names, items, "held")]
    inner = "dict" if container.startswith("pairs") else "object"
    return [
        _pack(inner, ["value", "grad", "data"], [Held, {"$": ["g 0"]}, Held], "one"),
        _pack("list", [], [{"$": ["one"]}], "held"),
    ]


def _state_packing(argument: Argument, function: FunctionRecord, container: str) -> list[Any]:
    """Return the steps that make a state: zeros in the container of the parameters, by the keys that the code looks up."""
    name = f"state {argument.name}"
    keys = function.keys.get(argument.name, ())
    if not keys or container == "layers' names":
        return [_zeros(argument.name, container, name)]
    steps: list[Any] = []
    items: list[Any] = []
    for key in keys:
        value = setting_of(Argument(key, None, "plain"), {})
        if COUNTERS.fullmatch(key) or (value is not None and len(key) > 1):
            items.append(0 if COUNTERS.fullmatch(key) else value)
            continue
        steps.append(_zeros(f"{argument.name} {key}", container, f"{name} {key}"))
        items.append({"$": [f"{name} {key}"]})
    return [*steps, _pack("dict", keys, items, name)]


def _zeros(name: str, container: str, made: str) -> dict[str, Any]:
    zeros, b = {"$": [f"zeros {name}"]}, {"$": ["b"]}
    if container in ("dict", "list"):
        return _pack(container, ["W"], [zeros], made)
    if container == "layers' names":
        return _pack("dict", ["dW1", "db1", "W1", "b1"], [zeros, b, zeros, b], made)
    return _pack("same", [], [zeros], made)


def _gradient(unit: Unit, container: str, t: int) -> tuple[Any, list[Any]]:
    """Return the gradient of step t as it is passed, and the steps that make it."""
    gradient: Any = {"$": [f"g {t}"]}
    if container in ("dict", "list"):
        return {"$": ["gradients"]}, [_pack(container, ["W"], [gradient], "gradients")]
    if container == "layers' names":
        return {"$": ["gradients"]}, [_pack("dict", ["dW1", "db1"], [gradient, {"$": ["b"]}], "gradients")]
    if container.startswith("pairs"):
        return gradient, [{"do": "set", "path": ["one", "grad"], "value": gradient}]
    if container == "objects":
        return gradient, [{"do": "set", "path": ["held", 0, "grad"], "value": gradient}]
    if container == "layer":
        _, attributes = _layer_attributes(unit.forward) or ("", [])
        names = [a for a in attributes if is_gradient(a) and len(a) > 1 and not a.endswith("momentums")]
        values = [gradient if "w" in name.lower() else {"$": ["b"]} for name in names]
        sets = zip(names, values, strict=True)
        return gradient, [{"do": "set", "path": ["held", name], "value": value} for name, value in sets]
    return gradient, []


def _arguments(
    unit: Unit, container: str, t: int, settings: dict[str, float], is_given: bool
) -> tuple[list[Any], list[Any]] | None:
    """Return the arguments of step t, and the steps that pack its gradient."""
    gradient, before = _gradient(unit, container, t)
    args: list[Any] = []
    has_held = is_given
    for argument in unit.forward.args:
        value = setting_of(argument, settings) if argument.is_required else None
        if COUNTERS.fullmatch(argument.name) and argument.is_required:
            args.append(t + 1)
        elif not argument.is_required:
            _note(argument, settings)
            break
        elif (PARAMETERS.fullmatch(argument.name) and not has_held) or (container == "layer" and not has_held):
            args.append({"$": ["held"]})
            has_held = True
        elif _is_gradient(argument.name):
            args.append(gradient)
        elif value is not None:
            args.append(value)
        else:
            args.append({"$": [f"state {argument.name}"]})
    for argument in unit.forward.args[len(args) :]:
        _note(argument, settings)
    return (args, before) if has_held else None


def _is_gradient(name: str) -> bool:
    return (is_gradient(name) and len(name) > 1) or name in ("g", "d")


def _states(function: FunctionRecord) -> list[Argument]:
    """Return the arguments that are neither parameters, gradients, settings nor counters."""
    return [
        a
        for a in function.args
        if a.is_required
        and not (PARAMETERS.fullmatch(a.name) or COUNTERS.fullmatch(a.name) or _is_gradient(a.name))
        and setting_of(a, {}) is None
    ]


def setting_of(argument: Argument, settings: dict[str, float]) -> float | None:
    """Return the value that an argument gets as a setting, and note it; None where it is no setting, or has one."""
    for kind, pattern, usual in SETTINGS:
        if re.fullmatch(pattern, argument.name, re.IGNORECASE) and not (kind == "batch" and len(argument.name) < 2):
            if argument.is_required:
                settings[argument.name] = usual
                return usual
            if kind in ("decay", "wd") and argument.default in ("0", "0.0"):  # so that it is tried
                settings[argument.name] = usual
                return usual
            _note(argument, settings)
            return None
    return None


def _note(argument: Argument, settings: dict[str, float]) -> None:
    try:
        settings[argument.name] = float(argument.default or "")
    except ValueError:
        return
