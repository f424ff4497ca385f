"""Workspaces: what a kernel says it needs is enough and is written nowhere beyond, and one byte less is refused."""

import re

import numpy as np
import pytest

from . import kernel_calls, light_calls
from .instruction_sets import module

LINE = 64
MARK = 0xA5
WITH_WORKSPACE = (
    "affine_forward",
    "affine_backward",
    "conv_forward",
    "conv_backward",
    "batchnorm_forward",
    "batchnorm_backward",
    "groupnorm_forward",
    "groupnorm_backward",
    "layernorm_backward",
    "depthwise_backward",
)


def layers(dtype):
    """Layers of every shape that lays its workspace out in its own way, large enough for several threads to share the work."""
    rng = np.random.default_rng(6)
    conv = kernel_calls.conv
    return {
        "affine of few rows, cut along panels": kernel_calls.affine(rng, dtype, 5, 700, 900),
        "affine of many rows": kernel_calls.affine(rng, dtype, 300, 70, 33, relu=True),
        "affine of many terms, cut along them": kernel_calls.affine(rng, dtype, 40, 4100, 10),
        "affine whose rows are gathered": kernel_calls.affine(rng, dtype, 64, 1024, 100),
        "conv": conv(rng, dtype, (5, 9, 8, 17), 21, (3, 2), pad=(1, 0)),
        "conv with strides, scattered": conv(rng, dtype, (5, 13, 12, 3), 40, (3, 2), stride=(2, 3), pad=(0, 1)),
        "conv of pad 0": conv(rng, dtype, (3, 12, 12, 20), 36, (1, 1)),
        "Winograd": conv(rng, dtype, (4, 12, 9, 20), 36, (3, 3), pad=(1, 2), winograd=True),
        "Winograd, cut by channels": conv(rng, dtype, (2, 8, 8, 160), 70, (3, 3), pad=(1, 1), winograd=True),
        "batch norm": kernel_calls.batchnorm(rng, dtype, 900, 37, relu=True),
        "group norm": light_calls.groupnorm(rng, dtype, (6, 40, 10, 12), 4, relu=True),
        "layer norm": light_calls.layernorm(rng, dtype, 300, 101, relu=True),
        "depthwise": light_calls.depthwise(rng, dtype, (5, 20, 21, 37), (3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1)),
    }


CALLS = {
    f"{name}, {np.dtype(dtype).name}, {call.kernel}{', channels first' if call.arguments.get('channels_first') else ''}": call
    for dtype in (np.float32, np.float64)
    for name, calls in layers(dtype).items()
    for call in calls
    if call.kernel in WITH_WORKSPACE
}
each_call = pytest.mark.parametrize("name", CALLS)
each_threads = pytest.mark.parametrize("threads", [1, 2, 7])


def between_marks(size):
    """A workspace of so many bytes on a cache line, and the block of memory around it, which is filled with marks."""
    block = np.full(size + 4096, MARK, np.uint8)
    start = 2048 + -(block.ctypes.data + 2048) % LINE
    return block[start : start + size], block, start


def bind(call, arguments, workspace, threads):
    return getattr(module.bound, call.kernel)(workspace, *arguments.values(), threads)


def needed(call, threads):
    """The number of bytes that the call asks for."""
    with pytest.raises(ValueError, match=r"at least \d+ bytes; it has 64") as caught:
        bind(call, call.arguments, between_marks(LINE)[0], threads)
    return int(re.search(r"at least (\d+)", str(caught.value))[1])


def test_every_call_that_takes_a_workspace_is_tried():
    assert {call.kernel for call in CALLS.values()} == set(WITH_WORKSPACE)


@each_threads
@each_call
def test_one_byte_less_is_refused(name, threads):
    call = CALLS[name]
    size = needed(call, threads)
    workspace, _, _ = between_marks(size)
    bind(call, call.arguments, workspace, threads)
    with pytest.raises(ValueError, match=rf"the workspace must have at least {size} bytes; it has {size - 1}"):
        bind(call, call.arguments, workspace[:-1], threads)


@each_threads
@each_call
def test_the_least_workspace_is_enough(name, threads):
    """In exactly as many bytes as are asked for: the same bits as in a kernel's own memory, and nothing written around them."""
    call = CALLS[name]
    size = needed(call, threads)
    assert size % LINE == 0
    expected = kernel_calls.run(module, call, threads)
    arguments = {k: v.copy() if k in call.outputs else v for k, v in call.arguments.items()}
    workspace, block, start = between_marks(size)
    bound = bind(call, arguments, workspace, threads)
    for samples in (bound.samples, 1, bound.samples // 2):
        bound(samples)
        assert (block[:start] == MARK).all()
        assert (block[start + size :] == MARK).all()
        if samples == bound.samples:
            for output in call.outputs:
                assert np.array_equal(arguments[output], expected[output]), output


def declared_size(call, threads):
    """What the module says, before there are arrays, that the layer of this call needs."""
    x, type_ = call.arguments["x"], call.arguments["x"].dtype.name
    layer, _, direction = call.kernel.rpartition("_")
    size = getattr(module, f"{layer}_workspace_{type_}")
    match layer:
        case "affine":
            return size(*x.shape, call.arguments["w"].shape[1], threads)
        case "conv":
            out = call.arguments["out" if direction == "forward" else "dout"]
            options = call.arguments["stride"], call.arguments["pad"], call.arguments["winograd"]
            return size(list(x.shape), list(call.arguments["w"].shape), list(out.shape), *options, threads)
        case "depthwise":
            return size(*call.arguments["w"].shape, threads)
        case "groupnorm":
            return size(int(np.prod(x.shape[1:-1])), x.shape[-1], threads)
        case _:
            return size(x.shape[-1], threads)


@each_threads
@pytest.mark.parametrize("name", [name for name, call in CALLS.items() if not call.arguments.get("channels_first")])
def test_a_plan_asks_for_what_the_calls_of_a_layer_need(name, threads):
    """Exactly the larger of forward and backward."""
    same_layer = name.rpartition(", ")[0]
    calls = [call for other, call in CALLS.items() if other.rpartition(", ")[0] == same_layer]
    assert declared_size(CALLS[name], threads) == max(needed(call, threads) for call in calls)
