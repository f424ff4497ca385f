"""Checks of a layer's functions: forward, backward, inference, on arrays alone."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from pellucid.gradients import gradcheck
from pellucid.layers import REFERENCE
from pellucid.shapes import Array
from pellucid.testing.calls import backward, forward, output_of, run, statistics
from pellucid.testing.subject import KEY, ROWS, Skipped, Subject, difference, kind_of

__all__ = ["CHECKS"]

TOLERANCES: dict["np.dtype[Any]", float] = {np.dtype(np.float32): 1e-4, np.dtype(np.float64): 1e-10}


def check_shapes_and_dtypes(subject: Subject) -> None:
    """The output has the shape that lowering states; outputs and gradients keep the dtype; gradients fit their arrays."""
    for dtype in TOLERANCES:
        for rows in (1, ROWS):
            arrays = subject.arrays(dtype, rows)
            out, _, gradients, _ = run(subject, arrays)
            expected = (rows, *subject.lowered.shape)
            if out.shape != expected or out.dtype != dtype:
                raise subject.broken(f"expected out to be {dtype} {expected}, got {kind_of(out)}")
            if not np.isfinite(out).all():
                raise subject.broken("out holds nan or inf where x is drawn from the standard normal distribution")
            if len(gradients) != len(arrays):
                got = f"a {type(gradients[0]).__name__}" if len(gradients) == 1 else str(len(gradients))
                raise subject.broken(
                    f"the backward must return a tuple of {len(arrays)} gradients, dx and one for each parameter; got {got}"
                )
            for name, array, gradient in zip(["x", *subject.lowered.params], arrays, gradients, strict=True):
                if kind_of(gradient) != kind_of(array):
                    raise subject.broken(f"expected d{name} to be {kind_of(array)}, got {kind_of(gradient)}")


def check_inputs_unchanged(subject: Subject) -> None:
    """Nothing that is passed in is written: not the arrays, not the upstream gradient, not the cache."""
    arrays = [array.copy() for array in subject.arrays(np.float64)]
    before = [array.copy() for array in arrays]
    pair = subject.layer.pair
    out, cache = forward(subject, arrays, pair)
    _refuse_changed(subject, "forward", arrays, before)
    dout = np.random.default_rng(1).standard_normal(out.shape)
    given = dout.copy()
    gradients = [np.copy(gradient) for gradient in backward(subject, dout, cache, pair)]
    _refuse_changed(subject, "backward", [*arrays, dout], [*before, given])
    if not all(map(np.array_equal, gradients, backward(subject, dout, cache, pair))):
        raise subject.broken(
            "a second backward with the same cache gives other gradients: the backward changes its cache"
        )
    if subject.layer.infer is not None:
        subject.layer.infer(*arrays, *statistics(subject), **subject.lowered.options)
        _refuse_changed(subject, "infer", arrays, before)


def _refuse_changed(subject: Subject, function: str, arrays: list[Array], before: list[Array]) -> None:
    names = ["x", *subject.lowered.params, "dout"]
    for name, now, then in zip(names, arrays, before, strict=False):
        if not np.array_equal(now, then):
            raise subject.broken(f"its {function} changes {name} in place: compute into a new array")


def check_memory_order(subject: Subject) -> None:
    """Inputs in any memory order give the same numbers."""
    x, *params = subject.arrays(np.float64)
    expected, _, gradients, _ = run(subject, [x, *params])
    for name, other in {"Fortran order": np.asfortranarray(x), "strided": np.repeat(x, 2, axis=-1)[..., ::2]}.items():
        out, _, others, _ = run(subject, [other, *params])
        if max(difference(a, b) for a, b in zip([out, *others], [expected, *gradients], strict=True)) > 1e-9:
            raise subject.broken(f"x in {name} gives another result")


def check_repeatable(subject: Subject) -> None:
    """The same arguments give the same output: randomness comes from the key alone."""
    arrays = subject.arrays(np.float64)
    functions: list[Callable[[], Any]] = [partial(forward, subject, arrays, subject.layer.pair)]
    if subject.layer.infer is not None:
        functions.append(partial(subject.layer.infer, *arrays, *statistics(subject), **subject.lowered.options))
    if not all(np.array_equal(output_of(function()), output_of(function())) for function in functions):
        raise subject.broken(
            "two calls with the same arguments differ; draw from the key that LayerKind(takes_key=True) passes to the forward"
        )


def check_gradients(subject: Subject) -> None:
    """Every gradient is the derivative of the forward: central differences, float64, a random upstream gradient."""
    forward = partial(subject.layer.pair.forward, **subject.options)
    names = ["x", *subject.lowered.params]
    report = gradcheck(forward, subject.layer.pair.backward, *subject.arrays(np.float64), names=names)
    if not report:
        wrong = "; ".join(" ".join(str(gradient).split()) for gradient in report.gradients if not gradient.ok)
        wrong = wrong or report.problem
        raise subject.broken(f"a gradient is not the derivative of the forward: {wrong}")


def check_inference(subject: Subject) -> None:
    """At inference a row's output does not depend on the other rows."""
    if subject.layer.identity_at_inference:
        return
    x, *params = subject.arrays(np.float64)
    together = _inferred(subject, x, params)
    expected = f"{x.dtype} {(ROWS, *map(int, subject.lowered.shape))}"
    if kind_of(together) != expected:
        raise subject.broken(f"expected inference to return {expected}, got {kind_of(together)}")
    alone = np.concatenate([_inferred(subject, x[row : row + 1], params) for row in range(ROWS)])
    if difference(alone, together) > 1e-9:
        raise subject.broken(
            "at inference a row's output depends on the other rows of the batch; "
            "give LayerKind an `infer` that uses running statistics"
        )


