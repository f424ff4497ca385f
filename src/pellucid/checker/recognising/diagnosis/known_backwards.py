"""Backwards with a known mistake, of the kinds whose backwards have any: their gradients, and what is said of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from pellucid.checker.recognising.plain import is_same
from pellucid.checker.recognising.probing import Answered
from pellucid.checker.recognising.recognising import Recognised, hints_of
from pellucid.checker.recognising.trials import Trial
from pellucid.shapes import Array

__all__ = ["Diagnosis", "known_backwards"]


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong, in words."""

    id: str
    title: str
    explanation: str = ""
    correct: str = ""


def known_backwards(match: Recognised, trial: Trial) -> Iterator[tuple[Diagnosis, Array]]:
    """Yield the gradients of the input that known mistakes give, with the words for each."""
    x, out = trial.values[match.form.roles[0].name], trial.outputs[0]
    dout = trial.douts[0] if trial.way.douts else np.ones(out.shape)
    if out.shape == x.shape:
        slope = _local_slope(match.answer, trial)
        yield Diagnosis("dout-only", "passes dout on unchanged: the derivative is missing"), dout
        yield (
            Diagnosis("no-dout", "is not multiplied by dout, the gradient that arrives"),
            trial.slopes[match.form.roles[0].name][0].matrix.sum(axis=1)
            if match.form.roles[0].name in trial.slopes
            else out * np.nan,
        )
        if slope is not None:
            yield Diagnosis("at-output", "takes the derivative at the output in place of the input"), dout * slope(out)
            yield Diagnosis("at-dout", "takes the derivative at dout in place of the input"), dout * slope(dout)
            yield (
                Diagnosis(
                    "inverted-mask", "has its mask inverted: it is 0 where the slope is 1; turn the comparison around"
                ),
                dout * (1 - slope(x)),
            )
    if "norm" in match.form.kind:
        yield from _of_norm(match, trial, x, dout)
    if match.form.kind == "sigmoid":
        yield (
            Diagnosis(
                "input-for-output",
                "uses the input where the sigmoid's output belongs: s * (1 - s) needs what the forward returned",
                correct="dout * s * (1 - s)",
            ),
            dout * x * (1 - x),
        )
        yield Diagnosis("no-one-minus", "lacks the factor 1 - s"), dout * out
        yield Diagnosis("no-s", "lacks the factor s"), dout * (1 - out)
    if match.form.kind == "tanh":
        yield (
            Diagnosis("no-square", "lacks the square: the derivative is 1 - tanh(x)**2", correct="dout * (1 - out**2)"),
            dout * (1 - out),
        )
        yield (
            Diagnosis(
                "input-for-output", "squares the input where tanh's output belongs", correct="dout * (1 - out**2)"
            ),
            dout * (1 - x**2),
        )
    if match.form.kind == "softmax":
        yield (
            Diagnosis(
                "diagonal-only",
                "keeps only the diagonal of the Jacobian: each output depends on all other scores too",
                correct="s * (dout - (dout * s).sum(axis, keepdims=True))",
            ),
            dout * out * (1 - out),
        )
        yield (
            Diagnosis(
                "no-sum",
                "lacks the sum over the other outputs",
                correct="s * (dout - (dout * s).sum(axis, keepdims=True))",
            ),
            dout * out,
        )
    if match.form.kind == "log-softmax":
        for axis in (-1, 0):
            yield (
                Diagnosis(
                    "no-sum",
                    "lacks the sum of dout as a factor of the softmax",
                    correct="dout - softmax * dout.sum(axis, keepdims=True)",
                ),
                dout - np.exp(out) * (1 if axis else dout.mean()),
            )
    if match.form.kind == "swish":
        s = 1 / (1 + np.exp(-x))
        yield (
            Diagnosis("missing-x", "lacks the factor x in its second term", correct="dout * (s + x * s * (1 - s))"),
            dout * (s + s * (1 - s)),
        )
        yield (
            Diagnosis(
                "missing-one-minus", "lacks the factor 1 - s in its second term", correct="dout * (s + x * s * (1 - s))"
            ),
            dout * (s + x * s),
        )


