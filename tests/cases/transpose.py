"""Cases of axes in another order."""

from tests.layer_cases import IMAGE, LayerCases, Output, call, normal, plant

from pellucid.layers import transpose_forward
from pellucid.nets import Affine, Conv, Flatten, Network, ReLU, Reshape, Transpose

INPUTS = (lambda x: transpose_forward(x, order=(1, 2, 0)), normal((2, 3, 3, 3)))

CASES = LayerCases(
    kind="transpose",
    calls=[
        call("transpose", (3, 5), order=(0,)),
        call("transpose", (31, 6, 17), order=(1, 0)),
        call("transpose", (2, 3, 5, 4), order=(1, 2, 0)),
        call("transpose", (2, 31, 3), order=(1, 0)),
        call("transpose", (1, 33, 2, 31), order=(2, 0, 1)),
        call("transpose", (2, 2, 3, 4, 5), order=(1, 0, 2, 3)),
    ],
    planted={
        "transpose: the same order again": plant(INPUTS, lambda d, c: d.transpose(c.axes), 0),
        "transpose: not at all": plant(INPUTS, lambda d, c: d, 0),
    },
    networks={
        "channels last and back": (
            [Conv(4, 3), Transpose((1, 2, 0)), ReLU(), Transpose((2, 0, 1)), Conv(2, 3), Flatten(), Affine(3)],
            IMAGE,
        ),
        "a channel shuffle": (
            [Conv(6, 3), Reshape((2, 3, 7, 5)), Transpose((1, 0, 2, 3)), Reshape((6, 7, 5)), Conv(2, 1), Affine(3)],
            IMAGE,
        ),
    },
    descriptions=[Transpose((1, 0))],
    outputs=[Output(Transpose((2, 0, 1)), (3, 7, 2), (2, 3, 7), 0)],
    refused={
        "an axis twice": (lambda: Transpose((0, 0)), ["Transpose: order must hold the axes of a sample", "got (0, 0)"]),
        "an order that is none": (lambda: Transpose(2), ["Transpose: order must hold the axes of a sample", "got 2"]),
        "an order of fewer axes": (
            lambda: Network([Transpose((1, 0))], (3, 4, 4)),
            ["transpose1 does not fit its input", "each axis of a sample once, 0 to 2"],
        ),
    },
    drawn=lambda draw, shape: Transpose(tuple(range(len(shape)))[::-1]),
)
