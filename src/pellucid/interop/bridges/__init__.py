"""Bridges: one file a layer says how it goes to PyTorch and ONNX, comes back, and names its arrays there.

What lives here: a `BRIDGE` for each layer in a file named for it, found by walking this folder, and the registry, which also
takes bridges of layers defined elsewhere. What does not: reading and writing whole networks (`interop.torch`, `interop.onnx`,
`interop.state_dict`), which look bridges up here. Read `gelu.py` first, then `affine.py`.

    register_bridge("my_kind", Bridge(to_torch=..., from_torch=..., to_onnx=..., from_onnx=...))
"""

import pkgutil
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib import import_module

from pellucid.interop import InteropError
from pellucid.interop.bridge import Bridge, NoCounterpart, PlacedLayer, TorchArray, refused
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import Description, Network, Operation

__all__ = [
    "Bridge",
    "NoCounterpart",
    "OnnxGraph",
    "OnnxNode",
    "PlacedLayer",
    "Read",
    "TorchArray",
    "all_bridges",
    "bridge_for",
    "bridge_of",
    "placed_layers",
    "refused",
    "register_bridge",
]

_registered: dict[str, Bridge] = {}  # by kind; those of layers defined elsewhere


def register_bridge(layer: type[Description] | str, bridge: Bridge) -> None:
    """Give a layer defined elsewhere its bridge. A kind that has one already gets the new one.

    `layer` is the kind of operation it becomes, or its description; a description without an attribute `kind` needs
    `Bridge(kinds=(...))`.
    """
    if isinstance(layer, str):
        bridge = replace(bridge, kinds=(layer, *bridge.kinds))
    elif isinstance(layer, type) and issubclass(layer, Description):
        kind = getattr(layer, "kind", "")
        own = (kind,) if isinstance(kind, str) and kind else ()
        bridge = replace(bridge, description=layer, kinds=(*own, *bridge.kinds))
    else:
        raise InteropError(f"register_bridge: layer must be a kind or a class of descriptions; it is {layer!r}")
    if not bridge.kinds:
        raise InteropError(
            f"register_bridge: {layer.__name__} does not say which kind of operation it becomes; "  # type: ignore[union-attr]
            'say it in the bridge, as in Bridge(kinds=("my_kind",), ...)'
        )
    _registered.update(dict.fromkeys(bridge.kinds, bridge))


def all_bridges() -> tuple[Bridge, ...]:
    """Return every bridge once: those of this folder, then those registered."""
    return tuple({id(bridge): bridge for bridge in _by_kind().values()}.values())


def bridge_for(kind: str) -> Bridge | None:
    """Return the bridge of a kind of operation, or None where it has none."""
    return _by_kind().get(kind)


def bridge_of(who: str, operation: Operation) -> Bridge:
    """Return the bridge of an operation; raise InteropError, saying what to do, where it has none."""
    bridge = bridge_for(operation.kind)
    if bridge is None:
        raise InteropError(
            f"{who}: the layer {operation.name} ({operation.kind}) has no bridge to other frameworks; "
            "write one and pass it to register_bridge, as docs/adding-a-layer.md shows"
        )
    return bridge


def placed_layers(who: str, net: Network) -> Iterator[tuple[Bridge, PlacedLayer]]:
    """Yield every operation of a network in order, with its bridge."""
    shapes = {0: net.input_shape} | {o.output: o.shape for o in net.program.operations}
    for operation in net.program.operations:
        bridge, arrays = bridge_of(who, operation), {}
        for name in (*operation.params, *operation.state):
            own = name.removeprefix(f"{operation.name}.")
            array = net.params[name] if name in operation.params else net.state[name]
            arrays[own] = bridge.torch_array(own).outward(array)
        yield bridge, PlacedLayer(operation, shapes[operation.inputs[0]], arrays, net.dtype)


def _by_kind() -> dict[str, Bridge]:
    return _of_this_folder() | _registered


@cache
def _of_this_folder() -> dict[str, Bridge]:
    found = {}
    for module in pkgutil.iter_modules(__path__):
        bridge: Bridge = import_module(f"{__name__}.{module.name}").BRIDGE
        found.update(dict.fromkeys(bridge.kinds, bridge))
    return found
