"""How far the kernels are from the truth: the reference in float64, for every instruction set and several numbers of threads.

Inputs are standard normal, weights scaled after He et al. 2015. An error is measured against the largest value of its output;
where a sum cancels (a bias gradient over many rows), against the sum of its terms' sizes.
"""

import functools

import numpy as np
import pytest

from . import kernel_calls
from .instruction_sets import each_set, module, module_for
from .kernel_calls import errors, run

THREADS = (1, 2, 3, 5)
LIMIT = {np.dtype(np.float32): 4e-6, np.dtype(np.float64): 1e-12}
each_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda dtype: dtype.__name__)


@functools.cache
def calls_and_answers(kind, dtype, sizes, options):
    """The calls, made once and shared by the instruction sets, with the correct results. `kind` makes them, or names what does."""
    calls = (kind if callable(kind) else getattr(kernel_calls, kind))(
        np.random.default_rng(7), dtype, *sizes, **dict(options)
    )
    return [(call, call.answers()) for call in calls]


def check(isa, kind, dtype, *sizes, threads=THREADS, **options):
    for call, answers in calls_and_answers(kind, dtype, sizes, tuple(options.items())):
        for count in threads:
            for name, error in errors(run(module_for(isa), call, count), answers).items():
                said = f"{call.kernel}{sizes}{options}: {name} by {count} threads is wrong by {error:.1e}"
                assert error <= LIMIT[np.dtype(dtype)], said


def identified(cases):
    return pytest.mark.parametrize("case", cases, ids=lambda case: " ".join(map(str, case)))


# (images (n, h, w, c), filters, window, stride, pad)
DIRECT = [
    ((2, 6, 7, 512), 512, (3, 3), (1, 1), (1, 1)),
    ((3, 8, 8, 512), 20, (1, 1), (1, 1), (0, 0)),  # a row longer than no block, exactly one
    ((2, 5, 6, 700), 5, (2, 1), (1, 2), (1, 0)),  # a row of the window cut into blocks
    ((2, 12, 13, 64), 36, (7, 7), (1, 1), (3, 3)),
    ((5, 32, 32, 3), 32, (7, 7), (1, 1), (3, 3)),
    ((16, 16, 16, 36), 100, (3, 3), (1, 1), (1, 1)),
    ((4, 31, 31, 3), 25, (3, 3), (2, 2), (1, 1)),
    ((3, 13, 17, 20), 36, (3, 2), (2, 3), (4, 0)),  # strides that leave a rest, more padding than window
    ((2, 9, 9, 20), 36, (3, 3), (1, 1), (4, 4)),
]
WINOGRAD = [
    ((2, 6, 7, 512), 512, (3, 3), (1, 1), (1, 1)),
    ((3, 4, 4, 256), 20, (3, 3), (1, 1), (1, 1)),
    ((16, 16, 16, 36), 100, (3, 3), (1, 1), (1, 1)),
    ((3, 33, 9, 20), 36, (3, 3), (1, 1), (0, 0)),
    ((2, 9, 10, 100), 20, (3, 3), (1, 1), (2, 0)),
    ((16, 32, 32, 32), 32, (3, 3), (1, 1), (1, 1)),
]


@each_set
@each_dtype
@identified(DIRECT)
def test_direct_convolution(isa, dtype, case):
    images, filters, window, stride, pad = case
    check(isa, "conv", dtype, images, filters, window, stride=stride, pad=pad)


@each_set
@identified(WINOGRAD)
def test_winograd_convolution(isa, case):
    images, filters, window, stride, pad = case
    check(isa, "conv", np.float32, images, filters, window, stride=stride, pad=pad, winograd=True)


@each_set
@each_dtype
def test_winograd_is_asked_for_in_float64_in_vain(isa, dtype):
    """In float64 the switch must not cost a digit; in float32 the same call shows that it does something."""
    images = (2, 12, 12, 20)
    calls = [
        kernel_calls.conv(np.random.default_rng(3), dtype, images, 20, (3, 3), pad=(1, 1), winograd=winograd)
        for winograd in (False, True)
    ]
    for direct, winograd in zip(*calls, strict=True):
        found = [run(module_for(isa), call, 2) for call in (direct, winograd)]
        for name in set(direct.outputs) - {"db"}:
            assert np.array_equal(found[0][name], found[1][name]) == (dtype == np.float64)


@each_set
@each_dtype
@pytest.mark.parametrize("winograd", [False, True], ids=["direct", "winograd"])
def test_convolution_of_every_number_of_channels(isa, dtype, winograd):
    for c in range(1, 66):
        filters = 1 + 7 * c % 65
        check(
            isa, "conv", dtype, (2, 6, 7, c), filters, (3, 3), threads=(1, 3), pad=(1, 1), relu=True, winograd=winograd
        )


