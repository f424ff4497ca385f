"""Tests of the level of detail: what is drawn of many points keeps every extreme, and is what the points say."""

import numpy as np
import pytest

from pellucid.view.series import BLOCK, Series, edges_of

RANDOM = np.random.default_rng(0)


def plain(x, y, edges):
    """The same by hand: mean, low and high of the finite values of each column."""
    found = np.full((3, len(edges) - 1), np.nan)
    for column in range(len(edges) - 1):
        inside = y[(x >= edges[column]) & (x < edges[column + 1])]
        inside = inside[np.isfinite(inside)]
        if len(inside):
            found[:, column] = inside.mean(), inside.min(), inside.max()
    return found


@pytest.mark.parametrize("count", [1, 5, 50, 3000])
@pytest.mark.parametrize(("start", "stop"), [(0, 1), (0.2, 0.7), (0.9, 1.4)])
def test_columns_are_what_their_points_say(count, start, stop):
    x = np.cumsum(RANDOM.integers(1, 4, count)).astype(float)
    y = RANDOM.standard_normal(count)
    y[::7] = np.nan
    series = Series()
    series.extend(x, y)
    edges = edges_of(start * x[-1], stop * x[-1], 40)
    np.testing.assert_allclose(np.array(series.window(edges)), plain(x, y, edges))


@pytest.mark.parametrize("spike", [0, 12_345, 99_999])
def test_of_many_points_every_extreme_is_kept_and_no_column_is_empty(spike):
    count, width = 100_000, 50
    assert count > 8 * BLOCK * width, "so few points are not read by blocks"
    y = RANDOM.standard_normal(count)
    y[spike] = 1e6
    series = Series()
    series.extend(np.arange(1, count + 1), y)
    columns = series.window(edges_of(1, count, width))
    assert np.nanmax(columns.high) == 1e6
    assert np.nanmin(columns.low) == y.min()
    assert np.argmax(columns.high) == pytest.approx(spike / count * width, abs=1)
    assert np.isfinite(columns.mean).all()
    assert (columns.low <= columns.mean).all()
    assert (columns.mean <= columns.high).all()


def test_points_that_come_bit_by_bit_are_drawn_as_those_that_come_at_once():
    y = RANDOM.standard_normal(20_000)
    x = np.arange(1.0, len(y) + 1)
    whole, grown = Series(), Series()
    whole.extend(x, y)
    for place in range(0, len(y), 777):
        grown.extend(x[place : place + 777], y[place : place + 777])
    edges = edges_of(1, len(y), 30)
    np.testing.assert_array_equal(np.array(whole.window(edges)), np.array(grown.window(edges)))


def test_a_run_that_was_resumed_replaces_what_lay_after():
    resumed, expected = Series(), Series()
    resumed.extend(range(1, 1001), np.zeros(1000))
    resumed.extend(range(501, 601), np.ones(100))
    expected.extend(range(1, 601), np.repeat([0, 1], [500, 100]))
    assert resumed.ends == expected.ends == (1, 600)
    edges = edges_of(1, 600, 2)
    np.testing.assert_array_equal(np.array(resumed.window(edges)), np.array(expected.window(edges)))


def test_steps_that_go_back_within_one_reading_do_so_too():
    series = Series()
    series.extend([1, 2, 3, 2, 3], [0, 0, 0, 1, 1])
    x, y = series.points(0, 10)
    assert (x.tolist(), y.tolist()) == ([1, 2, 3], [0, 1, 1])


def test_values_that_are_no_numbers_leave_a_gap():
    series = Series()
    series.extend([1, 2, 3], [1.0, np.nan, np.inf])
    columns = series.window(edges_of(1, 3, 3))
    assert columns.mean[0] == 1.0
    assert np.isnan(columns.mean[1:]).all()
