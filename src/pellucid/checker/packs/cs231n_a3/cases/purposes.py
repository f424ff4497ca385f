"""What the inputs of recurrent layers must have so that their cases show what they are for."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

__all__ = ["PURPOSES", "assert_has"]

Values = Mapping[str, Any]


def assert_has(inputs: Iterable[tuple[str, Values, Iterable[str]]]) -> None:
    """Raise AssertionError, naming input and tag, where inputs lack what their tags promise."""
    for name, values, tags in inputs:
        for tag in tags:
            assert tag not in PURPOSES or PURPOSES[tag](values), f"{name!r} is tagged {tag!r} and does not have it"


def _state(values: Values) -> Any:
    return values["prev_h"] if "prev_h" in values else values["h0"]


def _counts(values: Values) -> Any:
    return np.bincount(np.ravel(values["x"]), minlength=len(values["W"]))


def _before_tanh(values: Values) -> Any:
    return values["x"] @ values["Wx"] + values["prev_h"] @ values["Wh"] + values["b"]


PURPOSES: dict[str, Callable[[Values], Any]] = {
    "all sizes equal": lambda v: len({*v["x"].shape, *_state(v).shape}) == 1,
    "state of 0": lambda v: not np.any(_state(v)),
    "cell of 0": lambda v: not np.any(v["prev_c"]),
    "saturated": lambda v: np.abs(_before_tanh(v)).max() > 3.5,
    "one unit": lambda v: _state(v).shape[1] == 1,
    "one step": lambda v: v["x"].shape[1] == 1,
    "repeated words": lambda v: _counts(v).max() > 1,
    "words once": lambda v: _counts(v).max() == 1 and _counts(v).min() == 0,
    "mask": lambda v: 0 < v["mask"].mean() < 1 and len({*v["mask"].sum(axis=1)}) > 1,
    "no mask": lambda v: v["mask"].all(),
    "large scores": lambda v: np.abs(v["x"]).min() > 900,
    "null words": lambda v: (v["captions"][:, 1:] == 0).any(),
}
