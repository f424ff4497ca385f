"""The calls that a plan binds, made directly: whatever arrays and numbers of samples come, a correct result or an error."""

import os
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from . import kernel_calls, light_calls
from .instruction_sets import module
from .kernel_calls import run

EXAMPLES = int(os.environ.get("PELLUCID_FUZZ_EXAMPLES", "150"))
DTYPES = [np.float32, np.float64]
RULES = ("adam", *light_calls.RULES)
PER_SAMPLE = ("out", "dx", "mask", "winner", "dscores")
REFUSED = (TypeError, ValueError)
PREPARED = ("conv_prepare", "conv_forward_prepared")  # tried below, one after the other


def every_call(dtype):
    return [
        *kernel_calls.one_of_each(np.random.default_rng(4), dtype),
        *light_calls.one_of_each(np.random.default_rng(5), dtype),
    ]


CALLS = [call for dtype in DTYPES for call in every_call(dtype)]
OF_SAMPLES = [call for call in CALLS if call.kernel not in RULES]


def named(calls):
    return pytest.mark.parametrize("call", calls, ids=[f"{i} {call.kernel}" for i, call in enumerate(calls)])


def samples_of(call):
    first = next(value for value in call.arguments.values() if isinstance(value, np.ndarray))
    return len(first)


def bind(call, arguments, threads=2, workspace=None):
    """The bound call; for an update rule, a call that makes one step."""
    make = getattr(module.bound, "adam_update" if call.kernel == "adam" else call.kernel)
    if call.kernel not in RULES:
        return make(workspace, *arguments.values(), threads)
    if call.kernel != "adam":
        rate, *rest = arguments.values()
        bound = make(*rest, threads)
        return lambda _: bound(rate)
    changing = [arguments[name] for name in ("rate", "root_correction", "shrink")]
    bound = make(None, *(v for k, v in arguments.items() if k not in ("rate", "root_correction", "shrink")), threads)
    return lambda _: bound(*changing)


def own_outputs(call):
    return {k: v.copy() if k in call.outputs else v for k, v in call.arguments.items()}


def test_every_bound_call_is_tried_here():
    tried = {"adam_update" if call.kernel == "adam" else call.kernel for call in CALLS} | {"exp", "log"}
    made = {name for name in dir(module.bound) if name[0].islower()} - {"sum_of_squares", "add", *PREPARED}
    assert made == tried


@named(CALLS)
def test_a_bound_call_writes_what_the_call_at_once_does(call):
    arguments = own_outputs(call)
    bind(call, arguments)(samples_of(call))
    for name, expected in run(module, call, 2).items():
        if name != "returned":
            assert np.array_equal(arguments[name], expected, equal_nan=True), name


@named(OF_SAMPLES)
def test_fewer_samples_leave_the_rest_alone(call):
    for n in {0, 1, samples_of(call) - 1}:
        arguments = own_outputs(call)
        if n == 0 and call.kernel.startswith("batchnorm"):
            continue  # has no mean; a plan's batch holds a row at least
        bind(call, arguments)(n)
        for name in set(call.outputs) & set(PER_SAMPLE):
            assert np.array_equal(arguments[name][n:], call.arguments[name][n:], equal_nan=True), (name, n)
            assert not np.isnan(arguments[name][:n]).any()


@named(OF_SAMPLES)
def test_a_wrong_number_of_samples_is_refused(call):
    bound = bind(call, own_outputs(call))
    for n in (-1, samples_of(call) + 1, 2**62, 2**70, 1.5, None, "1"):
        with pytest.raises(REFUSED):
            bound(n)


@named(
    [
        call
        for call in OF_SAMPLES
        if call.kernel.startswith(("conv", "affine", "batchnorm_forward", "batchnorm_backward", "groupnorm"))
    ]
)
def test_a_workspace_that_does_not_do_is_refused(call):
    room = np.empty(64, np.uint8)
    for workspace in (room[:0], room[1:33], room.astype(np.float32), "room"):
        with pytest.raises(REFUSED):
            bind(call, own_outputs(call), workspace=workspace)


