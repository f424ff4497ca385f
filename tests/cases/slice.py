"""Cases of a part of one axis."""

from tests.layer_cases import IMAGE, ROW, LayerCases, Output, call, normal, plant

from pellucid.layers import slice_backward, slice_forward
from pellucid.nets import Affine, Conv, Flatten, Network, ReLU, Slice

INPUTS = (lambda x: slice_forward(x, axis=1, start=1, stop=4, step=2), normal((2, 3, 5)))

CASES = LayerCases(
    kind="slice",
    calls=[
        call("slice", (1, 1)),
        call("slice", (33, 17), start=3, stop=-2),
        call("slice", (2, 31, 5, 4), axis=0, start=1, stop=30, step=3),
        call("slice", (3, 17, 2, 31), axis=2, start=-7),
        call("slice", (2, 3, 5, 4), axis=1, start=4, stop=9),
    ],
    planted={
        "slice: one place too far": plant(INPUTS, lambda d, c: slice_backward(d, c)[:, :, [4, 0, 1, 2, 3]], 0),
        "slice: added to all": plant(INPUTS, lambda d, c: slice_backward(d, c) + 1, 0),
    },
    networks={
        "a slice of channels": ([Conv(6, 3), Slice(0, 1, 5, 2), ReLU(), Conv(2, 3), Flatten(), Affine(3)], IMAGE),
        "slices of rows and features": ([Slice(1, 2, -1), Flatten(), Slice(0, 3), Affine(3)], IMAGE),
        "a slice of features": ([Affine(8), Slice(0, 4), Affine(3)], ROW),
    },
    descriptions=[Slice(1, 2, 5, 2), Slice(0, -3)],
    outputs=[Output(Slice(0, 1, None, 2), (6, 7, 2), (3, 7, 2), 0), Output(Slice(2, -1), (3, 7, 2), (3, 7, 1), 0)],
    refused={
        "a slice of nothing": (
            lambda: Network([Slice(0, 4)], (4,)),
            ["slice1 does not fit its input", "from 4 to None nothing is left of axis 0, which has 4 entries"],
        ),
        "a slice of no axis": (lambda: Network([Slice(1)], (4,)), ["Slice: axis must be one of a sample's, 0 to 0"]),
        "a slice that stands": (lambda: Slice(0, 0, 4, 0), ["Slice: step must be a whole number of at least 1; got 0"]),
        "a slice to a half": (lambda: Slice(0, 0, 1.5), ["Slice: stop must be a whole number; got 1.5"]),
    },
    drawn=lambda draw, shape: Slice(0, draw.between(0, shape[0] - 1)),
)
