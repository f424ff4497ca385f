"""Cases for dropout, whose output is random: what is compared is how many entries are dropped and by what the others are scaled."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.checker.asking.cases import Case, backward_case, forward_case, ref
from pellucid.checker.asking.pack import Options

__all__ = ["DROPOUT_CASES"]

Generator = np.random.Generator


def _facts(values: Mapping[str, Any], outputs: Mapping[str, Any]) -> dict[str, Any]:
    """Turn out into facts that do not depend on chance: the share dropped (to a tenth), the factor of the others."""
    return _shares(np.asarray(outputs["out"]) / values["x"])


def _backward_facts(values: Mapping[str, Any], outputs: Mapping[str, Any]) -> dict[str, Any]:
    """Turn dx into facts that hold whatever was dropped: it passes where out did, with the same factor."""
    factor = np.asarray(outputs["out"]) / values["x"]
    dx = np.asarray(outputs["dx"])
    passed = factor != 0
    ratio = (dx / values["dout"])[passed] / factor[passed]
    return {
        "share of dx that passes where out was dropped": round(float((dx[~passed] != 0).mean()), 1),
        "factor of dx, over that of out": float(np.median(ratio)) if ratio.size else np.nan,
        "spread of the factor of dx": round(float(np.ptp(ratio)), 9) if ratio.size else np.nan,
    }


def _facts_at_zeros(values: Mapping[str, Any], outputs: Mapping[str, Any]) -> dict[str, Any]:
    """Where x is 0, out is 0 whether it was dropped or not: the gradient still passes where it was kept."""
    passes = np.asarray(outputs["dx"])[values["x"] == 0] != 0
    return {"gradient reaches inputs of 0": float(0.05 < passes.mean() < 0.95)}


def _shares(ratio: Any) -> dict[str, Any]:
    factors = ratio[ratio != 0]
    rows = (ratio == 0).mean(axis=tuple(range(1, ratio.ndim)))
    columns = (ratio == 0).mean(axis=0)
    return {
        "share dropped": round(float((ratio == 0).mean()), 1),
        "scale of the kept entries": float(np.median(factors)) if factors.size else np.nan,
        "spread of the factor": round(float(np.ptp(factors)), 9) if factors.size else np.nan,
        "rows dropped as a whole": float(rows.std() > 0.2),
        "columns dropped as a whole": float(columns.std() > 0.2),
    }


def _values(
    draw: Generator, p: float, mode: str, shape: tuple[int, ...] = (100, 100), seed: int | None = 3
) -> dict[str, Any]:
    settings = {"p": p, "mode": mode} | ({"seed": seed} if seed is not None else {})
    return {"x": draw.uniform(1, 2, size=shape), "dropout_param": settings, "dout": draw.uniform(1, 2, size=shape)}


def _forwards(draw: Generator, options: Options) -> list[Case]:
    def case(name: str, values: dict[str, Any], *tags: str, **more: Any) -> Case:
        values = {key: value for key, value in values.items() if key != "dout"}
        return forward_case(name, "dropout_forward", values, ["x", "dropout_param"], tags=frozenset(tags), **more)

    random = {"derive": _facts, "tolerance": 1e-6}
    return [
        case("training, p = 0.3", _values(draw, 0.3, "train"), "training", **random),
        case("training, p = 0.8, images", _values(draw, 0.8, "train", (40, 5, 10, 10)), "training", **random),
        case("training without a seed", _values(draw, 0.3, "train", seed=None), "training", **random),
        case("test mode", _values(draw, 0.3, "test", (6, 5)), "test mode"),
        case("read-only inputs", _values(draw, 0.3, "test", (6, 5)), layout="read-only", hazard="changes-input"),
    ]


def _backwards(draw: Generator, options: Options) -> list[Case]:
    names = ("dropout_forward", "dropout_backward")

    def case(name: str, values: dict[str, Any], *tags: str, derive: Any = None) -> Case:
        plain = backward_case(name, *names, values, ["x", "dropout_param"], ["dx"], tags=frozenset(tags))
        if derive is None:
            return plain
        return replace(plain, outputs={"out": ["out"], "dx": ["dx"]}, derive=derive, tolerance=1e-6)

    def in_between(name: str, values: dict[str, Any]) -> Case:
        """Forward, another forward with other draws, then the first one's backward."""
        steps = [
            {"do": "call", "function": names[0], "args": [ref("x"), ref("dropout_param")], "unpack": ["out", "cache"]},
            {
                "do": "call",
                "function": names[0],
                "args": [ref("x"), ref("another param")],
                "unpack": ["unseen", "other"],
            },
            {"do": "call", "function": names[1], "args": [ref("dout"), ref("cache")], "unpack": ["dx"]},
        ]
        more = {"another param": values["dropout_param"] | {"seed": 8}}
        outputs = {"out": ["out"], "dx": ["dx"]}
        return Case(name, values | more, steps, outputs, frozenset({"two calls"}), 1e-6, derive=_backward_facts)

    zeros = _values(draw, 0.3, "train")
    zeros["x"][::2] = 0.0
    return [
        case("training, p = 0.3", _values(draw, 0.3, "train"), "training", derive=_backward_facts),
        case(
            "training, p = 0.8, images",
            _values(draw, 0.8, "train", (40, 5, 10, 10)),
            "training",
            derive=_backward_facts,
        ),
        case("test mode", _values(draw, 0.3, "test", (6, 5)), "test mode"),
        case("inputs of exactly 0", zeros, "exact zeros", derive=_facts_at_zeros),
        in_between("another forward in between", _values(draw, 0.3, "train", (20, 30))),
    ]


DROPOUT_CASES = {"dropout_forward": _forwards, "dropout_backward": _backwards}
