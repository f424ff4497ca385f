"""gradcheck: is this backward the gradient of this forward?

Every float input's gradient is compared with central differences of the forward, under a random upstream gradient (an
all-ones one hides mistakes: a batch norm's dx under it is 0 whatever its backward does), in float64.

An entry is right where |backward - numerical| <= tolerance * max |numerical| + rounding. One that fails is looked at again
with smaller steps: a kink (of relu, max, hinge) between x - h and x + h disappears then; a kink at x itself stays, the two
sides keep different slopes, and any value between them is a valid answer: reported, not counted as wrong.
"""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.gradients.numerical import entries_by_size, slopes_at
from pellucid.shapes import Array, ShapeError

__all__ = ["GradcheckReport", "GradientReport", "gradcheck"]


@dataclass(frozen=True)
class GradientReport:
    """What was found for one input."""

    name: str  # "dx"
    shape: tuple[int, ...]
    ok: bool
    largest_difference: float  # max |backward - numerical| over the entries not at a kink
    largest_gradient: float  # max |numerical|
    worst_index: tuple[int, ...] | None  # where the difference is largest
    backward: float  # the value there
    numerical: float  # the value there
    at_kink: bool  # whether the worst entry lies at a kink
    kinks: tuple[tuple[int, ...], ...]  # every entry found at a kink
    wrong: int  # number of wrong entries
    rounding: float  # how far rounding of the forward may have moved a difference
    largest_backward: float  # max |backward|
    reason: str = ""  # what is wrong other than a value: a shape, a missing gradient

    def __str__(self) -> str:
        if self.reason:
            return f"  {self.name}  wrong: {self.reason}"
        if self.worst_index is None:
            return f"  {self.name}  {self.shape}  right: nothing to compare"
        verdict = "right" if self.ok else f"wrong in {self.wrong} of {int(np.prod(self.shape))}"
        line = (
            f"  {self.name}  {self.shape}  {verdict}: largest difference {abs(self.backward - self.numerical):.1e} at "
            f"{self.worst_index}: backward {self.backward:.10g}, numerical {self.numerical:.10g}"
        )
        line += ", at a kink" if self.at_kink else ""
        return line + (f"; {len(self.kinks)} at a kink, where either side's slope is accepted" if self.kinks else "")


