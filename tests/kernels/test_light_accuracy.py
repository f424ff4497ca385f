"""How far the kernels of `light_calls.py` are from the truth, for every instruction set and several numbers of threads."""

import numpy as np
import pytest

from pellucid.layers.dropout import keep_mask

from . import light_calls
from .instruction_sets import each_set, module_for
from .test_accuracy import check, each_dtype, identified

IMAGES = [  # (n, h, w, c), groups
    ((5, 32, 32, 64), 32),
    ((3, 7, 9, 100), 4),
    ((2, 33, 31, 3), 1),
    ((4, 1, 1, 65), 5),
    ((1, 2, 2, 513), 27),
    ((7, 16, 16, 20), 20),  # instance norm
    ((3, 1, 3, 4099), 1),  # wider than pixels are put side by side for
]


@each_set
@each_dtype
@identified(IMAGES)
def test_groupnorm(isa, dtype, case):
    check(isa, light_calls.groupnorm, dtype, *case)
    check(isa, light_calls.groupnorm, dtype, *case, relu=True, threads=(3,))


@each_set
@each_dtype
def test_groupnorm_of_every_number_of_channels(isa, dtype):
    for c in range(1, 66):
        groups = next((g for g in range(c // 2, 0, -1) if c % g == 0), 1)
        for g in {1, groups, c}:
            check(isa, light_calls.groupnorm, dtype, (2, 3, 1 + c % 11, c), g, threads=(2,))


@each_set
@each_dtype
def test_groupnorm_far_from_zero(isa, dtype):
    """E[x**2] - E[x]**2 in float32 would leave nothing here; a mean rounded to float32 would leave four digits."""
    check(isa, light_calls.groupnorm, dtype, (3, 16, 16, 20), 4, shift=1000.0)
    check(isa, light_calls.groupnorm, dtype, (3, 16, 16, 20), 4, shift=1000.0, first_pixel=0.0)
    check(isa, light_calls.layernorm, dtype, 30, 500, shift=1000.0)


@each_set
@each_dtype
def test_equal_numbers_have_variance_0(isa, dtype):
    x, out = np.full((3, 4, 5, 21), 1 / 3, dtype), np.full((3, 4, 5, 21), np.nan, dtype)
    gamma, beta = np.ones((2, 21), dtype)
    mean, inv_std = np.full((2, 3, 7), np.nan)
    module_for(isa).groupnorm_forward(x, gamma, beta, 7, 1e-5, False, out, mean, inv_std, 2)
    np.testing.assert_allclose(inv_std, 1e-5**-0.5, rtol=1e-6)
    np.testing.assert_allclose(out, 1, rtol=1e-5)


@each_set
@each_dtype
@identified([(100, 100), (1, 1), (7, 3072), (300, 46), (2, 65), (33, 1025)])
def test_layernorm(isa, dtype, case):
    check(isa, light_calls.layernorm, dtype, *case)
    check(isa, light_calls.layernorm, dtype, *case, relu=True, threads=(3,))


@each_set
@each_dtype
def test_layernorm_of_every_width(isa, dtype):
    for d in range(1, 66):
        check(isa, light_calls.layernorm, dtype, 1 + 5 * d % 29, d, eps=0.1, threads=(1, 3))


@each_set
@each_dtype
def test_no_rows_give_no_gradient(isa, dtype):
    empty, gamma, sums = np.empty((0, 9), dtype), np.ones(9, dtype), np.full((2, 9), np.nan, dtype)
    module_for(isa).layernorm_backward(empty, empty, gamma, gamma, *np.empty((2, 0)), False, empty.copy(), *sums, 2)
    assert (sums == 0).all()


@each_set
@each_dtype
@pytest.mark.parametrize("keep", [1.0, 0.5, 0.1, 1e-9])
def test_dropout(isa, dtype, keep):
    for shape in [(1,), (7,), (513,), (40, 1000), (100, 100)]:
        check(isa, light_calls.dropout, dtype, shape, keep)
    check(isa, light_calls.dropout, dtype, (33, 9), keep, scaled=False, key=(2**64 - 1, 2**64 - 1, 2**64 - 1))


@each_set
def test_a_smaller_batch_has_the_beginning_of_the_mask_of_a_larger(isa):
    x = np.ones((33, 7), np.float32)
    out, mask, step = np.empty_like(x), np.full(x.shape, 7, np.uint8), np.array([5], np.uint64)
    call = module_for(isa).bound.dropout_forward(None, x, 0.5, True, 3, 1, step, out, mask, 2)
    for number in (5, 6):  # the step is read when the call is made
        step[0] = number
        call(10)
        assert np.array_equal(mask[:10], keep_mask((10, 7), 0.5, (3, 1, number)))
    assert (mask[10:] == 7).all()


@each_set
@each_dtype
@identified(
    [
        ((4, 15, 16, 36), (2, 2), (2, 2)),
        ((3, 15, 14, 65), (3, 2), (2, 1)),
        ((2, 9, 8, 3), (2, 3), (3, 4)),  # a rest between windows
        ((3, 32, 32, 70), (32, 32), (32, 32)),  # the whole image
        ((1, 30, 31, 130), (20, 21), (5, 5)),
    ]
)
def test_avgpool(isa, dtype, case):
    check(isa, light_calls.avgpool, dtype, *case)


@each_set
@each_dtype
def test_activations_rules_and_standardization(isa, dtype):
    for shape in [(1,), (5, 7, 11), (65537,)]:
        check(isa, light_calls.activations, dtype, shape)
        check(isa, light_calls.rules, dtype, shape[0])
    for case in [(5, 1, 1024, 3), (3, 3, 35, 1), (4, 1, 1, 100), (1, 2, 1, 1), (2, 1, 9, 17)]:
        check(isa, light_calls.standardize, dtype, *case)


@each_set
@each_dtype
@identified(
    [(1, 1, 1), (3, 3, 1024), (2, 16, 64), (5, 33, 17), (1, 65, 15), (40, 7, 100), (0, 3, 4), (2, 0, 4), (2, 3, 0)]
)
def test_images_turned_channels_last(isa, dtype, case):
    check(isa, light_calls.to_channels_last, dtype, *case)


@each_set
@identified([(5, 1, 32, 32, 3), (3, 3, 31, 33, 1), (2, 1, 5, 7, 12), (1, 2, 1, 1, 4), (40, 1, 16, 16, 1)])
def test_image_transforms_on_bytes(isa, case):
    def make(rng, dtype, *sizes):
        return light_calls.moves(rng, *sizes)

    check(isa, make, np.float32, *case)


@each_set
@each_dtype
@identified(
    [
        ((2, 17, 19, 37), (3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1)),
        ((3, 14, 15, 33), (3, 3), (2, 2), ((0, 1), (1, 1)), (1, 1)),
        ((2, 13, 20, 5), (2, 3), (3, 2), ((4, 0), (5, 6)), (2, 1)),  # whole windows in the padding
        ((2, 12, 11, 70), (5, 5), (1, 2), ((2, 2), (2, 2)), (1, 1)),
        ((1, 16, 13, 21), (3, 3), (1, 1), ((2, 2), (0, 5)), (2, 3)),
        ((2, 2, 1, 18), (3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1)),  # no window lies inside
    ]
)
def test_depthwise(isa, dtype, case):
    check(isa, light_calls.depthwise, dtype, *case, threads=(1, 3))


@each_set
@each_dtype
@identified([((3, 16, 17, 37), 37, 0), ((2, 9, 9, 12), 70, 5), ((5, 1, 1, 1), 3, 2), ((1, 40, 40, 65), 130, 64)])
def test_joining(isa, dtype, case):
    check(isa, light_calls.joining, dtype, *case)
