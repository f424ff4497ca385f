"""Adam and AdamW as one loop over the flat buffer. See `optim/rules.py` for the mathematics."""

from pellucid.kernels.binding import native
from pellucid.kernels.memory import is_dense
from pellucid.kernels.threads import default_threads
from pellucid.optim import AdamState
from pellucid.optim import rules as reference
from pellucid.optim.rules import check_update
from pellucid.shapes import Array

__all__ = ["adam_update", "adamw_update"]


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
    if not all(is_dense(array) for array in (w, dw, *state)):
        reference.adam_update(w, dw, state, step=step, learning_rate=learning_rate, beta1=beta1, beta2=beta2, eps=eps)
        return
    _update(w, dw, state, step, learning_rate, beta1, beta2, eps, 1.0)


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
    if not all(is_dense(array) for array in (w, dw, *state)):
        w *= shrink
        reference.adam_update(w, dw, state, step=step, learning_rate=learning_rate, beta1=beta1, beta2=beta2, eps=eps)
        return
    _update(w, dw, state, step, learning_rate, beta1, beta2, eps, shrink)


def _update(
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