def _inferred(subject: Subject, x: Array, params: list[Array]) -> Array:
    layer = subject.layer
    if layer.infer is None:
        if layer.takes_key:
            raise subject.broken(
                "a layer that draws numbers in training must say what inference computes: "
                "give LayerKind `infer`, or identity_at_inference=True"
            )
        return layer.pair.forward(x, *params, **subject.lowered.options)[0]
    return layer.infer(x, *params, *statistics(subject), **subject.lowered.options)


def check_running_statistics(subject: Subject) -> None:
    """Running statistics are running averages: decay 1 keeps them, decay 0 takes the batch's, one half the mean of both."""
    running, state = subject.layer.running, subject.lowered.state
    if running is None:
        raise Skipped("the layer keeps no running statistics")
    _, cache, _, _ = run(subject, subject.arrays(np.float64))
    start = [np.random.default_rng(2).uniform(0.5, 1, parameter.shape) for parameter in state.values()]
    updated = [running.update(running.pack(*start), cache, decay) for decay in (0.0, 0.5, 1.0)]
    shapes = [array.shape for array in start]
    if any(not isinstance(new, tuple) or [np.shape(array) for array in new] != shapes for new in updated):
        raise subject.broken(
            f"running.update must return a tuple of arrays of the shapes {shapes}, in the order of state"
        )
    of_batch, half, stayed = updated
    for name, then, new, mean, same in zip(state, start, of_batch, half, stayed, strict=True):
        if difference(same, then) > 1e-12 or difference(mean, (then + new) / 2) > 1e-12:
            raise subject.broken(f"{name} must become decay * {name} + (1 - decay) * the batch's")


def check_other_tables(subject: Subject) -> None:
    """The pairs that the layer claims for other tables agree with its own, within float32's accuracy."""
    from pellucid.kernels import NATIVE, native_build

    layer = subject.layer
    pairs = dict(layer.tables)
    if REFERENCE.knows(layer) and native_build().available:
        pairs["native"] = NATIVE.pair_of(layer)
    if not pairs:
        raise Skipped("the layer is computed by its own pair in every table")
    for table, pair in pairs.items():
        for dtype, tolerance in TOLERANCES.items():
            exact = subject.arrays(np.float64)
            out, _, gradients, _ = run(subject, subject.arrays(dtype), pair)
            expected, _, others, _ = run(subject, [array.astype(dtype).astype(np.float64) for array in exact])
            for name, a, b in zip(
                ["out", "dx", *subject.lowered.params], [out, *gradients], [expected, *others], strict=True
            ):
                if a.dtype != dtype or a.shape != b.shape:
                    raise subject.broken(f"table {table}: expected {name} to be {dtype} {b.shape}, got {kind_of(a)}")
                if difference(a, b) > tolerance:
                    raise subject.broken(
                        f"table {table}: {name} differs from the reference by {difference(a, b):.1e} in {dtype}"
                    )


def check_key(subject: Subject) -> None:
    """A layer that draws numbers draws others for another key."""
    if not subject.layer.takes_key:
        raise Skipped("the layer draws no random numbers")
    x = np.ones((64, *subject.shape))
    first, other = (
        subject.layer.pair.forward(x, *subject.params, **{**subject.lowered.options, "key": key})[0]
        for key in (KEY, (*KEY[:2], KEY[2] + 1))
    )
    if np.array_equal(first, other):
        raise subject.broken("another step's key gives the same output: the layer does not use its key")


CHECKS = (
    check_inputs_unchanged,
    check_shapes_and_dtypes,
    check_repeatable,
    check_memory_order,
    check_gradients,
    check_inference,
    check_running_statistics,
    check_key,
    check_other_tables,
)
