"""What `torch.nn` lacks: modules that do in one step what a Pellucid layer does, and calls of hand-written pairs."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from pellucid.interop import InteropError
from pellucid.shapes import Array

__all__ = [
    "AffineModule",
    "Concatenation",
    "FunctionModule",
    "GlobalAveragePool",
    "PaddedConv",
    "PaddedConv1d",
    "Product",
    "ReshapeModule",
    "ScaleModule",
    "SliceModule",
    "SpelledAdaptiveAvgPool",
    "SpelledAdaptiveMaxPool",
    "SpelledRMSNorm",
    "Sum",
    "TransposeModule",
    "VanillaDropoutModule",
    "ZeroPadModule",
    "hand_written",
    "place_module",
]


class AffineModule(nn.Linear):
    """A linear layer that flattens an image first."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) -> (N, out)."""
        return nn.functional.linear(input.flatten(1), self.weight, self.bias)


class GlobalAveragePool(nn.Module):
    """The mean of each channel."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) -> (N, C)."""
        return x.mean(dim=(2, 3))


class Sum(nn.Module):
    """The sum in which the branches of a residual merge."""

    def forward(self, body: torch.Tensor, shortcut: torch.Tensor) -> torch.Tensor:
        """Any shape, the same for both."""
        return body + shortcut


class Product(nn.Module):
    """The product of two values; the second may hold one number for each channel of an image."""

    def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        """(N, ...) twice, or (N, C, H, W) and (N, C, 1, 1) or (N, C)."""
        return a * (b[:, :, None, None] if a.ndim == 4 and b.ndim == 2 else b)


class Concatenation(nn.Module):
    """Values beside one another, along an axis of a sample."""

    takes_list = True

    def __init__(self, axis: int) -> None:
        super().__init__()
        self.axis = axis

    def forward(self, parts: list[torch.Tensor]) -> torch.Tensor:
        """Any shapes, the same except for the axis."""
        return torch.cat(parts, dim=self.axis + 1)


class ReshapeModule(nn.Module):
    """Each sample in another shape."""

    def __init__(self, shape: Sequence[int]) -> None:
        super().__init__()
        self.shape = list(shape)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, ...) -> (N, *shape)."""
        return x.reshape([x.shape[0]] + self.shape)  # noqa: RUF005 (a script cannot unpack)


class SliceModule(nn.Module):
    """A part of one axis of a sample."""

    def __init__(self, axis: int, start: int, stop: int, step: int) -> None:
        super().__init__()
        self.axis, self.start, self.stop, self.step = axis, start, stop, step

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, ..., D, ...) -> (N, ..., D', ...)."""
        part = x.narrow(self.axis + 1, self.start, self.stop - self.start)
        if self.step == 1:
            return part
        return part.index_select(self.axis + 1, torch.arange(0, part.size(self.axis + 1), self.step, device=x.device))


class TransposeModule(nn.Module):
    """The axes of each sample in another order."""

    def __init__(self, order: Sequence[int]) -> None:
        super().__init__()
        self.axes = [0, *(axis + 1 for axis in order)]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, d0, d1, ...) -> (N, d_order[0], d_order[1], ...)."""
        return x.permute(self.axes)


class ZeroPadModule(nn.Module):
    """Zeros around each sample; padding lists (before, behind) of each axis, the last first."""

    def __init__(self, padding: Sequence[int]) -> None:
        super().__init__()
        self.padding = list(padding)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, d0, d1, ...) -> (N, before + d0 + behind, ...)."""
        return nn.functional.pad(x, self.padding)


