"""Inputs of the recurrent layers, chosen so that each common mistake shows in at least one of them."""

from typing import Any

import numpy as np

from pellucid.checker.packs.cs231n_a2.cases.layers import Input, with_layouts
from pellucid.checker.packs.cs231n_a3.cases.purposes import assert_has
from pellucid.shapes import Array

__all__ = ["lstm", "recurrent_values", "rnn", "rnn_step", "temporal_affine", "words"]

Generator = np.random.Generator


def recurrent_values(
    draw: Generator, n: int, t: int, d: int, h: int, gates: int = 1, scale: float = 0.6
) -> dict[str, Any]:
    """Draw x (N, T, D), or (N, D) for t = 0, a state, weights for so many gates, and dout."""
    step = () if t == 0 else (t,)
    return {
        "x": draw.normal(size=(n, *step, d)),
        ("prev_h" if t == 0 else "h0"): draw.normal(size=(n, h)),
        "Wx": scale * draw.normal(size=(d, gates * h)),
        "Wh": scale * draw.normal(size=(h, gates * h)),
        "b": scale * draw.normal(size=gates * h),
        "dout": draw.normal(size=(n, *step, h)),
    }


def rnn_step(draw: Generator) -> list[Input]:
    """Inputs of one step of a plain recurrent layer."""
    at_zero = recurrent_values(draw, 3, 0, 5, 4)
    at_zero["prev_h"] = np.zeros((3, 4))
    saturated = recurrent_values(draw, 3, 0, 5, 4)
    saturated["b"] = np.array([4.0, -4.0, 3.0, -5.0])
    return _made([
        ("3 rows, 5 features, 4 units", recurrent_values(draw, 3, 0, 5, 4), ()),
        ("a batch of 1", recurrent_values(draw, 1, 0, 3, 4), ("batch of 1",)),
        ("as many rows and features as units", recurrent_values(draw, 4, 0, 4, 4), ("all sizes equal",)),
        ("a state of 0", at_zero, ("state of 0",)),
        ("units that saturate", saturated, ("saturated",)),
        ("one unit", recurrent_values(draw, 3, 0, 2, 1), ("one unit",)),
    ])  # fmt: skip


def rnn(draw: Generator) -> list[Input]:
    """Inputs of a plain recurrent layer."""
    return _sequences(draw, 1)


def lstm(draw: Generator) -> list[Input]:
    """Inputs of an LSTM."""
    return _sequences(draw, 4)


def _sequences(draw: Generator, gates: int) -> list[Input]:
    at_zero = recurrent_values(draw, 2, 3, 4, 3, gates)
    at_zero["h0"] = np.zeros((2, 3))
    return _made([
        ("2 sequences of 4 steps", recurrent_values(draw, 2, 4, 5, 3, gates), ()),
        ("one step", recurrent_values(draw, 3, 1, 4, 2, gates), ("one step",)),
        ("one sequence", recurrent_values(draw, 1, 5, 2, 3, gates), ("batch of 1",)),
        ("all sizes equal", recurrent_values(draw, 3, 3, 3, 3, gates), ("all sizes equal",)),
        ("a first state of 0", at_zero, ("state of 0",)),
        ("20 steps, measured", recurrent_values(draw, 8, 20, 10, 12, gates, 0.3), ("measure", "large")),
    ])  # fmt: skip


def words(draw: Generator) -> list[Input]:
    """Inputs of a word embedding: words that occur several times, in one caption and in two."""

    def values(x: Array, vocabulary: int, d: int) -> dict[str, Any]:
        return {"x": x, "W": draw.normal(size=(vocabulary, d)), "dout": draw.normal(size=(*x.shape, d))}

    return _made([
        ("words that repeat", values(np.array([[0, 3, 1, 3], [2, 1, 0, 3]]), 5, 3), ("repeated words",)),
        ("each word once", values(np.array([[4, 0, 2], [1, 3, 5]]), 7, 2), ("words once",)),
        ("one word, again and again", values(np.full((3, 4), 2), 4, 3), ("repeated words",)),
        ("a batch of 1", values(np.array([[1, 1, 0]]), 3, 4), ("batch of 1", "repeated words")),
        ("as many words as features", values(np.array([[0, 2, 1], [1, 1, 2], [2, 0, 0]]), 3, 3), ("repeated words",)),
    ])  # fmt: skip


def temporal_affine(draw: Generator) -> list[Input]:
    """Inputs of an affine layer that acts on each step."""

    def values(n: int, t: int, d: int, m: int) -> dict[str, Any]:
        return {
            "x": draw.normal(size=(n, t, d)),
            "w": draw.normal(size=(d, m)),
            "b": draw.normal(size=m),
            "dout": draw.normal(size=(n, t, m)),
        }

    return _made([
        ("2 sequences of 3 steps", values(2, 3, 4, 5), ()),
        ("one step", values(3, 1, 4, 2), ("one step",)),
        ("a batch of 1", values(1, 4, 3, 2), ("batch of 1",)),
    ])  # fmt: skip


def _made(inputs: list[Input]) -> list[Input]:
    """Return inputs, also in other layouts, after a look at their purposes."""
    made = with_layouts(inputs)
    assert_has(made)
    return made
