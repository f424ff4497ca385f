"""Cases of layer normalization, of features and (as a group norm of one group) of images."""

import numpy as np
from tests.cases.batchnorm import normalized
from tests.layer_cases import IMAGE, ROW, LayerCases, call, edit, normal, plant

from pellucid.layers import layernorm_backward, layernorm_forward
from pellucid.nets import Affine, LayerNorm, Network, Tanh, VanillaDropout

INPUTS = (layernorm_forward, normal((4, 4), (4,), (4,)))


def edited(**changes):
    return edit(layernorm_backward, **changes)


def over_rows(g, dout, c):
    d = dout * c.gamma
    return c.inv_std * (d - d.mean(axis=0) - c.x_hat * (d * c.x_hat).mean(axis=0))


CASES = LayerCases(
    kind="layernorm",
    calls=normalized("layernorm"),
    with_channels=lambda c: [call("layernorm", (3, c), (c,), (c,), eps=0.1)],
    planted={
        "layernorm: means over axis 0": plant(INPUTS, edited(g0=over_rows), 0),
        "layernorm: gamma after the means": plant(
            INPUTS, edited(g0=lambda g, d, c: layernorm_backward(d, c._replace(gamma=np.ones(4)))[0] * c.gamma), 0
        ),
        "layernorm: dgamma over the features": plant(INPUTS, edited(g1=lambda g, d, c: (d * c.x_hat).sum(axis=1)), 1),
    },
    networks={
        "layernorm": ([LayerNorm(eps=1e-3), Affine(3)], ROW),
        "image layernorm": ([LayerNorm(), Affine(3)], IMAGE),
        "layer norm": ([Affine(9), LayerNorm(), Tanh(), VanillaDropout(keep=0.7), Affine(4)], (6,)),
    },
    descriptions=[LayerNorm(1e-3)],
    refused={
        "layer norm of sequences": (
            lambda: Network([LayerNorm()], (4, 5)),
            ["layernorm1", "features (D,) or an image"],
        ),
        "eps 0": (lambda: LayerNorm(0), ["LayerNorm: eps must be positive and finite; got 0"]),
        "an infinite eps": (lambda: LayerNorm(np.inf), ["eps"]),
    },
    drawn=lambda draw, shape: LayerNorm(draw.eps()),
    torch_modules=lambda nn: [(nn.LayerNorm(6), (6,))],
    onnx_operators=["LayerNormalization"],
    onnx_node_tests=["layer_normalization_2d_axis1", "layer_normalization_2d_axis_negative_1"],
)
