"""The calls of a forward, in their order: which layer made what. Works for functional, sequential and subclassed models."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import keras

from pellucid.doctor.keras.kinds import activation_of, is_unit, kind_of, name_of_function

__all__ = ["FUNCTION", "LayerCall", "recorded_calls"]

FUNCTION = "function"  # the kind of what no layer computes


@dataclass
class LayerCall:
    """One layer's part in a forward."""

    layer: Any  # None: computed outside of layers
    name: str
    kind: str
    output: Any = None  # a tensor


@dataclass
class _Record:
    calls: list[LayerCall] = field(default_factory=list)
    seen: list[Any] = field(default_factory=list)  # tensors that layers made; kept, so that identities stay theirs
    names: dict[str, int] = field(default_factory=dict)

    def add(self, layer: Any, name: str, kind: str, output: Any) -> None:
        """Note a call; a second one of the same layer gets the name "dense:2"."""
        count = self.names[name] = self.names.get(name, 0) + 1
        tensors = keras.tree.flatten(output)
        self.seen += tensors
        repeated = count > 1
        unique = f"{name}:{count}" if repeated else name
        self.calls.append(LayerCall(None if repeated else layer, unique, kind, tensors[0]))

    def look_at_inputs(self, arguments: Any, name: str) -> None:
        """Note that something else was computed where no layer made what a layer reads."""
        tensors = [one for one in keras.tree.flatten(arguments) if hasattr(one, "shape") and len(one.shape) > 0]
        if any(all(one is not other for other in self.seen) for one in tensors):
            self.add(None, f"before {name}", FUNCTION, tensors[0])


def recorded_calls(model: Any, x: Any, run: Callable[[], Any]) -> tuple[list[LayerCall], Any]:
    """Run a forward of a model on inputs, and return its calls and what it returned. Afterwards every layer is as it was."""
    record = _Record()
    record.seen += keras.tree.flatten(x)
    with contextlib.ExitStack() as stack:
        for unit in _units(model):
            stack.enter_context(_listened_to(unit, record))
        output = run()
    last = keras.tree.flatten(output)[0]
    if all(one is not last for one in record.seen):
        record.add(None, "output", FUNCTION, last)
    return [call for call in record.calls if call.kind != "inputlayer"], output


def _units(model: Any) -> list[Any]:
    """Return what is listened to, each once: layers, and operations such as `keras.ops.relu` in a functional model."""
    found: dict[int, Any] = {}

    def walk(layer: Any) -> None:
        if is_unit(layer):
            found[id(layer)] = layer
            return
        for inner in [*getattr(layer, "_layers", []), *getattr(layer, "operations", [])]:
            walk(inner)

    walk(model)
    return list(found.values())


@contextlib.contextmanager
def _listened_to(layer: Any, record: _Record) -> Iterator[None]:
    """Note what a layer, and its activation, return."""
    function, kind = activation_of(layer), kind_of(layer)
    before: list[Any] = []  # the activation's input, the layer's own output

    def activate(x: Any, *args: Any, **options: Any) -> Any:
        before.append(x)
        return function(x, *args, **options)

    def called(*args: Any, **options: Any) -> Any:
        record.look_at_inputs((args, options.get("inputs")), layer.name)
        before.clear()
        output = call(*args, **options)
        record.add(layer, layer.name, kind, before[0] if before else output)
        if before:
            name = name_of_function(function)
            record.add(None, f"{layer.name}/{name}", name, output)
        return output

    call = layer.call
    with contextlib.ExitStack() as stack:
        stack.enter_context(_in_place_of(layer, "call", called))
        if function is not None:
            stack.enter_context(_in_place_of(layer, "activation", activate))
        yield


@contextlib.contextmanager
def _in_place_of(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Put a value where an attribute of an object is found first; then put back what was there."""
    there = name in owner.__dict__
    was = owner.__dict__.get(name)
    owner.__dict__[name] = value
    try:
        yield
    finally:
        if there:
            owner.__dict__[name] = was
        else:
            del owner.__dict__[name]
