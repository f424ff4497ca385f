"""PyTorch: a network as an `nn.Module`, a module as a network, a hand-written pair as a `torch.autograd.Function`.

module = to_torch(net)                               net = from_torch(module, input_shape=(3, 32, 32))
swish = as_torch_function(swish_forward, swish_backward);  torch.autograd.gradcheck(swish, x)
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

import pellucid.nets as d
from pellucid.interop import InteropError
from pellucid.interop.state_dict import adopt_state_dict, state_dict
from pellucid.interop.torch_modules import AffineModule, FunctionModule, GlobalAveragePool, VanillaDropoutModule
from pellucid.nets import Description, Network, Operation

__all__ = ["TorchNetwork", "as_torch_function", "from_torch", "to_torch"]


class TorchNetwork(nn.Module):
    """A Pellucid network in PyTorch: one child module an operation, under the operation's name."""

    def __init__(self, net: Network) -> None:
        super().__init__()
        self.operations = net.program.operations
        self.descriptions, self.input_shape = net.layers, net.input_shape
        shapes = {0: net.input_shape} | {operation.output: operation.shape for operation in self.operations}
        for operation in self.operations:
            if operation.kind != "add":
                self.add_module(operation.name, _module(operation, shapes[operation.inputs[0]], net))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the scores (N, C)."""
        values = {0: x}
        for operation in self.operations:
            inputs = [values[value] for value in operation.inputs]
            values[operation.output] = (
                inputs[0] + inputs[1] if operation.kind == "add" else getattr(self, operation.name)(*inputs)
            )
        return values[self.operations[-1].output]


def to_torch(net: Network) -> TorchNetwork:
    """Return a module with copies of the network's parameters and running statistics, in evaluation mode."""
    module = TorchNetwork(net).to(torch.float64 if net.dtype == np.float64 else torch.float32)
    module.load_state_dict({name: torch.from_numpy(array) for name, array in state_dict(net).items()}, strict=False)
    return module.eval()


def from_torch(
    module: nn.Module, input_shape: Sequence[int] | None = None, *, state: Mapping[str, torch.Tensor] | None = None
) -> Network:
    """Return a network with the module's layers and arrays (those of `state`, its state_dict, where given).

    Reads what `to_torch` makes and `nn.Sequential` (nested, too) of the layers it knows; any other module is named in the
    error, as is a setting that has no counterpart. `input_shape` is that of one sample; only a module of `to_torch` brings its own.
    """
    arrays = module.state_dict() if state is None else dict(state)
    dtype = next((np.float64 for array in arrays.values() if array.dtype == torch.float64), np.float32)
    as_numpy = {name: array.detach().cpu().numpy() for name, array in arrays.items()}
    if isinstance(module, TorchNetwork):
        net = Network(module.descriptions, module.input_shape, dtype=dtype)
        adopt_state_dict(net, as_numpy)
        return net
    if input_shape is None:
        raise InteropError(
            "from_torch: input_shape, the shape of one sample such as (3, 32, 32), must be given for this module"
        )
    found = list(_leaves(module, ""))
    if unknown := [f"{name or 'module'} ({type(leaf).__name__})" for name, leaf in found if type(leaf) not in READERS]:
        raise InteropError(
            f"from_torch: no layer stands for {', '.join(unknown)}; known, alone or in nn.Sequential, are "
            f"{', '.join(kind.__name__ for kind in READERS)}"
        )
    layers, sources = [], []
    for name, leaf in found:
        described = READERS[type(leaf)](name, leaf)
        layers += described
        sources += [name] * len(described)
    net = Network(layers, input_shape, dtype=dtype)
    renamed = {f"{o.name}.": f"{name}." for o, name in zip(net.program.operations, sources, strict=True)}
    adopt_state_dict(net, _arrays_by_own_names(net, renamed, as_numpy))
    return net


