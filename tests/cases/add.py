"""Cases of the sum of two branches, and of the residual block that makes it."""

import numpy as np
from tests.layer_cases import IMAGE, SHAPES, LayerCases, call, normal, plant

from pellucid.layers import add_forward
from pellucid.nets import (
    Add,
    Affine,
    BatchNorm,
    Conv,
    Dropout,
    Flatten,
    GlobalAvgPool,
    Input,
    MaxPool,
    Network,
    ReLU,
    Residual,
    Sigmoid,
    Tanh,
)

INPUTS = (add_forward, normal((3, 2), (3, 2)))
NESTED = [
    *(Conv(6, 3, pad=1), BatchNorm(), ReLU()),
    Residual([Residual([ReLU(), Conv(6, 3, pad=1)]), BatchNorm()], [Conv(6, 1)]),
    Residual([Residual([Sigmoid()])]),
    Residual([Dropout(keep=0.8)]),
    *(ReLU(), MaxPool(2), Flatten(), Affine(3)),
]
BODY = [Conv(4, 3, pad=1), BatchNorm(), ReLU(), Conv(6, 3, pad=1)]

CASES = LayerCases(
    kind="add",
    calls=[call("add", shape, shape) for shape in SHAPES],
    planted={
        "add: one branch forgotten": plant(INPUTS, lambda d, c: (d, np.zeros_like(d)), 1),
        "add: halves": plant(INPUTS, lambda d, c: (d / 2, d / 2), 0, 1),
    },
    networks={
        "residual": ([Residual(BODY, [Conv(6, 1)]), ReLU(), Affine(3)], IMAGE),
        "nested residual": ([Residual([Residual([ReLU()]), Conv(4, 1)]), GlobalAvgPool(), Affine(3)], IMAGE),
        "nested residuals": (NESTED, (3, 8, 6)),
    },
    descriptions=[Add(), Residual([Affine(3), Residual([ReLU()])], [Affine(3), Dropout(0.5)])],
    refused={
        "branches that differ": (
            lambda: Network([Residual([Affine(5)])], (4,)),
            [
                "residual1 cannot add its branches",
                "the body outputs (5,), the shortcut (4,)",
                "shortcut=[...]",
            ],
        ),
        "branches of an image that differ": (
            lambda: Network([Residual([Conv(6, 3)], [Conv(6, 1)])], (6, 8, 8)),
            ["the body outputs (6, 6, 6), the shortcut (6, 8, 8)"],
        ),
        "an empty body": (lambda: Residual([]), ["Residual: the body must hold at least one layer"]),
        "a class in a branch": (
            lambda: Network([Residual([Tanh])], (4,)),
            ["must be a description", "with parentheses"],
        ),
        "a sum in a list": (lambda: Network([Add()], (4,)), ["add1 does not fit its input", "Add()(a, b)"]),
        "a sum of two shapes": (
            lambda: Add()(Input((3,)), Input((4,))),
            ["Add: the values must have the same shape", "(3,) and (4,)"],
        ),
        "a layer for a body": (lambda: Residual(ReLU()), ["body"]),
    },
)
