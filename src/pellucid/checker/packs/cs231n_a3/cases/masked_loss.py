"""Cases for the softmax loss over time: words that count, and words that a mask leaves out."""

from typing import Any

import numpy as np

from pellucid.checker.asking.cases import Case, directions, ref
from pellucid.checker.asking.pack import Options
from pellucid.checker.packs.cs231n_a2.cases.layers import as_float32
from pellucid.checker.packs.cs231n_a3.cases.purposes import assert_has

__all__ = ["temporal_softmax_loss"]

Generator = np.random.Generator
NAME, ARGUMENTS = "temporal_softmax_loss", ["x", "y", "mask"]


def temporal_softmax_loss(draw: Generator, options: Options) -> list[Case]:
    """Return the cases of the loss."""

    def values(n: int, t: int, v: int, lengths: list[int], shift: float = 0.0) -> dict[str, Any]:
        mask = np.arange(t) < np.array(lengths)[:, None]
        return {"x": draw.normal(size=(n, t, v)) + shift, "y": draw.integers(0, v, (n, t)), "mask": mask}

    def case(title: str, made: dict[str, Any], *tags: str, **more: Any) -> Case:
        steps = [{"do": "call", "function": NAME, "args": [ref(a) for a in ARGUMENTS], "unpack": ["loss", "dx"]}]
        return Case(title, made, steps, {"loss": ["loss"], "dx": ["dx"]}, frozenset(tags), **more)

    first = values(3, 4, 5, [4, 2, 1])
    slopes = {
        "do": "slopes", "function": NAME, "args": [ref(a) for a in ARGUMENTS], "of": 0, "dout": 1.0, "wrt": ["x"],
        "unpack": ["numerical dx"],
    }  # fmt: skip
    plain = case("3 captions", first | directions(first, ["x"]))
    cases = [
        case("captions of 4, 2 and 1 words", first, "mask"),
        case("every word counts", values(2, 3, 4, [3, 3]), "no mask"),
        case("one caption", values(1, 5, 3, [4]), "batch of 1"),
        case("one step", values(3, 1, 4, [1, 1, 1]), "one step", "no mask"),
        case("scores of 1000", values(2, 3, 4, [3, 1], 1000.0), "large scores", hazard="overflows"),
        case("read-only inputs", first, layout="read-only", hazard="changes-input"),
        case("float32", as_float32(first), "float32", tolerance=2e-3),
        Case(plain.name, plain.values, [slopes, *plain.steps], {"dx": ["dx"], "numerical dx": ["numerical dx"]}, own_gradient=True),
    ]  # fmt: skip
    assert_has((one.name, one.values, one.tags) for one in cases)
    return cases
