"""What is wrong with a gradient, by its structure: a factor, a sign, a missing sum, a block of columns, a missing path."""

from collections.abc import Callable, Collection

import numpy as np

from pellucid.checker.recognising.diagnosis.held import held_mistake
from pellucid.checker.recognising.diagnosis.known_backwards import Diagnosis, known_backwards
from pellucid.checker.recognising.judging import JudgedGradient, role_label
from pellucid.checker.recognising.plain import is_same
from pellucid.checker.recognising.recognising import Recognised
from pellucid.checker.recognising.trials import Trial
from pellucid.shapes import Array

__all__ = ["tell"]

TOLERANCE = 2e-5


def tell(
    match: Recognised,
    trial: Trial,
    finding: JudgedGradient,
    others: dict[str, Array],
    batch: int,
    right_roles: Collection[str] = (),
) -> Diagnosis:
    """Return what is wrong with one gradient. others: the right gradients of all inputs; right_roles: those that came right."""
    name = f"the gradient of {role_label(match.answer.call, finding.role)}"
    array = finding.given.array
    if not np.isfinite(array).all():
        return Diagnosis("not-finite", f"{name} holds NaN or infinity")
    if array.size != int(np.prod(finding.shape)):
        return _other_size(name, array, finding)
    if (turned := _turned(name, array, finding)) is not None:
        return turned
    at = array.ravel()[finding.entries][finding.smooth]
    right = finding.expected[finding.smooth]
    checks: tuple[Callable[[], Diagnosis | None], ...] = (
        lambda: _factor(name, at, right, batch, match.form.is_loss),
        lambda: _variant(name, match, trial, finding, at),
        lambda: _held(name, match, trial, finding),
        lambda: _swapped(name, finding, others, match, right_roles),
        lambda: _not_added(name, match, trial, at, right, finding),
        lambda: _blocks(name, match, array, finding),
        lambda: _only_some(name, at, right),
    )
    for check in checks:
        if (told := check()) is not None:
            return told
    scale = float(np.abs(right).max(initial=0.0)) or 1.0
    error = float(np.abs(at - right).max(initial=0.0)) / scale
    return Diagnosis(
        "own-gradient",
        f"{name} is not the derivative of its own forward",
        f"Its largest error is {error:.2g} times the largest value.",
    )


def _other_size(name: str, array: Array, finding: JudgedGradient) -> Diagnosis:
    shape = finding.shape
    if finding.is_whole:
        right = finding.expected.reshape(shape)
        if array.size == 1 and np.allclose(array.ravel()[0], right.sum(), rtol=1e-4):
            return Diagnosis(
                "summed-over-all",
                f"{name} is summed over everything to one number: the sum needs the batch's axis",
                f"It has to have shape {shape}.",
            )
        for axis in range(array.ndim):
            if is_same(array.sum(axis=axis), right, TOLERANCE):
                return Diagnosis(
                    "not-summed",
                    f"{name} is not summed over the batch",
                    f"It has shape {array.shape} and has to have shape {shape}: sum over axis {axis}.",
                )
    return Diagnosis("shape", f"{name} has shape {array.shape}, expected {shape}")


def _turned(name: str, array: Array, finding: JudgedGradient) -> Diagnosis | None:
    shape = tuple(side for side in finding.shape if side != 1)
    if (
        finding.is_whole
        and len(shape) == 2
        and array.ndim == 2
        and is_same(array.T, finding.expected.reshape(finding.shape), TOLERANCE)
    ):
        return Diagnosis("transposed", f"{name} is transposed: shape {array.shape}, expected {finding.shape}")
    if tuple(side for side in array.shape if side != 1) != shape:
        return Diagnosis("shape", f"{name} has shape {array.shape}, expected {finding.shape}")
    return None


def _factor(name: str, at: Array, right: Array, batch: int, is_loss: bool) -> Diagnosis | None:
    norm = float(right @ right)
    if norm == 0.0:
        return None
    c = float(at @ right) / norm
    if not np.allclose(at, c * right, rtol=0, atol=TOLERANCE * float(np.abs(right).max()) * max(1.0, abs(c))):
        return None
    if abs(c) < 1e-9:
        return Diagnosis("zero", f"{name} is 0 everywhere")
    if abs(c + 1) < 1e-4:
        return Diagnosis("sign", f"{name} has the wrong sign")
    if batch > 1 and abs(c - batch) < 1e-3:
        return Diagnosis(
            "not-averaged",
            f"{name} is {batch} times too large: the batch's size, by which the forward divides",
            "The forward averages over the batch; the gradient has to be divided by its size too.",
        )
    if batch > 1 and abs(c * batch - 1) < 1e-4:
        return Diagnosis("averaged-twice", f"{name} is divided by the batch's size, and its forward is not")
    if at.size < 2:  # any number is another one times a factor
        return None
    if is_loss and at.size > batch > 1 and abs(c * batch - at.size) < 1e-3:
        return Diagnosis(
            "averaged-over-samples",
            f"{name} is divided by {batch}, the number of samples (N); the loss's mean is over all {at.size} numbers (N*C)",
            f"It is {c:.4g} times too large: divide by the array's size, or let the loss divide by N.",
        )
    sign = " and has the wrong sign" if c < 0 else ""
    return Diagnosis("factor", f"{name} is {abs(c):.4g} times what it should be{sign}: a factor")