def _of_norm(match: Recognised, trial: Trial, x: Array, dout: Array) -> Iterator[tuple[Diagnosis, Array]]:
    layer = "layer" in match.form.kind or "RMS" in match.form.kind
    columns = "columns" in match.form.layout
    axes: tuple[int, ...] = (1,) if layer or columns else (0,)
    if x.ndim == 4:
        axes = (0, 2, 3) if "C, H" in match.form.layout else (0, 1, 2)
    gamma = trial.values.get("gamma")
    if gamma is not None:
        sides = [1] * x.ndim
        free = [axis for axis in range(x.ndim) if axis not in axes] if not layer else [x.ndim - 1]
        sides[free[-1] if not ("C, H" in match.form.layout and x.ndim == 4) else 1] = -1
        gamma = gamma.reshape(sides)
    g = dout * gamma if gamma is not None else dout
    centered = x - x.mean(axis=axes, keepdims=True)
    var = (centered**2).mean(axis=axes, keepdims=True)
    for eps in hints_of(match.answer).eps():
        for inv in (1 / np.sqrt(var + eps), 1 / (np.sqrt(var) + eps)):
            hat = centered * inv
            through_mean = g.mean(axis=axes, keepdims=True)
            through_var = hat * (g * hat).mean(axis=axes, keepdims=True)
            correct = "inv_std * (g - g.mean(axis) - x_hat * (g * x_hat).mean(axis)), with g = dout * gamma"
            yield (
                Diagnosis(
                    "no-paths",
                    "lacks what flows back through the mean and the variance: both depend on every sample",
                    correct=correct,
                ),
                inv * g,
            )
            yield (
                Diagnosis(
                    "no-var",
                    "lacks what flows back through the variance, which depends on every sample",
                    correct=correct,
                ),
                inv * (g - through_mean),
            )
            yield (
                Diagnosis(
                    "no-mean", "lacks what flows back through the mean, which depends on every sample", correct=correct
                ),
                inv * (g - through_var),
            )
            yield (
                Diagnosis(
                    "eps-outside-root",
                    "has eps outside the square root, sqrt(var) + eps, and its forward has it inside",
                    correct="1 / sqrt(var + eps)",
                ),
                (g - through_mean - hat * (g * hat).mean(axis=axes, keepdims=True)) / (np.sqrt(var) + eps),
            )
            yield (
                Diagnosis("no-eps", "lacks the eps of its forward", correct="1 / sqrt(var + eps)"),
                (g - through_mean - hat * (g * hat).mean(axis=axes, keepdims=True)) / np.sqrt(var),
            )
            yield (
                Diagnosis("no-gamma", "lacks the factor gamma", correct=correct),
                inv * (dout - dout.mean(axis=axes, keepdims=True) - hat * (dout * hat).mean(axis=axes, keepdims=True)),
            )


def _local_slope(answer: Answered, trial: Trial) -> Callable[[Array], Array] | None:
    """Return the derivative of a function of each number, where the unit is one."""
    part = trial.slopes.get(answer.call.form.roles[0].name)
    if not part or len(answer.call.form.roles) != 1 or part[0].matrix.shape[0] != part[0].matrix.shape[1]:
        return None
    matrix = part[0].matrix
    if np.abs(matrix - np.diag(matrix.diagonal())).max() > 1e-6 * (np.abs(matrix).max() + 1e-12):
        return None
    first = next(iter(answer.call.form.readings(trial.values, hints_of(answer))), None)
    if first is None or not is_same(trial.outputs[0], first.outputs[0], 1e-6):
        return None

    def slope(at: Array) -> Array:
        def f(x: Array) -> Array:
            reading = next(
                iter(answer.call.form.readings({**trial.values, answer.call.form.roles[0].name: x}, hints_of(answer)))
            )
            return np.asarray(reading.outputs[0])

        return np.asarray((f(at + 1e-6) - f(at - 1e-6)) / 2e-6)

    return slope
