"""Tests of `optimizers`: settings that reach the rule, and those that are refused."""

import copy
import inspect
import pickle
from dataclasses import fields, replace

import numpy as np
import pytest

from pellucid.optim import (
    OPTIMIZERS,
    REFERENCE_RULES,
    SGD,
    AdaGrad,
    Adam,
    AdamW,
    Momentum,
    Muon,
    Nesterov,
    Optimizer,
    RMSProp,
    UpdateRules,
)
from pellucid.shapes import ShapeError

kinds = pytest.mark.parametrize("kind", OPTIMIZERS.values(), ids=OPTIMIZERS)


def test_there_is_an_optimiser_for_every_rule():
    rules = [f.name for f in fields(UpdateRules) if f.name != "name"]
    assert list(OPTIMIZERS) == [*rules, "muon"]
    assert list(OPTIMIZERS.values()) == [SGD, Momentum, Nesterov, AdaGrad, RMSProp, Adam, AdamW, Muon]
    assert all(kind().name == name for name, kind in OPTIMIZERS.items())


@kinds
def test_a_rule_comes_from_the_table_given(kind):
    assert kind().rule(REFERENCE_RULES) is getattr(REFERENCE_RULES, kind.rule_name)
    others = UpdateRules("others", *(object() for _ in fields(UpdateRules)[1:]))
    assert kind().rule(others) is getattr(others, kind.rule_name)


@kinds
@pytest.mark.parametrize("decays", [True, False])
def test_settings_are_the_rules_arguments(kind, decays):
    parameters = inspect.signature(kind().rule(REFERENCE_RULES).update).parameters
    keywords = {name for name, p in parameters.items() if p.kind is p.KEYWORD_ONLY}
    assert set(kind().settings(decays=decays)) == keywords - {"step", "learning_rate"}
    w = np.ones(2)
    rule = kind().rule(REFERENCE_RULES)
    rule.update(w, np.ones(2), rule.init(w), step=1, learning_rate=0.1, **kind().settings(decays=decays))
    assert (w != 1).all()


@kinds
def test_an_optimisers_defaults_are_the_rules(kind):
    parameters = inspect.signature(kind().rule(REFERENCE_RULES).update).parameters
    for name, value in kind().settings(decays=True).items():
        assert parameters[name].default == value, name


@kinds
def test_settings_given_are_settings_used(kind):
    changed = {f.name: f.default / 2 for f in fields(kind)}
    elsewhere = {"learning_rate"} | ({"momentum"} if kind is Muon else set())  # of matrices
    assert kind(**changed).settings(decays=True) == {k: v for k, v in changed.items() if k not in elsewhere}
    assert kind(0.125).learning_rate == 0.125


def test_weight_decay_is_for_weights():
    assert AdamW(weight_decay=0.3).settings(decays=True)["weight_decay"] == 0.3
    assert AdamW(weight_decay=0.3).settings(decays=False)["weight_decay"] == 0
    assert AdamW().settings(decays=True) | {"weight_decay": 0.0} == AdamW().settings(decays=False)


POSITIVE, BELOW_ONE, NOT_NEGATIVE = "be positive and finite", "lie in [0, 1)", "be finite and not negative"
RULES = {
    "learning_rate": POSITIVE,
    "eps": POSITIVE,
    "momentum": BELOW_ONE,
    "decay": BELOW_ONE,
    "beta1": BELOW_ONE,
    "beta2": BELOW_ONE,
    "weight_decay": NOT_NEGATIVE,
}
SETTINGS = [(kind, f.name) for kind in OPTIMIZERS.values() for f in fields(kind)]


@pytest.mark.parametrize(("kind", "name"), SETTINGS)
def test_bad_settings_are_refused(kind, name):
    rule = RULES[name]
    bad = [-1e-9, -1.0, float("nan"), float("inf"), -float("inf")]
    bad += [0.0] if rule == POSITIVE else [1.0, 1.5] if rule == BELOW_ONE else []
    for value in bad:
        with pytest.raises(ShapeError) as refused:
            kind(**{name: value})
        assert str(refused.value) == f"{kind.__name__}: {name} must {rule}; got {value}"
    for value in ("0.1", None, True, [0.1], 1j):
        with pytest.raises(ShapeError) as refused:
            kind(**{name: value})
        assert str(refused.value) == f"{kind.__name__}: {name} must be a number; got {value!r}"


@pytest.mark.parametrize(("kind", "name"), SETTINGS)
def test_settings_at_their_bounds_are_accepted(kind, name):
    good = {POSITIVE: [1e-300, 1, 1e300], BELOW_ONE: [0, 1 - 1e-16], NOT_NEGATIVE: [0, 5.0]}[RULES[name]]
    for value in good:
        assert getattr(kind(**{name: value}), name) == value


def test_an_optimiser_is_a_value():
    assert Adam(1e-3) == Adam() != Adam(1e-4)
    assert hash(SGD(0.5)) == hash(SGD(0.5))
    with pytest.raises(AttributeError):
        SGD().learning_rate = 1.0


def test_a_numpy_number_is_a_number():
    assert SGD(np.float32(0.5)).learning_rate == 0.5


def test_the_base_class_names_no_rule_and_says_so():
    with pytest.raises((ShapeError, TypeError)):
        Optimizer().rule(REFERENCE_RULES)


def test_lr_is_the_learning_rate():
    assert SGD(lr=0.3) == SGD(0.3) == SGD(learning_rate=0.3)
    assert AdamW(lr=0.3, weight_decay=0.2) == AdamW(0.3, weight_decay=0.2)
    assert replace(Adam(lr=0.3), beta1=0.5) == Adam(0.3, beta1=0.5)
    assert copy.deepcopy(pickle.loads(pickle.dumps(AdamW(lr=0.2)))) == AdamW(0.2)


@pytest.mark.parametrize(
    ("wrong", "part"),
    [
        (lambda: SGD(0.1, lr=0.2), "SGD: lr is learning_rate: give one of them"),
        (lambda: SGD(lr=-1), "SGD: learning_rate must be positive"),
        (lambda: SGD(momentum=0.9), "SGD: there is no setting 'momentum'; Momentum and Nesterov have it"),
        (lambda: Adam(weight_decay=0.1), "Adam: there is no setting 'weight_decay'; AdamW decays weights"),
        (lambda: Adam(betas=(0.9, 0.99)), "Adam: there is no setting 'betas'; give beta1 and beta2"),
        (lambda: Adam(beta_1=0.9), "Adam: there is no setting 'beta_1'; did you mean 'beta1'?"),
        (lambda: Momentum(nesterov=True), "Momentum: there is no setting 'nesterov'"),
    ],
)
def test_settings_of_other_libraries_are_answered(wrong, part):
    with pytest.raises(ShapeError) as caught:
        wrong()
    assert part in str(caught.value)
