"""Update rules: one step of each optimiser over a buffer of parameters.

Each rule is an init/update pair. `init(w)` makes the state, arrays shaped like w; `update(w, dw, state, step=..., ...)` changes w
and the state in place (the one exception to "no function changes its inputs": the buffers may be large, and updating them is
the purpose). step counts from 1. With g = dw and rate the learning rate:

    sgd        w -= rate g
    momentum   v = momentum v - rate g;                    w += v                                        Polyak 1964
    nesterov   v = momentum v - rate g;                    w += momentum v - rate g                      Sutskever et al. 2013
    adagrad    s += g**2;                                  w -= rate g / (sqrt(s) + eps)                 Duchi et al. 2011
    rmsprop    s = decay s + (1 - decay) g**2;             w -= rate g / (sqrt(s) + eps)                 Tieleman & Hinton 2012
    adam       m = beta1 m + (1 - beta1) g
               v = beta2 v + (1 - beta2) g**2
               w -= rate (m / (1 - beta1**step)) / (sqrt(v / (1 - beta2**step)) + eps)                   Kingma & Ba 2015
    adamw      w -= rate weight_decay w, then adam                                                       Loshchilov & Hutter 2019

In nesterov, w is the look-ahead point. Shapes: w, dw and every state array have the same shape.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from pellucid.shapes import Array, ShapeError, check_dtypes

__all__ = [
    "REFERENCE_RULES",
    "AdamState",
    "NoState",
    "Rule",
    "SquaresState",
    "UpdateRules",
    "VelocityState",
    "adagrad_update",
    "adam_init",
    "adam_update",
    "adamw_update",
    "momentum_update",
    "nesterov_update",
    "no_state_init",
    "rmsprop_update",
    "sgd_update",
    "squares_init",
    "velocity_init",
]


class NoState(NamedTuple):
    """sgd has no state."""


class VelocityState(NamedTuple):
    v: Array  # like w: the velocity


class SquaresState(NamedTuple):
    s: Array  # like w: the sum, or the running mean, of squared gradients


class AdamState(NamedTuple):
    m: Array  # like w: the running mean of gradients
    v: Array  # like w: the running mean of squared gradients


def no_state_init(w: Array) -> NoState:
    """Return the empty state."""
    return NoState()


def velocity_init(w: Array) -> VelocityState:
    """Return zero velocity."""
    return VelocityState(np.zeros_like(w))


def squares_init(w: Array) -> SquaresState:
    """Return zero squares."""
    return SquaresState(np.zeros_like(w))


def adam_init(w: Array) -> AdamState:
    """Return zero means; dividing by 1 - beta**step corrects for this start."""
    return AdamState(np.zeros_like(w), np.zeros_like(w))


def sgd_update(w: Array, dw: Array, state: NoState, *, step: int, learning_rate: float) -> None:
    """w -= rate g, in place."""
    check_update("sgd_update", w, dw, state, step)
    w -= learning_rate * dw


def momentum_update(
    w: Array, dw: Array, state: VelocityState, *, step: int, learning_rate: float, momentum: float = 0.9
) -> None:
    """v = momentum v - rate g; w += v, in place."""
    check_update("momentum_update", w, dw, state, step)
    v = state.v
    v *= momentum
    v -= learning_rate * dw
    w += v


def nesterov_update(
    w: Array, dw: Array, state: VelocityState, *, step: int, learning_rate: float, momentum: float = 0.9
) -> None:
    """v = momentum v - rate g; w += momentum v - rate g, in place."""
    check_update("nesterov_update", w, dw, state, step)
    v, push = state.v, learning_rate * dw
    v *= momentum
    v -= push
    w += momentum * v
    w -= push


def adagrad_update(
    w: Array, dw: Array, state: SquaresState, *, step: int, learning_rate: float, eps: float = 1e-8
) -> None:
    """s += g**2; w -= rate g / (sqrt(s) + eps), in place."""
    check_update("adagrad_update", w, dw, state, step)
    s = state.s
    s += dw * dw
    w -= learning_rate * dw / (np.sqrt(s) + eps)


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
    s = state.s
    s *= decay
    s += (1 - decay) * dw * dw
    w -= learning_rate * dw / (np.sqrt(s) + eps)


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
    """Step by the corrected mean over the root of the corrected mean square, in place."""
    check_update("adam_update", w, dw, state, step)
    m, v = state
    m *= beta1
    m += (1 - beta1) * dw
    v *= beta2
    v += (1 - beta2) * dw * dw
    root = np.sqrt(v)
    root /= (1 - beta2**step) ** 0.5
    root += eps
    w -= learning_rate / (1 - beta1**step) * m / root


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
    """Multiply w by 1 - rate * weight_decay, independently of the gradient; then adam, in place."""
    check_update("adamw_update", w, dw, state, step)
    w *= 1 - learning_rate * weight_decay
    adam_update(w, dw, state, step=step, learning_rate=learning_rate, beta1=beta1, beta2=beta2, eps=eps)


class Rule(NamedTuple):
    """The init/update pair of one optimiser."""

    init: Callable[[Array], Any]
    update: Callable[..., None]


@dataclass(frozen=True)
class UpdateRules:
    """One implementation of every update rule."""

    name: str
    sgd: Rule
    momentum: Rule
    nesterov: Rule
    adagrad: Rule
    rmsprop: Rule
    adam: Rule
    adamw: Rule


REFERENCE_RULES = UpdateRules(
    name="reference",
    sgd=Rule(no_state_init, sgd_update),
    momentum=Rule(velocity_init, momentum_update),
    nesterov=Rule(velocity_init, nesterov_update),
    adagrad=Rule(squares_init, adagrad_update),
    rmsprop=Rule(squares_init, rmsprop_update),
    adam=Rule(adam_init, adam_update),
    adamw=Rule(adam_init, adamw_update),
)


def check_update(who: str, w: Array, dw: Array, state: tuple[Array, ...], step: int) -> None:
    """Raise ShapeError if w, dw and the state differ in shape or dtype, or step is less than 1."""
    names = ("w", "dw", *getattr(state, "_fields", ()))
    arrays = dict(zip(names, (w, dw, *state), strict=True))
    check_dtypes(who, **arrays)
    for name, array in arrays.items():
        if array.shape != w.shape:
            raise ShapeError(f"{who}: {name} must have the shape of w, {w.shape}; got {array.shape}")
    if not isinstance(step, (int, np.integer)) or step < 1:
        raise ShapeError(f"{who}: step must be a whole number, counted from 1; got {step!r}")
