"""What the inputs of a case must have so that the case shows what it is for: a tie for "ties", an overlap for "overlap".

A case whose inputs lack their purpose passes whatever it was to catch, so the makers of cases assert these.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from pellucid.shapes import Array

__all__ = ["PURPOSES", "assert_purposes", "has_purpose"]

Values = Mapping[str, Any]
LARGE = 400
PARAMS = ("bn_param", "ln_param", "gn_param", "pool_param", "conv_param")  # of two layers in a row, the first's


def assert_purposes(inputs: Iterable[tuple[str, Values, Iterable[str]]]) -> None:
    """Raise AssertionError, naming input and tag, where inputs lack what their tags promise."""
    for name, values, tags in inputs:
        for tag in tags:
            assert has_purpose(tag, values), f"the inputs {name!r} are tagged {tag!r} and do not have it"


def has_purpose(tag: str, values: Values) -> bool:
    """Say whether inputs have what a tag promises; true for tags that promise nothing about inputs."""
    return bool(PURPOSES[tag](values)) if tag in PURPOSES else True


def _settings(values: Values) -> Mapping[str, Any]:
    return {key: item for param in PARAMS for key, item in values.get(param, {}).items()}


def _window(values: Values) -> tuple[int, int]:
    settings = _settings(values)
    return values["w"].shape[2:] if "w" in values else (settings["pool_height"], settings["pool_width"])


def _steps(values: Values) -> tuple[int, int, int]:
    """Return stride, height and width of a windowed layer's (padded) image."""
    settings = _settings(values)
    pad = settings.get("pad", 0)
    return settings["stride"], values["x"].shape[2] + 2 * pad, values["x"].shape[3] + 2 * pad


def _windows(values: Values) -> Array:
    """Return every window that pooling looks at, as the last axis."""
    stride = _settings(values)["stride"]
    view = np.lib.stride_tricks.sliding_window_view(values["x"], _window(values), axis=(2, 3))[:, :, ::stride, ::stride]
    return view.reshape(*view.shape[:4], -1)


def _winners(values: Values) -> Array:
    """Return how many inputs of each window have its largest value."""
    windows = _windows(values)
    return (windows == windows.max(axis=-1, keepdims=True)).sum(axis=-1)


def _has_both_ties(values: Values) -> bool:
    """Whether windows tie at 0, as after a ReLU, and above it, and others do not tie."""
    winners, largest = _winners(values), _windows(values).max(axis=-1)
    return bool(
        ((winners > 1) & (largest == 0)).any() and ((winners > 1) & (largest > 0)).any() and (winners == 1).any()
    )


def _rest(values: Values) -> bool:
    stride, *size = _steps(values)
    return any((n - window) % stride for n, window in zip(size, _window(values), strict=True))


def _spread(values: Values) -> Array:
    """Return the standard deviations that a norm divides by: of features, or of rows."""
    x = values["x"]
    return x.std(axis=0) if "bn_param" in values else x.std(axis=1)


def _mean(values: Values) -> Array:
    x = values["x"]
    return x.mean(axis=0) if "bn_param" in values else x.mean(axis=1)


def _true_scores(values: Values) -> Array:
    return values["x"][np.arange(len(values["x"])), values["y"]]


def _floats(values: Values) -> list[Array]:
    return [value for value in values.values() if isinstance(value, np.ndarray) and value.dtype.kind == "f"]


PURPOSES: dict[str, Callable[[Values], Any]] = {
    "batch of 1": lambda v: len(v["x"]) == 1,
    "square": lambda v: v["x"].shape[0] == (v["w"].shape[1] if "w" in v else v["x"].shape[1]),
    "one output": lambda v: v["w"].shape[1] == 1,
    "exact zeros": lambda v: 0 < (v["x"] == 0).mean() < 1,
    "wide": lambda v: np.ptp(v["x"]) >= 40,
    "scale": lambda v: np.abs(v["x"]).max() > 100 and np.abs(v["x"]).min() < 0.01,
    "large eps": lambda v: _settings(v)["eps"] >= 0.1,
    "tiny variance": lambda v: _spread(v).max() < 0.01,
    "huge variance": lambda v: _spread(v).min() > 100,
    "constant feature": lambda v: 0 < (_spread(v) == 0).sum() < _spread(v).size,
    "gamma of 0": lambda v: 0 < (v["gamma"] == 0).sum() < v["gamma"].size,
    "far from 0": lambda v: (np.abs(_mean(v)) > 1e4 * _spread(v)).all(),
    "momentum": lambda v: _settings(v)["momentum"] != 0.9,
    "running": lambda v: np.any(_settings(v)["running_mean"]) and np.any(_settings(v)["running_var"] != 1),
    "test mode": lambda v: _settings(v)["mode"] == "test" and "running_mean" in _settings(v),
    "one group": lambda v: v["G"] == 1,
    "G = C": lambda v: v["G"] == v["x"].shape[1] > 1,
    "pad 0": lambda v: _settings(v)["pad"] == 0,
    "pad 1": lambda v: _settings(v)["pad"] == 1,
    "pad 2": lambda v: _settings(v)["pad"] == 2,
    "stride 1": lambda v: _settings(v)["stride"] == 1,
    "stride > 1": lambda v: _settings(v)["stride"] > 1,
    "1 x 1": lambda v: _window(v) == (1, 1),
    "not square": lambda v: v["x"].shape[2] != v["x"].shape[3],
    "filter not square": lambda v: _window(v)[0] != _window(v)[1],
    "window not square": lambda v: _window(v)[0] != _window(v)[1],
    "rest": _rest,
    "overlap": lambda v: _settings(v)["stride"] < max(_window(v)) and _windows_share_a_winner(v),
    "gaps": lambda v: _settings(v)["stride"] > max(_window(v)),
    "negative": lambda v: v["x"].max() < 0,
    "ties": _has_both_ties,
    "large": lambda v: v["x"].size > 255,
    "large scores": lambda v: (np.abs(v["x"]) > 900).all(),
    "huge scores": lambda v: np.abs(v["x"]).max() >= 1e4,
    "badly wrong": lambda v: (v["x"].max(axis=1) - _true_scores(v) > 750).any(),
    "equal scores": lambda v: np.ptp(v["x"]) == 0,
    "float32": lambda v: {array.dtype for array in _floats(v)} == {np.dtype(np.float32)},
}


def _windows_share_a_winner(values: Values) -> bool:
    """Whether some input is the largest of two windows, so that its gradients must add up; true of a convolution.

    Of large images only the size counts.
    """
    if "w" in values or values["x"].size >= LARGE:
        return True
    x, (height, width), (stride, *_) = values["x"], _window(values), _steps(values)
    wins: dict[tuple[int, ...], int] = {}
    place = _windows(values).argmax(axis=-1)
    for n, c, i, j in np.ndindex(place.shape):
        row, column = divmod(int(place[n, c, i, j]), width)
        key = (n, c, i * stride + row, j * stride + column)
        wins[key] = wins.get(key, 0) + 1
    return max(wins.values()) > 1 and x.size > height
