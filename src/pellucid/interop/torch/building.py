"""Recorded calls as a network: each call that the outputs depend on becomes the layer that computes the same."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from importlib import import_module
from typing import Any

import torch
from torch import nn

from pellucid.interop import InteropError
from pellucid.interop.assembly import Assembly, Filled
from pellucid.interop.bridge import NoCounterpart
from pellucid.interop.bridges import all_bridges, bridge_for
from pellucid.interop.constants import NoLayerError, ordered
from pellucid.interop.forms import FORMS, what_is_said
from pellucid.interop.torch.admission import UNREAD
from pellucid.interop.torch.fitting import fitted, over_last
from pellucid.interop.torch.formulas import SpelledLayer, spelled_layers
from pellucid.interop.torch.functions import arguments, stand_in
from pellucid.interop.torch.modes import evaluated
from pellucid.interop.torch.parts import PARTS, SEVERAL
from pellucid.interop.torch.recording import CallRecorder, Recorded, tensors_in
from pellucid.interop.torch.values import TorchValues, over_stack, stacked
from pellucid.interop.values import ReadValue
from pellucid.layers import Node
from pellucid.nets import Affine, Description, Input, Network, Operation
from pellucid.shapes import ShapeError

__all__ = ["Reader", "network_of", "readers"]

Reader = Callable[[str, Any], Description]
SEQUENCE_WEIGHT = 3  # axes of the weight of a convolution of sequences
MOST_NAMED = 5  # calls without a counterpart that one message lists


def readers() -> dict[type, Reader]:
    """Return what reads each type of module, by the bridges."""
    found: dict[type, Reader] = {}
    for bridge in all_bridges():
        if not isinstance(bridge.from_torch, NoCounterpart):
            for kind, read in bridge.from_torch.items():
                if (module := _type(kind)) is not None:
                    found[module] = read
    return found


def _type(kind: str | type) -> type | None:
    """Return a module's type, given itself or as an import path; None where this version of PyTorch has none."""
    if isinstance(kind, type):
        return kind
    home, _, name = kind.rpartition(".")
    return getattr(import_module(home), name, None)


def network_of(
    recorder: CallRecorder, shapes: Sequence[tuple[int, ...]], outputs: Sequence[int], dtype: Any
) -> Network:
    """Return the network that computes the recorded calls. Raises InteropError, naming the lines that no layer computes."""
    values = TorchValues(Assembly("from_torch"), recorder)
    inputs: list[Node] = [Input(shape) for shape in shapes]
    values.known |= {number: ReadValue(node, node.shape) for number, node in enumerate(inputs)}
    known = readers()
    missing: list[str] = []
    spelled = spelled_layers(recorder.calls)
    for call in _needed(recorder.calls, outputs, spelled):
        inputs_of = [spelled[call.outputs[0]].source] if call.outputs[0] in spelled else call.inputs
        absent = [number for number in inputs_of if number not in values.known and number not in values.stacks]
        if absent:
            missing += [f"{call.name} ({call.place}): {values.unread[n]}" for n in absent[:1] if n in values.unread]
            continue  # it reads what is missing already
        try:
            layer = spelled.get(call.outputs[0])
            made = _read(values, call, known) if layer is None else [_spelled(values, layer)]
        except NoLayerError as reason:
            missing.append(f"{call.name} ({call.place}){': ' if str(reason) else ''}{reason}")
            continue
        except ShapeError as error:
            raise InteropError(f"from_torch: {call.place}: {error}") from None
        except InteropError:
            raise
        except FORMS as error:
            what = f"it is called in a form that is not read ({what_is_said(error)})"
            missing.append(f"{call.name} ({call.place}): {what}")
            continue
        values.known |= dict(zip(call.outputs, made, strict=False))
        if made:
            values.unread |= dict.fromkeys(call.outputs[len(made) :], "it reads where a maximum stands")
    if missing:
        found = list(dict.fromkeys(missing))
        more = f", and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
        raise InteropError(
            f"from_torch: no layer corresponds to {'; '.join(found[:MOST_NAMED])}{more}; "
            "docs/adding-a-layer.md shows how to add layers"
        )
    for number in outputs:
        if number in values.unread:
            raise InteropError(f"from_torch: an output cannot be read: {values.unread[number]}")
    try:
        ends = [values.node(values.known[number]) for number in outputs]
    except NoLayerError as reason:
        raise InteropError(f"from_torch: the output cannot be read: {reason}") from None
    net = values.assembly.network(inputs, ends, dtype)
    recorder.folded = values.assembly.folded
    return net


def _needed(calls: Sequence[Recorded], outputs: Sequence[int], spelled: Mapping[int, SpelledLayer]) -> list[Recorded]:
    """Return the calls that the outputs depend on, in order; of a layer that is spelled out, the last one."""
    wanted, found = set(outputs), []
    for call in reversed(calls):
        if wanted & set(call.outputs):
            layer = spelled.get(call.outputs[0])
            wanted |= set(call.inputs) if layer is None else {layer.source}
            found.append(call)
    return found[::-1]


def _spelled(values: TorchValues, spelled: SpelledLayer) -> ReadValue:
    """Return what a layer makes that several calls spell out."""
    value = values.known[spelled.source]
    made = (values.over_channels if spelled.over_channels else values.unlearned)(spelled.layer, value)
    return made if spelled.factor is None else values.scaled(made, spelled.factor, 0.0)


