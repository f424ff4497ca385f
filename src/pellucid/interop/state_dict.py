"""PyTorch's names and layout for a network's arrays, without PyTorch: `affine1.weight` (out, in), `batchnorm1.running_mean`, ...

What differs stands in each layer's bridge (`bridges/`): Pellucid's affine weight is (in, out), PyTorch's the transpose;
convolution weights agree; gamma and beta are PyTorch's weight and bias, mean and var its running_mean and running_var.
"""

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pellucid.files import check_plain
from pellucid.interop import InteropError
from pellucid.interop.bridge import TorchArray
from pellucid.interop.bridges import all_bridges, bridges_of, required
from pellucid.nets import Network, write_atomically
from pellucid.shapes import Array

__all__ = [
    "adopt_state_dict",
    "entry_names",
    "extra_entries",
    "load_safetensors",
    "save_safetensors",
    "state_dict",
    "torch_name",
]


class _Entry(NamedTuple):
    """An array of a network, and its entry in PyTorch's state_dict."""

    own: str  # "batchnorm1.gamma"
    array: Array
    name: str  # "batchnorm1.weight"
    torch: TorchArray


def torch_name(name: str) -> str:
    """Return PyTorch's name of a parameter or a running statistic.

    >>> torch_name("batchnorm1.gamma"), torch_name("conv1.weight")
    ('batchnorm1.weight', 'conv1.weight')
    """
    layer, _, array = name.rpartition(".")
    prefix = layer.rstrip("0123456789")
    bridges = [b for b in all_bridges() if b.description is not None and b.description.prefix == prefix]
    return f"{layer}.{bridges[-1].torch_array(array).name if bridges else array}"


def state_dict(net: Network) -> dict[str, Array]:
    """Return copies of every parameter and running statistic by PyTorch's names, in its layout."""
    return {entry.name: np.array(entry.torch.outward(entry.array), order="C") for entry in _entries("state_dict", net)}


def adopt_state_dict(net: Network, arrays: Mapping[str, Array]) -> None:
    """Copy in what `state_dict`, or PyTorch's `module.state_dict()` as NumPy arrays, gave; nothing where something differs."""
    expected = {entry.name: entry for entry in _entries("adopt_state_dict", net)}
    extra, ready = extra_entries(net), {}
    for name in arrays:
        if name not in expected and name not in extra:
            raise InteropError(f"adopt_state_dict: the network has no {name}; it has {', '.join(expected)}")
    for name, entry in expected.items():
        if name not in arrays:
            raise InteropError(f"adopt_state_dict: {name} is missing, which the network needs")
        array = entry.torch.inward(np.asarray(arrays[name]))
        if array.shape != entry.array.shape:
            raise InteropError(f"adopt_state_dict: {name} must have shape {entry.array.shape} here; got {array.shape}")
        ready[entry.own] = array
    for own, array in ready.items():
        (net.params if own in net.params else net.state)[own] = array


def extra_entries(net: Network) -> set[str]:
    """Return the entries of a module's state_dict that the network has no arrays for: batches counted."""
    return {f"{o.home}.{entry}" for o, _, bridge in bridges_of(net) if bridge is not None for entry in bridge.extra}


def entry_names(net: Network) -> dict[str, str]:
    """Return the network's own name of each array, by PyTorch's."""
    return {entry.name: entry.own for entry in _entries("entry_names", net)}


def save_safetensors(net: Network, path: str | PathLike[str]) -> None:
    """Write `state_dict` to a safetensors file that PyTorch's `load_file` and `load_state_dict` read."""
    from safetensors.numpy import save

    write_atomically(Path(path), save(state_dict(net), {"format": "pt"}))


def load_safetensors(net: Network, path: str | PathLike[str]) -> None:
    """Copy in the arrays of a safetensors file with PyTorch's names and layout."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        check_plain(path)
        arrays = load_file(str(path))
    except (OSError, SafetensorError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise InteropError(f"load_safetensors: {path} cannot be read ({error})") from None
    adopt_state_dict(net, arrays)


def _entries(who: str, net: Network) -> list[_Entry]:
    """Return every parameter, then every running statistic, in the network's order."""
    entries = []
    places = {name: (o, bridge) for o, _, bridge in bridges_of(net) for name in (*o.params, *o.state)}
    for own, array in (*net.params.items(), *net.state.items()):
        operation, bridge = places[own]
        torch = required(who, operation, bridge).torch_array(own.removeprefix(f"{operation.home}."))
        entries.append(_Entry(own, array, f"{operation.home}.{torch.name}", torch))
    return entries
