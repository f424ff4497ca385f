"""A backward against the derivative of its own forward: which gradient is which, and whether it is correct."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pellucid.checker.recognising.calling.calls import UnitCall
from pellucid.checker.recognising.derivatives import gradients
from pellucid.checker.recognising.lexicon import called_like
from pellucid.checker.recognising.plain import Path, is_same
from pellucid.checker.recognising.probing import Answered
from pellucid.checker.recognising.trials import Given, Trial
from pellucid.shapes import Array

__all__ = ["JudgedGradient", "batch_of", "expected_gradients", "findings", "gradient_of", "role_label"]

TOLERANCE = 2e-5
MIXED = 1e-5  # of the largest slope
HOLDS_GRADIENTS = re.compile(r"_?(d|g|grads?|gradients?|dparams|d_params|deltas?|derivs?)_?", re.IGNORECASE)


@dataclass(frozen=True)
class JudgedGradient:
    """One gradient: with respect to what, what came, what is expected."""

    role: str
    given: Given
    expected: Array  # at the moved entries
    entries: Array
    smooth: Array
    shape: tuple[int, ...]
    status: str  # right, averaged, of the scores, wrong

    @property
    def is_whole(self) -> bool:
        """Whether the expected gradient is known everywhere."""
        return self.expected.size == int(np.prod(self.shape))


def expected_gradients(answer: Answered, trial: Trial) -> dict[str, Array]:
    """Return the right gradient of each input at the moved entries: for its douts, or the slopes themselves where none is given."""
    used = list(trial.douts[: trial.way.douts] if trial.way.douts else trial.douts)
    if trial.way.douts or answer.call.form.is_loss or answer.call.unit.backward is None:
        if not trial.way.douts:
            used = [np.ones(one.shape) for one in used[:1]]
        return gradients(trial.slopes, used)
    found = {}
    for role, parts in trial.slopes.items():
        matrix = parts[0].matrix
        if parts[0].is_whole and matrix.shape[0] == matrix.shape[1]:
            diagonal = matrix.diagonal().copy()
            mixes = np.abs(matrix - np.diag(diagonal)).max() > MIXED * np.abs(matrix).max(initial=1e-12)
            found[role] = (
                parts[0].along(trial.douts[0]) if mixes else diagonal
            )  # each output depends on other inputs too
    return found


def findings(answer: Answered, trial: Trial) -> list[JudgedGradient]:
    """Return what the unit gave for each input: the correct one, or the one that its name or place says."""
    expected = expected_gradients(answer, trial)
    found: dict[str, JudgedGradient] = {}
    taken: set[tuple[object, ...]] = set()
    for role, right in expected.items():
        smooth = np.all([part.is_smooth for part in trial.slopes[role]], axis=0)
        fitting = [(given, _status(answer, trial, role, given, right, smooth)) for given in trial.given]
        fitting = [(given, status) for given, status in fitting if status and given.path not in taken]
        if fitting:  # of two gradients with the same numbers, the one that is called so, or has its place
            named = _named(answer.call, trial, role, list(expected), taken)
            given, status = next((one for one in fitting if one[0] is named), fitting[0])
            found[role] = _finding(role, given, right, smooth, trial, status)
            taken.add(given.path)
    for role, right in expected.items():
        if role not in found and (named := _named(answer.call, trial, role, list(expected), taken)) is not None:
            smooth = np.all([part.is_smooth for part in trial.slopes[role]], axis=0)
            found[role] = _finding(role, named, right, smooth, trial, "wrong")
            taken.add(named.path)
    return [found[role] for role in expected if role in found]


def _finding(role: str, given: Given, right: Array, smooth: Array, trial: Trial, status: str) -> JudgedGradient:
    part = trial.slopes[role][0]
    return JudgedGradient(role, given, right, part.entries, smooth, part.shape, status)


def _status(answer: Answered, trial: Trial, role: str, given: Given, right: Array, smooth: Array) -> str:
    part = trial.slopes[role][0]
    array = given.array
    if not _is_in_place(answer.call, role, given):
        return ""
    if array.size != int(np.prod(part.shape)) or _sides(array.shape) != _sides(part.shape):
        return ""
    at = array.ravel()[part.entries]
    if _agrees(at, right, smooth):
        return "right"
    batch = batch_of(answer, trial)
    if (
        role != answer.call.form.roles[0].name
        and not answer.call.form.is_loss
        and _agrees(at, right / batch, smooth)
        and np.abs(right).max(initial=0) > 0
    ):
        return "averaged"
    if answer.call.form.is_loss:
        return _loss_status(answer, trial, at, right, smooth, batch, array)
    return ""


def _is_in_place(call: UnitCall, role: str, given: Given) -> bool:
    """Whether a gradient stands where its argument does, as a backward with a context has to return them."""
    names = [name for name, item in call.items.items() if item == {"$": [role]}]
    if call.unit.style != "ctx" or len(given.path) != 2 or given.path[0] != "back" or not names:
        return True
    return [argument.name for argument in call.unit.forward.args].index(names[0]) == given.path[1]


def _loss_status(
    answer: Answered, trial: Trial, at: Array, right: Array, smooth: Array, batch: int, array: Array
) -> str:
    out = trial.outputs[0]
    if out.ndim and out.size > 1 and any(_agrees(at, right / count, smooth) for count in {out.size, batch}):
        return "averaged"
    if "probabilities" in answer.call.form.layout and role_values(trial, "y") is not None:
        x, y = trial.values["x"], trial.values["y"]
        target = y if y.shape == x.shape else np.eye(x.shape[-1])[y.astype(int).ravel()] if y.size == len(x) else None
        if target is not None and any(is_same(array, (x - target) / count, TOLERANCE) for count in {1, batch, x.size}):
            return "of the scores"
    return ""


def role_values(trial: Trial, role: str) -> Array | None:
    """Return the values of a role in a trial."""
    return trial.values.get(role)


def _agrees(found: Array, right: Array, smooth: Array) -> bool:
    scale = float(np.abs(right).max(initial=0.0))
    apart = np.abs(found - right)[smooth]
    return bool(np.isfinite(found).all() and (apart <= TOLERANCE * scale + 1e-9).all())


def _sides(shape: Sequence[int]) -> tuple[int, ...]:
    return tuple(side for side in shape if side != 1)


def batch_of(answer: Answered, trial: Trial) -> int:
    """Return the number of samples of a trial."""
    x = trial.values.get(answer.call.form.roles[0].name)
    axis = answer.call.form.batch_axis
    if x is None or not x.ndim or axis is None:
        return 1
    if axis:
        return int(x.shape[axis])
    is_columns = "column" in answer.call.form.layout or (answer.call.form.kind.startswith("binary") and x.shape[0] == 1)
    return int(x.shape[-1] if is_columns else x.shape[0])


def _named(
    call: UnitCall, trial: Trial, role: str, roles: Sequence[str], taken: set[tuple[object, ...]]
) -> Given | None:
    """Return the gradient that is meant to be that of a role: by its name, its place, or a shape like no other's."""
    free = [given for given in trial.given if given.path not in taken]
    labels = {role, role_label(call, role).lower(), role_label(call, role).lower().strip("_")}
    for given in free:
        of = gradient_of(given.path)
        if of and (of in labels or called_like(of, role)):
            return given
        if given.path[0] == "step" and call.states.get(role) == given.path[1:]:
            return given
    in_order = [one.name for one in call.form.roles if one.name in trial.slopes]
    by_argument = [arg for arg in call.items if any(role_label(call, one) == arg for one in in_order)]
    order = [next(one for one in in_order if role_label(call, one) == arg) for arg in by_argument] or in_order
    places = [
        given
        for given in trial.given
        if given.path[0] in ("back", "result") and not any(isinstance(part, str) for part in given.path[1:])
    ]
    if role in order and len(places) > order.index(role) and places[order.index(role)] in free and len(places) >= 1:
        return places[order.index(role)]
    same = [given for given in free if given.array.shape == trial.slopes[role][0].shape]
    return same[0] if len(same) == 1 or (same and role == roles[0]) else None


