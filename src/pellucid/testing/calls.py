"""Calls of a layer's functions, with what they return checked as far as every check relies on it."""

from typing import Any

import numpy as np

from pellucid.layers import Pair
from pellucid.shapes import Array
from pellucid.testing.subject import Subject

__all__ = ["backward", "forward", "output_of", "run", "statistics"]


def forward(subject: Subject, arrays: list[Array], pair: Pair) -> tuple[Array, Any]:
    """Run the forward; return out and cache."""
    returned = pair.forward(*arrays, **subject.options)
    if not isinstance(returned, tuple) or len(returned) != 2:
        raise subject.broken(f"the forward must return (out, cache); it returned {type(returned).__name__}")
    if not isinstance(returned[0], np.ndarray):
        raise subject.broken(f"the forward must return an array as out; got {type(returned[0]).__name__}")
    return returned


def run(subject: Subject, arrays: list[Array], pair: Pair | None = None) -> tuple[Array, Any, list[Array], Array]:
    """Run forward and backward under a random upstream gradient: return out, cache, the gradients and dout."""
    pair = pair or subject.layer.pair
    out, cache = forward(subject, arrays, pair)
    dout = np.asarray(np.random.default_rng(1).standard_normal(out.shape), dtype=out.dtype)
    dout.flags.writeable = False
    return out, cache, backward(subject, dout, cache, pair), dout


def backward(subject: Subject, dout: Array, cache: Any, pair: Pair) -> list[Array]:
    """Run the backward; return the gradients in a list. A single one may be returned by itself."""
    returned = pair.backward(dout, cache)
    if not isinstance(returned, (tuple, np.ndarray)):
        names = ", ".join(f"d{name}" for name in ["x", *subject.lowered.params])
        expected = f"a tuple ({names})" if subject.lowered.params else "the array dx"
        raise subject.broken(f"the backward must return {expected}; it returned {type(returned).__name__}")
    return list(returned) if isinstance(returned, tuple) else [returned]


def statistics(subject: Subject) -> list[Any]:
    """Return the running statistics at their first values, packed, in a list; an empty one where there are none."""
    running = subject.layer.running
    first = [np.full(p.shape, 0.5 if p.start is None else p.start) for p in subject.lowered.state.values()]
    return [] if running is None else [running.pack(*first)]


def output_of(returned: Any) -> Any:
    """Return out of (out, cache), or what an inference returned."""
    return returned[0] if isinstance(returned, tuple) else returned
