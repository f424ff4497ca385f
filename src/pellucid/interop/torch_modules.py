"""The modules that PyTorch lacks: what a Pellucid layer does in one step and `torch.nn` in two or not at all."""

from collections.abc import Callable, Mapping

import torch
from torch import nn

__all__ = ["AffineModule", "FunctionModule", "GlobalAveragePool", "VanillaDropoutModule"]


class AffineModule(nn.Linear):
    """A linear layer that flattens an image first."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) -> (N, out)."""
        return super().forward(input.flatten(1))


class GlobalAveragePool(nn.Module):
    """The mean of each channel."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) -> (N, C)."""
        return x.mean(dim=(2, 3))


class VanillaDropoutModule(nn.Module):
    """Unscaled dropout in training, multiplication by `keep` at inference."""

    def __init__(self, keep: float) -> None:
        super().__init__()
        self.keep = keep

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Any shape."""
        return x * (torch.rand_like(x) < self.keep) if self.training else x * self.keep


class FunctionModule(nn.Module):
    """Someone's own pair of functions, with its parameters."""

    def __init__(self, function: Callable[..., torch.Tensor], start: Mapping[str, torch.Tensor]) -> None:
        super().__init__()
        self.function, self.names = function, tuple(start)
        for name, value in start.items():
            self.register_parameter(name, nn.Parameter(value))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Any shape."""
        return self.function(x, *(getattr(self, name) for name in self.names))