def gradient_of(path: Path) -> str:
    """Return of what an array is the gradient by its name, in small letters: `dW`, `W_grad`, `grads["W"]`; "" for none."""
    texts = [str(part) for part in path[1:] if isinstance(part, str)]
    if not texts:
        return ""
    if len(texts) > 1 and texts[-1].lower() in ("grad", "gradient"):  # of a parameter that is an object
        return texts[-2].lower().strip("_")
    of = _without_d(texts[-1])
    is_held = any(HOLDS_GRADIENTS.fullmatch(text) for text in texts[:-1])
    return of if is_held or path[0] == "back" or of != texts[-1].lower() else ""  # `{"kernel": ...}` came back


def _without_d(name: str) -> str:
    low = name.lower().strip("_")
    for start in ("grad_", "gradient_", "d_", "delta_", "grads_", "dl_d", "grad", "d"):
        if low.startswith(start) and len(low) > len(start):
            return low[len(start) :].strip("_")
    for end in ("_grad", "_gradient", "_grads", "grad"):
        if low.endswith(end) and len(low) > len(end):
            return low[: -len(end)].strip("_")
    return low


def role_label(call: UnitCall, role: str) -> str:
    """Return what the learner calls a role."""
    for argument, item in call.items.items():
        if item == {"$": [role]}:
            return argument
    if role in call.states:
        path = call.states[role]
        name = next((str(p) for p in reversed(path) if isinstance(p, str) and p not in ("data", "value", "val")), role)
        return f"{name}[{path[-1]}]" if isinstance(path[-1], int) else name
    for step in call.before:
        if step["do"] == "pack" and {"$": [role]} in step["args"]:
            return str(step["keys"][step["args"].index({"$": [role]})])
        for argument, item in step.get("keywords", {}).items():
            if item == {"$": [role]}:
                return str(argument)
    return role
