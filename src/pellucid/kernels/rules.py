"""Update rules as one loop over the flat buffer each. See `optim/rules.py` for the mathematics.

Arrays that are not dense, or that overlap each other, are updated by the reference.
"""

import numpy as np

from pellucid.kernels.binding import native
from pellucid.kernels.memory import is_dense
from pellucid.kernels.threads import default_threads
from pellucid.optim import AdamState, NoState, SquaresState, VelocityState
from pellucid.optim import rules as reference
from pellucid.optim.rules import check_update
from pellucid.shapes import Array

__all__ = [
    "adagrad_update",
    "adam_update",
    "adamw_update",
    "momentum_update",
    "nesterov_update",
    "rmsprop_update",
    "sgd_update",
]


def sgd_update(w: Array, dw: Array, state: NoState, *, step: int, learning_rate: float) -> None:
    """w -= rate g, in place."""
    check_update("sgd_update", w, dw, state, step)
    if not _fits(w, dw):
        reference.sgd_update(w, dw, state, step=step, learning_rate=learning_rate)
        return
    native().sgd(learning_rate, *_flat(w, dw), default_threads())


def momentum_update(
    w: Array, dw: Array, state: VelocityState, *, step: int, learning_rate: float, momentum: float = 0.9
) -> None:
    """v = momentum v - rate g; w += v, in place."""
    check_update("momentum_update", w, dw, state, step)
    if not _fits(w, dw, state.v):
        reference.momentum_update(w, dw, state, step=step, learning_rate=learning_rate, momentum=momentum)
        return
    native().momentum(learning_rate, *_flat(w, dw, state.v), momentum, default_threads())


def nesterov_update(
    w: Array, dw: Array, state: VelocityState, *, step: int, learning_rate: float, momentum: float = 0.9
) -> None:
    """v = momentum v - rate g; w += momentum v - rate g, in place."""
    check_update("nesterov_update", w, dw, state, step)
    if not _fits(w, dw, state.v):
        reference.nesterov_update(w, dw, state, step=step, learning_rate=learning_rate, momentum=momentum)
        return
    native().nesterov(learning_rate, *_flat(w, dw, state.v), momentum, default_threads())


def adagrad_update(
    w: Array, dw: Array, state: SquaresState, *, step: int, learning_rate: float, eps: float = 1e-8
) -> None:
    """s += g**2; w -= rate g / (sqrt(s) + eps), in place."""
    check_update("adagrad_update", w, dw, state, step)
    if not _fits(w, dw, state.s):
        reference.adagrad_update(w, dw, state, step=step, learning_rate=learning_rate, eps=eps)
        return
    native().adagrad(learning_rate, *_flat(w, dw, state.s), eps, default_threads())


def rmsprop_update(
    w: Array,
    dw: Array,
    state: SquaresState,
    *,
    step: int,
    learning_rate: float,
    decay: float = 0.99,
    eps: float = 1e-8,
) -> None:
    """s = decay s + (1 - decay) g**2; w -= rate g / (sqrt(s) + eps), in place."""
    check_update("rmsprop_update", w, dw, state, step)
    if not _fits(w, dw, state.s):
        reference.rmsprop_update(w, dw, state, step=step, learning_rate=learning_rate, decay=decay, eps=eps)
        return
    native().rmsprop(learning_rate, *_flat(w, dw, state.s), decay, eps, default_threads())


def adam_update(
    w: Array,
    dw: Array,
    state: AdamState,
    *,
    step: int,
    learning_rate: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
) -> None:
    """Move by the corrected mean over the root of the corrected mean square, in place."""
    check_update("adam_update", w, dw, state, step)
    if not _fits(w, dw, *state):
        reference.adam_update(w, dw, state, step=step, learning_rate=learning_rate, beta1=beta1, beta2=beta2, eps=eps)
        return
    _adam(w, dw, state, step, learning_rate, beta1, beta2, eps, 1.0)


def adamw_update(
    w: Array,
    dw: Array,
    state: AdamState,
    *,
    step: int,
    learning_rate: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    weight_decay: float = 0.01,
) -> None:
    """Shrink w by rate * weight_decay, apart from the gradient; then adam, in place."""
    check_update("adamw_update", w, dw, state, step)
    shrink = 1 - learning_rate * weight_decay
    if not _fits(w, dw, *state):
        w *= shrink
        reference.adam_update(w, dw, state, step=step, learning_rate=learning_rate, beta1=beta1, beta2=beta2, eps=eps)
        return
    _adam(w, dw, state, step, learning_rate, beta1, beta2, eps, shrink)


def _adam(
    w: Array,
    dw: Array,
    state: AdamState,
    step: int,
    learning_rate: float,
    beta1: float,
    beta2: float,
    eps: float,
    shrink: float,
) -> None:
    rate, root_correction = learning_rate / (1 - beta1**step), (1 - beta2**step) ** 0.5
    m, v = state
    native().adam(w, dw, m, v, rate, root_correction, beta1, beta2, eps, shrink, default_threads())


def _fits(*arrays: Array) -> bool:
    """Whether a kernel may run over these: each dense, none over another, and those it writes (all but dw) writable."""
    dense = all(is_dense(array) for array in arrays)
    writable = all(array.flags.writeable for i, array in enumerate(arrays) if i != 1)
    disjoint = not any(np.may_share_memory(a, b) for i, a in enumerate(arrays) for b in arrays[:i])
    return dense and writable and disjoint


def _flat(*arrays: Array) -> tuple[Array, ...]:
    return tuple(array.reshape(-1) for array in arrays)