def shorter(array):
    return array[..., :-1].copy()


def longer(array):
    return np.concatenate([array, array[-1:]])


def retyped(array):
    return array.astype(np.float64 if array.dtype != np.float64 else np.float32)


def unaligned(array):
    room = np.zeros(array.nbytes + 1, np.uint8)
    moved = room[1:].view(array.dtype).reshape(array.shape)
    moved[...] = array
    return moved


def strided(array):
    wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
    wide[..., ::2] = array
    return wide[..., ::2]


def frozen(array):
    copied = array.copy()
    copied.flags.writeable = False
    return copied


def emptied(array):
    return array[:0].copy()


def one_axis_more(array):
    return array[None]


CHANGES = [shorter, longer, retyped, unaligned, strided, frozen, emptied, one_axis_more]
FITTING = {  # other sizes that are legal, and give another answer
    ("join_columns", "x", shorter),  # fewer columns have room, too
    ("part_columns", "out", shorter),
    ("standardize", "x", retyped),
    ("depthwise_forward", "w", longer),  # a taller window reads more of the padding below
}
NUMBERS = [
    -1,
    0,
    2**31,
    2**62,
    2**70,
    -(2**70),
    None,
    float("nan"),
    float("inf"),
    "1",
    [1],
    [2**62, 1],
    [-1, -1],
    [0, 0],
]


def check(call, arguments):
    """An error in words, or what the call with good arguments gives. Returns whether it was an error."""
    try:
        bind(call, arguments)(samples_of(call))
    except REFUSED:
        return True
    for name, expected in run(module, call, 2).items():
        if name != "returned" and arguments[name].shape == expected.shape:
            assert np.array_equal(arguments[name], expected, equal_nan=True), name
    return False


@settings(max_examples=4 * EXAMPLES, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(CALLS), st.data())
def test_an_array_that_does_not_fit(call, data):
    arguments = own_outputs(call)
    name = data.draw(st.sampled_from([k for k, v in arguments.items() if isinstance(v, np.ndarray)]))
    change = data.draw(st.sampled_from(CHANGES))
    arguments[name] = change(arguments[name])
    if change is unaligned and arguments[name].flags.aligned:
        return  # bytes lie anywhere
    if (call.kernel, name, change) in FITTING:
        return
    refused = check(call, arguments)
    if change is frozen:
        assert refused == (name in call.outputs)
    elif change in (shorter, longer, emptied, retyped):
        assert refused


@settings(max_examples=4 * EXAMPLES, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(CALLS), st.data())
def test_a_number_that_does_not_fit(call, data):
    """Only that nothing crashes or hangs: some of these numbers are legal, and change the answer."""
    arguments = own_outputs(call)
    names = [k for k, v in arguments.items() if not isinstance(v, np.ndarray)]
    if not names:
        return
    arguments[data.draw(st.sampled_from(names))] = data.draw(st.sampled_from(NUMBERS))
    try:
        bind(call, arguments)(samples_of(call))
    except REFUSED:
        return


