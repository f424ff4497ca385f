"""Networks that between them hold every kind of layer, branches, and memory orders that meet."""

import numpy as np

from pellucid.nets import (
    GELU,
    Affine,
    AvgPool,
    BatchNorm,
    Conv,
    Dropout,
    Flatten,
    Function,
    GlobalAvgPool,
    GroupNorm,
    LayerNorm,
    LeakyReLU,
    MaxPool,
    Network,
    ReLU,
    Residual,
    Sigmoid,
    Tanh,
    VanillaDropout,
    build,
)


def doubled_forward(x):
    return 2 * x, None


def doubled_backward(dout, cache):
    return 2 * dout


def cbr(filters):
    return [Conv(filters, 3, pad=1), BatchNorm(), ReLU()]


def network(layers, shape):
    return Network(layers, shape, dtype=np.float64, seed=5)


NETWORKS = {
    "mlp": lambda: network([Affine(46), ReLU(), Affine(46), ReLU(), Affine(10)], (10,)),
    "mlp with everything": lambda: build(
        "fully-connected", (3, 4, 5), 5, dtype=np.float64, norm="batch", keep=0.6, hidden=[13, 9]
    ),
    "layer norm": lambda: network([Affine(9), LayerNorm(), Tanh(), VanillaDropout(0.7), Affine(4)], (6,)),
    "convnet": lambda: build("three-layer-convnet", (3, 9, 12), 5, dtype=np.float64),
    "vgg": lambda: build("vgg6-bn", (3, 16, 16), 5, dtype=np.float64),
    "resnet": lambda: build("resnet9", (3, 32, 32), 4, dtype=np.float64),
    "norm behind a flatten": lambda: network([Conv(4, 3), Flatten(), BatchNorm(), ReLU(), Affine(3)], (2, 6, 5)),
    "norms and pools": lambda: network(
        [
            Conv(8, 3),
            GroupNorm(2),
            LeakyReLU(),
            AvgPool(2),
            Conv(5, 1),
            LayerNorm(),
            GELU(),
            GlobalAvgPool(),
            Affine(3),
        ],
        (3, 9, 8),
    ),
    "nested residuals": lambda: network(
        [
            *cbr(6),
            Residual([Residual([ReLU(), Conv(6, 3, pad=1)]), BatchNorm()], [Conv(6, 1)]),
            Residual([Residual([Sigmoid()])]),
            Residual([Dropout(0.8)]),
            ReLU(),
            MaxPool(2),
            Flatten(),
            Affine(3),
        ],
        (3, 8, 6),
    ),
    "a relu that two read": lambda: network(
        [Conv(4, 3, pad=1), ReLU(), Residual([ReLU()]), Flatten(), Affine(3)], (2, 5, 5)
    ),
    "two relus": lambda: network([Affine(7), ReLU(), ReLU(), Affine(3)], (4,)),
    "no parameters in front": lambda: network([ReLU(), MaxPool(2), Flatten(), Affine(3)], (2, 6, 6)),
    "a function": lambda: network(
        [Conv(4, 3), Function(doubled_forward, doubled_backward), ReLU(), Flatten(), Affine(3)], (2, 6, 6)
    ),
    "an image of one pixel": lambda: network([Conv(4, 3), ReLU(), Flatten(), ReLU(), Affine(3)], (2, 3, 3)),
    "flat at the end": lambda: network([Conv(2, 3), Flatten()], (2, 4, 5)),
}


def batch(net, n, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, *net.input_shape)).astype(net.dtype), rng.integers(0, net.output_shape[0], n)
