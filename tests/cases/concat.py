"""Cases of concatenation, which takes several values: its networks are graphs, in `tests/nets/test_graph.py`."""

import numpy as np
from tests.layer_cases import LayerCases, call, normal, plant

from pellucid.layers import concat_forward
from pellucid.nets import Affine, Concat, Conv, Flatten, Input, Network, ReLU
from pellucid.nets.graph import graph_of

INPUTS = (concat_forward, normal((3, 2), (3, 4)))


def branches(axis, *kernels, name=""):
    """Convolutions of the same image beside one another, along an axis that they leave as it is or not."""
    image = Input((4, 9, 7))
    parts = [
        ReLU()(Conv(3 + place * (axis == 0), kernel, pad=0 if axis else kernel // 2)(image))
        for place, kernel in enumerate(kernels)
    ]
    joined = Concat(axis)(*parts)
    return [graph_of(image, Affine(3)(Flatten()(joined)), name)], (4, 9, 7)


def drawn(draw, shape):
    """A layer that keeps the shape, beside its own input, as a network within a network."""
    x = Input(shape)
    return graph_of(x, Concat(draw.between(0, len(shape) - 1))(x, draw.shape_preserving(shape)(x)), "")


CASES = LayerCases(
    kind="concat",
    calls=[
        call("concat", (2, 3), (2, 5)),
        call("concat", (1, 1), (1, 1), (1, 2)),
        call("concat", (3, 17, 2, 31), (3, 1, 2, 31), axis=0),
        call("concat", (2, 3, 2, 31), (2, 1, 2, 31)),
        call("concat", (2, 3, 5, 4), (2, 3, 1, 4), axis=1),
        call("concat", (2, 3, 5, 4), (2, 3, 5, 33), axis=2),
    ],
    planted={
        "concat: exchanged": plant(INPUTS, lambda d, c: (d[:, -2:], d[:, :-2]), 0, 1),
        "concat: the second forgotten": plant(INPUTS, lambda d, c: (d[:, :2], np.zeros((3, 4))), 1),
    },
    networks={
        "channels joined": branches(0, 3, 1, 5),
        "rows joined": branches(0, 1, 1),
    },
    descriptions=[Concat(), Concat(2), branches(0, 3, 1, name="joined")[0][0]],
    refused={
        "an axis of no sample": (lambda: Concat(-1), ["Concat: axis must be a whole number", "got -1"]),
        "in a list": (lambda: Network([Concat()], (4,)), ["concat1 does not fit its input", "Concat()(a, b)"]),
        "other sizes": (
            lambda: Concat()(Input((3, 4, 4)), Input((3, 5, 4))),
            ["Concat: the values must have the same shape except for axis 0", "(3, 4, 4), (3, 5, 4)"],
        ),
        "an axis too many": (lambda: Concat(1)(Input((3,)), Input((3,))), ["axis must be one of a sample's", "got 1"]),
    },
    drawn=drawn,
)
