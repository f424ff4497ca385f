"""Functions in the style forward(ctx, x, ...) and backward(ctx, dout): what they keep, they keep in a context."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["Context", "context_pair", "takes_context"]


class Context:
    """A plain context: attributes, and `save_for_backward` with `saved_tensors`."""

    saved_tensors: tuple[Any, ...] = ()

    def save_for_backward(self, *values: Any) -> None:
        """Keep values for the backward."""
        self.saved_tensors = values


def takes_context(function: Callable[..., Any]) -> bool:
    """Say whether a function's first argument is a context, by its name."""
    try:
        names = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return False
    return names[:1] in (["ctx"], ["context"])


def context_pair(
    forward: Callable[..., Any], backward: Callable[..., Any], inputs: Sequence[Any], checked: Sequence[int]
) -> tuple[Callable[..., tuple[Any, Any]], Callable[..., Any]]:
    """Return the pair (out, cache), (dout, cache) of two functions that take a context.

    Their backward returns a value for each input; those for inputs that have no gradient are left out.
    """

    def with_cache(*arguments: Any) -> tuple[Any, Any]:
        context = Context()
        return forward(context, *arguments), context

    def from_cache(dout: Any, context: Any) -> Any:
        returned = backward(context, dout)
        is_whole = isinstance(returned, (tuple, list)) and len(returned) == len(inputs)
        return tuple(returned[i] for i in checked) if is_whole else returned

    return with_cache, from_cache