def laid_over(a, b, shift):
    """Copies of a and b in one block of memory, a's beginning `shift` bytes behind b's; where they meet lies what b holds."""
    room = np.zeros(2 * a.nbytes + b.nbytes + 128, np.uint8)
    start = -(-(room.ctypes.data + a.nbytes) // 64) * 64 - room.ctypes.data
    over = room[start + shift : start + shift + a.nbytes].view(a.dtype).reshape(a.shape)
    over[...] = a
    under = room[start : start + b.nbytes].view(b.dtype).reshape(b.shape)
    under[...] = b
    return over, under


@settings(max_examples=4 * EXAMPLES, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(CALLS), st.data())
def test_an_output_that_lies_over_another_array(call, data):
    arguments = own_outputs(call)
    written = data.draw(st.sampled_from(call.outputs))
    arrays = [k for k, v in arguments.items() if isinstance(v, np.ndarray) and k != written]
    other = data.draw(st.sampled_from(arrays))
    a, b = arguments[written], arguments[other]
    step = max(a.itemsize, b.itemsize)
    places = st.integers(-((a.nbytes - 1) // step), (b.nbytes - 1) // step)
    shift = step * data.draw(st.one_of(st.just(0), places))
    arguments[written], arguments[other] = laid_over(a, b, shift)
    assert np.shares_memory(arguments[written], arguments[other])
    refused = check(call, arguments)
    assert refused or shift == 0


@named([call for call in CALLS if call.kernel == "maxpool_backward"])
def test_winners_that_no_forward_writes_are_nobodys(call):
    arguments = own_outputs(call)
    arguments["winner"] = np.full_like(arguments["winner"], np.iinfo(arguments["winner"].dtype).max)
    bind(call, arguments)(samples_of(call))
    assert (arguments["dx"] == 0).all()


def test_the_order_of_bound_samples_does_not_matter():
    """A call bound once and made for ever other numbers of samples gives what one made for that number does."""
    call = next(call for call in CALLS if call.kernel == "groupnorm_backward")
    arguments = own_outputs(call)
    bound = bind(call, arguments)
    found = {}
    for n in (3, 1, 2, 3, 2, 1):
        bound(n)
        found.setdefault(n, []).append({name: arguments[name][:n].copy() for name in call.outputs})
    for several in found.values():
        for first, second in pairwise(several):
            assert all(np.array_equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("winograd", [False, True])
def test_a_convolution_finds_the_weights_that_were_prepared(winograd):
    rng = np.random.default_rng(3)
    x, w, b = (rng.standard_normal(shape).astype(np.float32) for shape in ((3, 9, 8, 20), (3, 3, 20, 36), (36,)))
    out, again = np.empty((3, 9, 8, 36), np.float32), np.empty((3, 9, 8, 36), np.float32)
    options = [1, 1], [1, 1]
    shapes = list(x.shape), list(w.shape), list(out.shape)
    room = np.empty(module.conv_workspace_float32(*shapes, *options, winograd, 2) + 64, np.uint8)
    room = room[-room.ctypes.data % 64 :]
    module.conv_forward(x, w, b, *options, True, winograd, out, 2)
    module.bound.conv_prepare(room, x, w, *options, winograd, out, 2)(0)
    forward = module.bound.conv_forward_prepared(room, x, w, b, *options, True, winograd, again, 2)
    w[...] = 0  # they are read no more
    for n in (1, 3):
        forward(n)
        assert np.array_equal(again[:n], out[:n])
    for refused in (None, room[:64]):
        with pytest.raises(REFUSED):
            module.bound.conv_forward_prepared(refused, x, w, b, *options, True, winograd, again, 2)


@pytest.mark.parametrize(
    ("images", "weights", "places", "stride", "pad"),
    [
        ((1, 1, 1, 2**20), (1, 1, 2**20, 1), (1, 3, 3, 1), 2**20 - 1, 2**20 - 1),  # 4 MiB, padded 2**62
        ((0, 2**30, 2**30, 1), (1, 1, 1, 1), (0, 2**11, 2**11, 1), 2**19, 0),  # nothing at all
        ((0, 1, 2**30, 1), (1, 1, 1, 2**20), (0, 1, 2**30, 2**20), 1, 0),
        ((0, 1, 2**30, 2**18), (1, 1, 2**18, 1), (0, 1, 2**30, 1), 1, 0),
    ],
)
@pytest.mark.parametrize("threads", [1, 2, 4, 8, 1024])
def test_a_convolution_whose_workspace_has_no_size_is_refused(images, weights, places, stride, pad, threads):
    """The size overflowed, the workspace was too small, and what was written beyond its end ended the process."""
    for workspace in (module.conv_workspace_float32, module.conv_workspace_float64):
        with pytest.raises(ValueError, match=r"fewer than 2\*\*44 numbers"):
            workspace(images, weights, places, [stride] * 2, [pad] * 2, False, threads)
