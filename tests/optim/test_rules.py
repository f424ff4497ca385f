"""Tests of `rules`: each against its formula in plain Python, and against PyTorch."""

import math
from dataclasses import fields

import numpy as np
import pytest

from pellucid.optim import REFERENCE_RULES, AdamState, Rule, SquaresState, UpdateRules, VelocityState
from pellucid.shapes import ShapeError

RATE, MOMENTUM, DECAY, EPS, BETA1, BETA2, WEIGHT_DECAY = 0.05, 0.8, 0.95, 1e-3, 0.85, 0.97, 0.2

# The formulas of the module's docstring for one number: (w, g, state, step) -> (w, state).


def sgd(w, g, state, step):
    return w - RATE * g, ()


def momentum(w, g, state, step):
    v = MOMENTUM * state[0] - RATE * g
    return w + v, (v,)


def nesterov(w, g, state, step):
    v = MOMENTUM * state[0] - RATE * g
    return w + MOMENTUM * v - RATE * g, (v,)


def adagrad(w, g, state, step):
    s = state[0] + g**2
    return w - RATE * g / (math.sqrt(s) + EPS), (s,)


def rmsprop(w, g, state, step):
    s = DECAY * state[0] + (1 - DECAY) * g**2
    return w - RATE * g / (math.sqrt(s) + EPS), (s,)


def adam(w, g, state, step):
    m = BETA1 * state[0] + (1 - BETA1) * g
    v = BETA2 * state[1] + (1 - BETA2) * g**2
    corrected_m, corrected_v = m / (1 - BETA1**step), v / (1 - BETA2**step)
    return w - RATE * corrected_m / (math.sqrt(corrected_v) + EPS), (m, v)


def adamw(w, g, state, step):
    return adam(w - RATE * WEIGHT_DECAY * w, g, state, step)


betas = {"beta1": BETA1, "beta2": BETA2, "eps": EPS}
FORMULAS = {
    "sgd": (sgd, {}, 0),
    "momentum": (momentum, {"momentum": MOMENTUM}, 1),
    "nesterov": (nesterov, {"momentum": MOMENTUM}, 1),
    "adagrad": (adagrad, {"eps": EPS}, 1),
    "rmsprop": (rmsprop, {"decay": DECAY, "eps": EPS}, 1),
    "adam": (adam, betas, 2),
    "adamw": (adamw, betas | {"weight_decay": WEIGHT_DECAY}, 2),
}
each = pytest.mark.parametrize("name", FORMULAS)


def rule_of(name):
    return getattr(REFERENCE_RULES, name)


def gradients(steps, *shape, dtype=np.float64):
    """Gradients of very different sizes, some of them 0, read-only."""
    rng = np.random.default_rng(1)
    made = [(rng.standard_normal(shape) * 10.0 ** rng.integers(-3, 3, shape)).astype(dtype) for _ in range(steps)]
    for g in made:
        g.flat[0] = 0
        g.flags.writeable = False
    return made


def run(name, w, gs, **changes):
    """Update w in place by each gradient in turn; return the state."""
    rule, settings = rule_of(name), FORMULAS[name][1]
    state = rule.init(w)
    for step, g in enumerate(gs, start=1):
        assert rule.update(w, g, state, step=step, **{"learning_rate": RATE} | settings | changes) is None
    return state


def test_every_rule_of_the_table_is_tried_here():
    assert set(FORMULAS) == {f.name for f in fields(UpdateRules)} - {"name"}
    assert all(isinstance(rule_of(name), Rule) for name in FORMULAS)


@each
@pytest.mark.parametrize("shape", [(7,), (2, 3), (1,)])
def test_follows_its_formula(name, shape):
    formula, _, arrays = FORMULAS[name]
    start = np.random.default_rng(0).standard_normal(shape)
    gs = gradients(6, *shape)
    w = start.copy()
    state = run(name, w, gs)
    for index in np.ndindex(shape):
        value, expected = float(start[index]), (0.0,) * arrays
        for step, g in enumerate(gs, start=1):
            value, expected = formula(value, float(g[index]), expected, step)
        assert w[index] == pytest.approx(value, rel=1e-12, abs=1e-14)
        assert [array[index] for array in state] == pytest.approx(list(expected), rel=1e-12, abs=1e-300)