def _read(values: TorchValues, call: Recorded, known: Mapping[type, Reader]) -> list[ReadValue]:
    """Return the values that a call makes."""
    if call.cuts:
        raise NoLayerError(
            "it cuts off the gradient of layers before it, which a network would train; give what shall not learn "
            "requires_grad=False instead"
        )
    if call.name in UNREAD:
        raise NoLayerError(UNREAD[call.name])
    if id(call.module) in values.recorder.evaluating:
        return [_checked(evaluated(values, call), call, call.out)]
    name = call.name if call.name in PARTS or call.name in SEVERAL else call.name.rstrip("_")
    if name in SEVERAL and not isinstance(call.out, torch.Tensor):
        return [
            _checked(value, call, out)
            for value, out in zip(SEVERAL[name](values, call), tensors_in(call.out), strict=False)
        ]
    if len(call.outputs) != 1:
        raise NoLayerError("it makes several values")
    if call.inputs[0] in values.stacks:
        return [_checked(over_stack(values, call), call, call.out)]
    if name == "stack" and int(arguments(call, "tensors dim").get("dim", 0)) % call.out.ndim == 0:
        return stacked(values, call)
    if name in PARTS:
        return [_checked(PARTS[name](values, call), call, call.out)]
    return [_layer(values, call, known)]


def _layer(values: TorchValues, call: Recorded, known: Mapping[type, Reader]) -> ReadValue:
    """Return what a layer makes of the values that a call reads."""
    module, arrays = call.module, call.arrays
    if module is None and call.name in ("matmul", "mm", "__matmul__", "addmm"):
        call = _as_linear(values, call)
    if module is None:
        made = stand_in(call)
        if made is None:
            raise NoLayerError("")
        module, arrays = made
    known_inputs = [values.known[number] for number in call.inputs]
    module, known_inputs[0], back = fitted(values, module, known_inputs[0], call)
    if type(module) not in known:
        raise NoLayerError("" if type(module).__name__ == call.name else f"it is a {type(module).__name__}")
    layer = over_last(known[type(module)](call.place, module), module, known_inputs[0])
    inputs = [values.row(value) if isinstance(layer, Affine) else values.node(value) for value in known_inputs]
    places = known_inputs[0].places
    key = _key(module, arrays, values.recorder)
    node = values.assembly.call(layer, inputs, partial(_filled, arrays, values.recorder, call.place, places), key)
    if _stripped(node.shape) == _stripped(call.out.shape[1:]):
        return _checked(ReadValue(node, tuple(call.out.shape[1:])), call, call.out)
    return _checked(back(ReadValue(node, node.shape)), call, call.out)


def _checked(value: ReadValue, call: Recorded, out: torch.Tensor) -> ReadValue:
    """Refuse a layer whose samples do not have the shape of the call's."""
    expected = tuple(out.shape[1:])
    if value.shape != expected:
        raise NoLayerError(f"its samples have shape {expected}, the layer's {value.shape}")
    return value


def _stripped(shape: Sequence[int]) -> tuple[int, ...]:
    """Return a shape without axes of size 1 at its end."""
    while len(shape) > 1 and shape[-1] == 1:
        shape = shape[:-1]
    return tuple(shape)


def _as_linear(values: TorchValues, call: Recorded) -> Recorded:
    """Return a product with a constant matrix as a linear layer."""
    a = arguments(call, "bias input mat2" if call.name == "addmm" else "input other")
    left, weight = a["input"], a["other"] if "other" in a else a["mat2"]
    if values.of(call, left) is None or values.of(call, weight) is not None or weight.ndim != 2:
        raise NoLayerError("a product of two values, or by a matrix from the left")
    turned = weight.t()
    values.recorder.alive.append(turned)
    values.recorder.origins.note_turned(weight, turned)
    return Recorded("linear", (left, turned, a.get("bias")), {}, call.values, call.out, call.outputs, call.place)


def _filled(
    arrays: Mapping[str, torch.Tensor],
    recorder: CallRecorder,
    place: str,
    places: tuple[int, ...],
    operation: Operation,
) -> dict[str, Filled]:
    """Return what a layer's arrays start with; those that the module lacks keep their first value and do not learn."""
    bridge = bridge_for(operation.kind, type(operation.description))
    found = {}
    for name in (*operation.params, *operation.state):
        if bridge is None:
            continue
        entry = bridge.torch_array(name.removeprefix(f"{operation.home}."))
        array = arrays.get(entry.name)
        if array is None:
            if entry.name == "weight" and operation.kind in ("conv", "affine"):
                raise InteropError(f"from_torch: {place} has no array {entry.name}")
            found[name] = Filled(None, learns=False)
        else:
            inward = entry.inward(array.detach().numpy())
            if operation.kind in ("last_layernorm", "layernorm", "rmsnorm"):
                inward = inward.reshape(-1)  # over several axes, as rows
            if operation.kind == "conv_transpose" and inward.ndim == SEQUENCE_WEIGHT:
                inward = inward[..., None]  # of sequences, as images of one column
            origin = recorder.origins.of(array)
            roots = tuple((root, part.detach().numpy()) for root, part in origin.roots)
            inward = ordered(inward, places) if inward.ndim == 2 else inward
            found[name] = Filled(inward, origin.learns, roots, origin.computed)
    return found


def _key(module: nn.Module, arrays: Mapping[str, torch.Tensor], recorder: CallRecorder) -> Hashable:
    """Return a key that calls with the same arrays have in common; None without arrays."""
    if not arrays:
        return None
    return type(module).__name__, tuple(
        sorted((name, recorder.origins.of(array).key) for name, array in arrays.items())
    )
