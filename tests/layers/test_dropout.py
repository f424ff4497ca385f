"""Tests of `dropout`: the mask is the one its definition names, and the layers apply it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pellucid.layers as layers
from pellucid.layers import DropoutKey, keep_mask
from pellucid.shapes import ShapeError

from .layer_checks import assert_gradients, examples, seeds, spread

NAMES = ["dropout", "vanilla_dropout"]
KEY = DropoutKey(seed=7, layer=3, step=11)
PINNED = ["00111101", "11111110", "00101001", "11010110"]  # of (2024, 1, 5), keep 0.5
WORD = 2**64
keeps = st.sampled_from([0.1, 0.3, 0.5, 0.8, 1.0])
shapes = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple)


def philox_block(counter, key):
    """Philox4x64-10 as published (Salmon et al. 2011): four words from a 256-bit counter and a 128-bit key."""
    (a, b, c, d), (k0, k1) = counter, key
    for _ in range(10):
        left, right = a * 0xD2E7470EE14C6C93, c * 0xCA5A826395121157
        a, b, c, d = (right >> 64) ^ b ^ k0, right % WORD, (left >> 64) ^ d ^ k1, left % WORD
        k0, k1 = (k0 + 0x9E3779B97F4A7C15) % WORD, (k1 + 0xBB67AE8584CAA73B) % WORD
    return a, b, c, d


def words_of(key, count):
    """The first 32-bit words: the generator counts up before its first block; low halves come first."""
    seed, layer, step = key
    words = []
    block = 0
    while len(words) < count:
        block += 1
        for word in philox_block((block, 0, step, 0), (seed, layer)):
            words += [word % 2**32, word >> 32]
    return words[:count]


def layer(name, keep, key=KEY):
    forward, backward = getattr(layers, f"{name}_forward"), getattr(layers, f"{name}_backward")
    return lambda x: forward(x, keep, key), backward


def test_philox_known_answers():
    """Vectors of the Random123 library: all zeros, and all ones."""
    assert philox_block((0,) * 4, (0,) * 2) == (
        0x16554D9ECA36314C,
        0xDB20FE9D672D0FDC,
        0xD7E772CEE186176B,
        0x7E68B68AEC7BA23B,
    )
    assert philox_block((WORD - 1,) * 4, (WORD - 1,) * 2) == (
        0x87B092C3013FE90B,
        0x438C3C67BE8D0224,
        0x9CC7D7C69CD777B6,
        0xA09CAEBF594F0BA0,
    )


@given(
    key=st.tuples(*[st.one_of(st.integers(0, 3), st.integers(0, last)) for last in (WORD - 1, WORD - 1, 2**63 - 1)]),
    count=st.integers(1, 40),
    keep=st.floats(0.01, 1.0),
)
@examples(40)
def test_the_mask_is_the_one_defined(key, count, keep):
    expected = [word < round(keep * 2**32) for word in words_of(key, count)]
    assert keep_mask((count,), keep, key).tolist() == expected


@pytest.mark.parametrize("step", [2**63 + 1, WORD - 1])
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_the_mask_of_a_step_in_the_upper_half(step):
    expected = [word < 2**31 for word in words_of((1, 2, step), 40)]
    assert keep_mask((40,), 0.5, (1, 2, step)).tolist() == expected


def test_a_pinned_mask():
    """These 32 entries must never change: saved runs are repeated by them."""
    mask = keep_mask((4, 8), 0.5, DropoutKey(2024, 1, 5))
    rows = ["".join("1" if kept else "0" for kept in row) for row in mask]
    assert rows == PINNED


@pytest.mark.parametrize("name", NAMES)
@given(shape=shapes, keep=keeps, step=st.integers(0, 2**40), seed=seeds)
@examples(15)
def test_gradients(name, shape, keep, step, seed):
    assert_gradients(*layer(name, keep, (seed, 1, step)), spread(seed, *shape))


@given(shape=shapes, keep=keeps, seed=seeds)
@examples(20)
def test_the_two_forms_differ_by_the_scale(shape, keep, seed):
    x = spread(seed, *shape)
    mask = keep_mask(shape, keep, KEY)
    np.testing.assert_allclose(layers.dropout_forward(x, keep, KEY)[0], x * mask / keep, rtol=1e-15)
    np.testing.assert_array_equal(layers.vanilla_dropout_forward(x, keep, KEY)[0], x * mask)
    np.testing.assert_array_equal(layers.vanilla_dropout_infer(x, keep), keep * x)


def test_dropped_entries_are_0_even_where_x_is_not_finite():
    mask = keep_mask((64,), 0.5, KEY)
    x = np.where(mask, 1.0, np.nan)
    for name in NAMES:
        out, cache = layer(name, 0.5)[0](x)
        assert np.all(np.isfinite(out))
        assert np.all(np.isfinite(layer(name, 0.5)[1](x, cache)))


@pytest.mark.parametrize("keep", [0.2, 0.5, 0.9])
def test_the_share_kept_is_near_keep(keep):
    mask = keep_mask((100, 1000), keep, KEY)
    assert abs(mask.mean() - keep) < 5 * math.sqrt(keep * (1 - keep) / mask.size)
    # Neighbours, in either direction, are independent.
    for a, b in ((mask[:, 1:], mask[:, :-1]), (mask[1:], mask[:-1])):
        assert abs((a & b).mean() - keep**2) < 5 / math.sqrt(mask.size)


def test_keep_1_drops_nothing():
    assert keep_mask((1000,), 1.0, KEY).all()
    x = spread(0, 5, 7)
    np.testing.assert_array_equal(layers.dropout_forward(x, 1.0, KEY)[0], x)


def test_the_mean_over_many_steps_is_x():
    x, keep, steps = np.array([1.0, -2.0, 3.0]), 0.3, 4000
    inverted = np.mean([layers.dropout_forward(x, keep, (1, 2, step))[0] for step in range(steps)], axis=0)
    vanilla = np.mean([layers.vanilla_dropout_forward(x, keep, (1, 2, step))[0] for step in range(steps)], axis=0)
    allowed = 5 * np.abs(x) * math.sqrt((1 - keep) / keep / steps)
    assert np.all(np.abs(inverted - x) < allowed)
    assert np.all(np.abs(vanilla - layers.vanilla_dropout_infer(x, keep)) < keep * allowed)


@pytest.mark.parametrize("shape", [(6,), (6, 5), (6, 5, 3), (6, 5, 3, 2)])
def test_a_rows_mask_does_not_depend_on_the_batch_size(shape):
    whole = keep_mask(shape, 0.5, KEY)
    for rows in range(1, 6):
        np.testing.assert_array_equal(keep_mask((rows, *shape[1:]), 0.5, KEY), whole[:rows])


def test_entries_count_in_the_order_batch_height_width_channel():
    n, c, h, w = 2, 3, 4, 5
    counted = keep_mask((n * h * w * c,), 0.5, KEY).reshape(n, h, w, c)
    np.testing.assert_array_equal(keep_mask((n, c, h, w), 0.5, KEY), counted.transpose(0, 3, 1, 2))


@pytest.mark.parametrize("name", NAMES)
def test_memory_order_does_not_change_the_mask(name):
    x = spread(0, 2, 3, 4, 5)
    channels_last = np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    forward, _ = layer(name, 0.5)
    np.testing.assert_array_equal(forward(x)[0], forward(channels_last)[0])


def test_each_part_of_the_key_makes_another_mask():
    base = keep_mask((64,), 0.5, (7, 3, 11))
    for key in [(8, 3, 11), (7, 4, 11), (7, 3, 12), (3, 7, 11), (7, 11, 3), (7 + 2**63, 3, 11), (7, 3, 11 + 2**62)]:
        other = keep_mask((64,), 0.5, key)
        assert 10 < (other != base).sum() < 54, key


def test_streams_of_neighbouring_steps_do_not_overlap():
    """A step that only shifted the stream would repeat the last step's mask, moved by a few places."""
    first, second = keep_mask((400,), 0.5, (7, 3, 0)), keep_mask((400,), 0.5, (7, 3, 1))
    for shift in range(64):
        assert (first[shift:] != second[: 400 - shift]).mean() > 0.3
        assert (second[shift:] != first[: 400 - shift]).mean() > 0.3


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("keep", [0, 0.0, -0.5, 1.5, np.nan, np.inf])
def test_keep_outside_its_range(name, keep):
    message = rf"^{name}_forward: keep, the probability of keeping an entry, must lie in \(0, 1\]; got "
    with pytest.raises(ShapeError, match=message):
        layer(name, keep)[0](np.ones((2, 3)))