@each
def test_changes_its_arrays_in_place_and_the_gradient_not(name):
    rule = rule_of(name)
    w, g = np.ones(5), np.full(5, 0.5)
    state = rule.init(w)
    given, before = g.copy(), [array.copy() for array in state]
    memory = [w, *state]
    rule.update(w, g, state, step=1, learning_rate=RATE)
    assert (w != 1).all()
    assert all((array != old).all() for array, old in zip(state, before, strict=True))
    assert all(a is b for a, b in zip(memory, [w, *state], strict=True))
    assert np.array_equal(g, given)


@each
def test_a_state_is_zeros_of_its_own(name):
    w = np.ones((2, 3), np.float32)
    state = rule_of(name).init(w)
    assert len(state) == FORMULAS[name][2]
    for array in state:
        assert (array.shape, array.dtype) == (w.shape, w.dtype)
        assert not array.any()
        assert not np.shares_memory(array, w)
    assert len({array.ctypes.data for array in state}) == len(state)


def test_states_are_named():
    w = np.ones(2)
    assert [type(rule_of(name).init(w)) for name in ("momentum", "rmsprop", "adam")] == [
        VelocityState,
        SquaresState,
        AdamState,
    ]


@each
@pytest.mark.parametrize("number", [float, np.float32, np.float64])
def test_float32_stays_float32(name, number):
    start = np.random.default_rng(0).standard_normal(50)
    w, wide = start.astype(np.float32), start.copy()
    state = run(name, w, gradients(5, 50, dtype=np.float32), learning_rate=number(RATE))
    run(name, wide, [g.astype(np.float64) for g in gradients(5, 50, dtype=np.float32)])
    assert {w.dtype, *(array.dtype for array in state)} == {np.dtype(np.float32)}
    np.testing.assert_allclose(w, wide, rtol=1e-4, atol=1e-5)


@each
def test_parts_of_a_buffer_are_updated_as_the_whole(name):
    rule, settings = rule_of(name), FORMULAS[name][1]
    whole = np.random.default_rng(0).standard_normal(23)
    parts = whole.copy()
    state = rule.init(parts)
    gs = gradients(4, 23)
    expected = run(name, whole, gs)
    for step, g in enumerate(gs, start=1):
        for part in (slice(0, 5), slice(5, 6), slice(6, 23)):
            views = type(state)(*(array[part] for array in state))
            rule.update(parts[part], g[part], views, step=step, learning_rate=RATE, **settings)
    assert np.array_equal(parts, whole)
    assert all(np.array_equal(a, b) for a, b in zip(state, expected, strict=True))


@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_adams_first_step_has_the_length_of_the_learning_rate(name):
    g = np.array([1e-3, -0.5, 2.0, -1e4])
    w = np.zeros(4)
    rule = rule_of(name)
    rule.update(w, g, rule.init(w), step=1, learning_rate=0.1, eps=1e-15)
    np.testing.assert_allclose(w, -0.1 * np.sign(g), rtol=1e-9)


def test_adam_depends_on_the_step():
    results = []
    for step in (1, 2, 10, 10**6):
        w = np.zeros(1)
        REFERENCE_RULES.adam.update(w, np.ones(1), AdamState(np.zeros(1), np.zeros(1)), step=step, learning_rate=0.1)
        results.append(w[0])
    assert len(set(results)) == 4
    assert results[-1] == pytest.approx(-0.1 * 0.1 / math.sqrt(0.001), rel=1e-4)  # no correction is left


def test_adamw_decays_apart_from_the_gradient():
    w = np.array([2.0, -3.0])
    state = run("adamw", w, [np.zeros(2)] * 3)
    np.testing.assert_allclose(w, np.array([2.0, -3.0]) * (1 - RATE * WEIGHT_DECAY) ** 3, rtol=1e-14)
    assert not state.m.any()
    plain, decayed = np.array([2.0]), np.array([2.0])
    run("adam", plain, [np.ones(1)])
    run("adamw", decayed, [np.ones(1)])
    assert decayed[0] == pytest.approx(plain[0] - RATE * WEIGHT_DECAY * 2.0, rel=1e-14)


