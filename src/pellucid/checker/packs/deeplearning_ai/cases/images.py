"""Cases of course 4's convolution and pooling: strides, pads, windows that overlap or leave a rest, ties."""

from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.checker.asking.cases import Case, directions, ref
from pellucid.checker.asking.pack import Options
from pellucid.checker.packs.deeplearning_ai.cases.making import Input, Maker, call, case, cases_of, with_read_only

__all__ = ["IMAGES"]

Generator = np.random.Generator


def _padded(draw: Generator) -> list[Input]:
    return [
        (f"pad {pad}, {h} x {w}", {"X": draw.normal(size=(2, h, w, c)), "pad": pad}, ())
        for pad, h, w, c in ((1, 3, 3, 2), (2, 4, 3, 1), (3, 2, 5, 3), (0, 3, 2, 2))
    ]


def _slices(draw: Generator) -> list[Input]:
    return [
        (f"{f} x {f} x {c}", {"slice": draw.normal(size=(f, f, c)), "W": draw.normal(size=(f, f, c)), "b": draw.normal(size=(1, 1, 1))}, ())
        for f, c in ((4, 3), (3, 1), (2, 5))
    ]  # fmt: skip


def _convolution(draw: Generator) -> list[Input]:
    def values(m: int, size: tuple[int, int], c: int, f: int, filters: int, stride: int, pad: int) -> dict[str, Any]:
        n_H, n_W = ((n - f + 2 * pad) // stride + 1 for n in size)
        return {
            "A_prev": draw.normal(size=(m, *size, c)),
            "W": draw.normal(size=(f, f, c, filters)),
            "b": draw.normal(size=(1, 1, 1, filters)),
            "hparameters": {"stride": stride, "pad": pad},
            "dZ": draw.normal(size=(m, n_H, n_W, filters)),
        }

    return [
        ("5 x 7 images, 3 x 3 filters, pad 1", values(2, (5, 7), 3, 3, 4, 1, 1), ("pad > 0", "not square")),
        ("stride 2, pad 1", values(2, (5, 5), 2, 3, 3, 2, 1), ("stride > 1", "pad > 0")),
        ("pad 0", values(2, (4, 5), 2, 2, 3, 1, 0), ("pad 0", "not square")),
        ("stride 2, pad 2, a rest at the border", values(1, (6, 4), 2, 3, 2, 2, 2), ("stride > 1", "pad > 0", "rest", "one sample", "not square")),
        ("stride 3, pad 0, a rest at the border", values(2, (8, 6), 1, 2, 2, 3, 0), ("stride > 1", "pad 0", "not square")),
        ("filters of 1 x 1", values(2, (3, 4), 3, 1, 2, 1, 0), ("pad 0", "not square")),
    ]  # fmt: skip


def _pooling(draw: Generator, mode: str) -> list[Input]:
    def values(m: int, size: tuple[int, int], c: int, f: int, stride: int) -> dict[str, Any]:
        n_H, n_W = ((n - f) // stride + 1 for n in size)
        A_prev = draw.permutation(float(m * size[0] * size[1] * c) - np.arange(m * size[0] * size[1] * c)) / 10 - 1
        return {
            "A_prev": A_prev.reshape(m, *size, c),
            "hparameters": {"f": f, "stride": stride},
            "mode": mode,
            "dA": draw.normal(size=(m, n_H, n_W, c)),
        }

    below = values(2, (4, 4), 2, 2, 2)
    below["A_prev"] = below["A_prev"] - below["A_prev"].max() - 1
    return [
        (f"{mode}, 5 x 4 images, 3 x 3 windows, stride 1", values(2, (5, 4), 3, 3, 1), ("overlap", "not square", mode)),
        (f"{mode}, 2 x 2 windows, stride 2", values(2, (4, 6), 2, 2, 2), ("stride > 1", "not square", mode)),
        (f"{mode}, 3 x 3 windows, stride 2, a rest at the border", values(1, (6, 8), 2, 3, 2), ("stride > 1", "overlap", "rest", "one sample", mode)),
        (f"{mode}, negative inputs", below, ("negative", mode)),
    ]  # fmt: skip


def _poolings(draw: Generator) -> list[Input]:
    return [*_pooling(draw, "max"), *_pooling(draw, "average")]


def _with_ties(draw: Generator) -> list[Input]:
    ties = _pooling(draw, "max")[1][1]
    ties["A_prev"] = np.maximum(ties["A_prev"], 0)
    ties["A_prev"][0, :2, :2, 0] = 0.0  # four zeros, whatever was drawn
    return [*_poolings(draw), ("max, ties, as after a ReLU", ties, ("ties", "max"))]


def _backwards(draw: Generator, options: Options) -> list[Case]:
    """Return cases of a convolution's backward, with the cache of the file's own forward; and its slopes."""
    arguments, gradients = ["A_prev", "W", "b", "hparameters"], ["dA_prev", "dW", "db"]
    made = []
    steps = [call("conv_forward", arguments, ["Z", "cache"]), call("conv_backward", ["dZ", "cache"], gradients)]
    for name, values, tags in _convolution(draw):
        made += [case(name, values, steps, gradients, tags), _slopes(name, values, steps, arguments, "dZ", tags)]
    return with_read_only(made)


def _pool_backwards(draw: Generator, options: Options) -> list[Case]:
    arguments = ["A_prev", "hparameters", "mode"]
    steps = [
        call("pool_forward", arguments, ["A", "cache"]),
        call("pool_backward", ["dA", "cache", "mode"], ["dA_prev"]),
    ]
    made = []
    for name, values, tags in _with_ties(draw):
        made.append(case(name, values, steps, ["dA_prev"], tags))
        if "ties" not in tags:
            made.append(_slopes(name, values, steps, arguments, "dA", tags))
    return with_read_only(made)


def _slopes(
    name: str, values: dict[str, Any], steps: Any, arguments: list[str], dout: str, tags: tuple[str, ...]
) -> Case:
    """Return the case that compares a backward with the slope of the file's own forward along random directions."""
    gradients = list(steps[-1]["unpack"])
    wrt = [gradient[1:] for gradient in gradients]
    slopes = {
        "do": "slopes", "function": steps[0]["function"], "args": [ref(a) for a in arguments], "of": 0, "dout": ref(dout),
        "wrt": wrt, "unpack": [f"numerical {g}" for g in gradients],
    }  # fmt: skip
    plain = case(name, {**values, **directions(values, wrt)}, [slopes, *steps], gradients, tags, own_gradient=True)
    return replace(plain, outputs={**plain.outputs, **{f"numerical {g}": [f"numerical {g}"] for g in gradients}})


def _masks(draw: Generator) -> list[Input]:
    ties = np.array([[1.0, 3.0], [3.0, 2.0]])
    return [
        ("2 x 3", {"window": draw.normal(size=(2, 3))}, ()),
        ("3 x 3", {"window": draw.normal(size=(3, 3))}, ()),
        ("negative numbers", {"window": -1 - np.abs(draw.normal(size=(3, 2)))}, ("negative",)),
        ("two equal maxima", {"window": ties}, ("ties",)),
    ]


def _shared(draw: Generator) -> list[Input]:
    return [
        (f"{dz} over {h} x {w}", {"dz": dz, "shape": (h, w)}, ())
        for dz, h, w in ((2.0, 2, 2), (-1.5, 3, 2), (5.0, 1, 4))
    ]


IMAGES: dict[str, Maker] = {
    "zero_pad": cases_of("zero_pad", "X pad", "X_pad", _padded),
    "conv_single_step": cases_of("conv_single_step", "slice W b", "Z", _slices),
    "conv_forward": cases_of("conv_forward", "A_prev W b hparameters", "Z cache", _convolution, watched="Z"),
    "pool_forward": cases_of("pool_forward", "A_prev hparameters mode", "A cache", _poolings, watched="A"),
    "conv_backward": _backwards,
    "create_mask_from_window": cases_of("create_mask_from_window", "window", "mask", _masks),
    "distribute_value": cases_of("distribute_value", "dz shape", "a", _shared),
    "pool_backward": _pool_backwards,
}
