"""gradcheck: does this backward compute the gradient of this forward?

The gradient of every float input is compared with central differences of the forward, in float64, with a random upstream
gradient (all ones would hide mistakes: the dx of a batch norm is then 0 whatever its backward does).

An entry is correct if |backward - numerical| <= tolerance * max |numerical| + rounding. A failing entry is checked again with
smaller steps. A kink (of relu, max, hinge) between x - h and x + h then drops out. At a kink exactly at x the one-sided slopes
stay different, and any value between them is valid: it is reported, but not counted as wrong. Where inputs tie for a maximum,
their gradients together must be what came from above: less is wrong, more is noted.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from pellucid.gradients.arguments import as_gradients, check_arguments, checked_inputs, names_of, out_and_cache
from pellucid.gradients.judging import judge, random_upstream
from pellucid.gradients.objects import context_pair, layer_given, pair_of, takes_context
from pellucid.gradients.report import GradcheckReport
from pellucid.shapes import Array

__all__ = ["gradcheck"]


def gradcheck(
    forward: Callable[..., Any] | Any,
    backward: Callable[..., Any] | Any = None,
    *inputs: Any,
    names: Sequence[str] | None = None,
    seed: int = 0,
    tolerance: float = 1e-7,
    h: float = 1e-5,
) -> GradcheckReport:
    """Compare backward(dout, cache) with central differences of forward(*inputs) -> (out, cache), for every float input.

    Arrays of floats are checked, in float64; anything else (labels, sizes) is passed on unchanged. backward returns one
    gradient for each float input, in order, or a dictionary with the keys "dx", "dw", ...; the report uses the parameter names
    of the forward, or `names`. Pass options of a layer with `functools.partial` or a lambda.

    A layer that is an object is passed itself, gradcheck(layer, x), or by its methods, gradcheck(layer.forward,
    layer.backward, x): its forward returns out, its backward takes dout, and the parameters among its attributes whose
    gradients it leaves there (W and dW, params["W"] and grads["W"], ...) are checked too. The layer itself is not changed.
    So are classes with forward(ctx, ...) and backward(ctx, dout).

    Raises ShapeError if there is nothing to check.

    >>> import pellucid.layers as layers
    >>> x, w, b = np.ones((2, 3)), np.ones((3, 4)), np.zeros(4)
    >>> bool(gradcheck(layers.affine_forward, layers.affine_backward, x, w, b))
    True
    >>> bool(gradcheck(layers.relu_forward, lambda dout, cache: 2 * dout, x))
    False
    """
    asked = _asked(forward, backward, inputs, names)
    check_arguments(asked.forward, asked.backward, h, tolerance)
    given = tuple(v.astype(np.float64) if i in asked.checked else v for i, v in enumerate(asked.inputs))
    first = _one_pass(asked, given, seed)
    second = _one_pass(asked, given, seed)
    notes, problem = _remarks(asked, given, first, second)
    return judge(
        lambda *values: asked.forward(*values)[0],
        lambda upstream: _one_pass(asked, given, seed, upstream).gradients,
        given,
        asked.checked,
        asked.names,
        first.gradients,
        first.out,
        first.dout,
        notes=notes,
        problem=problem,
        tolerance=tolerance,
        h=h,
    )


class _Asked(NamedTuple):
    """Two functions, what to call them with, and which of that is checked."""

    forward: Callable[..., Any]
    backward: Callable[..., Any]
    inputs: tuple[Any, ...]
    checked: list[int]
    names: list[str]  # of the checked inputs
    signature: Callable[..., Any]  # the function whose parameters name the inputs


class _Pass(NamedTuple):
    """One call of forward and backward."""

    out: Any
    dout: Array
    gradients: Sequence[Any]
    changed_dout: bool
    changed_inputs: bool
    is_dict: bool


def _asked(forward: Any, backward: Any, inputs: Sequence[Any], names: Sequence[str] | None) -> _Asked:
    """Read what was given: two functions, an object or a class."""
    layer = layer_given(forward, backward, inputs)
    if layer is None:
        inputs, signature = tuple(inputs), forward
        check_arguments(forward, backward, 1.0, 0.0)
    else:
        owner, forward_name, backward_name, inputs = layer
        signature = getattr(owner, forward_name)
        forward, backward = signature, getattr(owner, backward_name)
    checked = checked_inputs(signature, inputs)
    if takes_context(signature):
        forward, backward = context_pair(forward, backward, inputs, checked)
        signature = _without_first(signature, inputs)
    elif layer is not None:
        pair = pair_of(owner, forward_name, backward_name, inputs)
        checked = checked[: pair.with_gradient]
        named = list(names_of(signature, checked, None)) + list(pair.names)
        inputs = (*inputs, *pair.parameters)
        checked = [*checked, *range(len(inputs) - len(pair.parameters), len(inputs))]
        chosen = list(names_of(signature, checked, names)) if names is not None else named
        return _Asked(pair.forward, pair.backward, inputs, checked, chosen, signature)
    return _Asked(forward, backward, inputs, checked, list(names_of(signature, checked, names)), signature)


def _without_first(function: Callable[..., Any], inputs: Sequence[Any]) -> Callable[..., Any]:
    """Return a function with the same parameters except the first."""

    def named(*arguments: Any) -> None:
        """Take what the function takes, without its context."""

    parameters = list(inspect.signature(function).parameters.values())[1:]
    named.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return named


def _one_pass(asked: _Asked, given: Sequence[Any], seed: int, upstream: Array | None = None) -> _Pass:
    """Call forward and backward once, on copies."""
    copies = tuple(value.copy() if isinstance(value, np.ndarray) else value for value in given)
    out, cache = out_and_cache(asked.forward(*copies))
    dout = random_upstream(out, seed) if upstream is None else upstream
    passed = dout.copy() if dout.ndim else float(dout)
    returned = asked.backward(passed, cache)
    return _Pass(
        np.array(out),
        dout,
        [_copied(g) for g in as_gradients(returned, asked.names, asked.signature, asked.inputs)],
        not np.array_equal(passed, dout),
        any(not np.array_equal(copies[i], given[i], equal_nan=True) for i in asked.checked),
        isinstance(returned, dict),
    )


def _remarks(asked: _Asked, given: Sequence[Any], first: _Pass, second: _Pass) -> tuple[list[str], str]:
    """Return what is to be noted about the two passes, and why nothing could be compared ("" if it can)."""
    notes = []
    centre = np.asarray(first.out, dtype=np.float64)
    if not np.all(np.isfinite(centre)):
        notes.append("the forward's output is not finite")
    kind = np.asarray(first.out).dtype
    if kind.kind == "f" and kind != np.float64:
        notes.append(f"the forward converts float64 to {kind}, which makes the differences inaccurate")
    if first.changed_dout:
        notes.append("backward changes dout in place")
    if first.changed_inputs:
        notes.append("forward or backward changes its inputs in place")
    if first.is_dict:
        notes.append(
            f"backward returns a dict: its values were taken by name, {', '.join(f'd{n}' for n in asked.names)}"
        )
    if not np.array_equal(centre, np.asarray(second.out, dtype=np.float64), equal_nan=True):
        return notes, (
            "two calls on the same input differ, so nothing was compared: fix the random mask (pass it in, or seed the "
            "generator in the forward), or keep the state that moves (running statistics, a counter) out of the check"
        )
    if not first.changed_inputs:
        notes += _repeated(asked.names, first.gradients, second.gradients)
    return notes, ""


def _repeated(names: Sequence[str], first: Sequence[Any], second: Sequence[Any]) -> list[str]:
    """Return notes on gradients that a second forward and backward change, though nothing else has."""
    said = []
    for name, one, two in zip(names, first, second, strict=True):
        a, b = (np.asarray(g, dtype=object) if g is None else np.asarray(g) for g in (one, two))
        if a.dtype.kind not in "fiu" or a.shape != b.shape or np.array_equal(a, b, equal_nan=a.dtype.kind == "f"):
            continue
        if np.allclose(b, 2 * a, rtol=1e-9, atol=0):
            said.append(f"d{name} adds up from call to call: set it to 0 before each step")
        else:
            said.append(
                f"d{name} differs at a second call on the same input: the backward keeps something between calls"
            )
    return said


def _copied(gradient: Any) -> Any:
    return gradient.copy() if isinstance(gradient, np.ndarray) else gradient
