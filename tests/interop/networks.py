"""One small network a layer, for every layer a network may hold, and weights that are not at their first values."""

import numpy as np

from pellucid.nets import (
    GELU,
    Affine,
    AvgPool,
    BatchNorm,
    Conv,
    Dropout,
    Flatten,
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
)

IMAGE, ROW = (4, 9, 7), (6,)
IN_IMAGES = {
    "conv": [Conv(5, (3, 2), stride=(2, 1), pad=(1, 0))],
    "spatial batchnorm": [BatchNorm(eps=1e-3, decay=0.7)],
    "image layernorm": [LayerNorm()],
    "groupnorm": [GroupNorm(2)],
    "maxpool": [MaxPool((3, 2), stride=(2, 1))],
    "avgpool": [AvgPool(3, stride=2)],
    "global avgpool": [GlobalAvgPool()],
    "flatten": [Flatten()],
    "residual": [Residual([Conv(4, 3, pad=1), BatchNorm(), ReLU(), Conv(6, 3, pad=1)], [Conv(6, 1)]), ReLU()],
    "nested residual": [Residual([Residual([ReLU()]), Conv(4, 1)]), GlobalAvgPool()],
}
IN_ROWS = {
    "batchnorm": [BatchNorm()],
    "layernorm": [LayerNorm(eps=1e-3)],
    "relu": [ReLU()],
    "leaky relu": [LeakyReLU(0.2)],
    "sigmoid": [Sigmoid()],
    "tanh": [Tanh()],
    "gelu": [GELU()],
    "dropout": [Dropout(keep=0.6)],
    "vanilla dropout": [VanillaDropout(keep=0.6)],
}
EVERY_LAYER = {name: (lambda layers=layers: Network([*layers, Affine(3)], IMAGE)) for name, layers in IN_IMAGES.items()}
EVERY_LAYER |= {name: (lambda layers=layers: Network([*layers, Affine(3)], ROW)) for name, layers in IN_ROWS.items()}


def shaken(net):
    """Move every parameter and running statistic off its first value."""
    generator = np.random.default_rng(3)
    for array in (*net.params.values(), *net.state.values()):
        array += 0.1 * np.abs(generator.standard_normal(array.shape)).astype(array.dtype)
    return net
