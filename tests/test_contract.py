"""One contract for every layer of every table: what a caller may rely on, whichever implementation is behind a name.

A faster table joins by being added to TABLES. It is then compared with REFERENCE in float64, and must keep the dtype, leave its
inputs and caches alone, not care about memory order, repeat itself bit for bit, refuse what REFERENCE refuses, and share
its signatures. The checks themselves are shown broken tables at the end of this file.
"""

import inspect
from collections.abc import Callable
from dataclasses import fields, replace
from typing import NamedTuple

import numpy as np
import pytest

from pellucid.kernels import NATIVE, native_build
from pellucid.layers import REFERENCE, Layers, Pair, RunningStats, initial_running_stats, update_running_stats
from pellucid.shapes import ShapeError

TABLES = [REFERENCE, *([NATIVE] if native_build().available else [])]
DTYPES = [np.float32, np.float64]
TOLERANCE = {np.dtype(np.float32): 5e-5, np.dtype(np.float64): 1e-11}  # of max(1, the largest entry)
LAYERS = [field.name for field in fields(Layers) if field.name != "name"]


class Case(NamedTuple):
    """One call of one layer: `make(rng)` gives its positional and its keyword arguments, in float64."""

    layer: str
    name: str
    make: Callable[[np.random.Generator], tuple[tuple, dict]]


def call(layer, *shapes, **options):
    """A case whose arguments are normal arrays of these shapes, then the options."""
    name = " ".join("x".join(map(str, shape)) for shape in shapes)
    name += "".join(f" {key}={value}" for key, value in options.items() if not isinstance(value, Pair))
    return Case(layer, name, lambda rng: (tuple(rng.standard_normal(shape) for shape in shapes), options))


def dropped(layer, shape, keep):
    return Case(layer, f"{shape} keep={keep}", lambda rng: ((rng.standard_normal(shape), keep, (3, 1, 4)), {}))


def inferred(layer, *shape, eps=1e-5):
    def make(rng):
        x, gamma, beta = (rng.standard_normal(s) for s in (shape, shape[1], shape[1]))
        stats = RunningStats(rng.standard_normal(shape[1]), rng.uniform(0.5, 2, shape[1]))
        return (x, gamma, beta, stats), {"eps": eps}

    return Case(layer, f"{shape} eps={eps}", make)


def lost(layer, rows, classes, *, weighted=False, numbers=False, **options):
    def make(rng):
        scores = 3 * rng.standard_normal((rows, classes))
        targets = rng.standard_normal((rows, classes)) if numbers else rng.integers(0, classes, rows)
        weights = {"weights": rng.uniform(0, 2, rows)} if weighted else {}
        return (scores, targets), {**weights, **options}

    flags = f"{' weighted' if weighted else ''}{' numbers' if numbers else ''}{options or ''}"
    return Case(layer, f"{rows}x{classes}{flags}", make)


def convolved(layer, x, w, *more, **options):
    return call(layer, x, w, (w[0],), *more, **options)


def pooled(layer):
    return [
        call(layer, (1, 1, 1, 1), size=1),
        call(layer, (2, 3, 31, 8), size=2),
        call(layer, (1, 17, 7, 33), size=(3, 2), stride=(1, 2)),
        call(layer, (3, 1, 32, 5), size=3, stride=2),
        call(layer, (2, 3, 5, 6), size=(1, 3), stride=(3, 1)),
        call(layer, (2, 3, 31, 17), size=(31, 17)),  # the whole image; more entries than a byte counts
        call(layer, (1, 5, 20, 33), size=(17, 18), stride=(1, 7)),
    ]


def normed(layer):
    return [call(layer, shape, shape[1:], shape[1:]) for shape in [(1, 5), (31, 1), (32, 17), (33, 31)]] + [
        call(layer, (3, 32), (32,), (32,), eps=0.1)
    ]