@dataclass(frozen=True)
class GradcheckReport:
    """What was found for every input; true in a condition where all is right."""

    gradients: tuple[GradientReport, ...]
    notes: tuple[str, ...]  # hazards that are not errors of value, such as a changed input
    tolerance: float
    h: float

    @property
    def ok(self) -> bool:
        """Whether every gradient agrees."""
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

    Arrays of floats are checked, in float64; anything else (labels, sizes) is passed on as it is. backward returns one
    gradient for each float input, in order; the report calls them as the forward does, or as `names` says. Options of a
    layer go in by `functools.partial` or a lambda. Raises ShapeError where there is nothing to check.

    >>> import pellucid.layers as layers
    >>> x, w, b = np.ones((2, 3)), np.ones((3, 4)), np.zeros(4)
    >>> bool(gradcheck(layers.affine_forward, layers.affine_backward, x, w, b))
    True
    >>> bool(gradcheck(layers.relu_forward, lambda dout, cache: 2 * dout, x))
    False
    """
    checked = [i for i, value in enumerate(inputs) if isinstance(value, np.ndarray) and value.dtype.kind == "f"]
    if not checked:
        raise ShapeError("gradcheck: no input is an array of floats, so there is no gradient to check")
    if names is None:
        names = _argument_names(forward, checked)
    elif len(names) != len(checked):
        raise ShapeError(f"gradcheck: names must name the {len(checked)} float inputs; it has {len(names)}")
    labels = [f"d{name}" for name in names]
    inputs = tuple(value.astype(np.float64) if i in checked else value for i, value in enumerate(inputs))

    given = _copies(inputs)
    out, cache = _out_and_cache(forward(*given))
    centre = np.array(out, dtype=np.float64)
    notes = []
    if not np.all(np.isfinite(centre)):
        notes.append("the forward's output is not finite")
    kind = np.asarray(out).dtype
    if kind.kind == "f" and kind != np.float64:
        notes.append(f"the forward turns float64 into {kind}, so the differences are coarse")
    if not np.array_equal(centre, np.asarray(forward(*_copies(inputs))[0]), equal_nan=True):
        notes.append("two calls on the same input differ: fix the random mask, or nothing can be compared")
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

        report = _compare(label, along, inputs[position], gradient, centre, dout, tolerance, h)
        reports.append(report)
        if (
            report.rounding > max(tolerance, 1e-3) * report.largest_gradient
            and report.largest_backward > 1e-4 * report.rounding
        ):
            notes.append(
                f"{label}: rounding of the forward hides it: differences tell it to {report.rounding:.0e} only"
            )
    return GradcheckReport(tuple(reports), tuple(notes), tolerance, h)


def _compare(
    name: str,
    f: Callable[[Array], Any],
    x: Array,
    gradient: Any,
    centre: Array,
    dout: Array,
    tolerance: float,
    h: float,
) -> GradientReport:
    reason = _misfit(gradient, x)
    if reason:
        return GradientReport(
            name, x.shape, False, np.inf, 0.0, None, np.nan, np.nan, False, (), x.size, 0.0, 0.0, reason
        )
    backward = np.asarray(gradient, dtype=np.float64)
    slopes = [slopes_at(f, x, index, centre, dout, h) for index in np.ndindex(x.shape)]
    numerical = np.array([slope.central for slope in slopes]).reshape(x.shape)
    noise = np.array([slope.noise for slope in slopes]).reshape(x.shape)
    scale = float(np.max(np.abs(numerical), initial=0))
    error = np.abs(backward - numerical)
    # A gradient that is 0 throughout may come out of the backward as rounding of the upstream gradient.
    allowed = (
        tolerance * scale if scale > 0 else float(np.finfo(np.float64).eps) * float(np.max(np.abs(dout), initial=0))
    )

    kinks, wrong = [], []
    for index in entries_by_size(error - noise):
        if error[index] <= allowed + noise[index]:
            break
        left, right, central = _closer_look(f, x, index, centre, dout, backward[index], allowed, h)
        if central is not None:
            numerical[index], error[index] = central, abs(backward[index] - central)
        elif left <= backward[index] <= right:
            kinks.append(index)
        else:
            wrong.append(index)
    away = error.copy()
    for index in kinks:
        away[index] = 0
    worst = next(entries_by_size(away), None) if wrong or not kinks else next(entries_by_size(error), None)
    return GradientReport(
        name=name,
        shape=x.shape,
        ok=not wrong,
        largest_difference=float(np.max(away, initial=0)),
        largest_gradient=scale,
        worst_index=worst,
        backward=float(backward[worst]) if worst is not None else np.nan,
        numerical=float(numerical[worst]) if worst is not None else np.nan,
        at_kink=worst in kinks,
        kinks=tuple(kinks),
        wrong=len(wrong),
        rounding=float(np.max(noise, initial=0)),
        largest_backward=float(np.max(np.abs(backward), initial=0)),
    )


def _closer_look(
    f: Callable[[Array], Any],
    x: Array,
    index: tuple[int, ...],
    centre: Array,
    dout: Array,
    value: float,
    allowed: float,
    h: float,
) -> tuple[float, float, float | None]:
    """Look at one failing entry with smaller steps.

    Return (left, right, central): central is the derivative where a smaller step confirms `value`, else None; left <= right are
    the bounds of the slopes where they stay apart as the step shrinks (a kink), an empty interval where they do not.
    """
    gaps: list[float] = []
    for shrink in (1, 1e-1, 1e-2, 1e-3, 1e-4):
        slope = slopes_at(f, x, index, centre, dout, h * shrink)
        margin = allowed + slope.noise
        if abs(value - slope.central) <= margin:
            return 0.0, 0.0, slope.central
        gaps.append(abs(slope.right - slope.left))
        if gaps[-1] <= 4 * margin:
            return np.inf, -np.inf, None  # smooth here, and still another slope
    if gaps[-1] > 0.5 * gaps[0]:
        return min(slope.left, slope.right) - margin, max(slope.left, slope.right) + margin, None
    return np.inf, -np.inf, None


def _argument_names(forward: Callable[..., Any], positions: Sequence[int]) -> list[str]:
    """Name each checked input as the forward's signature does; by its place where the signature does not tell."""
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
            f"gradcheck: backward must return {count} gradients, one a float input; it gave {len(gradients)}"
        )
    return gradients


def _misfit(gradient: Any, x: Array) -> str:
    if gradient is None:
        return "backward gives None for it"
    if np.shape(gradient) != x.shape:
        return f"its shape is {np.shape(gradient)}, the input's is {x.shape}"
    return ""


def _copies(values: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(value.copy() if isinstance(value, np.ndarray) else value for value in values)
