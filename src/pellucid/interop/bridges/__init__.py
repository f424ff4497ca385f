"""Bridges: one file a layer says how it goes to PyTorch and ONNX, comes back, and names its arrays there.

What lives here: a `BRIDGE` for each layer in a file named for it, found by walking this folder, and the registry, which also
takes bridges of layers defined elsewhere. What does not: reading and writing whole networks (`interop.torch`, `interop.onnx`,
`interop.state_dict`), which look bridges up here. Read `gelu.py` first, then `affine.py`.

    register_bridge(MyLayer, Bridge(to_torch=..., from_torch=..., to_onnx=..., from_onnx=...))
"""

import pkgutil
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib import import_module

from pellucid.interop import InteropError
from pellucid.interop.bridge import (
    Bridge,
    KerasBridge,
    KerasLayer,
    KerasPart,
    NoCounterpart,
    PlacedLayer,
    TorchArray,
    refused,
)
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import Description, Network, Operation

__all__ = [
    "Bridge",
    "KerasBridge",
    "KerasLayer",
    "KerasPart",
    "NoCounterpart",
    "OnnxGraph",
    "OnnxNode",
    "PlacedLayer",
    "Read",
    "TorchArray",
    "all_bridges",
    "bridge_for",
    "bridges_of",
    "placed_layers",
    "refused",
    "register_bridge",
    "registered_bridges",
    "required",
]

_registered: dict[str | type[Description], Bridge] = {}  # of layers defined elsewhere


def register_bridge(layer: type[Description] | str, bridge: Bridge) -> None:
    """Give a layer defined elsewhere its bridge: by its description, or by the kind of operation that it becomes.

    Registering a layer again replaces its bridge.
    """
    if isinstance(layer, str):
        bridge = replace(bridge, kinds=(layer,))
    elif isinstance(layer, type) and issubclass(layer, Description):
        bridge = replace(bridge, description=layer)
    else:
        raise InteropError(f"register_bridge: layer must be a class of descriptions, or a kind; got {layer!r}")
    _registered[layer] = bridge


def all_bridges() -> tuple[Bridge, ...]:
    """Return every bridge once: those of this folder, then those registered."""
    return (*_of_this_folder(), *_registered.values())


def registered_bridges() -> tuple[Bridge, ...]:
    """Return the bridges of layers defined elsewhere."""
    return tuple(_registered.values())


def bridge_for(kind: str, description: type[Description] | None = None) -> Bridge | None:
    """Return the bridge of an operation by its kind and its description's class; what is registered comes first."""
    found = _registered.get(kind) if description is None else _registered.get(description, _registered.get(kind))
    return found or next((bridge for bridge in _of_this_folder() if kind in bridge.kinds), None)


def bridges_of(net: Network) -> list[tuple[Operation, Description, Bridge | None]]:
    """Return every operation of a network in order, with its description and its bridge, or None where it has none."""
    found = [(operation, operation.description) for operation in net.program.operations]
    return [(operation, layer, bridge_for(operation.kind, type(layer))) for operation, layer in found]


def required(who: str, operation: Operation, bridge: Bridge | None) -> Bridge:
    """Return the bridge; raise InteropError, saying what to do, for a layer without one."""
    if bridge is None:
        raise InteropError(
            f"{who}: the layer {operation.name} ({operation.kind}) has no bridge to other frameworks; "
            "write one and pass it to register_bridge, as docs/adding-a-layer.md shows"
        )
    return bridge


def placed_layers(who: str, net: Network) -> Iterator[tuple[Bridge, PlacedLayer]]:
    """Yield every operation of a network in order, as frameworks need it, with its bridge."""
    for operation, description, found in bridges_of(net):
        bridge, arrays = required(who, operation, found), {}
        for name in (*operation.params, *operation.state):
            own = name.removeprefix(f"{operation.home}.")
            array = net.params[name] if name in operation.params else net.state[name]
            arrays[own] = bridge.torch_array(own).outward(array)
        shapes = tuple(net.program.shape_of(value) for value in operation.inputs)
        yield bridge, PlacedLayer(description, operation, shapes[0], arrays, net.dtype, shapes)


@cache
def _of_this_folder() -> tuple[Bridge, ...]:
    modules = pkgutil.walk_packages(__path__, f"{__name__}.")
    return tuple(import_module(module.name).BRIDGE for module in modules if not module.ispkg)