IMAGES = [(1, 1, 1, 1), (2, 3, 5, 4), (1, 17, 31, 1), (3, 17, 2, 33), (2, 1, 32, 3)]
PLAIN = [(1,), (31,), (1, 32), (33, 17), (2, 3, 5, 4), (3, 17, 2, 31)]
NORM = Pair(REFERENCE.layernorm.forward, REFERENCE.layernorm.backward)
DEEP = [((1, 5), 7), ((31, 33), 17), ((2, 3, 4, 5), 32), ((33, 1), 1)]  # x, number of outputs
WINDOWS = [
    ((1, 1, 1, 1), (1, 1, 1, 1), {}),
    ((2, 3, 9, 8), (17, 3, 3, 3), {"stride": 2, "pad": 1}),
    ((1, 17, 6, 33), (3, 17, 2, 3), {"stride": (1, 3), "pad": (0, 2)}),
    ((3, 3, 31, 5), (1, 3, 3, 1), {"stride": 3}),
    ((1, 3, 32, 6), (4, 3, 5, 5), {"pad": 2}),
]


def wide(shape, outputs):
    return int(np.prod(shape[1:])), outputs


CASES = [
    *[call("affine", x, wide(x, m), (m,)) for x, m in DEEP],
    *[convolved("conv", x, w, **options) for x, w, options in WINDOWS],
    *[call(name, shape) for name in ("relu", "leaky_relu", "sigmoid", "tanh", "gelu") for shape in PLAIN],
    call("leaky_relu", (3, 5), slope=0.3),
    *normed("batchnorm"),
    *normed("layernorm"),
    *[call("spatial_batchnorm", shape, shape[1:2], shape[1:2]) for shape in IMAGES],
    call("spatial_batchnorm", (2, 3, 4, 5), (3,), (3,), eps=0.1),
    call("groupnorm", (1, 1, 1, 1), (1,), (1,), groups=1),
    call("groupnorm", (2, 6, 3, 5), (6,), (6,), groups=3),
    call("groupnorm", (1, 17, 31, 2), (17,), (17,), groups=17),
    call("groupnorm", (3, 3, 5, 33), (3,), (3,), groups=1, eps=0.1),
    call("groupnorm", (2, 12, 9, 8), (12,), (12,), groups=4),
    *[
        dropped(name, s, k)
        for name in ("dropout", "vanilla_dropout")
        for s, k in zip(PLAIN, [0.5, 0.1, 1.0] * 2, strict=True)
    ],
    *pooled("maxpool"),
    *pooled("avgpool"),
    *[call("global_avgpool", shape) for shape in IMAGES],
    *[call("flatten", shape) for shape in PLAIN],
    *[call("add", shape, shape) for shape in PLAIN],
    *[inferred("batchnorm_infer", n, d) for n, d in [(1, 1), (31, 17), (33, 32)]],
    inferred("batchnorm_infer", 3, 5, eps=0.1),
    *[inferred("spatial_batchnorm_infer", *shape) for shape in IMAGES],
    *[Case("vanilla_dropout_infer", str(s), lambda rng, s=s: ((rng.standard_normal(s), 0.3), {})) for s in PLAIN],
    *[
        lost(name, *s)
        for name in ("softmax_loss", "svm_loss", "mse_loss")
        for s in [(1, 1), (1, 10), (31, 17), (33, 32)]
    ],
    *[lost(name, 5, 7, weighted=True) for name in ("softmax_loss", "svm_loss", "mse_loss")],
    lost("softmax_loss", 5, 7, label_smoothing=0.1),
    lost("mse_loss", 5, 7, numbers=True),
    *[call("affine_relu", x, wide(x, m), (m,)) for x, m in DEEP],
    *[
        call("affine_norm_relu_dropout", x, wide(x, m), (m,), (m,), (m,), keep=0.7, key=(1, 2, 3))
        for x, m in [((1, 5), 7), ((31, 33), 17), ((33, 2, 3), 32)]
    ],
    call("affine_norm_relu_dropout", (4, 3), (3, 5), (5,), (5,), (5,), keep=1.0, key=(0, 0, 0), norm=NORM),
    *[convolved("conv_relu", x, w, **options) for x, w, options in WINDOWS],
    *[convolved("conv_bn_relu", x, w, w[:1], w[:1], **options) for x, w, options in WINDOWS],
    convolved("conv_bn_relu", (2, 3, 4, 5), (2, 3, 3, 3), (2,), (2,), pad=1, eps=0.1),
    *[convolved("conv_relu_pool", x, w, pool_size=1, **options) for x, w, options in WINDOWS],
    convolved("conv_relu_pool", (2, 3, 9, 8), (5, 3, 3, 3), pad=1),
    convolved("conv_relu_pool", (1, 3, 9, 8), (17, 3, 3, 3), pad=(1, 0), pool_size=(3, 2), pool_stride=(2, 1)),
]
IDS = [f"{case.layer} {case.name}" for case in CASES]
WITH_BACKWARD = [case for case in CASES if isinstance(getattr(REFERENCE, case.layer), Pair)]