def as_torch_function(
    forward: Callable[..., Any], backward: Callable[..., Any], *, name: str = "pellucid_function"
) -> Callable[..., torch.Tensor]:
    """Return a function of tensors that computes forward(*arrays) -> (out, cache) and differentiates by backward(dout, cache).

    `backward` returns a gradient for each tensor argument that holds floats, in order, alone or in a tuple. Other arguments, and
    keywords, are passed on as they are. Arrays are NumPy's, on the CPU.
    """

    class HandWritten(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, keywords: dict[str, Any], *inputs: Any) -> torch.Tensor:
            arrays = [i.detach().numpy() if isinstance(i, torch.Tensor) else i for i in inputs]
            out, ctx.cache = forward(*arrays, **keywords)
            ctx.floats = [isinstance(i, torch.Tensor) and i.is_floating_point() for i in inputs]
            return torch.from_numpy(np.array(out))

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx: Any, dout: torch.Tensor) -> tuple[Any, ...]:
            returned = backward(dout.detach().numpy(), ctx.cache)
            gradients = iter(returned if isinstance(returned, (tuple, list)) else (returned,))
            try:
                found = [torch.from_numpy(np.array(next(gradients))) if one else None for one in ctx.floats]
            except StopIteration:
                raise InteropError(
                    f"{name}: backward must return {sum(ctx.floats)} gradients, one for each tensor of floats; it returned fewer"
                ) from None
            return None, *found

    HandWritten.__name__ = name
    return lambda *inputs, **keywords: HandWritten.apply(keywords, *inputs)


def _module(operation: Operation, shape: tuple[int, ...], net: Network) -> nn.Module:
    """Return the module of one operation; `shape` is that of one sample that comes in."""
    options, out = operation.options, operation.shape
    match operation.kind:
        case "affine":
            return (nn.Linear if len(shape) == 1 else AffineModule)(int(np.prod(shape)), out[0])
        case "conv":
            kernel = net.params.slots[operation.params[0]].shape[2:]
            return nn.Conv2d(shape[0], out[0], kernel, options["stride"], options["pad"])
        case "batchnorm" | "spatial_batchnorm":
            kind = nn.BatchNorm1d if operation.kind == "batchnorm" else nn.BatchNorm2d
            return kind(out[0], eps=options["eps"], momentum=1 - operation.decay)
        case "layernorm":
            return nn.LayerNorm(out[0], eps=options["eps"])
        case "groupnorm":
            return nn.GroupNorm(options["groups"], out[0], eps=options["eps"])
        case "dropout":
            return nn.Dropout(1 - options["keep"])
        case "vanilla_dropout":
            return VanillaDropoutModule(options["keep"])
        case "maxpool":
            return nn.MaxPool2d(options["size"], options["stride"])
        case "avgpool":
            return nn.AvgPool2d(options["size"], options["stride"])
        case "leaky_relu":
            return nn.LeakyReLU(options["slope"])
        case "function":
            function = as_torch_function(*operation.layer.pair, name=operation.name)
            start = {name.rpartition(".")[2]: torch.from_numpy(net.params[name].copy()) for name in operation.params}
            return FunctionModule(function, start)
    plain: dict[str, type[nn.Module]] = {
        "relu": nn.ReLU,
        "sigmoid": nn.Sigmoid,
        "tanh": nn.Tanh,
        "gelu": nn.GELU,
        "flatten": nn.Flatten,
        "global_avgpool": GlobalAveragePool,
    }
    if operation.kind not in plain:
        raise InteropError(f"to_torch: PyTorch has no counterpart of {operation.name} ({operation.kind})")
    return plain[operation.kind]()


def _leaves(module: nn.Module, name: str) -> Any:
    """Yield (name, module) of what a Sequential runs, in order."""
    if type(module) is not nn.Sequential:
        yield name, module
        return
    for child_name, child in module.named_children():
        yield from _leaves(child, f"{name}.{child_name}" if name else child_name)