def _swapped(
    name: str, finding: JudgedGradient, others: dict[str, Array], match: Recognised, right_roles: Collection[str]
) -> Diagnosis | None:
    """Say whose gradient this is, where it is another input's: swapped, unless that one came right too."""
    whole = finding.given.array.ravel()
    for role, right in others.items():
        if (
            role != finding.role
            and right.size == whole.size
            and np.allclose(whole, right, atol=TOLERANCE * float(np.abs(right).max(initial=1e-9)))
        ):
            other = role_label(match.answer.call, role)
            if role not in right_roles:
                return Diagnosis("swapped", f"{name} is that of {other}: the gradients are swapped")
            if finding.role == "gamma" and role == "beta":
                more = "the factor x_hat, the normalized input, is missing"
                return Diagnosis("no-x-hat", f"{name} is that of {other}: {more}", correct="(dout * x_hat).sum(axis=0)")
            return Diagnosis("of-another", f"{name} is that of {other}: a factor of its own is missing")
    return None


def _variant(name: str, match: Recognised, trial: Trial, finding: JudgedGradient, at: Array) -> Diagnosis | None:
    """Return the known mistake of a kind's backward that gives these numbers."""
    if finding.role != match.form.roles[0].name or not trial.outputs:
        return None
    with np.errstate(all="ignore"):
        for told, array in known_backwards(match, trial):
            if array.size == finding.given.array.size and np.allclose(
                at,
                array.ravel()[finding.entries][finding.smooth],
                rtol=0,
                atol=1e-5 * float(np.abs(at).max(initial=0.0)) + 1e-9,
            ):
                return Diagnosis(told.id, f"{name} {told.title}", told.explanation, told.correct)
    return None


def _held(name: str, match: Recognised, trial: Trial, finding: JudgedGradient) -> Diagnosis | None:
    """Say which path a gradient leaves out."""
    at = finding.given.array.ravel()[finding.entries]
    douts = trial.douts[: trial.way.douts] if trial.way.douts else [np.ones(one.shape) for one in trial.outputs[:1]]
    held = held_mistake(
        match.form, match.reading, trial.values, trial.outputs, douts, finding.role, finding.entries, at
    )
    return None if held is None else Diagnosis(held.id, f"{name} {held.title}", "", held.correct)


def _not_added(
    name: str, match: Recognised, trial: Trial, at: Array, right: Array, finding: JudgedGradient
) -> Diagnosis | None:
    """Say where gradients that meet at one place overwrite each other."""
    if not any(word in match.form.kind for word in ("pooling", "embedding", "convolution")) or not trial.douts:
        return None
    scale = float(np.abs(right).max(initial=0.0)) or 1.0
    wrong = np.abs(at - right) > TOLERANCE * scale
    if not wrong.any() or wrong.all():
        return None
    values = trial.douts[0].ravel()
    if "convolution" in match.form.kind or all(np.abs(values - one).min() < 1e-9 * scale for one in at[wrong]):
        if "embedding" in match.form.kind:
            return Diagnosis(
                "not-accumulated",
                f"{name} keeps one gradient for a row that is looked up several times: they have to be added up",
                "`table[ids] += d` adds only once for a repeated id; np.add.at adds every time.",
                "np.add.at(dtable, ids, dout)",
            )
        if "pooling" in match.form.kind:
            return Diagnosis(
                "not-accumulated",
                f"{name} is overwritten where windows overlap: gradients have to be added up (+=)",
                "An input that wins several windows gets the gradient of each.",
                "dx[...] += dout[...]",
            )
    return None


def _blocks(name: str, match: Recognised, array: Array, finding: JudgedGradient) -> Diagnosis | None:
    """Say which block of columns is wrong, where a matrix holds several gates."""
    if match.form.kind != "LSTM step" or not finding.is_whole or array.shape[-1] % 4:
        return None
    right = finding.expected.reshape(array.shape)
    scale = float(np.abs(right).max(initial=0.0)) or 1.0
    parts = [
        np.abs(a - b).max() > TOLERANCE * scale
        for a, b in zip(np.split(array, 4, axis=-1), np.split(right, 4, axis=-1), strict=True)
    ]
    if not any(parts) or all(parts):
        return None
    order = (match.reading.told[0] if match.reading and match.reading.told else "").rpartition(" order ")[2].split(", ")
    gates = {"i": "input gate", "f": "forget gate", "o": "output gate", "g": "candidate"}
    wrong = [
        gates.get(order[number], f"block {number + 1}") if len(order) == 4 else f"block {number + 1}"
        for number, bad in enumerate(parts)
        if bad
    ]
    return Diagnosis("block", f"{name} is wrong in the columns of the {' and the '.join(wrong)} alone")


def _only_some(name: str, at: Array, right: Array) -> Diagnosis | None:
    scale = float(np.abs(right).max(initial=0.0)) or 1.0
    wrong = np.abs(at - right) > TOLERANCE * scale
    share = float(wrong.mean())
    if not 0 < share <= 0.6 or at.size < 4:
        return None
    if (np.abs(at[wrong]) < 1e-12).all():
        return Diagnosis("zero-at-some", f"{name} is 0 at {wrong.sum()} of {at.size} entries where it should not be")
    if (np.abs(right[wrong]) < 1e-9 * scale).all():
        return Diagnosis(
            "not-zero-at-some", f"{name} is not 0 at {wrong.sum()} of {at.size} entries where it should be"
        )
    return Diagnosis("some", f"{name} is wrong at {wrong.sum()} of {at.size} entries, and right at the others")
