"""The float arrays and single floats that an object holds, each with the path to it, and which of them are gradients of others."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from pellucid.shapes import Array

__all__ = ["HeldArray", "gradient_place", "places"]

DEPTH = 5
HOLDERS = ("params", "parameters", "_params", "weights")  # whose name says nothing more
CONTENTS = ("value", "data", "val")


class HeldArray(NamedTuple):
    """Where an array stands in an object."""

    path: tuple[str, ...]  # ("params", "W")
    value: Array
    put: Callable[[Array], None]
    is_number: bool = False  # a plain float: value is a new array

    @property
    def name(self) -> str:
        """The name that a report uses."""
        inner = self.path[1:] if len(self.path) > 1 and self.path[0] in HOLDERS else self.path
        inner = inner[:-1] if len(inner) > 1 and inner[-1] in CONTENTS else inner
        return ".".join(inner)


def places(layer: Any, path: tuple[str, ...] = (), seen: frozenset[int] = frozenset()) -> Iterator[HeldArray]:
    """Yield the float arrays and floats in an object's attributes, in dictionaries and lists, and in objects that these hold."""
    seen = seen | {id(layer)}
    for key, value, put in _items(layer):
        here = (*path, str(key))
        if isinstance(value, np.ndarray):
            if value.dtype.kind == "f":
                yield HeldArray(here, value, put)
        elif isinstance(value, (float, np.floating)):
            yield HeldArray(here, np.asarray(value), put, is_number=True)
        elif (
            len(here) < DEPTH
            and id(value) not in seen
            and not (inspect.isroutine(value) or inspect.isclass(value) or inspect.ismodule(value))
        ):
            yield from places(value, here, seen)


def gradient_place(parameter: HeldArray, found: Sequence[HeldArray]) -> HeldArray | None:
    """Return the place that holds the gradient of a parameter, by the usual names; None if no name fits."""
    wanted = _gradient_paths(parameter.path)
    for place in found:
        if is_like(place.value, parameter.value) and tuple(p.lower() for p in place.path) in wanted:
            return place
    return None


def is_like(gradient: Array, parameter: Array) -> bool:
    """Whether a gradient has the shape of its parameter; of a single number, one may have axes of length 1."""
    return gradient.shape == parameter.shape or gradient.size == parameter.size == 1


def _items(holder: Any) -> list[tuple[Any, Any, Callable[[Array], None]]]:
    if isinstance(holder, Mapping):
        return [(key, value, _setter(holder, key)) for key, value in holder.items()]
    if isinstance(holder, list):
        return [(number, value, _setter(holder, number)) for number, value in enumerate(holder)]
    return (
        [(name, value, _attribute_setter(holder, name)) for name, value in vars(holder).items()]
        if hasattr(holder, "__dict__")
        else []
    )


def _setter(holder: Any, key: Any) -> Callable[[Array], None]:
    def put(value: Array) -> None:
        holder[key] = value

    return put


def _attribute_setter(holder: Any, name: str) -> Callable[[Array], None]:
    return lambda value: setattr(holder, name, value)


def _gradient_paths(path: tuple[str, ...]) -> set[tuple[str, ...]]:
    """Return the paths, in lower case, at which the gradient of the array at a path may stand."""
    *outer, last = (part.lower() for part in path)
    bare = last.strip("_")
    names = {f"d{bare}", f"d_{bare}", f"grad_{bare}", f"{bare}_grad", f"grad{bare}", f"{bare}grad", f"{bare}_gradient",
             f"gradient_{bare}", f"delta_{bare}", f"{bare}_g", f"g{bare}", f"_d{bare}"}  # fmt: skip
    short = {"weights": "w", "weight": "w", "biases": "b", "bias": "b", "gamma": "g", "beta": "b"}.get(bare)
    names |= {f"d{short}", f"d_{short}", f"grad_{short}"} if short else set()
    heads = {tuple(outer), ()} | {(head,) for head in ("grads", "gradients", "grad", "_grads", "dparams")}
    found = {(*head, name) for head in heads for name in (names if head in ((), tuple(outer)) else names | {bare})}
    if bare in ("value", "data", "val", "w"):
        found |= {(*outer, "grad"), (*outer, "gradient"), (*outer, "g"), (*outer, "dw")}
    if outer:
        found |= {(head, bare) for head in (f"d{outer[-1]}", f"grad_{outer[-1]}")}
    return found
