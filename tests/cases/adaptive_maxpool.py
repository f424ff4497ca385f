"""Cases of adaptive max pooling."""

import numpy as np
from tests.layer_cases import IMAGE, IMAGES, LayerCases, Output, call, distinct, plant

from pellucid.layers import adaptive_maxpool_backward, adaptive_maxpool_forward
from pellucid.nets import AdaptiveMaxPool, Affine, Network

INPUTS = (lambda x: adaptive_maxpool_forward(x, output_size=(4, 3)), (distinct(1, 2, 5, 4),))


def assigned(dout, cache):
    """= for += where one entry wins several shares."""
    dx = np.zeros(cache.shape)
    for n, k, i, j in np.ndindex(dout.shape):
        dx[n, k].flat[cache.winner[n, k, i, j]] = dout[n, k, i, j]
    return dx


CASES = LayerCases(
    kind="adaptive_maxpool",
    calls=[
        *(call("adaptive_maxpool", shape, output_size=1) for shape in IMAGES),
        call("adaptive_maxpool", (2, 3, 31, 8), output_size=(7, 8)),
        call("adaptive_maxpool", (1, 17, 4, 5), output_size=(6, 2)),  # larger than the image
    ],
    with_channels=lambda c: [call("adaptive_maxpool", (2, c, 5, 4), output_size=(3, 2))],
    planted={
        "adaptive maximum: assigned": plant(INPUTS, assigned, 0),
        "adaptive maximum: upside down": plant(INPUTS, lambda d, c: adaptive_maxpool_backward(d, c)[:, :, ::-1], 0),
    },
    networks={
        "adaptive maxpool": ([AdaptiveMaxPool((4, 3)), Affine(3)], IMAGE),
        "adaptive maxpool that divides": ([AdaptiveMaxPool((3, 7)), AdaptiveMaxPool(1), Affine(3)], IMAGE),
    },
    descriptions=[AdaptiveMaxPool((4, 3)), AdaptiveMaxPool(2)],
    outputs=[
        Output(AdaptiveMaxPool(1), (3, 7, 8), (3, 1, 1), 0),
        Output(AdaptiveMaxPool((2, 9)), (3, 7, 8), (3, 2, 9), 0),
    ],
    refused={
        "an adaptive maximum of features": (
            lambda: Network([AdaptiveMaxPool(2)], (4,)),
            ["adaptivemaxpool1 does not fit", "AdaptiveMaxPool: its input must be an image"],
        ),
        "an adaptive maximum of nothing": (
            lambda: AdaptiveMaxPool(0),
            ["AdaptiveMaxPool: output_size must be at least 1; got 0"],
        ),
    },
    drawn=lambda draw, shape: AdaptiveMaxPool(draw.pair()) if len(shape) == 3 else None,
    torch_modules=lambda nn: [(nn.AdaptiveMaxPool2d((2, 3)), (3, 5, 4))],
)
