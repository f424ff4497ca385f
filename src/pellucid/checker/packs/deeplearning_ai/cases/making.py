"""How the cases of these courses are made: calls with several results, dictionaries of parameters, columns of samples."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.checker.asking.cases import Case, ref
from pellucid.checker.asking.pack import Options
from pellucid.checker.packs.deeplearning_ai.cases.purposes import assert_purpose
from pellucid.shapes import Array

__all__ = ["Input", "Maker", "call", "case", "cases_of", "layers", "with_read_only"]

Generator = np.random.Generator
Maker = Callable[[Generator, Options], list[Case]]
Input = tuple[str, dict[str, Any], tuple[str, ...]]  # name, values, tags
Inputs = Callable[[Generator], list[Input]]


def call(function: str, arguments: Sequence[str], results: Sequence[str]) -> dict[str, Any]:
    """Return the step that calls a function; editions return more than others, so further results are accepted."""
    return {
        "do": "call", "function": function, "args": [ref(a) for a in arguments], "unpack": list(results),
        "more": len(results) > 1,
    }  # fmt: skip


def case(
    name: str,
    values: Mapping[str, Any],
    steps: Sequence[Mapping[str, Any]],
    outputs: Sequence[str],
    tags: Sequence[str] = (),
    **more: Any,
) -> Case:
    """Return a case; its inputs have what its tags promise."""
    assert_purpose(name, values, tags)
    return Case(name, values, list(steps), {output: [output] for output in outputs}, frozenset(tags), **more)


def cases_of(function: str, arguments: str, results: str, inputs: Inputs, watched: str = "", **more: Any) -> Maker:
    """Return the maker of a function's cases: one for each input, the first again read-only.

    watched: those of the results that are judged.
    """
    names, returned = arguments.split(), results.split()
    outputs = watched.split() or returned

    def make(draw: Generator, options: Options) -> list[Case]:
        step = call(function, names, returned)
        return with_read_only([case(n, values, [step], outputs, tags, **more) for n, values, tags in inputs(draw)])

    return make


def with_read_only(made: list[Case]) -> list[Case]:
    """Add the first case with inputs that cannot be written to."""
    first = made[0]
    if not any(isinstance(value, np.ndarray) for value in first.values.values()):
        return made
    twin = Case(
        "read-only inputs", first.values, first.steps, first.outputs, frozenset({"read-only"}), first.tolerance,
        layout="read-only", hazard="changes-input", derive=first.derive, any_shape=first.any_shape,
    )  # fmt: skip
    return [*made, twin]


def layers(draw: Generator, *sizes: int, scale: float = 1.0) -> dict[str, Array]:
    """Return parameters W1, b1, W2, b2, ... of a network with these sizes; no bias is 0."""
    parameters = {}
    for number, (before, after) in enumerate(itertools.pairwise(sizes), 1):
        parameters[f"W{number}"] = draw.normal(size=(after, before)) * scale
        parameters[f"b{number}"] = draw.normal(size=(after, 1)) * scale
    return parameters
