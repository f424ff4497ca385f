"""Cases of course 1's NumPy basics."""

from typing import Any

import numpy as np

from pellucid.checker.packs.deeplearning_ai.cases.making import Input, Maker, cases_of

__all__ = ["BASICS"]

Generator = np.random.Generator


def _elementwise(draw: Generator) -> list[Input]:
    return [
        ("a vector", {"x": draw.normal(size=5) * 2}, ()),
        ("a matrix", {"x": draw.normal(size=(3, 4)) * 3}, ()),
        ("a column", {"x": draw.normal(size=(4, 1))}, ()),
        ("zeros and both signs", {"x": np.array([[0.0, 2.5, -1.5], [-0.5, 0.0, 4.0]])}, ("exact zeros",)),
    ]


def _numbers(draw: Generator) -> list[Input]:
    return [(f"x = {x}", {"x": x}, ()) for x in (1, -2.5, 0, 0.3)]


def _images(draw: Generator) -> list[Input]:
    return [
        (f"an image of {h} x {w} x {c}", {"image": draw.uniform(size=(h, w, c))}, ())
        for h, w, c in ((3, 3, 2), (2, 5, 3), (4, 2, 1))
    ]


def _rows(draw: Generator) -> list[Input]:
    return [
        ("3 x 4", {"x": draw.normal(size=(3, 4)) * draw.uniform(0.5, 9, size=(3, 1))}, ()),
        ("2 x 3", {"x": np.array([[0.0, 3.0, 4.0], [1.0, 6.0, 4.0]])}, ()),
        ("as many rows as columns", {"x": draw.normal(size=(3, 3))}, ("square",)),
        ("one row", {"x": draw.normal(size=(1, 5))}, ()),
    ]


def _scores(draw: Generator) -> list[Input]:
    return [*_rows(draw)[:3], ("5 x 2", {"x": draw.normal(size=(5, 2)) * 2}, ())]


def _vectors(draw: Generator) -> list[Input]:
    def values(n: int) -> dict[str, Any]:
        return {"yhat": draw.uniform(size=n), "y": draw.integers(0, 2, size=n).astype(float)}

    unequal = {"yhat": np.array([0.9, 0.2, 0.1, 0.4, 1.7]), "y": np.array([1.0, 0.0, 0.0, 1.0, 0.0])}
    return [("5 values", unequal, ()), ("8 values", values(8), ()), ("one value", values(1), ())]


BASICS: dict[str, Maker] = {
    "sigmoid": cases_of("sigmoid", "x", "s", _elementwise),
    "relu": cases_of("relu", "x", "s", _elementwise),
    "basic_sigmoid": cases_of("basic_sigmoid", "x", "s", _numbers),
    "sigmoid_derivative": cases_of("sigmoid_derivative", "x", "ds", _elementwise),
    "image2vector": cases_of("image2vector", "image", "v", _images),
    "normalize_rows": cases_of("normalize_rows", "x", "x_normalized", _rows),
    "softmax": cases_of("softmax", "x", "s", _scores),
    "L1": cases_of("L1", "yhat y", "loss", _vectors),
    "L2": cases_of("L2", "yhat y", "loss", _vectors),
}
