"""Averages of weights: their formulas, and how they stand in for the weights."""

import numpy as np
import pytest

from pellucid.optim import EMA, SWA, WeightAverage
from pellucid.shapes import ShapeError


def averaged(rule, weights):
    """The average after each of these weights, one a step of a run of as many."""
    w = np.zeros(2)
    average, found = WeightAverage(rule, [w]), []
    for step, value in enumerate(weights, start=1):
        w[...] = value
        average.update(step / len(weights))
        found.append(average.averages[0][0])
    return found


def test_an_exponential_average_by_its_formula():
    rng = np.random.default_rng(0)
    weights, expected, mean = rng.standard_normal(200), [], 0.0
    for count, value in enumerate(weights):
        decay = min(0.9, (1 + count) / (10 + count))
        mean = decay * mean + (1 - decay) * value
        expected.append(mean)
    np.testing.assert_allclose(averaged(EMA(0.9), weights), expected, rtol=1e-12)


def test_a_stochastic_average_is_the_plain_mean_of_the_last_part():
    weights = np.random.default_rng(1).standard_normal(40)
    found = averaged(SWA(0.75), weights)
    np.testing.assert_array_equal(found[:29], weights[:29])  # it follows the weights before
    np.testing.assert_allclose(found[29:], [weights[29 : stop + 1].mean() for stop in range(29, 40)], rtol=1e-12)


def test_averages_stand_in_place_and_give_it_back_whatever_happens():
    w = np.array([1.0, 2.0])
    average = WeightAverage(EMA(0.5), [w])
    w += 4
    seen = []

    def failing():
        with average.in_place():
            seen.extend(w)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        failing()
    assert seen == [1, 2]
    np.testing.assert_array_equal(w, [5, 6])
    average.adopt()
    np.testing.assert_array_equal(w, [1, 2])


@pytest.mark.parametrize("wrong", [lambda: EMA(1.0), lambda: EMA(-0.1), lambda: SWA(1.0), lambda: SWA("late")])
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(ShapeError):
        wrong()
