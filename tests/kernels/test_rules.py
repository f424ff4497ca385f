"""The native update rules through their shims: the reference's steps within rounding, whatever the arrays' arrangement."""

from dataclasses import fields

import numpy as np
import pytest

from pellucid.kernels import NATIVE_RULES
from pellucid.nets import Affine, Network, ReLU
from pellucid.optim import OPTIMIZERS, REFERENCE_RULES, UpdateRules
from pellucid.plan.update import NativeAdam, NativeRule, Update, bound_update

from .instruction_sets import module  # noqa: F401 (its import skips where the module is missing)

NAMES = [field.name for field in fields(UpdateRules) if field.name != "name"]
each_rule = pytest.mark.parametrize("name", NAMES)
each_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda dtype: dtype.__name__)


def strided(array):
    return np.repeat(array, 2)[::2]


def steps(rule, w, gradients, arrange=lambda array: array):
    w, state = arrange(w.copy()), rule.init(w)
    state = type(state)(*(arrange(array) for array in state))
    for step, dw in enumerate(gradients, 1):
        rule.update(w, arrange(dw), state, step=step, learning_rate=0.05)
    return (w, *state)


@each_dtype
@each_rule
@pytest.mark.parametrize("arrange", [lambda array: array, strided], ids=["dense", "strided"])
@pytest.mark.parametrize("count", [0, 1, 31, 70_001])
def test_five_steps_are_the_references(name, dtype, arrange, count):
    rng = np.random.default_rng(0)
    w, gradients = rng.standard_normal(count).astype(dtype), rng.standard_normal((5, count)).astype(dtype)
    expected = steps(getattr(REFERENCE_RULES, name), w.astype(np.float64), gradients.astype(np.float64))
    found = steps(getattr(NATIVE_RULES, name), w, gradients, arrange)
    for a, b in zip(found, expected, strict=True):
        assert a.dtype == dtype
        np.testing.assert_allclose(a, b, rtol=0, atol=(1e-5 if dtype == np.float32 else 1e-13))


@each_rule
def test_a_gradient_that_is_the_parameters_themselves(name):
    """Minimizing |w|**2 / 2, someone passes w as its own gradient; a kernel may not take them to lie apart."""
    w = np.random.default_rng(0).standard_normal(1001)
    moved = []
    for rules in (REFERENCE_RULES, NATIVE_RULES):
        rule, own = getattr(rules, name), w.copy()
        state = rule.init(own)
        rule.update(own, own, state, step=1, learning_rate=0.1)
        moved.append(own)
    np.testing.assert_array_equal(*moved)


@each_rule
def test_read_only_parameters_are_refused_and_gradients_are_not(name):
    rule, w = getattr(NATIVE_RULES, name), np.ones(5)
    dw = np.ones(5)
    dw.flags.writeable = False
    state = rule.init(w)
    rule.update(w, dw, state, step=1, learning_rate=0.1)
    assert (w != 1).all()
    w.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        rule.update(w, dw, state, step=2, learning_rate=0.1)


@each_dtype
@each_rule
def test_a_plan_binds_every_rule(name, dtype):
    """Three steps of the bound update move the parameters as the rule itself does; other gradients go the plain way."""
    optimizer, rng = OPTIMIZERS[name](), np.random.default_rng(0)
    nets = [Network([Affine(50), ReLU(), Affine(30)], (20,), seed=3, dtype=dtype) for _ in range(2)]
    updates = []
    for net, rules in zip(nets, (NATIVE_RULES, REFERENCE_RULES), strict=True):
        rule = optimizer.rule(rules)
        gradients = np.zeros_like(net.params.flat)
        updates.append(bound_update(net, optimizer, rule, gradients, rule.init(net.params.flat)))
    assert type(updates[0]) is (NativeAdam if name.startswith("adam") else NativeRule)
    assert type(updates[1]) is Update
    for step in range(1, 5):
        for_all = rng.standard_normal(nets[0].params.flat.size).astype(dtype)
        for update in updates:
            update.gradients[...] = for_all
            update(update.gradients if step < 4 else for_all, step, 0.01 * step)
    ours, theirs = (net.params.flat for net in nets)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5 if dtype == np.float32 else 1e-13)
