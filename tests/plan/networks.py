"""Networks that plans are tested with: those of the layers' cases, and the named models."""

from functools import partial

import numpy as np
from tests.cases import CASES, every_network
from tests.network_checks import batch

from pellucid.kernels import NATIVE
from pellucid.layers import REFERENCE
from pellucid.nets import (
    Affine,
    AvgPool,
    BatchNorm,
    Conv,
    Dropout,
    GlobalAvgPool,
    GroupNorm,
    LayerNorm,
    MaxPool,
    Network,
    ReLU,
    VanillaDropout,
    build,
    lower,
)

__all__ = ["NETWORKS", "batch", "cbr", "network", "with_every_light_layer"]


def cbr(filters):
    return [Conv(filters, 3, pad=1), BatchNorm(), ReLU()]


def network(layers, shape):
    return Network(layers, shape, dtype=np.float64, seed=5)


def affine_reads_an_image(layers, shape):
    """Whether an affine layer stands behind an image with no `Flatten` between them."""
    operations = lower(layers, shape).operations
    shapes = {0: shape} | {operation.output: operation.shape for operation in operations}
    return any(o.kind == "affine" and len(shapes[o.inputs[0]]) == 3 for o in operations)


OF_LAYERS = every_network()
# Native plans compute these wrongly: see test_images_into_affine.py.
IMAGES_INTO_AFFINE = {name for name, example in OF_LAYERS.items() if affine_reads_an_image(*example)}
NETWORKS = {name: partial(network, *example) for name, example in OF_LAYERS.items() if name not in IMAGES_INTO_AFFINE}
NETWORKS |= {
    "mlp with everything": lambda: build(
        "fully-connected", (3, 4, 5), 5, dtype=np.float64, norm="batch", keep=0.6, hidden=[13, 9]
    ),
    "convnet": lambda: build("three-layer-convnet", (3, 9, 12), 5, dtype=np.float64),
    "vgg": lambda: build("vgg6-bn", (3, 16, 16), 5, dtype=np.float64),
    "resnet": lambda: build("resnet9", (3, 32, 32), 4, dtype=np.float64),
}


def activations():
    """One of each activation that has a kernel."""
    return [
        case.descriptions[0]
        for case in CASES.values()
        if case.elementwise is not None and NATIVE.pair(case.kind) is not REFERENCE.pair(case.kind)
    ]


def with_every_light_layer():
    """Norms, dropouts, activations and pools, large enough that an array of theirs would show."""
    return Network(
        [
            *(Conv(16, 3, pad=1), GroupNorm(4), ReLU(), Dropout(0.8), MaxPool(2)),
            *(Conv(16, 3, pad=1), *activations(), AvgPool(2), Conv(16, 3, pad=1), VanillaDropout(0.9)),
            *(GlobalAvgPool(), Affine(300), LayerNorm(), *activations(), Affine(10)),
        ],
        (3, 32, 32),
        seed=5,
    )