def _arrays_by_own_names(net: Network, renamed: Mapping[str, str], arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Return the module's arrays under the names of the network's operations; a bias that is not there is 0, a scale 1."""
    found = {}
    for name, start in state_dict(net).items():
        layer, _, array = name.rpartition(".")
        source = f"{renamed[layer + '.']}{array}".lstrip(".")
        found[name] = arrays.get(source, np.zeros_like(start) if array == "bias" else start)
        if source not in arrays and array == "weight" and start.ndim > 1:
            raise InteropError(f"from_torch: the state_dict has no {source}")
    return found


def _refuse(name: str, problem: str) -> None:
    raise InteropError(f"from_torch: {name or 'module'}: {problem} has no counterpart here")


def _pair(value: Any) -> Any:
    return tuple(value) if isinstance(value, (tuple, list)) else value


def _conv(name: str, m: Any) -> list[Description]:
    if m.groups != 1 or _pair(m.dilation) != (1, 1) or m.padding_mode != "zeros" or isinstance(m.padding, str):
        _refuse(name, "a convolution with groups, dilation, or padding other than numbers of zeros")
    return [d.Conv(m.out_channels, _pair(m.kernel_size), _pair(m.stride), _pair(m.padding))]


def _batchnorm(name: str, m: Any) -> list[Description]:
    if m.momentum is None or not m.track_running_stats:
        _refuse(name, "batch normalization without running averages, or with cumulative ones")
    return [d.BatchNorm(m.eps, 1 - m.momentum)]


def _layernorm(name: str, m: Any) -> list[Description]:
    if len(m.normalized_shape) != 1:
        _refuse(name, f"layer normalization over {tuple(m.normalized_shape)}")
    return [d.LayerNorm(m.eps)]


def _maxpool(name: str, m: Any) -> list[Description]:
    if _pair(m.padding) not in (0, (0, 0)) or _pair(m.dilation) not in (1, (1, 1)) or m.ceil_mode:
        _refuse(name, "pooling with padding, dilation or ceil_mode")
    return [d.MaxPool(_pair(m.kernel_size), _pair(m.stride))]


def _avgpool(name: str, m: Any) -> list[Description]:
    if _pair(m.padding) not in (0, (0, 0)) or m.ceil_mode or m.divisor_override:
        _refuse(name, "pooling with padding, ceil_mode or divisor_override")
    return [d.AvgPool(_pair(m.kernel_size), _pair(m.stride))]


def _adaptive(name: str, m: Any) -> list[Description]:
    if _pair(m.output_size) not in (1, (1, 1)):
        _refuse(name, f"adaptive pooling to {m.output_size}")
    return [d.GlobalAvgPool()]


def _gelu(name: str, m: Any) -> list[Description]:
    if m.approximate != "none":
        _refuse(name, "the approximate GELU")
    return [d.GELU()]


def _dropout(name: str, m: Any) -> list[Description]:
    if m.p == 1:
        _refuse(name, "dropout of everything")
    return [d.Dropout(1 - m.p)]


def _flatten(name: str, m: Any) -> list[Description]:
    if m.start_dim != 1 or m.end_dim != -1:
        _refuse(name, "flattening of some axes")
    return [d.Flatten()]


READERS: dict[type[nn.Module], Callable[[str, Any], list[Description]]] = {
    nn.Linear: lambda name, m: [d.Affine(m.out_features)],
    nn.Conv2d: _conv,
    nn.BatchNorm1d: _batchnorm,
    nn.BatchNorm2d: _batchnorm,
    nn.LayerNorm: _layernorm,
    nn.GroupNorm: lambda name, m: [d.GroupNorm(m.num_groups, m.eps)],
    nn.ReLU: lambda name, m: [d.ReLU()],
    nn.LeakyReLU: lambda name, m: [d.LeakyReLU(m.negative_slope)],
    nn.Sigmoid: lambda name, m: [d.Sigmoid()],
    nn.Tanh: lambda name, m: [d.Tanh()],
    nn.GELU: _gelu,
    nn.Dropout: _dropout,
    nn.MaxPool2d: _maxpool,
    nn.AvgPool2d: _avgpool,
    nn.AdaptiveAvgPool2d: _adaptive,
    nn.Flatten: _flatten,
    nn.Identity: lambda name, m: [],
    AffineModule: lambda name, m: [d.Affine(m.out_features)],
    GlobalAveragePool: lambda name, m: [d.GlobalAvgPool()],
    VanillaDropoutModule: lambda name, m: [d.VanillaDropout(m.keep)],
}
