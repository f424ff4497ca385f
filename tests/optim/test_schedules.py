"""Tests of `schedules`: the values that define them, and what holds at every moment of a run."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.optim import (
    SCHEDULES,
    Constant,
    Cosine,
    Exponential,
    OneCycle,
    ReduceOnPlateau,
    StepDecay,
    WarmRestarts,
    WarmUp,
)
from pellucid.shapes import ShapeError

examples = settings(max_examples=200, deadline=None, derandomize=True)
moments = st.floats(0, 1, exclude_max=True)
fractions = st.floats(0, 1, exclude_min=True)
ALMOST_1 = math.nextafter(1, 0)

plain = st.one_of(
    st.just(Constant()),
    st.builds(StepDecay, fractions, st.lists(fractions, max_size=4).map(tuple)),
    st.builds(Exponential, fractions),
    st.builds(Cosine, st.floats(0, 1)),
    st.builds(OneCycle, fractions, fractions, st.floats(0, 1)),
)
schedules = st.one_of(plain, st.builds(WarmUp, fractions, plain))


@pytest.mark.parametrize(
    ("schedule", "done", "expected"),
    [
        (Constant(), 0.0, 1),
        (Constant(), ALMOST_1, 1),
        (StepDecay(0.1, (0.5, 0.75)), 0.0, 1),
        (StepDecay(0.1, (0.5, 0.75)), math.nextafter(0.5, 0), 1),
        (StepDecay(0.1, (0.5, 0.75)), 0.5, 0.1),
        (StepDecay(0.1, (0.5, 0.75)), math.nextafter(0.75, 0), 0.1),
        (StepDecay(0.1, (0.5, 0.75)), 0.75, 0.01),
        (StepDecay(0.1, (0.5, 0.75)), ALMOST_1, 0.01),
        (StepDecay(0.5, (0.2, 0.2, 0.1)), 0.2, 0.125),
        (StepDecay(0.5, ()), 0.9, 1),
        (Exponential(0.01), 0.0, 1),
        (Exponential(0.01), 0.5, 0.1),
        (Exponential(0.01), ALMOST_1, 0.01),
        (Cosine(), 0.0, 1),
        (Cosine(), 1 / 3, 0.75),
        (Cosine(), 0.5, 0.5),
        (Cosine(), ALMOST_1, 0),
        (Cosine(0.2), 0.5, 0.6),
        (Cosine(0.2), ALMOST_1, 0.2),
        (OneCycle(0.3, 0.04, 0.001), 0.0, 0.04),
        (OneCycle(0.3, 0.04, 0.001), 0.15, 0.52),
        (OneCycle(0.3, 0.04, 0.001), 0.3, 1),
        (OneCycle(0.3, 0.04, 0.001), 0.65, 0.5005),
        (OneCycle(0.3, 0.04, 0.001), ALMOST_1, 0.001),
        (OneCycle(1.0), ALMOST_1, 1),
        (WarmUp(0.1), 0.0, 1e-3),
        (WarmUp(0.1), 0.05, 0.5 + 0.5e-3),
        (WarmUp(0.1), 0.1, 1),
        (WarmUp(0.1), ALMOST_1, 1),
        (WarmUp(0.2, Cosine()), 0.2, 1),
        (WarmUp(0.2, Cosine()), 0.6, 0.5),
        (WarmUp(0.2, Cosine()), ALMOST_1, 0),
        (WarmUp(0.5, StepDecay(0.1, (0.5,))), 0.7, 1),
        (WarmUp(0.5, StepDecay(0.1, (0.5,))), 0.75, 0.1),
        (WarmUp(1.0), 0.5, 0.5 + 0.5e-3),
        (WarmUp(1.0), 1.0, 1),
    ],
)
def test_values_at_the_points_that_define_it(schedule, done, expected):
    assert schedule(done) == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert type(schedule(done)) is float


@given(schedule=schedules, done=moments)
@examples
def test_a_multiplier_lies_between_0_and_1(schedule, done):
    assert 0 <= schedule(done) <= 1


@given(final=st.floats(1e-300, 1), done=moments)
@examples
def test_an_exponential_never_reaches_below_its_end(final, done):
    assert final * (1 - 1e-12) <= Exponential(final)(done) <= 1


@given(schedule=st.one_of(st.builds(Exponential, fractions), st.builds(Cosine, st.floats(0, 1))), a=moments, b=moments)
@examples
def test_what_decays_never_rises(schedule, a, b):
    assert schedule(min(a, b)) >= schedule(max(a, b)) - 1e-15


@given(peak=st.floats(0.01, 0.99), start=st.floats(0.01, 1), final=st.floats(0, 0.99), a=moments, b=moments)
@examples
def test_one_cycle_rises_to_its_peak_and_falls_from_it(peak, start, final, a, b):
    schedule = OneCycle(peak, start, final)
    assert schedule(peak) == 1
    assert schedule(math.nextafter(peak, 0)) == pytest.approx(1)
    assert schedule(0.0) == pytest.approx(start)
    low, high = sorted((a, b))
    if high <= peak:
        assert schedule(low) <= schedule(high) + 1e-12
    if low >= peak:
        assert schedule(low) >= schedule(high) - 1e-12


@given(
    fraction=st.floats(0.001, 0.999),
    then=st.one_of(st.just(Constant()), st.builds(Cosine, st.floats(0, 1)), st.builds(Exponential, st.floats(0.1, 1))),
)
@examples
def test_a_warm_up_hands_over_without_a_jump(fraction, then):
    schedule = WarmUp(fraction, then)
    assert schedule(fraction) == then(0.0) == 1
    assert schedule(math.nextafter(fraction, 0)) == pytest.approx(1)
    assert schedule(ALMOST_1) == pytest.approx(then(ALMOST_1), abs=1e-9)


@given(fraction=fractions, done=moments)
@examples
def test_a_warm_up_never_wastes_a_step(fraction, done):
    assert WarmUp(fraction)(done) >= 1e-3


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_named_schedule_starts_above_0_and_stays_within_bounds(name):
    values = [SCHEDULES[name](step / 1000) for step in range(1000)]
    assert values[0] > 0
    assert all(0 <= value <= 1 for value in values)
    assert max(values) == pytest.approx(1, abs=1e-4)
    assert (len(set(values)) > 1) == (name not in ("constant", "plateau"))


def test_named_schedules():
    named = {
        "constant",
        "step",
        "exponential",
        "cosine",
        "one-cycle",
        "warm-up",
        "warm-up-cosine",
        "warm-restarts",
        "plateau",
    }
    assert set(SCHEDULES) == named
    assert SCHEDULES["warm-up-cosine"] == WarmUp(0.05, Cosine())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: StepDecay(0.0), "StepDecay: factor must lie in (0, 1]; got 0.0"),
        (lambda: StepDecay(1.5), "StepDecay: factor must lie in (0, 1]; got 1.5"),
        (lambda: StepDecay(0.1, (0.5, 1.5)), "StepDecay: at must lie in (0, 1]; got 1.5"),
        (lambda: StepDecay(0.1, (0.0,)), "StepDecay: at must lie in (0, 1]; got 0.0"),
        (lambda: Exponential(0.0), "Exponential: final must lie in (0, 1]; got 0.0"),
        (lambda: Exponential(math.nan), "Exponential: final must lie in (0, 1]; got nan"),
        (lambda: Cosine(-0.1), "Cosine: final must lie in [0, 1]; got -0.1"),
        (lambda: Cosine(math.inf), "Cosine: final must lie in [0, 1]; got inf"),
        (lambda: OneCycle(peak=0), "OneCycle: peak must lie in (0, 1]; got 0"),
        (lambda: OneCycle(peak=1.1), "OneCycle: peak must lie in (0, 1]; got 1.1"),
        (lambda: OneCycle(start=0), "OneCycle: start must lie in (0, 1]; got 0"),
        (lambda: OneCycle(final=-1e-9), "OneCycle: final must lie in [0, 1]; got -1e-09"),
        (lambda: WarmUp(0), "WarmUp: fraction must lie in (0, 1]; got 0"),
        (lambda: WarmUp(math.nan), "WarmUp: fraction must lie in (0, 1]; got nan"),
    ],
)
def test_bad_settings_are_refused(make, message):
    with pytest.raises(ShapeError) as refused:
        make()
    assert str(refused.value) == message


@pytest.mark.parametrize("make", [lambda: StepDecay("0.1"), lambda: StepDecay(0.1, 0.5), lambda: WarmUp(None)])
def test_settings_that_are_no_numbers_are_refused_by_name(make):
    with pytest.raises(ShapeError, match="must"):
        make()


@pytest.mark.parametrize("then", [Cosine, None, 0.5, "cosine"])
def test_what_follows_a_warm_up_must_be_a_schedule(then):
    with pytest.raises(ShapeError, match="WarmUp: then"):
        WarmUp(0.1, then)


def test_warm_restarts_are_cosines_of_growing_length():
    schedule = WarmRestarts(cycles=3, growth=2, final=0.1)  # of 1, 2 and 4 sevenths
    for start, length in ((0, 1), (1, 2), (3, 4)):
        for part in (0, 0.25, 0.5, 0.99):
            done = (start + part * length) / 7
            assert schedule(done) == pytest.approx(Cosine(0.1)(part), abs=1e-6)
    assert WarmRestarts(cycles=1)(0.3) == Cosine()(0.3)


def test_a_plateau_is_patience_epochs_that_were_not_better():
    schedule = ReduceOnPlateau(factor=0.5, patience=2, minimum=0.2)
    better = [True, False, True, False, False, False, False, False, False, True]
    assert [schedule.after(better[:n]) for n in range(11)] == [1, 1, 1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.2, 0.2]
    assert schedule(0.3) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: WarmRestarts(cycles=0),
        lambda: WarmRestarts(growth=0),
        lambda: ReduceOnPlateau(factor=1),
        lambda: ReduceOnPlateau(patience=0),
    ],
)
def test_settings_of_the_newer_schedules_out_of_range(wrong):
    with pytest.raises(ShapeError):
        wrong()