@each_set
@each_dtype
@identified(
    [
        (7, 3072, 100),
        (100, 3072, 10),
        (15, 2049, 40),
        (90, 5000, 333),
        (128, 46, 46),
        (1, 1025, 33),
        (600, 20, 36),
        (64, 512, 512),
        (13, 1, 1),
    ]
)
def test_affine(isa, dtype, case):
    check(isa, "affine", dtype, *case)
    check(isa, "affine", dtype, *case, relu=True, threads=(2,))


@each_set
@each_dtype
def test_affine_of_every_size(isa, dtype):
    """Each number of columns off the vector width, and each number of rows off the register tile."""
    for size in range(1, 66):
        check(isa, "affine", dtype, 1 + 5 * size % 29, 1 + 11 * size % 65, size, threads=(1, 3))


@each_set
@each_dtype
@identified([(64 * 32 * 32, 20), (4096, 100), (1000, 36), (100, 512), (65, 65), (2, 3)])
def test_batchnorm(isa, dtype, case):
    check(isa, "batchnorm", dtype, *case)
    check(isa, "batchnorm", dtype, *case, relu=True, threads=(3,))
    check(isa, "batchnorm", dtype, *case, relu=True, ceiling=1.0, threads=(3,))


@each_set
@each_dtype
def test_batchnorm_far_from_zero(isa, dtype):
    """E[x**2] - E[x]**2 in float32 would leave two digits here."""
    check(isa, "batchnorm", dtype, 4096, 20, shift=30.0)


@each_set
@each_dtype
@pytest.mark.parametrize("rows", [64 * 32 * 32, 4096])
def test_batchnorm_whose_first_row_is_unlike_the_others(isa, dtype, rows):
    """The sums are taken of x minus its first row: the corner of an image, say, which the padding makes unlike the rest."""
    check(isa, "batchnorm", dtype, rows, 20, first_row=-100.0)
    check(isa, "batchnorm", dtype, rows, 20, shift=1000.0, first_row=0.0)


@each_set
@each_dtype
def test_batchnorm_of_equal_rows(isa, dtype):
    """The variance is 0 and never below it."""
    gamma, beta, *statistics = np.ones((5, 21), dtype)
    x, out = np.full((100, 21), 1 / 3, dtype), np.full((100, 21), np.nan, dtype)
    module_for(isa).batchnorm_forward(x, gamma, beta, 1e-5, False, np.inf, out, *statistics, 3)
    mean, var, inv_std = statistics
    assert (mean == x[0]).all()
    assert (var == 0).all()
    assert (out == 1).all()
    np.testing.assert_allclose(inv_std, 1e-5**-0.5, rtol=1e-6)


@each_set
@each_dtype
@identified([(128, 10), (5, 1000), (1, 1), (300, 65)])
def test_softmax_loss(isa, dtype, case):
    check(isa, "softmax_loss", dtype, *case)
    check(isa, "softmax_loss", dtype, *case, smoothing=0.1, spread=30.0)


@each_set
@each_dtype
def test_softmax_loss_of_scores_that_overflow_exp(isa, dtype):
    check(isa, "softmax_loss", dtype, 50, 10, spread=1e4)


@each_set
@each_dtype
def test_pooling_relu_and_adam(isa, dtype):
    """Bound by memory, and as exact as their types: maxima, ties and masks are the reference's."""
    check(isa, "maxpool", dtype, (4, 15, 16, 36), (2, 2), (2, 2))
    check(isa, "maxpool", dtype, (3, 15, 14, 65), (3, 2), (2, 1))
    check(isa, "maxpool", dtype, (2, 32, 33, 3), (32, 33), (1, 1))  # the whole image: winners of two bytes
    check(isa, "maxpool", dtype, (1, 23, 21, 70), (17, 18), (3, 2))
    check(isa, "relu", dtype, (7, 5, 1234))
    check(isa, "adam", dtype, 54321)
    check(isa, "adam", dtype, 54321, step=1, weight_decay=0.3)


@pytest.mark.parametrize("spoil", ["an error", "a NaN", "another shape"])
def test_a_wrong_output_is_seen(spoil):
    """The measure itself is shown outputs that it must reject."""
    (call, answers), *_ = calls_and_answers("affine", np.float32, (7, 20, 9), ())
    found = run(module, call, 1)
    assert errors(found, answers)["out"] <= LIMIT[np.dtype(np.float32)]
    largest = np.unravel_index(np.abs(found["out"]).argmax(), found["out"].shape)
    if spoil == "an error":
        found["out"][largest] *= 1 + 1e-5
    elif spoil == "a NaN":
        found["out"][2, 3] = np.nan
    else:
        found["out"] = found["out"][:1]
    assert errors(found, answers)["out"] > LIMIT[np.dtype(np.float32)]