# --- calling a layer, whatever its kind


class Result(NamedTuple):
    """What one call gave: every array, by name, and the cache (None where there is none)."""

    values: dict[str, np.ndarray]
    cache: object


def each_array(value, change):
    """Rebuild arguments, caches and results with every array in them replaced by change(array)."""
    if isinstance(value, np.ndarray):
        return change(value)
    if isinstance(value, dict):
        return {key: each_array(part, change) for key, part in value.items()}
    if isinstance(value, tuple):
        parts = [each_array(part, change) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    return value


def arrays_in(value):
    found = []
    each_array(value, lambda array: found.append(array) or array)
    return found


def cast(arguments, dtype):
    """Every float array in another dtype; labels and weights of rows as they are."""
    return each_array(arguments, lambda a: a.astype(dtype) if a.dtype.kind == "f" else a)


def arguments_of(case, dtype=np.float64):
    """The case's arguments, rounded to float32 first, so that both dtypes see the same numbers."""
    return cast(cast(case.make(np.random.default_rng(5)), np.float32), dtype)


def freeze(array):
    array.flags.writeable = False
    return array


def run(table, case, arguments, arrange=lambda array: array):
    """Forward, and backward under a random upstream gradient; everything handed over is read-only and seen not to change."""
    entry = getattr(table, case.layer)
    args, options = each_array(arguments, lambda array: freeze(arrange(array)))
    given = each_array((args, options), np.copy)
    cache = None
    if not isinstance(entry, Pair):
        returned = entry(*args, **options)
        values = (
            {"out": returned} if isinstance(returned, np.ndarray) else {"loss": returned[0], "dscores": returned[1]}
        )
    else:
        out, cache = entry.forward(*args, **options)
        values = {"out": out}
        cache = each_array(cache, freeze)
        dout = freeze(arrange(np.random.default_rng(6).standard_normal(out.shape).astype(out.dtype)))
        before = each_array((dout, out, cache), np.copy)
        gradients = entry.backward(dout, cache)
        gradients = gradients if isinstance(gradients, tuple) else (gradients,)
        values |= {f"gradient {i}": gradient for i, gradient in enumerate(gradients)}
        for now, then in zip(arrays_in((dout, out, cache)), arrays_in(before), strict=True):
            assert np.array_equal(now, then, equal_nan=True), "backward changed dout, out or the cache"
    for now, then in zip(arrays_in((args, options)), arrays_in(given), strict=True):
        assert np.array_equal(now, then, equal_nan=True), "the layer changed its input"
    return Result(values, cache)


def assert_close(found, expected, tolerance):
    assert found.keys() == expected.keys()
    for name in expected:
        a, b = np.asarray(found[name], np.float64), np.asarray(expected[name], np.float64)
        assert a.shape == b.shape, name
        difference = np.max(np.abs(a - b), initial=0)
        assert difference <= tolerance * max(1, np.max(np.abs(b), initial=0)), f"{name} differs by {difference:.1e}"


# --- the contract


def check_dtype(table, case, dtype):
    arguments = arguments_of(case, dtype)
    values = run(table, case, arguments).values
    for name, value in values.items():
        assert type(value) is float if name == "loss" else value.dtype == dtype, f"{name} is {type(value)} {value!r}"
    floats = [array for array in arguments[0] if isinstance(array, np.ndarray) and array.dtype.kind == "f"]
    gradients = [value for name, value in values.items() if "gradient" in name]
    if gradients:
        assert [gradient.shape for gradient in gradients] == [array.shape for array in floats]


def check_agreement(table, case, dtype):
    expected = run(REFERENCE, case, arguments_of(case)).values
    assert_close(run(table, case, arguments_of(case, dtype)).values, expected, TOLERANCE[np.dtype(dtype)])


def every_second(array):
    spaced = np.full((*array.shape[:-1], 2 * array.shape[-1]), 77, array.dtype)
    spaced[..., ::2] = array
    return spaced[..., ::2]


def reversed_memory(array):
    return np.flip(np.flip(array).copy())


def channels_last(array):
    """Axis 1 last in memory; a matrix in column order."""
    axes = (0, *range(2, array.ndim), 1) if array.ndim > 2 else tuple(range(array.ndim))[::-1]
    return np.ascontiguousarray(array.transpose(axes)).transpose(np.argsort(axes))


def unaligned(array):
    memory = np.zeros(array.nbytes + 1, np.uint8)
    moved = memory[1:].view(array.dtype).reshape(array.shape)
    moved[...] = array
    return moved


ARRANGEMENTS = [every_second, reversed_memory, channels_last, unaligned]


def check_memory_order(table, case, dtype, arrange):
    arguments = arguments_of(case, dtype)
    expected = run(table, case, arguments).values
    assert_close(run(table, case, arguments, arrange).values, expected, TOLERANCE[np.dtype(dtype)])


def check_repeats(table, case, dtype):
    first, second = (run(table, case, arguments_of(case, dtype)).values for _ in range(2))
    for name in first:
        assert np.asarray(first[name]).tobytes() == np.asarray(second[name]).tobytes(), name


def check_signatures(table, layer):
    """Names, kinds and defaults of the arguments; a default Pair may be the table's own."""
    ours, theirs = (as_functions(getattr(t, layer)) for t in (table, REFERENCE))
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        assert arguments_named(a) == arguments_named(b)


def as_functions(entry):
    return tuple(entry) if isinstance(entry, Pair) else (entry,)


def arguments_named(function):
    def default(parameter):
        return Pair if isinstance(parameter.default, Pair) else parameter.default

    return [(p.name, p.kind, default(p)) for p in inspect.signature(function).parameters.values()]


each_table = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
each_case = pytest.mark.parametrize("case", CASES, ids=IDS)
each_dtype = pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
but_the_reference_itself = pytest.mark.parametrize(
    ("table", "dtype"),
    [(table, dtype) for table in TABLES for dtype in DTYPES if (table, dtype) != (REFERENCE, np.float64)],
    ids=lambda value: getattr(value, "name", None) or value.__name__,
)


def test_every_layer_has_cases():
    assert {case.layer for case in CASES} == set(LAYERS)


@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_has_a_batch_of_one_and_an_odd_size(layer):
    shapes = [arguments_of(case)[0][0].shape for case in CASES if case.layer == layer]
    assert any(shape[0] == 1 for shape in shapes)
    assert any(size in (31, 33) for shape in shapes for size in shape)


@each_table
@each_dtype
@each_case
def test_the_dtype_that_comes_in_goes_out(table, case, dtype):
    check_dtype(table, case, dtype)


@each_case
@but_the_reference_itself
def test_agrees_with_the_reference_in_float64(table, dtype, case):
    check_agreement(table, case, dtype)


@each_table
@pytest.mark.parametrize("arrange", ARRANGEMENTS)
@each_dtype
@each_case
def test_memory_order_does_not_matter(table, case, dtype, arrange):
    check_memory_order(table, case, dtype, arrange)


@each_table
@each_dtype
@each_case
def test_repeats_itself_bit_for_bit(table, case, dtype):
    check_repeats(table, case, dtype)


def of_channels(c):
    """A case of each layer that has channels or features, with c of them."""
    image, row = (2, c, 5, 4), (3, c)
    groups = next((g for g in range(c // 2, 0, -1) if c % g == 0), 1)
    yield call("affine", (3, c), (c, 1 + 7 * c % 65), (1 + 7 * c % 65,))
    yield convolved("conv", image, (1 + 7 * c % 65, c, 3, 3), pad=1)
    yield convolved("conv", image, (1 + 5 * c % 65, c, 3, 2), stride=2)
    for name in ("relu", "leaky_relu", "sigmoid", "tanh", "gelu"):
        yield call(name, image)
    for name, shape in (("batchnorm", row), ("layernorm", row), ("spatial_batchnorm", image)):
        yield call(name, shape, (c,), (c,), eps=0.1)
    for g in {1, groups, c}:
        yield call("groupnorm", image, (c,), (c,), groups=g, eps=0.1)
    yield dropped("dropout", image, 0.6)
    yield dropped("vanilla_dropout", image, 0.6)
    yield call("maxpool", image, size=2, stride=1)
    yield call("avgpool", image, size=(3, 2), stride=(1, 2))
    yield call("global_avgpool", image)
    yield lost("softmax_loss", 3, c)


@but_the_reference_itself
def test_every_number_of_channels(table, dtype):
    for c in range(1, 66):
        for case in of_channels(c):
            check_agreement(table, case, dtype)


@each_table
@pytest.mark.parametrize("layer", LAYERS)
def test_signatures_and_defaults_are_alike(table, layer):
    check_signatures(table, layer)


@each_table
@pytest.mark.parametrize("layer", [name for name in LAYERS if isinstance(getattr(REFERENCE, name), Pair)])
def test_a_backward_takes_the_gradient_and_the_cache(table, layer):
    assert [name for name, _, _ in arguments_named(table.pair(layer).backward)] == ["dout", "cache"]


@each_table
@each_case
def test_wrong_arguments_are_refused(table, case):
    """Each array in turn as a list, as whole numbers, and in the other float dtype."""
    entry = as_functions(getattr(table, case.layer))[0]
    args, options = arguments_of(case)
    places = [i for i, array in enumerate(args) if isinstance(array, np.ndarray)]
    floats = [i for i in places if args[i].dtype.kind == "f"]
    for i in places:
        with pytest.raises(ShapeError, match=r"^\w+_(forward|infer|loss): \w+ must be an? .*; it is list$"):
            entry(*args[:i], args[i].tolist(), *args[i + 1 :], **options)
    for i in floats:
        with pytest.raises(ShapeError, match=r"^\w+_(forward|infer|loss): \w+ must .*int64"):
            entry(*args[:i], np.ones(args[i].shape, np.int64), *args[i + 1 :], **options)
    for i in floats if len(floats) > 1 else []:
        with pytest.raises(ShapeError, match=r": \w+ must be float(32|64) as \w+ is; it is float(64|32)$"):
            entry(*args[:i], args[i].astype(np.float32), *args[i + 1 :], **options)


# Where a backward's cache knows no dtype, the gradients come in that of dout.
@each_table
@pytest.mark.parametrize("case", WITH_BACKWARD, ids=[f"{case.layer} {case.name}" for case in WITH_BACKWARD])
def test_a_wrong_upstream_gradient_is_refused(table, case):
    entry = table.pair(case.layer)
    args, options = arguments_of(case)
    out, cache = entry.forward(*args, **options)
    longer = [np.ones((*out.shape[:-1], out.shape[-1] + 1)), np.ones((len(out) + 1, *out.shape[1:]))]
    others = [np.ones((*out.shape, 1)), np.ones(out.shape[1:])]
    for dout in [*longer, *others]:
        with pytest.raises(ShapeError, match=r"^\w+_backward\w*: dout must "):
            entry.backward(dout, cache)
    for wrong in (out.tolist(), np.ones(out.shape, np.int64)):
        with pytest.raises(ShapeError, match=r"^\w+_backward\w*: dout must be "):
            entry.backward(wrong, cache)
    try:
        gradients = entry.backward(out.astype(np.float32), cache)
    except ShapeError as error:
        assert "float32" in str(error)  # noqa: PT017 (either of two answers is right)
    else:
        gradients = gradients if isinstance(gradients, tuple) else (gradients,)
        assert {gradient.dtype for gradient in gradients} == {np.dtype(np.float32)}


# --- fusions


def composition(table, layer, args, options):
    """The fusion's parts, called one after the other: its result and a function of the upstream gradient."""
    stack = []

    def do(pair, x, *parameters, **settings):
        out, cache = pair.forward(x, *parameters, **settings)
        stack.append((pair.backward, cache))
        return out

    x, w, b, *norm = args
    window = {key: options[key] for key in ("stride", "pad") if key in options}
    out = do(table.conv, x, w, b, **window) if layer.startswith("conv") else do(table.affine, x, w, b)
    if layer == "affine_norm_relu_dropout":
        out = do(options.get("norm", table.batchnorm), out, *norm)
    elif layer == "conv_bn_relu":
        out = do(table.spatial_batchnorm, out, *norm, **{k: options[k] for k in ("eps",) if k in options})
    out = do(table.relu, out)
    if layer == "affine_norm_relu_dropout":
        out = do(table.dropout, out, options["keep"], options["key"])
    elif layer == "conv_relu_pool":
        out = do(table.maxpool, out, size=options.get("pool_size", 2), stride=options.get("pool_stride"))

    def backward(dout):
        first, of_parameters = dout, []
        for function, cache in reversed(stack):
            gradients = function(first, cache)
            first, *rest = gradients if isinstance(gradients, tuple) else (gradients,)
            of_parameters = rest + of_parameters
        return (first, *of_parameters)

    return out, backward


def check_fusion(table, case, dtype):
    args, options = arguments_of(case, dtype)
    out, cache = table.pair(case.layer).forward(*args, **options)
    parts, backward = composition(table, case.layer, args, options)
    dout = np.random.default_rng(8).standard_normal(out.shape).astype(dtype)
    fused = {str(i): array for i, array in enumerate((out, *table.pair(case.layer).backward(dout, cache)))}
    composed = {str(i): array for i, array in enumerate((parts, *backward(dout)))}
    assert_close(fused, composed, TOLERANCE[np.dtype(dtype)])


FUSIONS = ["affine_relu", "affine_norm_relu_dropout", "conv_relu", "conv_bn_relu", "conv_relu_pool"]
FUSED = [case for case in CASES if case.layer in FUSIONS]


@each_table
@each_dtype
@pytest.mark.parametrize("case", FUSED, ids=[f"{case.layer} {case.name}" for case in FUSED])
def test_a_fusion_is_its_composition(table, case, dtype):
    check_fusion(table, case, dtype)


# --- what a cache must hold for running statistics


@each_table
@pytest.mark.parametrize(("layer", "shape"), [("batchnorm", (5, 3)), ("spatial_batchnorm", (2, 3, 4, 5))])
def test_running_statistics_can_be_updated_from_the_cache(table, layer, shape):
    x = np.random.default_rng(0).standard_normal(shape)
    axes = tuple(axis for axis in range(len(shape)) if axis != 1)
    _, cache = table.pair(layer).forward(x, np.ones(3), np.zeros(3))
    moved = update_running_stats(initial_running_stats(3, np.float64), cache, decay=0.75)
    np.testing.assert_allclose(moved.mean, 0.25 * x.mean(axis=axes), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(moved.var, 0.75 + 0.25 * x.var(axis=axes), rtol=1e-12)


# --- the checks are shown tables that break the contract


def with_relu(forward=REFERENCE.relu.forward, backward=REFERENCE.relu.backward):
    return replace(REFERENCE, name="broken", relu=Pair(forward, backward))


def relu_upcasts(x):
    return REFERENCE.relu.forward(x.astype(np.float64))


def relu_backward_in_place(dout, cache):
    dout.flags.writeable = True
    dout[cache.out <= 0] = 0
    return dout


def relu_in_place(x):
    x.flags.writeable = True
    x[x < 0] = 0
    return REFERENCE.relu.forward(x.copy())


def relu_backward_spoils_the_cache(dout, cache):
    cache.out.flags.writeable = True
    dx = REFERENCE.relu.backward(dout, cache)
    cache.out[...] = 0
    return dx


def relu_reads_memory_order(x):
    out = np.maximum(np.ravel(x, order="K"), 0).reshape(x.shape)
    return out, REFERENCE.relu.forward(x)[1]


def relu_of_random_rounding(x):
    out, cache = REFERENCE.relu.forward(x)
    return out * (1 + 1e-15 * np.random.default_rng().integers(0, 9)), cache


def relu_inexact(x):
    out, cache = REFERENCE.relu.forward(x)
    return out * x.dtype.type(1 + 1e-3), cache


def case_of(layer, name):
    return next(case for case in CASES if (case.layer, case.name) == (layer, name))


RELU = case_of("relu", "33x17")
SKIPS_RELU = replace(REFERENCE, conv_relu=Pair(REFERENCE.conv.forward, REFERENCE.conv.backward))
OTHER_SLOPE = replace(REFERENCE, leaky_relu=Pair(lambda x, *, slope=0.1: None, REFERENCE.leaky_relu.backward))
# what is broken: (the table, the check that must catch it, what it must say)
BROKEN = {
    "upcasts": (with_relu(relu_upcasts), lambda t: check_dtype(t, RELU, np.float32), "out is"),
    "changes its input": (with_relu(relu_in_place), lambda t: check_dtype(t, RELU, np.float64), "changed its input"),
    "changes dout": (
        with_relu(backward=relu_backward_in_place),
        lambda t: check_dtype(t, RELU, np.float64),
        "backward changed dout",
    ),
    "changes the cache": (
        with_relu(backward=relu_backward_spoils_the_cache),
        lambda t: check_dtype(t, RELU, np.float64),
        "or the cache",
    ),
    "wrong shape": (
        with_relu(backward=lambda dout, cache: dout[None]),
        lambda t: check_dtype(t, RELU, np.float64),
        r"\(1, 33, 17\)",
    ),
    "reads memory order": (
        with_relu(relu_reads_memory_order),
        lambda t: check_memory_order(t, RELU, np.float64, channels_last),
        "out differs by",
    ),
    "random": (
        with_relu(relu_of_random_rounding),
        lambda t: [check_repeats(t, RELU, np.float64) for _ in range(9)],
        "out",
    ),
    "inexact": (with_relu(relu_inexact), lambda t: check_agreement(t, RELU, np.float32), "out differs by"),
    "another argument": (with_relu(lambda x, slope=0: None), lambda t: check_signatures(t, "relu"), "slope"),
    "exchanged": (with_relu(backward=lambda cache, dout: None), lambda t: check_signatures(t, "relu"), "dout"),
    "another default": (OTHER_SLOPE, lambda t: check_signatures(t, "leaky_relu"), "0.1"),
    "a part left out": (
        SKIPS_RELU,
        lambda t: check_fusion(t, case_of("conv_relu", "1x3x32x6 4x3x5x5 4 pad=2"), np.float64),
        "0 differs by",
    ),
}


@pytest.mark.parametrize(("broken", "check", "says"), BROKEN.values(), ids=BROKEN)
def test_a_broken_table_is_caught(broken, check, says):
    check(REFERENCE)
    with pytest.raises(AssertionError, match=says):
        check(broken)
