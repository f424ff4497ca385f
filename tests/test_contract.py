"""One contract for every layer of every table: what a caller may rely on, whichever implementation is behind a name.

The calls are in `tests/cases/`, one file a layer; what is asked of each is in `contract_checks.py`. A faster table joins by being
added to TABLES. The checks themselves are shown broken tables at the end of this file.
"""

from dataclasses import replace

import numpy as np
import pytest
from tests.cases import CALLS, CASES, FILES
from tests.contract_checks import (
    check_agreement,
    check_backward_arguments,
    check_dtype,
    check_empty,
    check_fusion,
    check_gradients,
    check_memory_order,
    check_repeats,
    check_signatures,
    check_wrong_arguments,
    check_wrong_upstream_gradient,
)
from tests.layer_calls import arguments_of
from tests.layer_cases import table_entries

from pellucid.kernels import NATIVE, native_build
from pellucid.layers import REFERENCE, Pair, initial_running_stats, update_running_stats
from pellucid.nets import lower

TABLES = [REFERENCE, *([NATIVE] if native_build().available else [])]
DTYPES = [np.float32, np.float64]
LAYERS = table_entries()
PAIRS = [name for name in LAYERS if isinstance(getattr(REFERENCE, name), Pair)]
SMALL = 1500  # numbers in a call whose every gradient entry is compared with differences


def named(call):
    return f"{call.layer} {call.name}"


def numbers_in(call):
    return sum(array.size for array in arguments_of(call)[0] if isinstance(array, np.ndarray))


def is_its_own(call, table):
    """Whether a table has an entry of its own for a call's layer: the reference's needs no second test."""
    return table is REFERENCE or getattr(table, call.layer) is not getattr(REFERENCE, call.layer)


def id_of(value):
    return named(value) if hasattr(value, "layer") else getattr(value, "name", None) or value.__name__


def with_tables(calls):
    """Parametrize with calls, in every table that has an entry of its own for them."""
    pairs = [(call, table) for table in TABLES for call in calls if is_its_own(call, table)]
    return pytest.mark.parametrize(("call", "table"), pairs, ids=id_of)


each_table = pytest.mark.parametrize("table", TABLES, ids=id_of)
each_call = with_tables(CALLS)
each_dtype = pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
OTHERS = [(table, dtype) for table in TABLES for dtype in DTYPES if (table, dtype) != (REFERENCE, np.float64)]


# --- the cases are complete


@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_has_cases(layer):
    kind = layer.removesuffix("_infer")
    assert kind in CASES, (
        f"the layer {kind!r} has no cases: write tests/cases/{kind}.py with CASES = LayerCases(kind={kind!r}, calls=[...]), "
        "as tests/cases/tanh.py does; tests/layer_cases.py says what else it may hold"
    )
    assert any(call.layer == layer for call in CASES[kind].calls), f"tests/cases/{kind}.py has no call of {layer!r}"


def test_each_file_of_cases_has_the_name_of_its_layer():
    assert {name: file.CASES.kind for name, file in FILES.items()} == {name: name for name in FILES}


@pytest.mark.parametrize("kind", [kind for kind, case in CASES.items() if case.descriptions])
def test_every_layer_with_a_description_is_in_a_network_of_its_cases(kind):
    networks = CASES[kind].networks.values()
    kinds = {operation.kind for layers, shape in networks for operation in lower(layers, shape).operations}
    assert kind in kinds, f"tests/cases/{kind}.py has no network that holds {kind!r}"


@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_has_a_batch_of_one_and_an_odd_size(layer):
    shapes = [arguments_of(call)[0][0].shape for call in CALLS if call.layer == layer]
    assert any(shape[0] == 1 for shape in shapes)
    assert any(size in (31, 33) for shape in shapes for size in shape)


# --- every call of every table


@each_call
@each_dtype
def test_the_dtype_that_comes_in_goes_out(table, call, dtype):
    check_dtype(call, table, dtype)


@pytest.mark.parametrize(
    ("call", "dtype", "table"),
    [(call, dtype, table) for table, dtype in OTHERS for call in CALLS if is_its_own(call, table)],
    ids=id_of,
)
def test_agrees_with_the_reference_in_float64(table, dtype, call):
    check_agreement(call, table, dtype)


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


@each_call
@each_dtype
def test_memory_order_does_not_matter(table, call, dtype):
    for arrange in ARRANGEMENTS:
        check_memory_order(call, table, dtype, arrange)


@each_call
@each_dtype
def test_repeats_itself_bit_for_bit(table, call, dtype):
    check_repeats(call, table, dtype)


DIFFERENTIABLE = [call for call in CALLS if not call.layer.endswith("_infer") and numbers_in(call) <= SMALL]


@pytest.mark.parametrize("call", DIFFERENTIABLE, ids=named)
def test_gradients_are_those_of_the_forward(call):
    check_gradients(call, REFERENCE)


def test_every_layer_is_differentiated_at_an_odd_size():
    odd = {c.layer for c in DIFFERENTIABLE if any(n in (31, 33) for n in arguments_of(c)[0][0].shape)}
    assert odd == {layer for layer in LAYERS if not layer.endswith("_infer")}


@pytest.mark.parametrize(("dtype", "table"), [(dtype, table) for table, dtype in OTHERS], ids=id_of)
def test_every_number_of_channels(table, dtype):
    for channels in range(1, 66):
        for case in CASES.values():
            for call in case.with_channels(channels):
                check_agreement(call, table, dtype)


