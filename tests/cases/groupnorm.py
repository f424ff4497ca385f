"""Cases of group normalization."""

import numpy as np
from tests.layer_cases import IMAGE, LayerCases, call, edit, normal, plant

from pellucid.layers import groupnorm_backward, groupnorm_forward
from pellucid.nets import Affine, Conv, GroupNorm, Network


def grouped(shape, groups, **settings):
    return call("groupnorm", shape, shape[1:2], shape[1:2], groups=groups, **settings)


def with_channels(c):
    some = next((g for g in range(c // 2, 0, -1) if c % g == 0), 1)
    return [grouped((2, c, 5, 4), groups, eps=0.1) for groups in {1, some, c}]


def drawn(draw, shape):
    if len(shape) != 3:
        return None
    divisors = [groups for groups in range(1, shape[0] + 1) if shape[0] % groups == 0]
    return GroupNorm(draw.either(*divisors), draw.eps())


INPUTS = (lambda x, gamma, beta: groupnorm_forward(x, gamma, beta, groups=2), normal((2, 4, 2, 3), (4,), (4,)))


def edited(**changes):
    return edit(groupnorm_backward, **changes)


def over_images(g, dout, c):
    d = dout * c.gamma[:, None, None]
    mean, var = d.mean(axis=(1, 2, 3), keepdims=True), (d * c.x_hat).mean(axis=(1, 2, 3), keepdims=True)
    return np.repeat(c.inv_std, 2, axis=1)[..., None] * (d - mean - c.x_hat * var)


CASES = LayerCases(
    kind="groupnorm",
    calls=[
        grouped((1, 1, 1, 1), 1),
        grouped((2, 6, 3, 5), 3),
        grouped((1, 17, 31, 2), 17),
        grouped((3, 3, 5, 33), 1, eps=0.1),
        grouped((2, 12, 9, 8), 4),
    ],
    with_channels=with_channels,
    planted={
        "groupnorm: means over the whole image": plant(INPUTS, edited(g0=over_images), 0),
        "groupnorm: dgamma of shape (1, C, 1, 1)": plant(INPUTS, edited(g1=lambda g, d, c: g.reshape(1, -1, 1, 1)), 1),
        "groupnorm: dgamma of one image": plant(
            INPUTS, edited(g1=lambda g, d, c: (d * c.x_hat)[0].sum(axis=(1, 2))), 1
        ),
    },
    networks={"groupnorm": ([GroupNorm(2), Affine(3)], IMAGE)},
    descriptions=[GroupNorm(4, 1e-3)],
    refused={
        "groups": (
            lambda: Network([Conv(6, 1), GroupNorm(4)], (6, 8, 8)),
            ["groupnorm1 does not fit its input (6, 8, 8)", "groups must divide the 6 channels; got 4"],
        ),
        "groups of features": (
            lambda: Network([GroupNorm(2)], (4,)),
            ["groupnorm1", "its input must be an image"],
        ),
        "no groups": (lambda: GroupNorm(0), ["GroupNorm: groups must be a whole number of at least 1; got 0"]),
        "eps of groups": (lambda: GroupNorm(2, -1e-5), ["GroupNorm: eps must be positive and finite; got -1e-05"]),
    },
    drawn=drawn,
    often=4,
    torch_modules=lambda nn: [(nn.GroupNorm(2, 8), (8, 3, 4))],
    onnx_operators=["GroupNormalization"],
    onnx_node_tests=["group_normalization_example", "group_normalization_epsilon"],
)
