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
)

__all__ = ["NETWORKS", "batch", "cbr", "network", "with_every_light_layer"]


def cbr(filters):
    return [Conv(filters, 3, pad=1), BatchNorm(), ReLU()]


def network(layers, shape):
    return Network(layers, shape, dtype=np.float64, seed=5)


NETWORKS = {name: partial(network, layers, shape) for name, (layers, shape) in every_network().items()}
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
            *(Conv(16, 3, pad=1), GroupNorm(4), ReLU(), Dropout(keep=0.8), MaxPool(2)),
            *(Conv(16, 3, pad=1), *activations(), AvgPool(2), Conv(16, 3, pad=1), VanillaDropout(keep=0.9)),
            *(GlobalAvgPool(), Affine(300), LayerNorm(), *activations(), Affine(10)),
        ],
        (3, 32, 32),
        seed=5,
    )
