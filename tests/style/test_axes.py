"""Tests of the rules for axes: sensible for one epoch and for a hundred."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from pellucid.style import draw_amounts_axis, draw_epochs_axis, draw_shares_axis, make_logarithmic, thinned


@pytest.fixture
def axes():
    return Figure(figsize=(4, 3)).subplots()


def ticks(axes):
    axes.figure.draw_without_rendering()
    low, high = axes.get_xlim()
    return [tick for tick in axes.get_xticks() if low <= tick <= high]


def test_one_epoch_has_one_tick_in_the_middle(axes):
    axes.plot([1], [0.9], "o")
    draw_epochs_axis(axes, 1)
    assert ticks(axes) == [1]
    assert sum(axes.get_xlim()) / 2 == pytest.approx(1)
    assert axes.get_xlim()[1] - axes.get_xlim()[0] >= 1


def test_one_epoch_with_its_steps_begins_at_zero(axes):
    draw_epochs_axis(axes, 1, from_zero=True)
    assert ticks(axes) == [0, 1]


@pytest.mark.parametrize("epochs", [2, 5, 10, 11, 37, 100, 1000])
def test_ticks_are_whole_epochs_and_few(axes, epochs):
    axes.plot(np.arange(1, epochs + 1), np.ones(epochs))
    draw_epochs_axis(axes, epochs)
    found = ticks(axes)
    assert all(float(tick).is_integer() for tick in found)
    assert 2 <= len(found) <= 10
    if epochs <= 10:
        assert found == list(range(1, epochs + 1))


def test_shares_of_one_epoch_are_shown_on_all_of_the_axis(axes):
    draw_shares_axis(axes, [0.97, 0.98], epochs=1)
    assert axes.get_ylim() == (0, 1)


@pytest.mark.parametrize(
    "values", [[0.97, 0.98], [0.5, 0.5], [0.999, 1.0], [0.0, 0.01], [0.1, 0.9], [None, np.nan, 0.4]], ids=str
)
def test_shares_of_several_epochs_span_ten_points_and_end_near_100_percent(axes, values):
    draw_shares_axis(axes, values, epochs=5)
    low, high = axes.get_ylim()
    finite = [value for value in values if value is not None and np.isfinite(value)]
    assert low <= min(finite) <= max(finite) <= high
    assert high - low >= 0.0999
    assert low > -0.06
    assert high < 1.06


def test_nothing_finite_is_no_error(axes):
    draw_shares_axis(axes, [None, np.nan], epochs=3)
    draw_amounts_axis(axes, [None, np.nan, np.inf])


def test_amounts_that_hardly_differ_are_not_blown_up(axes):
    draw_amounts_axis(axes, [100.0, 100.01])
    low, high = axes.get_ylim()
    assert high - low >= 10
    assert low < 100 < high


def test_amounts_of_many_sizes_are_logarithmic_with_plain_numbers(axes):
    axes.plot([1, 2], [0.01, 1000])
    draw_amounts_axis(axes, [0.01, 1000])
    assert axes.get_yscale() == "log"
    axes.figure.draw_without_rendering()
    assert not any("$" in label.get_text() for label in axes.get_yticklabels())


@pytest.mark.parametrize("values", [[0.5, 2.0], [-1.0, 100.0], [0.0, 100.0]], ids=str)
def test_other_amounts_are_linear_and_do_not_begin_below_zero(axes, values):
    draw_amounts_axis(axes, values)
    assert axes.get_yscale() == "linear"
    assert (axes.get_ylim()[0] < 0) == (min(values) < 0)


def test_either_axis_can_be_logarithmic(axes):
    make_logarithmic(axes, "x")
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "linear")


def test_a_long_curve_keeps_its_peaks():
    values = np.zeros(50_000)
    values[12_345], values[40_000] = 7, -3
    places = thinned(values)
    assert len(places) <= 1_201
    assert {0, 12_345, 40_000, 49_999} <= set(places.tolist())
    assert (np.diff(places) > 0).all()
    assert thinned([1.0, np.nan, 2.0]).tolist() == [0, 1, 2]
    thinned(np.full(5_000, np.nan))
