"""Cases of the product of two values, whose networks are graphs: squeeze-and-excitation."""

from tests.layer_cases import SHAPES, LayerCases, call, edit, normal, plant

from pellucid.layers import multiply_backward, multiply_forward
from pellucid.nets import (
    AdaptiveAvgPool,
    Affine,
    Conv,
    GlobalAvgPool,
    Input,
    Multiply,
    Network,
    ReLU,
    Sigmoid,
    Tanh,
)
from pellucid.nets.graph import graph_of

SAME = (multiply_forward, normal((3, 2), (3, 2)))
WEIGHED = (multiply_forward, normal((2, 3, 2, 4), (2, 3)))


def excited(*, rows, name=""):
    """Channels of an image weighed by what their means say: as rows (C,), or as an image (C, 1, 1)."""
    image = Input((4, 9, 7))
    x = ReLU()(Conv(6, 3)(image))
    if rows:
        weights = Sigmoid()(Affine(6)(ReLU()(Affine(2)(GlobalAvgPool()(x)))))
    else:
        weights = Sigmoid()(Conv(6, 1)(ReLU()(Conv(2, 1)(AdaptiveAvgPool(1)(x)))))
    return [graph_of(image, Affine(3)(Multiply()(x, weights)), name)], (4, 9, 7)


def pixels_weighed(name=""):
    """An image weighed pixel by pixel, by what a convolution of it says."""
    image = Input((4, 9, 7))
    x = ReLU()(Conv(6, 3)(image))
    return [graph_of(image, Affine(3)(Multiply()(x, Sigmoid()(Conv(1, 3, pad=1)(x)))), name)], (4, 9, 7)


def gated(name=""):
    """The product of two branches of one shape; both read the same values."""
    row = Input((6,))
    x = Affine(5)(row)
    return [graph_of(row, Affine(3)(Multiply()(Tanh()(x), Sigmoid()(x))), name)], (6,)


def drawn(draw, shape):
    """A layer that keeps the shape, times its own input, as a network within a network."""
    x = Input(shape)
    return graph_of(x, Multiply()(x, Tanh()(draw.shape_preserving(shape)(x))), "")


CASES = LayerCases(
    kind="multiply",
    calls=[
        *(call("multiply", shape, shape) for shape in SHAPES),
        call("multiply", (3, 17, 2, 31), (3, 17)),
        call("multiply", (1, 3, 5, 4), (1, 3, 1, 1)),
        call("multiply", (2, 17, 5, 4), (2, 1, 5, 4)),
        call("multiply", (2, 3, 5), (2, 3, 1)),
    ],
    with_channels=lambda c: [call("multiply", (2, c, 5, 4), (2, c)), call("multiply", (2, c, 5, 4), (2, c, 1, 1))],
    planted={
        "multiply: exchanged": plant(SAME, lambda d, c: (d * c.a, d * c.b), 0, 1),
        "multiply: averaged over pixels": plant(WEIGHED, edit(multiply_backward, g1=lambda g, d, c: g / 8), 1),
        "multiply: a factor forgotten": plant(SAME, edit(multiply_backward, g0=lambda g, d, c: d), 0),
    },
    networks={
        "channels weighed": excited(rows=True),
        "channels weighed by an image": excited(rows=False),
        "pixels weighed": pixels_weighed(),
        "a gate": gated(),
    },
    descriptions=[Multiply(), gated("gate")[0][0]],
    refused={
        "a product in a list": (lambda: Network([Multiply()], (4,)), ["multiply1 does not fit", "Multiply()(a, b)"]),
        "a product of three": (
            lambda: Multiply()(Input((3,)), Input((3,)), Input((3,))),
            ["Multiply: it joins two values", "got 3"],
        ),
        "other channels": (
            lambda: Multiply()(Input((3, 4, 4)), Input((4,))),
            ["Multiply: the second value must have the shape of the first", "(3, 4, 4) and (4,)"],
        ),
        "the image second": (
            lambda: Multiply()(Input((3,)), Input((3, 4, 4))),
            ["samples have shapes (3,) and (3, 4, 4)"],
        ),
    },
    drawn=drawn,
)
