"""Calls a layer of a table, whatever its kind, with read-only arrays, and sees that nothing it was handed changes."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from tests.layer_cases import Call

from pellucid.layers import Layers, Pair


class Result(NamedTuple):
    """What one call gave: every array, by name, and the cache (None where there is none)."""

    values: dict[str, np.ndarray]
    cache: Any


def each_array(value, change):
    """Rebuild arguments, caches and results with every array in them replaced by change(array)."""
    if isinstance(value, np.ndarray):
        return change(value)
    if isinstance(value, dict):
        return {key: each_array(part, change) for key, part in value.items()}
    if isinstance(value, tuple):
        parts = [each_array(part, change) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    return value


def arrays_in(value):
    found = []
    each_array(value, lambda array: found.append(array) or array)
    return found


def cast(arguments, dtype):
    """Every float array in another dtype; labels and weights of rows as they are."""
    return each_array(arguments, lambda a: a.astype(dtype) if a.dtype.kind == "f" else a)


def arguments_of(call: Call, dtype=np.float64):
    """The call's arguments, rounded to float32 first, so that both dtypes see the same numbers."""
    return cast(cast(call.make(np.random.default_rng(5)), np.float32), dtype)


def as_tuple(gradients):
    return gradients if isinstance(gradients, tuple) else (gradients,)


def frozen(array):
    array.flags.writeable = False
    return array


def check_unchanged(values, before, message):
    for now, then in zip(arrays_in(values), arrays_in(before), strict=True):
        assert np.array_equal(now, then, equal_nan=True), message


def run(layers: Layers, call: Call, arguments, arrange: Callable = lambda array: array) -> Result:
    """Forward, and backward under a random upstream gradient; everything handed over is read-only and seen not to change."""
    entry = getattr(layers, call.layer)
    args, settings = each_array(arguments, lambda array: frozen(arrange(array)))
    before = each_array((args, settings), np.copy)
    if isinstance(entry, Pair):
        result = _run_pair(entry, args, settings, arrange)
    else:
        returned = entry(*args, **settings)
        plain = isinstance(returned, np.ndarray)
        result = Result({"out": returned} if plain else {"loss": returned[0], "dscores": returned[1]}, None)
    check_unchanged((args, settings), before, "the layer changed its input")
    return result


def _run_pair(entry, args, settings, arrange):
    out, cache = entry.forward(*args, **settings)
    cache = each_array(cache, frozen)
    dout = frozen(arrange(np.random.default_rng(6).standard_normal(out.shape).astype(out.dtype)))
    before = each_array((dout, out, cache), np.copy)
    gradients = as_tuple(entry.backward(dout, cache))
    check_unchanged((dout, out, cache), before, "backward changed dout, out or the cache")
    return Result({"out": out} | {f"gradient {i}": gradient for i, gradient in enumerate(gradients)}, cache)


def assert_close(found, expected, tolerance):
    assert found.keys() == expected.keys(), f"returned {list(found)}, expected {list(expected)}"
    for name in expected:
        a, b = np.asarray(found[name], np.float64), np.asarray(expected[name], np.float64)
        assert a.shape == b.shape, f"{name} has shape {a.shape}, expected {b.shape}"
        difference = np.max(np.abs(a - b), initial=0)
        assert difference <= tolerance * max(1, np.max(np.abs(b), initial=0)), f"{name} differs by {difference:.1e}"
