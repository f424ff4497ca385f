"""What the inputs of a case must have so that the case shows what it is for; the makers of cases assert it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

__all__ = ["PURPOSES", "assert_purpose"]

Values = Mapping[str, Any]


def assert_purpose(name: str, values: Values, tags: Sequence[str]) -> None:
    """Raise AssertionError, naming input and tag, where inputs lack what their tags promise."""
    for tag in tags:
        holds = PURPOSES.get(tag)
        assert holds is None or holds(values), f"the inputs {name!r} are tagged {tag!r} and do not have it"


def _first(values: Values, *names: str) -> Any:
    return next(values[name] for name in names if name in values)


def _samples(values: Values) -> int:
    """Return the number of samples: of columns, or of images."""
    if "hparameters" in values:
        return len(values["A_prev"])
    return _first(values, "X", "x", "xt", "A").shape[1]


def _layers(values: Values) -> int:
    return len([name for name in values["parameters"] if name[0] == "W"])


def _windows(values: Values) -> tuple[int, int, tuple[int, int]]:
    """Return window, stride and the padded image's height and width."""
    settings = values["hparameters"]
    pad = settings.get("pad", 0)
    window = values["W"].shape[0] if "W" in values else settings["f"]
    height, width = values["A_prev"].shape[1:3]
    return window, settings["stride"], (height + 2 * pad, width + 2 * pad)


def _has_rest(values: Values) -> bool:
    window, stride, sizes = _windows(values)
    return all((size - window) % stride for size in sizes)


def _is_tied(values: Values) -> bool:
    """Whether some window of an image, or the window itself, has several largest values."""
    if "window" in values:
        return bool((values["window"] == values["window"].max()).sum() > 1)
    size, stride, _ = _windows(values)
    view = np.lib.stride_tricks.sliding_window_view(values["A_prev"], (size, size), axis=(1, 2))[:, ::stride, ::stride]
    rows = view.reshape(*view.shape[:4], -1)
    return bool(((rows == rows.max(axis=-1, keepdims=True)).sum(axis=-1) > 1).any())


PURPOSES: dict[str, Callable[[Values], Any]] = {
    "one sample": lambda v: _samples(v) == 1,
    "square": lambda v: len({*_first(v, "A", "X", "x", "scores").shape}) == 1,
    "one layer": lambda v: _layers(v) == 1,
    "four layers": lambda v: _layers(v) == 4,
    "exact zeros": lambda v: (_first(v, "Z", "x") == 0).any(),
    "a rest": lambda v: v["X"].shape[1] % v["size"] != 0 and v["X"].shape[1] > v["size"],
    "no rest": lambda v: v["X"].shape[1] % v["size"] == 0,
    "fewer samples than a batch": lambda v: v["X"].shape[1] < v["size"],
    "several labels": lambda v: v["Y"].shape[0] > 1,
    "first step": lambda v: v["t"] == 1,
    "a large epsilon": lambda v: v["epsilon"] >= 0.1,
    "lambda 0": lambda v: v["lambd"] == 0,
    "stride > 1": lambda v: _windows(v)[1] > 1,
    "pad 0": lambda v: v["hparameters"]["pad"] == 0,
    "pad > 0": lambda v: v["hparameters"]["pad"] > 0,
    "rest": _has_rest,
    "not square": lambda v: v["A_prev"].shape[1] != v["A_prev"].shape[2],
    "overlap": lambda v: _windows(v)[1] < _windows(v)[0],
    "ties": _is_tied,
    "negative": lambda v: _first(v, "A_prev", "window").max() < 0,
    "one step": lambda v: v["x"].shape[2] == 1,
    "clipped on both sides": lambda v: all(
        (g > v["limit"]).any() and (g < -v["limit"]).any() for g in v["gradients"].values()
    ),
    "nothing to clip": lambda v: all((np.abs(g) < v["limit"]).all() for g in v["gradients"].values()),
}
