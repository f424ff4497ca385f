"""A lowered network as a PyTorch module, for the PyTorch side of the benchmarks."""

from typing import Any

import numpy as np
import torch
from torch import nn

from pellucid.nets import Network


class FromProgram(nn.Module):
    """Runs the operations of a program with PyTorch modules."""

    def __init__(self, net: Network) -> None:
        super().__init__()
        self.operations = net.program.operations
        shapes: dict[int, tuple[int, ...]] = {0: net.input_shape}
        modules = {}
        for operation in self.operations:
            module = _module(operation, shapes[operation.inputs[0]])
            if module is not None:
                modules[operation.name] = module
            shapes[operation.output] = operation.shape
        self.modules_by_name = nn.ModuleDict(modules)
        with torch.no_grad():
            for operation in self.operations:
                for name in operation.params:
                    layer, key = name.split(".")
                    value = np.ascontiguousarray(net.params[name])
                    own = {"gamma": "weight", "beta": "bias"}.get(key, key)
                    value = value.T if operation.kind == "affine" and key == "weight" else value
                    getattr(self.modules_by_name[layer], own).copy_(torch.from_numpy(value.copy()))
            for name, value in net.state.items():
                layer, key = name.split(".")
                getattr(self.modules_by_name[layer], f"running_{key}").copy_(torch.from_numpy(value.copy()))

    def forward(self, x: Any) -> Any:
        """Return the scores."""
        values = {0: x}
        for operation in self.operations:
            inputs = [values[value] for value in operation.inputs]
            if operation.kind == "add":
                out = inputs[0] + inputs[1]
            elif operation.kind == "concat":
                out = torch.cat(inputs, operation.options["axis"] + 1)
            else:
                out = self.modules_by_name[operation.name](inputs[0])
            values[operation.output] = out
        return values[self.operations[-1].output]


def _module(operation: Any, shape: tuple[int, ...]) -> nn.Module | None:
    match operation.kind:
        case "affine":
            return nn.Linear(int(np.prod(shape)), operation.shape[0])
        case "conv":
            stride, pad = operation.options["stride"], operation.options["pad"]
            kernel = _kernel(shape, operation.shape, stride, pad)
            return nn.Conv2d(shape[0], operation.shape[0], kernel, stride=stride, padding=pad)
        case "general_conv":
            made: Any = operation.description
            return nn.Conv2d(
                *(shape[0], made.filters, made.kernel, made.stride, made.pad, made.dilation, made.groups),
            )
        case "relu":
            return nn.ReLU(inplace=True)
        case "relu6":
            return nn.ReLU6(inplace=True)
        case "batchnorm":
            return nn.BatchNorm1d(shape[0])
        case "spatial_batchnorm":
            return nn.BatchNorm2d(shape[0])
        case "maxpool":
            return nn.MaxPool2d(operation.options["size"], operation.options["stride"])
        case "avgpool":
            return nn.AvgPool2d(operation.options["size"], operation.options["stride"])
        case "global_avgpool":
            return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        case "flatten":
            return nn.Flatten()
        case "dropout":
            return nn.Dropout(1 - operation.options["keep"])
        case "add" | "concat":
            return None
    raise ValueError(f"no PyTorch module for {operation.kind}")


def _kernel(
    shape: tuple[int, ...], out: tuple[int, ...], stride: tuple[int, int], pad: tuple[int, int]
) -> tuple[int, int]:
    sizes = [i + 2 * p - (o - 1) * s for i, p, o, s in zip(shape[1:], pad, out[1:], stride, strict=True)]
    return sizes[0], sizes[1]


def from_program(net: Network) -> FromProgram:
    """Return the network as a module in training mode."""
    return FromProgram(net).train()
