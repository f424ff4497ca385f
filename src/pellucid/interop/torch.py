"""PyTorch: a network as an `nn.Module`, a module as a network, a hand-written pair as a `torch.autograd.Function`.

module = to_torch(net)                               net = from_torch(module, input_shape=(3, 32, 32))
swish = as_torch_function(swish_forward, swish_backward);  torch.autograd.gradcheck(swish, x)

What each layer is in PyTorch stands in its bridge (`bridges/`). Needs the extra [torch].
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any

import numpy as np

from pellucid.interop import InteropError, MissingPackage
from pellucid.interop.bridge import NoCounterpart
from pellucid.interop.bridges import all_bridges, placed_layers
from pellucid.interop.state_dict import adopt_state_dict, extra_entries, state_dict
from pellucid.nets import Description, Network

try:
    import torch
    from torch import nn
except ModuleNotFoundError as error:
    if error.name != "torch":
        raise
    raise MissingPackage("pellucid.interop.torch", "torch", "torch") from None

from pellucid.interop.torch_modules import hand_written, place_module

__all__ = ["TorchNetwork", "as_torch_function", "from_torch", "to_torch"]


class TorchNetwork(nn.Module):
    """A Pellucid network in PyTorch: one child module for each layer, under the layer's name."""

    def __init__(self, net: Network) -> None:
        super().__init__()
        self.operations, self.inputs, self.outputs = net.program.operations, net.program.inputs, net.program.outputs
        self.structure, self.input_shape = net.graph or net.layers, net.input_shape
        for bridge, layer in placed_layers("to_torch", net):
            if isinstance(bridge.to_torch, NoCounterpart):
                reason = bridge.to_torch.reason
                raise InteropError(
                    f"to_torch: PyTorch has no counterpart of {layer.name} ({layer.operation.kind}): {reason}"
                )
            if not layer.operation.is_repeated:
                place_module(self, layer.name, bridge.to_torch(layer))

    def forward(self, *x: torch.Tensor) -> Any:
        """Return the scores (N, C); of several outputs, a tuple."""
        if len(x) != len(self.inputs):
            raise InteropError(f"to_torch: the module takes {len(self.inputs)} inputs; got {len(x)}")
        values = dict(enumerate(x))
        for operation in self.operations:
            inputs = [values[value] for value in operation.inputs]
            values[operation.output] = self.get_submodule(operation.home)(*inputs)
        outputs = tuple(values[value] for value in self.outputs)
        return outputs if len(outputs) > 1 else outputs[0]


def to_torch(net: Network) -> TorchNetwork:
    """Return a module with copies of the network's parameters and running statistics, in evaluation mode."""
    module = TorchNetwork(net).to(torch.float64 if net.dtype == np.float64 else torch.float32)
    arrays = {name: torch.from_numpy(array) for name, array in state_dict(net).items()}
    if wrong := (module.state_dict().keys() ^ arrays.keys()) - extra_entries(net):
        raise InteropError(
            f"to_torch: {', '.join(sorted(wrong))} must be in the layer's arrays and in its module's state_dict; "
            "name arrays in its bridge as the module does"
        )
    module.load_state_dict(arrays, strict=False)
    return module.eval()


def from_torch(
    module: nn.Module, input_shape: Sequence[int] | None = None, *, state: Mapping[str, torch.Tensor] | None = None
) -> Network:
    """Return a network with the module's layers and arrays (those of `state`, its state_dict, where given).

    Reads what `to_torch` makes, and `nn.Sequential` (nested, too) of modules that a bridge reads; any other module is named in
    the error, as is a setting that has no counterpart. `input_shape` is that of one sample; only a module of `to_torch` has
    its own.
    """
    arrays = module.state_dict() if state is None else dict(state)
    dtype = next((np.float64 for array in arrays.values() if array.dtype == torch.float64), np.float32)
    as_numpy = {name: array.detach().cpu().numpy() for name, array in arrays.items()}
    if isinstance(module, TorchNetwork):
        net = Network(module.structure, module.input_shape, dtype=dtype)
        adopt_state_dict(net, as_numpy)
        return net
    if input_shape is None:
        raise InteropError(
            "from_torch: input_shape, the shape of one sample such as (3, 32, 32), must be given for this module"
        )
    layers, sources = _described(module)
    net = Network(layers, input_shape, dtype=dtype)
    names = {operation.name: name for operation, name in zip(net.program.operations, sources, strict=True)}
    adopt_state_dict(net, _arrays_by_own_names(net, names, as_numpy))
    return net


def as_torch_function(
    forward: Callable[..., Any], backward: Callable[..., Any], *, name: str = "pellucid_function"
) -> Callable[..., torch.Tensor]:
    """Return a function of tensors that computes forward(*arrays) -> (out, cache) and differentiates by backward(dout, cache).

    `backward` returns a gradient for each tensor argument that holds floats, in order, alone or in a tuple. Other arguments, and
    keywords, are passed on as they are. Arrays are NumPy's, on the CPU.
    """
    return hand_written(forward, backward, name)


def _described(module: nn.Module) -> tuple[list[Description], list[str]]:
    """Return the layers of a module, and the name of the module that each was read from."""
    readers = _readers()
    found = [(name, leaf) for name, leaf in _leaves(module, "") if type(leaf) is not nn.Identity]
    if unknown := [f"{name or 'module'} ({type(leaf).__name__})" for name, leaf in found if type(leaf) not in readers]:
        raise InteropError(
            f"from_torch: no layer corresponds to {', '.join(unknown)}; supported, alone or in nn.Sequential, are "
            f"{', '.join(kind.__name__ for kind in readers)}; docs/adding-a-layer.md shows how to add others"
        )
    return [readers[type(leaf)](name, leaf) for name, leaf in found], [name for name, _ in found]


def _readers() -> dict[type, Callable[[str, Any], Description]]:
    """Return what reads each type of module, by the bridges."""
    readers = {}
    for bridge in all_bridges():
        if not isinstance(bridge.from_torch, NoCounterpart):
            readers.update({_type(kind): read for kind, read in bridge.from_torch.items()})
    return readers


def _type(kind: str | type) -> type:
    """Return a module's type, given itself or as an import path."""
    if isinstance(kind, type):
        return kind
    home, _, name = kind.rpartition(".")
    found: type = getattr(import_module(home), name)
    return found


def _leaves(module: nn.Module, name: str) -> Iterator[tuple[str, nn.Module]]:
    """Yield (name, module) of what a Sequential runs, in order."""
    if type(module) is not nn.Sequential:
        yield name, module
        return
    for child_name, child in module.named_children():
        yield from _leaves(child, f"{name}.{child_name}" if name else child_name)


def _arrays_by_own_names(net: Network, names: Mapping[str, str], arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Return the module's arrays under the names of the network's operations; a bias that is missing is 0, a scale 1."""
    found = {}
    for name, start in state_dict(net).items():
        layer, _, array = name.rpartition(".")
        source = f"{names[layer]}.{array}".lstrip(".")
        if source not in arrays and array == "weight" and start.ndim > 1:
            raise InteropError(f"from_torch: the state_dict has no {source}")
        found[name] = arrays.get(source, start)
    return found
