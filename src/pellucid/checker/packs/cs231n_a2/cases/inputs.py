"""Inputs of the layers, chosen so that each common mistake shows in at least one of them."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.checker.packs.cs231n_a2.cases.layers import Input, with_layouts
from pellucid.shapes import Array

__all__ = ["affine", "convolution", "groups_norm", "images_norm", "norm_rows", "pooling", "relu"]

Generator = np.random.Generator
TRAIN, TEST = "train", "test"


def affine(draw: Generator) -> list[Input]:
    """Inputs of an affine layer: rows of several shapes."""

    def values(n: int, shape: tuple[int, ...], m: int) -> dict[str, Any]:
        d = int(np.prod(shape))
        return {
            "x": draw.normal(size=(n, *shape)),
            "w": draw.normal(size=(d, m)),
            "b": draw.normal(size=m),
            "dout": draw.normal(size=(n, m)),
        }

    return with_layouts([
        ("images of 2 x 3 x 2", values(4, (2, 3, 2), 5), ()),
        ("plain rows", values(3, (6,), 4), ()),
        ("a batch of 1", values(1, (3, 2), 3), ("batch of 1",)),
        ("one output", values(4, (5,), 1), ("one output",)),
        ("as many rows as outputs", values(4, (4,), 4), ("square",)),
        ("60 rows, measured", values(60, (3, 20), 30), ("measure", "large")),
    ])  # fmt: skip


def relu(draw: Generator) -> list[Input]:
    """Inputs of ReLU: both signs and exact zeros."""

    def away_from_zero(*shape: int) -> Array:
        x = draw.normal(size=shape)
        return x + 0.1 * np.sign(x)

    zeros = np.array([[0.0, 1.5, -2.0], [-0.5, 0.0, 3.0]])
    return with_layouts([
        ("a matrix", {"x": away_from_zero(4, 6), "dout": draw.normal(size=(4, 6))}, ()),
        ("images", {"x": away_from_zero(2, 3, 4, 5), "dout": draw.normal(size=(2, 3, 4, 5))}, ()),
        ("large and tiny values", {"x": away_from_zero(3, 4) * 10.0 ** draw.integers(-6, 6, (3, 4)), "dout": draw.normal(size=(3, 4))}, ("scale",)),
        ("inputs of exactly 0", {"x": zeros, "dout": draw.normal(size=(2, 3))}, ("exact zeros",)),
        ("inputs from -20 to 20", {"x": np.linspace(-20, 20, 42).reshape(6, 7), "dout": draw.normal(size=(6, 7))}, ("wide",)),
    ])  # fmt: skip


def norm_rows(param: str) -> Callable[[Generator], list[Input]]:
    """Inputs of batch norm (with modes and running statistics) or of layer norm."""
    batch = param == "bn_param"

    def make(draw: Generator) -> list[Input]:
        values = functools.partial(_norm_values, draw, param)
        large_eps = values(5, 4, 0.3, eps=0.1)
        constant = values(5, 4, eps=1e-3)
        if batch:
            constant["x"][:, 1] = 3.0
        else:
            constant["x"][2] = 3.0
        far = values(5, 4)
        far["x"] += 1e6
        without_gamma = values(5, 4)
        without_gamma["gamma"][1] = 0.0
        inputs = [
            ("5 x 4", values(5, 4, running=True), ()),
            ("eps of 0.1", large_eps, ("large eps",)),
            ("eps of 1e-8", values(6, 3, eps=1e-8), ()),
            ("more features than rows", values(3, 7), ()),
            ("a variance of 1e-6", values(5, 4, 1e-3), ("tiny variance",)),
            ("a variance of 1e6", values(5, 4, 1e3), ("huge variance",)),
            ("a constant feature" if batch else "a constant row", constant, ("constant feature",)),
            ("a gamma of 0", without_gamma, ("gamma of 0",)),
            ("values around 1e6", far, ("far from 0",)),
            ("300 x 40, measured", values(300, 40), ("measure", "large")),
            ("as many features as rows", values(4, 4), ("square",)),
        ]
        if batch:
            inputs += _batch_modes(values)
        else:
            inputs.append(("a batch of 1", values(1, 5), ("batch of 1",)))
        return with_layouts(inputs)

    return make


def _norm_values(
    draw: Generator,
    param: str,
    n: int,
    d: int,
    spread: float = 2.0,
    mode: str = TRAIN,
    running: bool = False,
    **settings: Any,
) -> dict[str, Any]:
    """Draw x, gamma, beta and dout, with settings; running statistics for batch norm alone."""
    settings = settings | ({"mode": mode} if param == "bn_param" else {})
    if running and param == "bn_param":
        settings |= {"running_mean": draw.normal(size=d), "running_var": draw.uniform(0.5, 2, size=d)}
    one = (n, 1) if param == "ln_param" else (d,)  # a scale and a mean for each row, or for each feature
    x = draw.normal(size=(n, d)) * spread * draw.uniform(0.5, 2, size=one) + draw.normal(size=one)
    rest = {
        "gamma": draw.uniform(0.5, 2, size=d),
        "beta": draw.normal(size=d),
        "dout": draw.normal(size=(n, d)),
    }
    return {"x": x, **rest, param: settings}


def _batch_modes(values: Callable[..., dict[str, Any]]) -> list[Input]:
    """Inputs that only batch norm has: a momentum, test mode."""
    return [
        (
            "another momentum, running statistics given",
            values(6, 3, momentum=0.6, running=True),
            ("momentum", "running"),
        ),
        ("a momentum of 0", values(6, 3, momentum=0.0, running=True), ("momentum", "running")),
        ("test mode", values(5, 4, mode=TEST, running=True), ("test mode",)),
        ("test mode, a batch of 1", values(1, 4, mode=TEST, running=True), ("test mode", "batch of 1")),
        ("test mode, eps of 0.1", values(5, 4, mode=TEST, running=True, eps=0.1), ("test mode", "large eps")),
    ]


def images_norm(draw: Generator) -> list[Input]:
    """Inputs of spatial batch normalization."""

    def values(
        n: int, c: int, h: int, w: int, mode: str = TRAIN, running: bool = False, spread: float = 1.5, **settings: Any
    ) -> dict[str, Any]:
        settings |= {"mode": mode}
        if running:
            settings |= {"running_mean": draw.normal(size=c), "running_var": draw.uniform(0.5, 2, size=c)}
        x = draw.normal(size=(n, c, h, w)) * spread * draw.uniform(0.5, 2, size=(c, 1, 1)) + draw.normal(size=(c, 1, 1))
        rest = {"gamma": draw.uniform(0.5, 2, size=c), "beta": draw.normal(size=c), "dout": draw.normal(size=x.shape)}
        return {"x": x, **rest, "bn_param": settings}

    without_gamma = values(2, 3, 2, 2)
    without_gamma["gamma"][1] = 0.0
    return with_layouts([
        ("2 images of 3 x 2 x 3", values(2, 3, 2, 3, running=True), ()),
        ("eps of 0.1", values(2, 2, 3, 2, eps=0.1, spread=0.3), ("large eps",)),
        ("one image", values(1, 3, 4, 5), ("batch of 1",)),
        ("as many channels as pixels", values(3, 4, 2, 2), ()),
        ("a gamma of 0", without_gamma, ("gamma of 0",)),
        ("another momentum", values(2, 3, 3, 4, momentum=0.6, running=True), ("momentum",)),
        ("a momentum of 0", values(2, 3, 2, 2, momentum=0.0, running=True), ("momentum",)),
        ("test mode", values(2, 3, 4, 5, mode=TEST, running=True, eps=0.01), ("test mode",)),
        ("8 x 8, measured", values(8, 6, 8, 8), ("measure", "large")),
        ("test mode, one image", values(1, 3, 2, 3, mode=TEST, running=True), ("test mode", "batch of 1")),
    ])  # fmt: skip


def groups_norm(draw: Generator) -> list[Input]:
    """Inputs of group normalization: every number of groups."""

    def values(n: int, c: int, h: int, w: int, groups: int, spread: float = 1.5, **settings: Any) -> dict[str, Any]:
        x = draw.normal(size=(n, c, h, w)) * spread * draw.uniform(0.5, 2, size=(c, 1, 1)) + draw.normal(size=(c, 1, 1))
        gamma, beta = draw.uniform(0.5, 2, size=(1, c, 1, 1)), draw.normal(size=(1, c, 1, 1))
        return {
            "x": x,
            "gamma": gamma,
            "beta": beta,
            "G": groups,
            "gn_param": settings,
            "dout": draw.normal(size=x.shape),
        }

    without_gamma = values(2, 4, 2, 2, 2)
    without_gamma["gamma"][0, 1] = 0.0
    return with_layouts([
        ("6 channels in 2 groups", values(2, 6, 2, 3, 2), ()),
        ("eps of 0.1", values(2, 4, 3, 2, 2, 0.3, eps=0.1), ("large eps",)),
        ("one group (layer norm)", values(2, 4, 3, 2, 1), ("one group",)),
        ("a group a channel (instance norm)", values(3, 3, 2, 4, 3), ("G = C",)),
        ("one image", values(1, 6, 3, 4, 3), ("batch of 1",)),
        ("a gamma of 0", without_gamma, ("gamma of 0",)),
    ])  # fmt: skip


def convolution(draw: Generator) -> list[Input]:
    """Inputs of a convolution: images, windows, strides and pads."""

    def values(
        n: int, c: int, size: tuple[int, int], f: int, kernel: tuple[int, int], stride: int, pad: int
    ) -> dict[str, Any]:
        out = [1 + (size[k] + 2 * pad - kernel[k]) // stride for k in (0, 1)]
        return {
            "x": draw.normal(size=(n, c, *size)), "w": draw.normal(size=(f, c, *kernel)), "b": draw.normal(size=f),
            "conv_param": {"stride": stride, "pad": pad}, "dout": draw.normal(size=(n, f, *out)),
        }  # fmt: skip

    return with_layouts([
        ("5 x 5, 3 x 3 filters, pad 1", values(2, 3, (5, 5), 2, (3, 3), 1, 1), ("pad 1", "stride 1")),
        ("pad 0", values(2, 2, (5, 5), 3, (3, 3), 1, 0), ("pad 0", "stride 1")),
        ("pad 2", values(2, 2, (4, 4), 3, (3, 3), 1, 2), ("pad 2", "stride 1")),
        ("4 x 6 images", values(2, 2, (4, 6), 3, (3, 3), 1, 1), ("not square", "pad 1", "stride 1")),
        ("7 x 4 images, stride 2", values(2, 2, (7, 4), 3, (3, 2), 2, 1), ("not square", "stride > 1", "pad 1", "filter not square")),
        ("2 x 3 filters", values(1, 2, (5, 5), 2, (2, 3), 1, 0), ("filter not square", "pad 0", "batch of 1", "stride 1")),
        ("stride 2", values(2, 3, (7, 7), 2, (3, 3), 2, 1), ("stride > 1", "pad 1")),
        ("stride 3, a remainder at the border", values(1, 2, (8, 10), 3, (3, 3), 3, 0), ("stride > 1", "not square", "pad 0", "rest", "batch of 1")),
        ("1 x 1 filters", values(2, 3, (3, 4), 4, (1, 1), 1, 0), ("not square", "pad 0", "1 x 1", "stride 1")),
        ("10 x 10, measured", values(2, 3, (10, 10), 3, (3, 3), 1, 1), ("measure", "large", "pad 1", "stride 1")),
        ("a 20 x 20 image", values(1, 1, (20, 20), 1, (3, 3), 3, 0), ("large", "pad 0", "stride > 1", "batch of 1", "rest")),
    ])  # fmt: skip


def pooling(draw: Generator) -> list[Input]:
    """Inputs of pooling: windows that overlap, meet or leave gaps."""

    def values(n: int, c: int, size: tuple[int, int], window: tuple[int, int], stride: int) -> dict[str, Any]:
        count = n * c * size[0] * size[1]
        x = (draw.permutation(count).reshape(n, c, *size) - count / 2) / count * 4
        if stride < max(window):
            _make_two_windows_share_a_winner(x[0, 0], window, stride)
        out = [1 + (size[k] - window[k]) // stride for k in (0, 1)]
        pool_param = {"pool_height": window[0], "pool_width": window[1], "stride": stride}
        return {"x": x, "pool_param": pool_param, "dout": draw.normal(size=(n, c, *out))}

    below = values(2, 2, (4, 4), (2, 2), 2)
    below["x"] = below["x"] - 3
    large = values(1, 1, (20, 20), (17, 17), 3)
    large["x"] = np.arange(400.0).reshape(1, 1, 20, 20) / 100 - 2  # the winners lie far from the start
    ties = values(2, 1, (4, 4), (2, 2), 2)
    ties["x"] = np.maximum(ties["x"], 0)
    ties["x"][0, 0, :2, :2] = 0.0  # four zeros, whatever was drawn
    ties["x"][0, 0, 0, 2] = ties["x"][0, 0, 1, 3] = 2.5  # two equal maxima
    ties["x"][0, 0, 2, 2] = 3.0  # and one winner
    return with_layouts([
        ("2 x 2 windows, stride 2", values(2, 3, (4, 4), (2, 2), 2), ()),
        ("overlapping 3 x 3 windows, stride 1", values(2, 2, (5, 5), (3, 3), 1), ("overlap",)),
        ("overlapping 3 x 3 windows, stride 2", values(2, 2, (7, 7), (3, 3), 2), ("overlap",)),
        ("2 x 3 windows, stride 1", values(2, 2, (5, 6), (2, 3), 1), ("overlap", "window not square", "not square")),
        ("3 x 2 windows, stride 2", values(1, 2, (7, 6), (3, 2), 2), ("overlap", "window not square", "not square", "batch of 1")),
        ("3 x 2 windows, a remainder at the border", values(1, 2, (10, 9), (3, 2), 2), ("overlap", "window not square", "not square", "rest", "batch of 1")),
        ("6 x 4 images", values(2, 2, (6, 4), (2, 2), 2), ("not square",)),
        ("4 x 8 images", values(1, 2, (4, 8), (2, 2), 2), ("not square", "batch of 1")),
        ("stride 3, gaps", values(2, 2, (8, 8), (2, 2), 3), ("gaps",)),
        ("negative inputs", below, ("negative",)),
        ("ties, as after a ReLU", ties, ("ties",)),
        ("12 x 12, measured", values(2, 3, (12, 12), (2, 2), 2), ("measure", "large")),
        ("a 20 x 20 image, 17 x 17 windows", large, ("large", "overlap", "batch of 1")),
    ])  # fmt: skip


def _make_two_windows_share_a_winner(image: Array, window: tuple[int, int], stride: int) -> None:
    """Exchange, in place, an image's largest value with one that lies in two windows, so that their gradients must add up."""
    both = tuple(stride if stride < size else 0 for size in window)
    largest = np.unravel_index(np.argmax(image), image.shape)
    image[both], image[largest] = image[largest], image[both]