@pytest.mark.parametrize("table", TABLES[1:], ids=lambda table: table.name)
@pytest.mark.filterwarnings("ignore:Mean of empty slice")
def test_without_rows_channels_pixels_or_classes(table):
    """Each size of each call in turn is 0. Both happen: results, some of them empty, and refusals."""
    outcomes = []
    for call in CALLS:
        arrays = [array for array in arguments_of(call)[0] if isinstance(array, np.ndarray)]
        for size in sorted({size for array in arrays for size in array.shape}):
            try:
                outcomes.append(check_empty(call, table, size))
            except Exception as error:
                raise AssertionError(f"{named(call)} without its axes of {size}") from error
    refused = [each for each in outcomes if isinstance(each, str)]
    assert len(outcomes) > 300
    assert 50 < len(refused) < len(outcomes) - 50


@each_table
@pytest.mark.parametrize("layer", LAYERS)
def test_signatures_and_defaults_are_alike(table, layer):
    check_signatures(layer, table)


@each_table
@pytest.mark.parametrize("layer", PAIRS)
def test_a_backward_takes_the_gradient_and_the_cache(table, layer):
    check_backward_arguments(layer, table)


@each_call
def test_wrong_arguments_are_refused(table, call):
    check_wrong_arguments(call, table)


@with_tables([call for call in CALLS if call.layer in PAIRS])
def test_a_wrong_upstream_gradient_is_refused(table, call):
    check_wrong_upstream_gradient(call, table)


FUSED = [call for call in CALLS if call.layer in CASES and CASES[call.layer].parts is not None]


@with_tables(FUSED)
@each_dtype
def test_a_fusion_is_its_composition(table, call, dtype):
    check_fusion(call, CASES[call.layer], table, dtype)


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


def call_of(layer, name):
    return next(call for call in CALLS if (call.layer, call.name) == (layer, name))


RELU = call_of("relu", "33x17")
CONV_RELU = call_of("conv_relu", "1x3x32x6 4x3x5x5 4 pad=2")
SKIPS_RELU = replace(REFERENCE, conv_relu=Pair(REFERENCE.conv.forward, REFERENCE.conv.backward))
OTHER_EPS = replace(REFERENCE, layernorm=Pair(lambda x, gamma, beta, *, eps=0.1: None, REFERENCE.layernorm.backward))
# what is broken: (the table, the check that must catch it, what it must say)
BROKEN = {
    "upcasts": (with_relu(relu_upcasts), lambda t: check_dtype(RELU, t, np.float32), "out is"),
    "changes its input": (with_relu(relu_in_place), lambda t: check_dtype(RELU, t, np.float64), "changed its input"),
    "changes dout": (
        with_relu(backward=relu_backward_in_place),
        lambda t: check_dtype(RELU, t, np.float64),
        "backward changed dout",
    ),
    "changes the cache": (
        with_relu(backward=relu_backward_spoils_the_cache),
        lambda t: check_dtype(RELU, t, np.float64),
        "or the cache",
    ),
    "wrong shape": (
        with_relu(backward=lambda dout, cache: dout[None]),
        lambda t: check_dtype(RELU, t, np.float64),
        r"\(1, 33, 17\)",
    ),
    "reads memory order": (
        with_relu(relu_reads_memory_order),
        lambda t: check_memory_order(RELU, t, np.float64, channels_last),
        "out differs by",
    ),
    "random": (
        with_relu(relu_of_random_rounding),
        lambda t: [check_repeats(RELU, t, np.float64) for _ in range(9)],
        "out",
    ),
    "inexact": (with_relu(relu_inexact), lambda t: check_agreement(RELU, t, np.float32), "out differs by"),
    "another slope": (
        with_relu(backward=lambda dout, cache: np.where(cache.out > 0, dout, 1e-3 * dout)),
        lambda t: check_gradients(RELU, t),
        "FAILED",
    ),
    "another argument": (with_relu(lambda x, slope=0: None), lambda t: check_signatures("relu", t), "slope"),
    "exchanged": (with_relu(backward=lambda cache, dout: None), lambda t: check_signatures("relu", t), "dout"),
    "a backward's other names": (
        with_relu(backward=lambda cache, dout: None),
        lambda t: check_backward_arguments("relu", t),
        "expected dout and cache",
    ),
    "another default": (OTHER_EPS, lambda t: check_signatures("layernorm", t), "0.1"),
    "takes lists": (
        with_relu(lambda x: REFERENCE.relu.forward(np.asarray(x, np.float64))),
        lambda t: check_wrong_arguments(RELU, t),
        "accepted",
    ),
    "takes any upstream gradient": (
        with_relu(backward=lambda dout, cache: np.asarray(dout)),
        lambda t: check_wrong_upstream_gradient(RELU, t),
        "accepted",
    ),
    "a part left out": (
        SKIPS_RELU,
        lambda t: check_fusion(CONV_RELU, CASES["conv_relu"], t, np.float64),
        "0 differs by",
    ),
}


@pytest.mark.parametrize(("broken", "check", "says"), BROKEN.values(), ids=BROKEN)
def test_a_broken_table_is_caught(broken, check, says):
    check(REFERENCE)
    with pytest.raises(AssertionError, match=says):
        check(broken)
