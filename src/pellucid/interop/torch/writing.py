"""A network as a module: `torch.fx` writes its forward, one line a layer, so that it can be scripted, exported and traced."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import fx, nn

from pellucid.interop import InteropError
from pellucid.interop.bridge import NoCounterpart
from pellucid.interop.bridges import placed_layers
from pellucid.interop.state_dict import entry_names, extra_entries, state_dict
from pellucid.interop.torch_modules import hand_written, place_module
from pellucid.nets import Network

__all__ = ["TorchNetwork", "as_torch_function", "structure_of", "to_torch"]


class TorchNetwork(fx.GraphModule):
    """A Pellucid network in PyTorch: one child module for each layer, under the layer's name.

    forward(x) returns the scores (N, C); of several outputs, a tuple.
    """


def structure_of(module: nn.Module) -> tuple[Any, tuple[int, ...]] | None:
    """Return the layers, and the input's shape, of a module of `to_torch` or of a copy of one; None for any other."""
    kept = getattr(module, "pellucid", None) or getattr(module, "meta", {}).get("pellucid")
    return kept if isinstance(module, fx.GraphModule) else None


def to_torch(net: Network) -> TorchNetwork:
    """Return a module with copies of the network's parameters and running statistics, in evaluation mode.

    What is frozen does not learn there (`requires_grad=False`).
    """
    root = nn.Module()
    for bridge, layer in placed_layers("to_torch", net):
        if isinstance(bridge.to_torch, NoCounterpart):
            reason = bridge.to_torch.reason
            raise InteropError(
                f"to_torch: PyTorch has no counterpart of {layer.name} ({layer.operation.kind}): {reason}"
            )
        if not layer.operation.is_repeated:
            place_module(root, layer.name, bridge.to_torch(layer))
    module = TorchNetwork(root, _graph(net, root), "TorchNetwork")
    module.pellucid = module.meta["pellucid"] = (
        net.graph or net.layers,
        net.input_shape,
    )  # one goes into files, one into copies
    module.to(torch.float64 if net.dtype == np.float64 else torch.float32)
    arrays = {name: torch.from_numpy(array) for name, array in state_dict(net).items()}
    if wrong := (module.state_dict().keys() ^ arrays.keys()) - extra_entries(net):
        raise InteropError(
            f"to_torch: {', '.join(sorted(wrong))} must be in the layer's arrays and in its module's state_dict; "
            "name arrays in its bridge as the module does"
        )
    module.load_state_dict(arrays, strict=False)
    names = entry_names(net)
    for name, p in module.named_parameters():
        p.requires_grad_(names[name] not in net.frozen)
    return module.eval()


def _graph(net: Network, root: nn.Module) -> fx.Graph:
    """Return the calls of a network's layers."""
    graph = fx.Graph()
    many = len(net.program.inputs) > 1
    names = [f"x{number}" for number in range(1, len(net.program.inputs) + 1)] if many else ["x"]
    values = {number: graph.placeholder(name) for number, name in enumerate(names)}
    for operation in net.program.operations:
        inputs: tuple[Any, ...] = tuple(values[value] for value in operation.inputs)
        if getattr(root.get_submodule(operation.home), "takes_list", False):
            inputs = (list(inputs),)
        values[operation.output] = graph.call_module(operation.home, inputs)
    outputs = tuple(values[value] for value in net.program.outputs)
    graph.output(outputs if len(outputs) > 1 else outputs[0])
    return graph


def as_torch_function(
    forward: Callable[..., Any], backward: Callable[..., Any], *, name: str = "pellucid_function"
) -> Callable[..., torch.Tensor]:
    """Return a function of tensors that computes forward(*arrays) -> (out, cache) and differentiates by backward(dout, cache).

    `backward` returns a gradient for each tensor argument that holds floats, in order, alone or in a tuple. Other arguments, and
    keywords, are passed on as they are. Arrays are NumPy's, on the CPU.
    """
    return hand_written(forward, backward, name)
