"""Cases: runs of a function as data, and the makers of the usual ones."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = [
    "SMALLEST_SCALE",
    "Case",
    "Relation",
    "Values",
    "backward_case",
    "directions",
    "forward_case",
    "own_gradient_case",
    "ref",
    "related_case",
]

Values = Mapping[str, Any]
SMALLEST_SCALE = 1e-6  # smaller outputs are compared as if they were of this size: sums that cancel leave rounding
TRACE_BELOW = 0.2  # seconds: a case that takes longer is not run again for its memory, since tracing slows it


def ref(*path: Any) -> dict[str, Any]:
    """Return an argument that stands for a named value of the case: ref("x"), ref("bn_param", "running_mean")."""
    return {"$": list(path)}


@dataclass(frozen=True)
class Case:
    """One run of a function: values, steps over them, and what to look at afterwards."""

    name: str  # "stride 2, pad 0, 5 x 7 image"
    values: Values
    steps: Sequence[Mapping[str, Any]]
    outputs: Mapping[str, Sequence[Any]]  # name -> path
    tags: frozenset[str] = frozenset()  # what is special about it: "pad 0", "batch of 1"
    tolerance: float = 1e-7  # of the largest value of an output
    layout: str = ""  # "read-only", "strided" or "fortran"
    hazard: str = ""  # a failure here is this hazard, not a mistake
    refusal: str = ""  # an exception here is this hazard; wrong numbers are a mistake
    derive: Callable[[Values, Values], dict[str, Any]] | None = None  # (values, outputs) -> outputs to compare instead
    invariants: Mapping[str, Callable[[Values, Values], bool]] = field(default_factory=dict)  # sentence -> holds?
    any_shape: bool = False  # derive looks at each output by itself, which may have another shape than the reference's
    floors: Mapping[str, float] = field(
        default_factory=dict
    )  # output -> a size to compare with, instead of SMALLEST_SCALE
    own_gradient: bool = False  # outputs come in pairs "dx", "numerical dx" (a slope): judge only whether they agree
    asked: Sequence[Mapping[str, Any]] = ()  # the learner's steps, where an edition's names are not the reference's

    def floor(self, output: str) -> float:
        """Return the size that an output is compared as if it had, where its numbers are smaller."""
        return self.floors.get(output, SMALLEST_SCALE)

    def as_job(self, *, of_learner: bool = False) -> dict[str, Any]:
        """Return the job that runs it: with the steps for the reference, or for the learner's code."""
        return {
            "values": dict(self.values),
            "steps": list((of_learner and self.asked) or self.steps),
            "outputs": {name: list(path) for name, path in self.outputs.items()},
            "layout": self.layout,
            "trace_below": TRACE_BELOW if "measure" in self.tags else 0.0,
        }


@dataclass(frozen=True)
class Relation:
    """How the answers to two inputs are related, whatever the numbers are."""

    sentence: str  # "one sample alone gives what it gives in the batch"
    change: Callable[[Values], Mapping[str, Any]]  # values -> those that are changed for the second call
    holds: Callable[[Any, Any, Values], bool]  # (answer, answer to the changed values, values)


def forward_case(
    name: str,
    function: str,
    values: Values,
    arguments: Sequence[str],
    outputs: Sequence[str] = ("out",),
    *,
    cache: bool = True,
    watch: Mapping[str, Sequence[Any]] | None = None,
    **more: Any,
) -> Case:
    """Return a case that calls a forward once; `watch` names further outputs by their path, such as running means."""
    unpack = [*outputs, "cache"] if cache else list(outputs)
    steps = [{"do": "call", "function": function, "args": [ref(a) for a in arguments], "unpack": unpack}]
    return Case(name, values, steps, {o: [o] for o in outputs} | {k: list(v) for k, v in (watch or {}).items()}, **more)


def backward_case(
    name: str,
    forward: str,
    backward: str,
    values: Values,
    arguments: Sequence[str],
    gradients: Sequence[str],
    **more: Any,
) -> Case:
    """Return a case that calls a forward, then the backward with `values["dout"]` and the forward's cache."""
    steps = [
        {"do": "call", "function": forward, "args": [ref(a) for a in arguments], "unpack": ["out", "cache"]},
        {"do": "call", "function": backward, "args": [ref("dout"), ref("cache")], "unpack": list(gradients)},
    ]
    return Case(name, values, steps, {g: [g] for g in gradients}, **more)


def related_case(
    function: str,
    values: Values,
    arguments: Sequence[str],
    relation: Relation,
    outputs: Sequence[str] = ("out",),
    *,
    cache: bool = True,
) -> Case:
    """Return the case that calls a forward on values and on changed ones; the relation is its invariant."""
    changed = {f"changed {name}": value for name, value in relation.change(values).items()}
    names = [f"changed {a}" if f"changed {a}" in changed else a for a in arguments]
    rest = ["cache"] if cache else []
    steps = [
        {"do": "call", "function": function, "args": [ref(a) for a in arguments], "unpack": [*outputs, *rest]},
        {"do": "call", "function": function, "args": [ref(n) for n in names],
         "unpack": [*(f"changed {o}" for o in outputs), *rest]},
    ]  # fmt: skip
    first = outputs[0]

    def holds(values: Values, results: Values) -> bool:
        return relation.holds(results[first], results[f"changed {first}"], values)

    watched = {first: [first], f"changed {first}": [f"changed {first}"]}
    invariants = {relation.sentence: holds}
    return Case(
        relation.sentence, dict(values) | changed, steps, watched, frozenset({"related"}), invariants=invariants
    )


def own_gradient_case(
    name: str,
    forward: str,
    backward: str,
    values: Values,
    arguments: Sequence[str],
    gradients: Sequence[str],
    **more: Any,
) -> Case:
    """Return the case that compares the learner's backward with the derivative of their forward; "dx" is the gradient of "x".

    One direction per argument is enough: a gradient that is wrong anywhere has a wrong slope along a random direction.
    """
    plain = backward_case(name, forward, backward, values, arguments, gradients)
    wrt = [gradient[1:] for gradient in gradients]
    slopes = {
        "do": "slopes", "function": forward, "args": [ref(a) for a in arguments], "of": 0, "dout": ref("dout"),
        "wrt": wrt, "unpack": [f"numerical {g}" for g in gradients],
    }  # fmt: skip
    outputs = dict(plain.outputs) | {f"numerical {g}": [f"numerical {g}"] for g in gradients}
    return Case(
        name, dict(values) | directions(values, wrt), [slopes, *plain.steps], outputs, own_gradient=True, **more
    )


def directions(values: Values, wrt: Sequence[str]) -> dict[str, Any]:
    """Return a random direction for each named value."""
    draw = np.random.default_rng(len(values))
    return {f"direction {name}": draw.normal(size=np.shape(values[name])) for name in wrt}
