"""What is tried with every layer: its inputs plainly, in other layouts and precisions, and with other calls in between."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pellucid.checker.asking.cases import Case, backward_case, forward_case, own_gradient_case, ref, related_case
from pellucid.checker.asking.pack import Options
from pellucid.checker.packs.cs231n_a2.cases.invariants import RELATIONS, SUMS
from pellucid.checker.packs.cs231n_a2.cases.purposes import assert_purposes
from pellucid.shapes import Array

__all__ = ["LAYOUTS", "Input", "LayerCases", "Maker", "as_float32", "other_values", "with_layouts"]

Generator = np.random.Generator
Maker = Callable[[Generator, Options], list[Case]]
Input = tuple[str, dict[str, Any], tuple[str, ...]]  # name, values, tags
Inputs = Callable[[Generator], list[Input]]

LAYOUTS: dict[str, dict[str, Any]] = {
    "read-only": {"layout": "read-only", "hazard": "changes-input"},
    "strided": {"layout": "strided", "refusal": "needs-contiguous"},
    "fortran": {"layout": "fortran", "refusal": "needs-contiguous"},
    "float32": {"tolerance": 2e-3},
}
NOT_DIFFERENTIATED = {*LAYOUTS, "exact zeros", "scale", "ties", "large", "far from 0"}


class LayerCases:
    """The cases of a forward and its backward, made from one list of inputs."""

    def __init__(
        self, forward: str, backward: str, arguments: str, gradients: str, watch: dict[str, list[str]] | None = None
    ) -> None:
        self.forward, self.backward = forward, backward
        self.arguments, self.gradients = arguments.split(), gradients.split()
        self.watch = watch or {}

    def forwards(self, inputs: Inputs) -> Maker:
        """Return the maker of the forward's cases."""

        def make(draw: Generator, options: Options) -> list[Case]:
            cases = []
            for number, (name, values, tags) in enumerate(inputs(draw)):
                values = {key: value for key, value in values.items() if key != "dout"}
                cases.append(
                    forward_case(
                        name, self.forward, values, self.arguments,
                        watch=self.watch, tags=frozenset(tags), **_more(tags),
                    )
                )  # fmt: skip
                if number == 0:
                    cases += self._two_forwards(values)
                    cases += [
                        related_case(self.forward, values, self.arguments, relation)
                        for relation in RELATIONS.get(self.forward, ())
                    ]
            return cases

        return make

    def backwards(self, inputs: Inputs) -> Maker:
        """Return the maker of the backward's cases."""
        sums = SUMS.get(self.backward, {})

        def make(draw: Generator, options: Options) -> list[Case]:
            cases = []
            for number, (name, values, tags) in enumerate(inputs(draw)):
                if "test mode" in tags or "forward only" in tags:
                    continue
                common = (self.forward, self.backward, values, self.arguments, self.gradients)
                cases.append(backward_case(name, *common, tags=frozenset(tags), invariants=sums, **_more(tags)))
                if not NOT_DIFFERENTIATED & set(tags):
                    cases.append(own_gradient_case(name, *common, tags=frozenset(tags)))
                if number == 0:
                    cases += self._two_backwards(values)
            return cases

        return make

    def _two_forwards(self, values: dict[str, Any]) -> list[Case]:
        """Two calls in a row: the second's answer, and the first's, read after the second."""
        both = values | other_values(values, self.arguments)
        cases = []
        for name, first, second in (
            ("a second call", ["another out"], ["out"]),
            ("a call, read after another one", ["out"], ["another out"]),
        ):
            steps = [self._call(first, "cache"), self._call(second, "another cache", other=True)]
            outputs = {"out": ["out"]} | {key: list(path) for key, path in self.watch.items()}
            cases.append(Case(name, both, steps, outputs, frozenset({"two calls"})))
        return cases

    def _two_backwards(self, values: dict[str, Any]) -> list[Case]:
        """Two interleaved passes: forward, another forward, then the backward of the first or of the second."""
        both = values | other_values(values, [*self.arguments, "dout"])
        forwards = [self._call(["out"], "cache"), self._call(["another out"], "another cache", other=True)]
        first = self._back("dout", "cache", self.gradients)
        second = self._back("another dout", "another cache", self.gradients)
        unseen = [f"another {gradient}" for gradient in self.gradients]
        outputs = {gradient: [gradient] for gradient in self.gradients}
        tags = frozenset({"two calls"})
        return [
            Case("another forward in between", both, [*forwards, first], outputs, tags),
            Case("a second pass", both, [forwards[0], self._back("dout", "cache", unseen), forwards[1], second], outputs, tags),
            Case("a pass, read after another one", both, [*forwards, first, self._back("another dout", "another cache", unseen)], outputs, tags),
        ]  # fmt: skip

    def _call(self, outputs: Sequence[str], cache: str, *, other: bool = False) -> dict[str, Any]:
        names = [f"another {a}" if other and not a.endswith(("_param", "G")) else a for a in self.arguments]
        return {"do": "call", "function": self.forward, "args": [ref(n) for n in names], "unpack": [*outputs, cache]}

    def _back(self, dout: str, cache: str, gradients: Sequence[str]) -> dict[str, Any]:
        return {"do": "call", "function": self.backward, "args": [ref(dout), ref(cache)], "unpack": list(gradients)}


def other_values(values: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Return other numbers of the same shapes, as "another x" for x."""
    return {f"another {name}": _other(values[name]) for name in names if isinstance(values[name], np.ndarray)}


def _other(array: Array) -> Array:
    """Return another array of the same shape: of words or labels the same ones in another order."""
    flipped = np.ascontiguousarray(np.flip(array))
    return flipped * 0.75 + 0.01 if array.dtype.kind == "f" else flipped


def _more(tags: tuple[str, ...]) -> dict[str, Any]:
    return next((dict(LAYOUTS[tag]) for tag in tags if tag in LAYOUTS), {})


def as_float32(values: dict[str, Any]) -> dict[str, Any]:
    """Return values with float64 arrays turned into float32."""

    def cast(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: cast(item) for key, item in value.items()}
        return value.astype(np.float32) if isinstance(value, np.ndarray) and value.dtype == float else value

    return {name: cast(value) for name, value in values.items()}


def with_layouts(inputs: list[Input]) -> list[Input]:
    """Add the first input read-only, in two layouts that are not C's, and in float32."""
    values = inputs[0][1]
    made = [
        *inputs,
        ("read-only inputs", values, ("read-only",)),
        ("inputs that are not contiguous", values, ("strided", "not contiguous")),
        ("inputs in Fortran's order", values, ("fortran", "not contiguous")),
        ("float32", as_float32(values), ("float32",)),
    ]
    assert_purposes(made)
    return made
