"""Checks of what a layer declares, before its functions run: a mistake here would fail every later check less clearly."""

import inspect
import operator
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np

from pellucid import nets
from pellucid.layers import Description, LayerKind, Lowered, Pair, Parameter
from pellucid.shapes import ShapeError
from pellucid.testing.subject import Broken, Subject

__all__ = ["CHECKS", "lowered_for"]


def lowered_for(description: Description, shape: tuple[int, ...]) -> Lowered:
    """Return the layer for this input shape. Raises ShapeError where it refuses the shape, and Broken for a mistake."""
    where = f"input {shape}: lowered"
    try:
        lowered = description.lowered(shape)
    except ShapeError:
        raise
    except Exception as error:  # the layer's own code ran: whatever it raises is its finding
        raise Broken(
            f"{where} raised {type(error).__name__}: {error}; for an input that does not fit, raise pellucid.shapes.ShapeError"
        ) from error
    if not isinstance(lowered, Lowered):
        raise Broken(f"{where} must return Lowered(...); it returned {type(lowered).__name__}")
    if not isinstance(lowered.layer, LayerKind):
        raise Broken(f"{where} must return Lowered(LayerKind(...), ...); its layer is {type(lowered.layer).__name__}")
    if not isinstance(lowered.layer.name, str) or not isinstance(lowered.layer.pair, Pair):
        raise Broken(f"{where}: its layer must be LayerKind('name', Pair(forward, backward))")
    if not isinstance(lowered.shape, tuple) or not all(map(_is_whole, lowered.shape)):
        raise Broken(f"{where} must return the output's shape as a tuple of whole numbers; it is {lowered.shape!r}")
    for role, arrays in (("params", lowered.params), ("state", lowered.state)):
        if not isinstance(arrays, Mapping) or not all(isinstance(array, Parameter) for array in arrays.values()):
            raise Broken(f"{where}: {role} must be a dict such as {{'scale': Parameter(shape, first_value)}}")
    for name, parameter in [*lowered.params.items(), *lowered.state.items()]:
        start = np.shape(0.0 if parameter.start is None else parameter.start)
        if start not in ((), tuple(parameter.shape)):
            raise Broken(f"{where}: {name} has shape {parameter.shape}, but its first value has {start}")
    for name, parameter in lowered.params.items():
        if parameter.start is None and not parameter.fan_in and not isinstance(parameter.init, (int, float)):
            raise Broken(
                f"{where}: {name} needs a first value, Parameter(shape, 1.0), or what random ones are scaled by, "
                "Parameter(shape, fan_in=..., fan_out=...)"
            )
    return lowered


def check_settings(subject: Subject) -> None:
    """Settings are the fields of a frozen dataclass, and descriptions with the same settings are equal."""
    description, layer = subject.description, type(subject.description)
    own = {*inspect.get_annotations(layer), *({"__init__"} & vars(layer).keys())}
    undeclared = "__dataclass_params__" not in vars(layer) and own - {field.name for field in fields(description)}
    if undeclared or not is_dataclass(layer) or not layer.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        raise subject.broken(f"its settings are not saved: write @dataclass(frozen=True) above class {layer.__name__}")
    if getattr(nets, layer.__name__, layer) is not layer:
        raise subject.broken(
            f"the library has a layer {layer.__name__}, and files name a layer by its class: rename yours"
        )
    if replace(description) != description:
        raise subject.broken("a copy of the description is not equal to it")


def check_declaration(subject: Subject) -> None:
    """The functions take the arguments that they are passed, and a network accepts the layer."""
    layer, lowered = subject.layer, subject.lowered
    _check_call(subject, "forward", layer.pair.forward, list(lowered.params), subject.options)
    if layer.infer is not None:
        arrays = [*lowered.params, *(["statistics"] if layer.running else [])]
        _check_call(subject, "infer", layer.infer, arrays, lowered.options)
    try:
        subject.network()
    except ShapeError as error:
        raise subject.broken(str(error)) from error
    if layer.running is not None and layer.infer is None:
        raise subject.broken(
            "it keeps running statistics, which inference does not read: give LayerKind infer(x, *params, statistics)"
        )


def _check_call(
    subject: Subject, name: str, function: Callable[..., Any], arrays: list[str], options: Mapping[str, Any]
) -> None:
    """Refuse a function that cannot be called with x, these arrays and these options, or takes the arrays in another order."""
    try:
        signature = inspect.signature(function)
    except ValueError:  # a compiled function may not say what it takes
        return
    if name == "forward" and "key" in signature.parameters and not subject.layer.takes_key:
        raise subject.broken("its forward takes a key, so its LayerKind needs takes_key=True")
    call = f"{name}({', '.join(['x', *arrays, *(f'{option}=...' for option in options)])})"
    try:
        signature.bind("x", *arrays, **options)
    except TypeError as error:
        raise subject.broken(
            f"Lowered's params and options make the call {call}, which the function refuses: {error}"
        ) from error
    taken = list(signature.parameters)[1 : 1 + len(arrays)]
    if sorted(taken) == sorted(arrays) and taken != arrays:
        raise subject.broken(
            f"Lowered's params come in the order {', '.join(arrays)}, but the {name} takes {', '.join(taken)}"
        )


def _is_whole(size: Any) -> bool:
    return hasattr(size, "__index__") and operator.index(size) >= 1


CHECKS = (check_settings, check_declaration)
