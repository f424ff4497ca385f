"""PyTorch's names and layout for a network's arrays, without PyTorch: `affine1.weight` (out, in), `batchnorm1.running_mean`, ...

Pellucid's affine weight is (in, out); PyTorch's the transpose. Convolution weights agree. gamma and beta are PyTorch's
weight and bias, mean and var its running_mean and running_var (PyTorch averages the unbiased variance while it trains,
Pellucid the biased one).
"""

from collections.abc import Mapping
from os import PathLike
from pathlib import Path

import numpy as np

from pellucid.interop import InteropError
from pellucid.nets import Network, write_atomically
from pellucid.shapes import Array

__all__ = ["adopt_state_dict", "load_safetensors", "save_safetensors", "state_dict", "torch_name"]

RENAMED = {"gamma": "weight", "beta": "bias", "mean": "running_mean", "var": "running_var"}


def torch_name(name: str) -> str:
    """Return PyTorch's name of a parameter or a running statistic.

    >>> torch_name("batchnorm1.gamma"), torch_name("conv1.weight")
    ('batchnorm1.weight', 'conv1.weight')
    """
    layer, _, array = name.rpartition(".")
    return f"{layer}.{RENAMED.get(array, array)}"


def state_dict(net: Network) -> dict[str, Array]:
    """Return copies of every parameter and running statistic by PyTorch's names, in its layout."""
    arrays = {}
    for name, array in [*net.params.items(), *net.state.items()]:
        arrays[torch_name(name)] = np.array(array.T if _is_affine_weight(net, name) else array, order="C")
    return arrays


def adopt_state_dict(net: Network, arrays: Mapping[str, Array]) -> None:
    """Copy in what `state_dict`, or PyTorch's `module.state_dict()` as NumPy arrays, gave; nothing where something differs."""
    expected = {torch_name(name): (name, view) for name, view in [*net.params.items(), *net.state.items()]}
    ready = {}
    for name in arrays:
        if name not in expected and not name.endswith("num_batches_tracked"):
            raise InteropError(f"adopt_state_dict: the network has no {name}; it has {', '.join(expected)}")
    for name, (own, view) in expected.items():
        if name not in arrays:
            raise InteropError(f"adopt_state_dict: there is no {name}, which the network needs")
        array = np.asarray(arrays[name])
        array = array.T if _is_affine_weight(net, own) else array
        if array.shape != view.shape:
            raise InteropError(f"adopt_state_dict: {name} must have shape {view.shape} here; it has {array.shape}")
        ready[own] = array
    for own, array in ready.items():
        (net.params if own in net.params else net.state)[own] = array


def save_safetensors(net: Network, path: str | PathLike[str]) -> None:
    """Write `state_dict` to a safetensors file that PyTorch's `load_file` and `load_state_dict` read."""
    from safetensors.numpy import save

    write_atomically(Path(path), save(state_dict(net), {"format": "pt"}))


def load_safetensors(net: Network, path: str | PathLike[str]) -> None:
    """Copy in the arrays of a safetensors file with PyTorch's names and layout."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        arrays = load_file(str(path))
    except (OSError, SafetensorError) as error:
        raise InteropError(f"load_safetensors: {path} cannot be read ({error})") from None
    adopt_state_dict(net, arrays)


def _is_affine_weight(net: Network, name: str) -> bool:
    layer, _, array = name.rpartition(".")
    return array == "weight" and any(o.name == layer and o.kind == "affine" for o in net.program.operations)