@pytest.mark.parametrize("keep", [0, 1.5, np.nan])
def test_keep_outside_its_range_at_inference(keep):
    with pytest.raises(ShapeError, match=r"^vanilla_dropout_infer: keep, the probability of keeping"):
        layers.vanilla_dropout_infer(np.ones((2, 3)), keep)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("part", [-1, 2**64, 1.0, "1", None])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_key_is_three_words(name, part, place):
    key = [1, 2, 3]
    key[place] = part
    message = f"dropout key: {DropoutKey._fields[place]} must be a whole number from 0 to 2.*; got {part!r}"
    with pytest.raises(ShapeError, match=message):
        layer(name, 0.5, tuple(key))[0](np.ones((2, 3)))


@pytest.mark.parametrize("key", [(1, 2), (1, 2, 3, 4), 5])
def test_a_key_of_another_length(key):
    with pytest.raises(ShapeError, match="dropout key"):
        layers.dropout_forward(np.ones((2, 3)), 0.5, key)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(3, 2), (2, 4), (2,), (3,), (2, 3, 1), (1, 3)])
def test_upstream_gradient_of_another_shape(name, shape):
    forward, backward = layer(name, 0.5)
    _, cache = forward(np.ones((2, 3)))
    with pytest.raises(ShapeError, match=rf"^{name}_backward: dout must have shape \(2, 3\) like out; got "):
        backward(np.ones(shape), cache)
