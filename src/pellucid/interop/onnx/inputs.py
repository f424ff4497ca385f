"""What goes into a model and what comes out: shapes of samples, and the outputs that are asked for."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx

from pellucid.interop import InteropError
from pellucid.shapes import did_you_mean

__all__ = ["chosen_outputs", "input_shapes"]


def input_shapes(graph: onnx.GraphProto, given: Sequence[Any] | None) -> dict[str, tuple[int, ...]]:
    """Return the shape of one sample of every input, by name. Raises InteropError where it is unknown or does not fit the file."""
    initial = {tensor.name for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in initial]
    if not inputs:
        raise InteropError("load: the model must have an input; it has none")
    for value in inputs:
        if not value.type.HasField("tensor_type"):
            raise InteropError(f"load: the input {value.name!r} must be an array; it is a list, a map or optional")
    found = {value.name: tuple(d.dim_value for d in value.type.tensor_type.shape.dim[1:]) for value in inputs}
    if given is not None:
        return _given_shapes(given, found)
    for name, sizes in found.items():
        axes = next(len(value.type.tensor_type.shape.dim) for value in inputs if value.name == name)
        if axes == 1:
            raise InteropError(
                f"load: the input {name!r} has one axis; a network's has that of samples and at least another"
            )
        if not sizes or not all(sizes):
            raise InteropError(
                f"load: the file leaves the sizes of the input {name!r} open, {sizes}; pass input_shape, such as (3, 32, 32)"
            )
    return found


def _given_shapes(given: Sequence[Any], found: dict[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    """Return the shapes that a user gave; refuse those that the file contradicts."""
    if not isinstance(given, Sequence | np.ndarray):
        raise InteropError(
            f"load: input_shape must be a shape, such as (3, 32, 32), or a list of shapes; got {given!r:.80}"
        )
    several = [given] if all(isinstance(size, (int, np.integer)) for size in given) else list(given)
    if len(several) != len(found):
        raise InteropError(f"load: input_shape must have one shape for each of {len(found)} inputs; got {given!r:.80}")
    shapes = {}
    for (name, sizes), shape in zip(found.items(), several, strict=True):
        if not isinstance(shape, (tuple, list)) or not all(isinstance(size, (int, np.integer)) for size in shape):
            raise InteropError(f"load: input_shape must hold whole numbers, such as (3, 32, 32); got {shape!r:.80}")
        shapes[name] = tuple(int(size) for size in shape)
        fits = not sizes or (len(sizes) == len(shape) and all(a in (0, b) for a, b in zip(sizes, shape, strict=True)))
        if not fits or any(size < 1 for size in shapes[name]):
            file = tuple(size or "any" for size in sizes)
            raise InteropError(
                f"load: input_shape must be that of one sample of {name!r}, in the file {file}; got {shapes[name]}"
            )
    return shapes


def chosen_outputs(graph: onnx.GraphProto, chosen: str | int | None) -> list[str]:
    """Return the names of the outputs that are read."""
    names = [value.name for value in graph.output]
    if not names:
        raise InteropError("load: the model must have an output; it has none")
    if chosen is None:
        return names
    if isinstance(chosen, int) and not isinstance(chosen, bool) and 0 <= chosen < len(names):
        return [names[chosen]]
    if isinstance(chosen, str) and chosen in names:
        return [chosen]
    hint = did_you_mean(chosen, names) if isinstance(chosen, str) else ""
    raise InteropError(f"load: output must be one of {', '.join(names)}, or its place; got {chosen!r}{hint}")
