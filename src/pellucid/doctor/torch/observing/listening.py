"""Listener: sees the functions of PyTorch that a loop calls, and computes each as it would be computed without it."""

from collections.abc import Callable
from typing import Any, Protocol

import torch
from torch.overrides import TorchFunctionMode

__all__ = ["Hearing", "Listener"]

BACKWARD = torch.Tensor.backward


class Hearing(Protocol):
    """Who is told of calls."""

    deaf: bool

    def backward_begins(self, loss: torch.Tensor) -> None:
        """Hear that backward is about to be called."""

    def backward_ended(self) -> None:
        """Hear that backward has been called."""

    def function_called(
        self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], result: Any
    ) -> None:
        """Hear of a call that has been made."""


class Listener(TorchFunctionMode):
    """Reports calls while it is entered."""

    def __init__(self, hearing: Hearing) -> None:
        super().__init__()
        self._hearing = hearing

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Call the function; report it."""
        hearing, options = self._hearing, kwargs or {}
        if hearing.deaf:
            return func(*args, **options)
        if func is BACKWARD:
            hearing.backward_begins(args[0])
            result = func(*args, **options)
            hearing.backward_ended()
            return result
        result = func(*args, **options)
        hearing.function_called(func, args, options, result)
        return result