@each
def test_a_gradient_of_0_from_the_start_moves_nothing(name):
    w = np.ones(3)
    changes = {"weight_decay": 0.0} if name == "adamw" else {}
    run(name, w, [np.zeros(3)] * 3, **changes)
    assert (w == 1).all()


@each
def test_finds_the_minimum_of_a_quadratic(name):
    target, scale = np.array([1.0, -2.0, 0.5]), np.array([1.0, 0.3, 2.0])
    w = np.zeros(3)
    rule = rule_of(name)
    state, rate = rule.init(w), {"sgd": 0.2, "adagrad": 1.0, "rmsprop": 0.02}.get(name, 0.05)
    changes = {"weight_decay": 0.0} if name == "adamw" else {}
    for step in range(1, 601):
        rule.update(w, scale * (w - target), state, step=step, learning_rate=rate * (1 - step / 601), **changes)
    np.testing.assert_allclose(w, target, atol=1e-3)


@each
def test_what_does_not_fit_is_refused(name):
    rule, who = rule_of(name), f"{name}_update"
    w, g = np.ones(3), np.ones(3)
    state = rule.init(w)

    def refused(message, w=w, g=g, state=state, step=1):
        with pytest.raises(ShapeError) as refusal:
            rule.update(w, g, state, step=step, learning_rate=0.1)
        assert str(refusal.value).startswith(f"{who}: {message}")

    refused("dw must be float64 like w; got float32", g=g.astype(np.float32))
    refused("w must be float32 or float64; got float16", w=w.astype(np.float16))
    refused("dw must be a NumPy array; got list", g=[1.0] * 3)
    refused("dw must have the shape of w, (3,); got (1,)", g=np.ones(1))
    refused("dw must have the shape of w, (3,); got (3, 1)", g=np.ones((3, 1)))
    for step in (0, -1, 1.0, None):
        refused(f"step must be a whole number, counted from 1; got {step!r}", step=step)
    if state:
        first = state._fields[0]
        refused(f"{first} must have the shape of w, (3,); got (2,)", state=rule.init(np.ones(2)))
        refused(f"{first} must be float64 like w; got float32", state=rule.init(np.ones(3, np.float32)))
    assert (w == 1).all(), "refused, and yet w moved"
    assert not any(array.any() for array in state)


def in_pytorch(torch):
    optim = torch.optim
    adam_options = {"lr": RATE, "betas": (BETA1, BETA2), "eps": EPS}
    return {
        "sgd": lambda p: optim.SGD(p, lr=RATE),
        # PyTorch's velocity lacks the rate and the sign: at a constant rate ours is -rate times it.
        "momentum": lambda p: optim.SGD(p, lr=RATE, momentum=MOMENTUM),
        "nesterov": lambda p: optim.SGD(p, lr=RATE, momentum=MOMENTUM, nesterov=True),
        "adagrad": lambda p: optim.Adagrad(p, lr=RATE, eps=EPS),
        "rmsprop": lambda p: optim.RMSprop(p, lr=RATE, alpha=DECAY, eps=EPS),
        "adam": lambda p: optim.Adam(p, **adam_options),
        "adamw": lambda p: optim.AdamW(p, **adam_options, weight_decay=WEIGHT_DECAY),
    }


@pytest.mark.peers
@each
def test_twenty_steps_equal_pytorchs(torch, name):
    w = np.random.default_rng(0).standard_normal(40)
    parameter = torch.tensor(w, requires_grad=True)
    optimizer = in_pytorch(torch)[name]([parameter])
    gs = gradients(20, 40)
    for g in gs:
        parameter.grad = torch.tensor(g)
        optimizer.step()
    start = w.copy()
    run(name, w, gs)
    assert np.abs(w - start).max() > 0.1
    np.testing.assert_allclose(w, parameter.detach().numpy(), rtol=1e-10, atol=1e-10)