class ScaleModule(nn.Module):
    """A learned factor and a learned shift, for each channel, each entry or a whole sample."""

    def __init__(self, each: str, shape: Sequence[int]) -> None:
        super().__init__()
        self.each = each
        self.weight, self.bias = nn.Parameter(torch.ones(tuple(shape))), nn.Parameter(torch.zeros(tuple(shape)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Any shape, the same for the result."""
        if self.each != "channel":
            return x * self.weight + self.bias
        shape = [-1] + [1] * (x.dim() - 2)
        return x * self.weight.reshape(shape) + self.bias.reshape(shape)


class PaddedConv(nn.Conv2d):
    """A convolution whose zeros around the image differ from side to side."""

    def __init__(self, *sizes: Any, pad: Any, sides: tuple[tuple[int, int], tuple[int, int]], **settings: Any) -> None:
        super().__init__(*sizes, **settings)
        self.pad, self.sides = pad, sides  # as the layer writes it, and ((top, bottom), (left, right))

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) -> (N, F, H', W')."""
        (top, bottom), (left, right) = self.sides
        padded = nn.functional.pad(input, [left, right, top, bottom])
        return nn.functional.conv2d(padded, self.weight, self.bias, self.stride, 0, self.dilation, self.groups)


class PaddedConv1d(nn.Conv1d):
    """A convolution of sequences whose zeros differ from end to end."""

    def __init__(self, *sizes: Any, pad: Any, ends: tuple[int, int], **settings: Any) -> None:
        super().__init__(*sizes, **settings)
        self.pad, self.ends = pad, ends  # as the layer writes it, and (left, right)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """(N, C, L) -> (N, F, L')."""
        padded = nn.functional.pad(input, self.ends)
        return nn.functional.conv1d(padded, self.weight, self.bias, self.stride, 0, self.dilation, self.groups)


class SpelledRMSNorm(nn.RMSNorm):
    """RMS normalization of the last axis as its formula, which both exporters of PyTorch can write."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, ..., D) -> (N, ..., D)."""
        return x * torch.rsqrt((x * x).mean(dim=-1, keepdim=True) + self.eps) * self.weight


class SpelledAdaptiveAvgPool(nn.AdaptiveAvgPool2d):
    """Adaptive average pooling as products with the matrices that average rows and columns."""

    def __init__(self, size: tuple[int, int], down: torch.Tensor, across: torch.Tensor) -> None:
        super().__init__(size)
        self.register_buffer("down", down, persistent=False)  # (H', H)
        self.register_buffer("across", across, persistent=False)  # (W, W')

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) -> (N, C, H', W')."""
        return torch.matmul(self.down, torch.matmul(x, self.across))


class SpelledAdaptiveMaxPool(nn.AdaptiveMaxPool2d):
    """Adaptive max pooling as the maximum of each share; shares list (begin, end) of rows, and of columns."""

    def __init__(self, size: tuple[int, int], rows: list[tuple[int, int]], columns: list[tuple[int, int]]) -> None:
        super().__init__(size)
        self.rows, self.columns = rows, columns

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) -> (N, C, H', W')."""
        lines = []
        for top, bottom in self.rows:
            line = []
            for left, right in self.columns:
                share = x[:, :, top:bottom, left:right]
                line.append(nn.functional.max_pool2d(share, [bottom - top, right - left]))
            lines.append(torch.cat(line, dim=3))
        return torch.cat(lines, dim=2)


class VanillaDropoutModule(nn.Module):
    """Unscaled dropout in training, multiplication by `keep` at inference."""

    def __init__(self, keep: float) -> None:
        super().__init__()
        self.keep = keep

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Any shape."""
        return x * (torch.rand_like(x) < self.keep) if self.training else x * self.keep


class FunctionModule(nn.Module):
    """A hand-written pair of functions with its parameters."""

    def __init__(
        self, forward: Callable[..., Any], backward: Callable[..., Any], name: str, params: Mapping[str, Array]
    ) -> None:
        super().__init__()
        self.function, self.names = hand_written(forward, backward, name), tuple(params)
        for parameter, value in params.items():
            self.register_parameter(parameter, nn.Parameter(torch.from_numpy(np.array(value))))

    def forward(self, *x: torch.Tensor) -> torch.Tensor:
        """Any shape, of one value or several."""
        return self.function(*x, *(getattr(self, name) for name in self.names))


def place_module(parent: nn.Module, name: str, module: nn.Module) -> None:
    """Add a child under a name with dots: block.conv1 is the child conv1 of the child block."""
    *outer, last = name.split(".")
    for part in outer:
        if part not in dict(parent.named_children()):
            parent.add_module(part, nn.Module())
        parent = parent.get_submodule(part)
    parent.add_module(last, module)


def hand_written(forward: Callable[..., Any], backward: Callable[..., Any], name: str) -> Callable[..., torch.Tensor]:
    """Return a function of tensors that computes a pair of functions of arrays (see `interop.torch.as_torch_function`)."""

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
            gradients = returned if isinstance(returned, (tuple, list)) else (returned,)
            if len(gradients) < sum(ctx.floats):
                raise InteropError(
                    f"{name}: backward must return {sum(ctx.floats)} gradients, one for each tensor of floats; "
                    f"it returned {len(gradients)}"
                )
            remaining = iter(gradients)
            return None, *(torch.from_numpy(np.array(next(remaining))) if one else None for one in ctx.floats)

    HandWritten.__name__ = name
    return lambda *inputs, **keywords: HandWritten.apply(keywords, *inputs)
