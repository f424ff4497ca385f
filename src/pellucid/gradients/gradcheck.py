"""gradcheck: does this backward compute the gradient of this forward?

The gradient of every float input is compared with central differences of the forward, in float64, with a random upstream
gradient (all ones would hide mistakes: the dx of a batch norm is then 0 whatever its backward does).

An entry is correct if |backward - numerical| <= tolerance * max |numerical| + rounding. A failing entry is checked again with
smaller steps. A kink (of relu, max, hinge) between x - h and x + h then drops out. At a kink exactly at x the one-sided slopes
stay different, and any value between them is valid: it is reported, but not counted as wrong.
"""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.gradients.comparison import GradientReport, Probe, compare
from pellucid.shapes import Array, ShapeError, check_number

__all__ = ["GradcheckReport", "gradcheck"]


@dataclass(frozen=True)
class GradcheckReport:
    """The results for all inputs; true in a condition if every gradient is correct."""

    gradients: tuple[GradientReport, ...]
    notes: tuple[str, ...]  # problems other than wrong values, such as a changed input
    tolerance: float
    h: float

    @property
    def ok(self) -> bool:
        """Whether every gradient is correct."""
        return all(gradient.ok for gradient in self.gradients)

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        head = "gradcheck passed" if self.ok else "gradcheck FAILED"
        lines = [f"{head} (central differences, h {self.h:g}, tolerance {self.tolerance:g})"]
        return "\n".join(lines + [str(g) for g in self.gradients] + [f"  note: {note}" for note in self.notes])


def gradcheck(
    forward: Callable[..., tuple[Any, Any]],
    backward: Callable[..., Any],
    *inputs: Any,
    names: Sequence[str] | None = None,
    seed: int = 0,
    tolerance: float = 1e-7,
    h: float = 1e-5,
) -> GradcheckReport:
    """Compare backward(dout, cache) with central differences of forward(*inputs) -> (out, cache), for every float input.

    Arrays of floats are checked, in float64; anything else (labels, sizes) is passed on unchanged. backward returns one
    gradient for each float input, in order; the report uses the parameter names of the forward, or `names`. Pass options of a
    layer with `functools.partial` or a lambda. Raises ShapeError if there is nothing to check.

    >>> import pellucid.layers as layers
    >>> x, w, b = np.ones((2, 3)), np.ones((3, 4)), np.zeros(4)
    >>> bool(gradcheck(layers.affine_forward, layers.affine_backward, x, w, b))
    True
    >>> bool(gradcheck(layers.relu_forward, lambda dout, cache: 2 * dout, x))
    False
    """
    _check_arguments(forward, backward, h, tolerance)
    checked = [i for i, value in enumerate(inputs) if isinstance(value, np.ndarray) and value.dtype.kind == "f"]
    if not checked:
        raise ShapeError("gradcheck: no input is an array of floats, so there is no gradient to check")
    labels = [f"d{name}" for name in _names(forward, checked, names)]
    inputs = tuple(value.astype(np.float64) if i in checked else value for i, value in enumerate(inputs))

    given = _copies(inputs)
    out, cache = _out_and_cache(forward(*given))
    centre = np.array(out, dtype=np.float64)
    notes = _notes_on_forward(out, centre, forward(*_copies(inputs))[0])
    dout = np.random.default_rng(seed).standard_normal(centre.shape)
    upstream = dout.copy() if dout.ndim else float(dout)
    gradients = _as_gradients(backward(upstream, cache), len(checked))
    if not np.array_equal(upstream, dout):
        notes.append("backward changes dout in place")
    if any(not np.array_equal(given[i], inputs[i], equal_nan=True) for i in checked):
        notes.append("forward or backward changes its inputs in place")

    reports = []
    for label, position, gradient in zip(labels, checked, gradients, strict=True):

        def along(moved: Array, position: int = position) -> Any:
            return forward(*_copies(inputs[:position]), moved, *_copies(inputs[position + 1 :]))[0]

        report = compare(label, Probe(along, inputs[position], centre, dout, h), gradient, tolerance)
        reports.append(report)
        if _is_hidden(report, tolerance):
            notes.append(
                f"{label}: hidden by rounding in the forward: differences are only accurate to {report.rounding:.0e}"
            )
    return GradcheckReport(tuple(reports), tuple(notes), tolerance, h)


def _check_arguments(forward: Any, backward: Any, h: float, tolerance: float) -> None:
    for name, function in (("forward", forward), ("backward", backward)):
        if not callable(function):
            raise ShapeError(f"gradcheck: {name} must be a function; got {function!r}")
    check_number("gradcheck", "h", h, above=0)
    check_number("gradcheck", "tolerance", tolerance, minimum=0)


def _notes_on_forward(out: Any, centre: Array, again: Any) -> list[str]:
    """Return what limits the check. centre: the forward's output in float64; again: the output of a second call."""
    notes = []
    if not np.all(np.isfinite(centre)):
        notes.append("the forward's output is not finite")
    kind = np.asarray(out).dtype
    if kind.kind == "f" and kind != np.float64:
        notes.append(f"the forward converts float64 to {kind}, which makes the differences inaccurate")
    if not np.array_equal(centre, np.asarray(again), equal_nan=True):
        notes.append("two calls on the same input differ: fix the random mask, otherwise the check means nothing")
    return notes


def _is_hidden(report: GradientReport, tolerance: float) -> bool:
    """Whether rounding in the forward is larger than the gradient to be measured."""
    return (
        report.rounding > max(tolerance, 1e-3) * report.largest_gradient
        and report.largest_backward > 1e-4 * report.rounding
    )


def _names(forward: Callable[..., Any], positions: Sequence[int], given: Sequence[str] | None) -> Sequence[str]:
    """Return the name of each checked input: from `given`, from the forward's signature, or by position."""
    if given is not None:
        if len(given) != len(positions):
            raise ShapeError(
                f"gradcheck: names must have one entry for each of the {len(positions)} float inputs; got {len(given)}"
            )
        return given
    try:
        arguments = list(inspect.signature(forward).parameters.values())
    except (TypeError, ValueError):
        arguments = []
    plain = [a.name for a in arguments if a.kind in (a.POSITIONAL_ONLY, a.POSITIONAL_OR_KEYWORD)]
    return [plain[i] if i < len(plain) else f"(input {i})" for i in positions]


def _out_and_cache(returned: Any) -> tuple[Any, Any]:
    if not isinstance(returned, tuple) or len(returned) != 2:
        raise ShapeError(f"gradcheck: forward must return a pair (out, cache); it returned {type(returned).__name__}")
    return returned[0], returned[1]


def _as_gradients(returned: Any, count: int) -> Sequence[Any]:
    if returned is None:
        raise ShapeError("gradcheck: backward returned None; is a return statement missing?")
    gradients = returned if isinstance(returned, (tuple, list)) else (returned,)
    if len(gradients) != count:
        raise ShapeError(
            f"gradcheck: backward must return {count} gradients, one for each float input; it returned {len(gradients)}"
        )
    return gradients


def _copies(values: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(value.copy() if isinstance(value, np.ndarray) else value for value in values)
