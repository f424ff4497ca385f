"""What gradcheck was given, read: inputs and their names, the output and cache of a forward, the gradients of a backward."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.shapes import ShapeError, check_number

__all__ = ["as_gradients", "check_arguments", "checked_inputs", "names_of", "out_and_cache"]


def check_arguments(forward: Any, backward: Any, h: float, tolerance: float) -> None:
    """Raise ShapeError unless forward and backward are functions and the numbers are usable."""
    for name, function in (("forward", forward), ("backward", backward)):
        if not callable(function):
            raise ShapeError(f"gradcheck: {name} must be a function; got {type(function).__name__} {function!r:.80}")
    check_number("gradcheck", "h", h, above=0)
    check_number("gradcheck", "tolerance", tolerance, minimum=0)


def checked_inputs(forward: Callable[..., Any], inputs: Sequence[Any]) -> list[int]:
    """Return the numbers of the inputs that are arrays of floats; raise ShapeError, naming the others, if there are none."""
    checked = [i for i, value in enumerate(inputs) if isinstance(value, np.ndarray) and value.dtype.kind == "f"]
    if checked:
        return checked
    others = unchecked(forward, inputs)
    cure = f": {'; '.join(others)}" if others else ", so there is no gradient to check"
    raise ShapeError(f"gradcheck: no input is an array of floats{cure}")


def unchecked(forward: Callable[..., Any], inputs: Sequence[Any]) -> list[str]:
    """Return, for each input that might have been meant as an array of floats, what it is and what to pass instead."""
    names = parameter_names(forward, range(len(inputs)))
    said = []
    for name, value in zip(names, inputs, strict=True):
        if isinstance(value, np.ndarray) and value.dtype.kind in "iub":
            said.append(f"{name} is an array of {value.dtype}: pass {name}.astype(float) to check it")
        elif isinstance(value, (list, tuple)) and _is_numbers(value):
            said.append(f"{name} is a {type(value).__name__}: pass np.array({name}, float) to check it")
        elif hasattr(value, "detach") or (
            hasattr(value, "__array__") and not isinstance(value, (np.ndarray, np.generic))
        ):
            said.append(f"{name} is a {type(value).__name__}: pass it as a NumPy array of floats to check it")
        elif isinstance(value, np.ndarray) and value.dtype.kind in "cO":
            said.append(f"{name} is an array of {value.dtype}: pass real floats to check it")
    return said


def names_of(forward: Callable[..., Any], positions: Sequence[int], given: Sequence[str] | None) -> Sequence[str]:
    """Return the name of each checked input: from `given`, from the forward's signature, or by position."""
    if given is None:
        return parameter_names(forward, positions)
    if len(given) != len(positions):
        raise ShapeError(
            f"gradcheck: names must have one entry for each of the {len(positions)} float inputs; got {len(given)}"
        )
    return given


def parameter_names(forward: Callable[..., Any], positions: Sequence[int]) -> list[str]:
    """Return the names of a function's parameters at these places, "(input 2)" where it has none."""
    try:
        arguments = list(inspect.signature(forward).parameters.values())
    except (TypeError, ValueError):
        arguments = []
    plain = [a.name for a in arguments if a.kind in (a.POSITIONAL_ONLY, a.POSITIONAL_OR_KEYWORD)]
    return [plain[i] if i < len(plain) else f"(input {i})" for i in positions]


def out_and_cache(returned: Any) -> tuple[Any, Any]:
    """Return the pair that a forward returned; raise ShapeError for anything else."""
    if isinstance(returned, tuple) and len(returned) == 2:
        return returned[0], returned[1]
    kind = f"a tuple of {len(returned)}" if isinstance(returned, tuple) else f"{type(returned).__name__}"
    raise ShapeError(
        f"gradcheck: forward must return a pair (out, cache); it returned {kind}. Where there is no cache, pass "
        "lambda x: (forward(x), x); a layer that is an object is passed itself, gradcheck(layer, x)"
    )


def as_gradients(
    returned: Any, names: Sequence[str], forward: Callable[..., Any], inputs: Sequence[Any]
) -> Sequence[Any]:
    """Return one gradient for each name, from a sequence, a dictionary or a single array; raise ShapeError otherwise."""
    if returned is None:
        raise ShapeError("gradcheck: backward returned None; is a return statement missing?")
    if isinstance(returned, Mapping):
        return _by_name(returned, names)
    gradients = returned if isinstance(returned, (tuple, list)) else (returned,)
    if len(gradients) != len(names):
        others = unchecked(forward, inputs)
        more = f"; {'; '.join(others)}" if others else ""
        raise ShapeError(
            f"gradcheck: backward must return {len(names)} gradients, one for each float input; it returned "
            f"{len(gradients)}{more}"
        )
    return gradients


def _by_name(returned: Mapping[Any, Any], names: Sequence[str]) -> list[Any]:
    """Take the entries of a dictionary by the names of the inputs."""
    keys = {str(key).lower(): key for key in returned}
    found = []
    for name in names:
        spellings = (f"d{name}", name, f"d_{name}", f"grad_{name}", f"{name}_grad")
        key = next((keys[s.lower()] for s in spellings if s.lower() in keys), None)
        if key is None:
            raise ShapeError(
                f"gradcheck: backward returned a dict with the keys {', '.join(map(str, list(returned)[:10]))}, "
                f"but none for d{name}: return its values in the order of the inputs, or pass names= that fit the keys"
            )
        found.append(returned[key])
    return found


def _is_numbers(values: Sequence[Any]) -> bool:
    try:
        return np.asarray(values).dtype.kind in "fiu"
    except ValueError:
        return False
