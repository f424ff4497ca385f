"""Ties and kinks: what a backward does where several inputs are the maximum, or where an input is exactly 0.

The forward has no derivative there, so any share among the winners is a convention, and it is named. A backward that gives
nothing to tied inputs, or raises, is wrong only there; one that gives each of them everything adds up to more than dout.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.checker.asking.named import recognised
from pellucid.checker.judging.verdicts import Cause, FunctionReport, in_words
from pellucid.checker.recognising.examined import Examined, Tried
from pellucid.checker.recognising.plain import is_same
from pellucid.checker.recognising.probing import Source, job_names, job_of
from pellucid.checker.recognising.trials import Given, trial_cases, trials_of
from pellucid.checker.running.sandbox import Workers
from pellucid.shapes import Array

__all__ = ["with_ties"]

WINDOW = re.compile(r"window (\d+), stride (\d+)")
KINKED = re.compile(r"^(ReLU|leaky ReLU|ReLU6)$")
Share = Callable[[Array, float], Array]  # a window and its dout: the gradient of the window


def with_ties(
    reports: Sequence[FunctionReport], examined: Examined, source: Source, workers: Workers
) -> list[FunctionReport]:
    """Return the reports on a unit, with what its backward does at ties. A unit that is wrong elsewhere is left as it is."""
    match, unit = examined.match, examined.unit
    if match is None or match.reading is None or unit.backward is None or any(report.is_bad for report in reports):
        return list(reports)
    judged = next((one for one in examined.tried if one.label == "a batch" and one.findings), None)
    is_kinked = bool(KINKED.match(match.form.kind))
    if judged is None or not (is_kinked or "maxim" in match.form.kind or match.form.kind == "max pooling"):
        return list(reports)
    found = _at_zero(judged, examined, source, workers) if is_kinked else _at_ties(judged, examined, source, workers)
    name = unit.shown("backward")
    return [_said(report, found, match.form.kind) if report.name == name and found else report for report in reports]


def _said(report: FunctionReport, found: tuple[str, str, str], kind: str) -> FunctionReport:
    id, title, explanation = found
    if id in ("fails-at-ties", "fails-at-0"):
        code, name = recognised(id, kind, "backward")
        cause = Cause(name, title, explanation, 0.95, "", code=code)
        return replace(report, verdict="wrong", passed=report.total, total=report.total + 1, causes=[cause])
    note = {"id": id, "title": title, "explanation": explanation}
    return replace(report, verdict="convention", conventions=[*report.conventions, note])


def _ran(
    judged: Tried, examined: Examined, x: Array, source: Source, workers: Workers
) -> tuple[Mapping[str, Any] | None, Array | None, Array | None]:
    """Return the error of a backward at another input, or None, its gradient of it and dout."""
    answer, role = judged.answer, judged.answer.call.form.roles[0].name
    way = judged.trial.way
    values = {**judged.trial.values, role: x}
    whole = trial_cases(answer, values, way, [one.shape for one in judged.trial.outputs])[0]
    trial = trials_of(
        answer, values, way, workers.run(job_of(source, job_names(examined.unit), [whole])).answers.get(0, {}), {}
    )
    path = next((one.given.path for one in judged.findings if one.role == role), ())
    given: Given | None = next((one for one in trial.given if one.path == path), None)
    dout = trial.douts[0] if trial.douts and way.douts else np.ones(judged.trial.outputs[0].shape)
    return trial.error, given.array if given is not None and given.array.size == x.size else None, dout


def _tied(shape: tuple[int, ...]) -> Array:
    """Return small whole numbers: in every window of them, several are the largest."""
    return np.random.default_rng(3).integers(0, 2, shape).astype(float)


def _at_zero(judged: Tried, examined: Examined, source: Source, workers: Workers) -> tuple[str, str, str] | None:
    role = judged.answer.call.form.roles[0].name
    x = judged.trial.values[role].copy()
    x.ravel()[::2] = 0.0
    error, found, dout = _ran(judged, examined, x, source, workers)
    if error is not None:
        return "fails-at-0", f"it raises an error where an input is exactly 0: {in_words(error)}", ""
    if found is None or dout is None or dout.size != x.size:
        return None
    at = x.ravel() == 0
    slope = (found.ravel() / dout.ravel())[at]
    if not np.isfinite(slope).all():
        return (
            "fails-at-0",
            "the gradient is NaN or infinite where an input is exactly 0",
            "The slope there is a convention, usually 0.",
        )
    if (slope < -1e-9).any() or (slope > 1 + 1e-9).any():
        return (
            "fails-at-0",
            "the gradient is wrong only where an input is exactly 0",
            "Its slope there has to lie between those on both sides.",
        )
    for value, words in (
        (1.0, "the slope at exactly 0 is taken as 1"),
        (0.5, "the slope at exactly 0 is taken as 0.5"),
    ):
        if np.allclose(slope, value):
            return "slope-at-0", f"{words}, a convention", ""
    return None


SHARES: Mapping[str, Share] = {
    "first": lambda w, d: d * _one_hot(int(np.argmax(w)), w.size),
    "split": lambda w, d: d * (w == w.max()) / (w == w.max()).sum(),
    "all": lambda w, d: d * (w == w.max()),
    "last": lambda w, d: d * _one_hot(w.size - 1 - int(np.argmax(w[::-1])), w.size),
    "none": lambda w, d: d * (w == w.max()) * ((w == w.max()).sum() == 1),
}


def _one_hot(place: int, size: int) -> Array:
    return np.asarray(np.eye(size)[place])


def _at_ties(judged: Tried, examined: Examined, source: Source, workers: Workers) -> tuple[str, str, str] | None:
    role = judged.answer.call.form.roles[0].name
    x = _tied(judged.trial.values[role].shape)
    error, found, dout = _ran(judged, examined, x, source, workers)
    if error is not None:
        return "fails-at-ties", f"it raises an error where several inputs are the maximum: {in_words(error)}", ""
    if found is None or dout is None:
        return None
    windows = _windows(examined, x.shape)
    if windows is None or len(windows) != dout.size:
        return None
    for name, share in SHARES.items():
        expected = np.zeros(x.size)
        for places, d in zip(windows, dout.ravel(), strict=True):
            np.add.at(expected, places, share(x.ravel()[places], float(d)))
        if is_same(found.ravel(), expected, 1e-6):
            return _told(name)
    if abs(found.sum() - dout.sum()) > 1e-6 * np.abs(dout).sum():
        ratio = "more" if np.abs(found).sum() > np.abs(dout).sum() else "less"
        title = "the gradient is wrong only where several inputs are the maximum"
        return "fails-at-ties", title, f"The gradients of a window add up to {ratio} than dout."
    return None


def _told(name: str) -> tuple[str, str, str] | None:
    if name == "none":
        title = "a window with several equal maxima gets no gradient: it is wrong only at ties"
        return (
            "fails-at-ties",
            title,
            "After a ReLU many windows hold several zeros. Choose one winner, or share the gradient.",
        )
    explanation = "Each of them gets all of dout: together they get more than came." if name == "all" else ""
    words = {
        "last": "of several equal maxima, the last one gets the gradient",
        "split": "several equal maxima share the gradient",
        "all": "each of several equal maxima gets the whole gradient",
    }
    return (f"ties-{name}", words[name], explanation) if name in words else None


def _windows(examined: Examined, shape: tuple[int, ...]) -> list[Array] | None:
    """Return the flat places of each window, in the order of the outputs."""
    match = examined.match
    assert match is not None
    assert match.reading is not None
    numbers = np.arange(int(np.prod(shape))).reshape(shape)
    if "maxim" in match.form.kind:
        axis = 0 if "column" in " ".join(match.reading.told) else -1
        return list(np.moveaxis(numbers, axis, -1).reshape(-1, shape[axis]))
    found = next((one for word in match.reading.told if (one := WINDOW.search(word))), None)
    if found is None:
        return None
    k, stride = int(found[1]), int(found[2])
    is_last = "H, W, C" in match.form.layout
    images = np.moveaxis(numbers, -1, 1) if is_last else numbers
    views = np.lib.stride_tricks.sliding_window_view(images, (k, k), axis=(2, 3))[:, :, ::stride, ::stride]
    views = np.moveaxis(views, 1, 3) if is_last else views
    return list(views.reshape(-1, k * k))
