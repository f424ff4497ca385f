"""Cases of the step from one shape of a sample to another."""

from tests.layer_cases import IMAGE, ROW, LayerCases, Output, call, normal, plant

from pellucid.layers import reshape_forward
from pellucid.nets import Affine, Conv, Flatten, Network, ReLU, Reshape


def forward(x):
    return reshape_forward(x, shape=(4, 3))


INPUTS = (forward, normal((2, 3, 4)))

CASES = LayerCases(
    kind="reshape",
    calls=[
        call("reshape", (1, 1), shape=(1, 1)),
        call("reshape", (3, 6), shape=(2, 3)),
        call("reshape", (31, 6), shape=(3, 2)),
        call("reshape", (2, 3, 5, 4), shape=(5, 3, 4)),
        call("reshape", (3, 17, 2, 31), shape=(31 * 17, 2)),
    ],
    planted={"reshape: back in another order": plant(INPUTS, lambda d, c: d.reshape(c.shape, order="F"), 0)},
    networks={
        "rows to images": ([Affine(12), ReLU(), Reshape((3, 2, 2)), Conv(2, 1), Flatten(), Affine(3)], ROW),
        "images to images": ([Conv(4, 3), Reshape((7, 5, 4)), Conv(2, 3), Flatten(), Affine(3)], IMAGE),
    },
    descriptions=[Reshape((-1,)), Reshape((1, -1))],
    outputs=[Output(Reshape((2, -1)), (3, 7, 2), (2, 21), 0)],
    refused={
        "no shape": (lambda: Reshape(()), ["Reshape: shape must be the shape of a sample", "got ()"]),
        "two sizes left open": (lambda: Reshape((-1, -1)), ["Reshape: one size of shape may be -1"]),
        "a size that is no number": (lambda: Reshape((2, "3")), ["Reshape: shape must be"]),
        "another count": (
            lambda: Network([Reshape((5,))], (4,)),
            ["reshape1 does not fit its input", "as many numbers as a sample, 4 for (4,); got (5,)"],
        ),
    },
    drawn=lambda draw, shape: Reshape(shape[::-1]),
)
