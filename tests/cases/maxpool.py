"""Cases of max pooling."""

import numpy as np
from tests.layer_cases import IMAGE, LayerCases, Output, call, distinct, plant

from pellucid.layers import maxpool_forward
from pellucid.nets import Affine, Flatten, MaxPool, Network, ReLU


def pooled(layer):
    return [
        call(layer, (1, 1, 1, 1), size=1),
        call(layer, (2, 3, 31, 8), size=2),
        call(layer, (1, 17, 7, 33), size=(3, 2), stride=(1, 2)),
        call(layer, (3, 1, 32, 5), size=3, stride=2),
        call(layer, (2, 3, 5, 6), size=(1, 3), stride=(3, 1)),
        call(layer, (2, 3, 31, 17), size=(31, 17)),  # the whole image; more entries than a byte counts
        call(layer, (1, 5, 20, 33), size=(17, 18), stride=(1, 7)),
        call(layer, (2, 3, 6, 7), size=3, stride=2, pad=1),
        call(layer, (2, 17, 7, 33), size=(2, 5), stride=(3, 4), pad=(1, 2), ceil_mode=True),
        call(layer, (1, 3, 5, 31), size=2, stride=(2, 3), ceil_mode=True),
        call(layer, (1, 5, 20, 33), size=(17, 18), stride=(9, 7), pad=(8, 9), ceil_mode=True),
    ]


def drawn_pool(pool):
    """A draw of this pool, wherever a sample is an image."""

    def drawn(draw, shape):
        if len(shape) != 3:
            return None
        size = tuple(min(draw.size(), length) for length in shape[1:])
        pad = tuple(draw.between(0, length // 2) for length in size)
        return pool(size, draw.either(None, draw.pair()), pad, draw.either(False, True))

    return drawn


OVERLAPPING = (lambda x: maxpool_forward(x, size=3, stride=1), (distinct(1, 2, 5, 6),))
OBLONG = (lambda x: maxpool_forward(x, size=(2, 3)), (distinct(1, 2, 4, 6),))


def assigned(dout, c):
    dx = np.zeros(c.shape)
    for n, k, i, j in np.ndindex(dout.shape):
        r, s = divmod(int(c.winner[n, k, i, j]), c.size[1])
        dx[n, k, i * c.stride[0] + r, j * c.stride[1] + s] = dout[n, k, i, j]
    return dx


def by_height(dout, c):
    """The winner's row and column taken from the height of the window."""
    dx = np.zeros(c.shape)
    for n, k, i, j in np.ndindex(dout.shape):
        r, s = divmod(int(c.winner[n, k, i, j]), c.size[0])
        dx[n, k, min(i * c.stride[0] + r, c.shape[2] - 1), j * c.stride[1] + s] += dout[n, k, i, j]
    return dx


def spread_out(dout):
    return np.repeat(np.repeat(dout, 2, axis=2), 3, axis=3)


CASES = LayerCases(
    kind="maxpool",
    calls=pooled("maxpool"),
    with_channels=lambda c: [call("maxpool", (2, c, 5, 4), size=2, stride=1)],
    planted={
        "max pool: = for += where windows overlap": plant(OVERLAPPING, assigned, 0),
        "max pool: row by the height of the window": plant(OBLONG, by_height, 0),
        "max pool: the whole window receives it": plant(OBLONG, lambda d, c: spread_out(d), 0),
        "max pool: the mean's gradient": plant(OBLONG, lambda d, c: spread_out(d) / 6, 0),
    },
    networks={
        "padded maxpool": ([MaxPool((3, 2), (2, 1), (1, 1)), MaxPool((2, 3), (2, 2), (0, 0), True), Affine(3)], IMAGE),
        "maxpool": ([MaxPool((3, 2), stride=(2, 1)), Affine(3)], IMAGE),
        "no parameters in front": ([ReLU(), MaxPool(2), Flatten(), Affine(3)], (2, 6, 6)),
    },
    descriptions=[MaxPool((2, 3), (1, 2)), MaxPool(3, 2, (1, 0), True)],
    outputs=[
        Output(MaxPool(2), (3, 7, 8), (3, 3, 4), 0),
        Output(MaxPool((3, 2), 1), (3, 7, 8), (3, 5, 7), 0),
        Output(MaxPool(3, 2, 1), (3, 8, 8), (3, 4, 4), 0),
        Output(MaxPool(3, 2, ceil_mode=True), (3, 8, 7), (3, 4, 3), 0),
        Output(MaxPool(1, 3, ceil_mode=True), (3, 5, 4), (3, 2, 2), 0),
    ],
    refused={
        "pool on features": (
            lambda: Network([MaxPool(2)], (4,)),
            ["maxpool1 does not fit", "MaxPool: its input must be an image"],
        ),
        "a pad of more than half": (lambda: MaxPool(3, pad=2), ["MaxPool: pad must be at most half of size 3; got 2"]),
        "a pool that is padded less than 0": (lambda: MaxPool(2, pad=-1), ["MaxPool: pad must be at least 0; got -1"]),
        "a ceil_mode that is no bool": (
            lambda: MaxPool(2, ceil_mode=1),
            ["MaxPool: ceil_mode must be True or False; got 1"],
        ),
        "a pool that stands": (lambda: MaxPool(2, 0), ["MaxPool: stride must be at least 1; got 0"]),
    },
    drawn=drawn_pool(MaxPool),
    often=3,
    torch_modules=lambda nn: [
        (nn.MaxPool2d(2), (3, 8, 7)),
        (nn.MaxPool2d((3, 2), stride=(2, 1)), (3, 8, 7)),
        (nn.MaxPool2d(3, 2, 1, ceil_mode=True), (3, 8, 7)),
    ],
    onnx_operators=["MaxPool"],
    onnx_node_tests=[
        "maxpool_2d_precomputed_strides",
        "maxpool_with_argmax_2d_precomputed_strides",
        "maxpool_2d_default",
        "maxpool_2d_strides",
        "maxpool_2d_precomputed_pads",
        "maxpool_with_argmax_2d_precomputed_pads",
        "maxpool_2d_precomputed_same_upper",
        "maxpool_2d_ceil",
        "maxpool_2d_ceil_output_size_reduce_by_one",
    ],
)
