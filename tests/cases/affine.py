"""Cases of the fully connected layer."""

import numpy as np
from tests.layer_cases import LayerCases, Output, call, edit, normal, plant

from pellucid.layers import affine_backward, affine_forward
from pellucid.nets import Affine, ReLU

SAMPLES = [((1, 5), 7), ((31, 33), 17), ((2, 3, 4, 5), 32), ((33, 1), 1)]  # x, number of outputs


def connected(layer, x, outputs, *more, **settings):
    """A call with a weight and a bias for this x, then arrays of other shapes."""
    return call(layer, x, (int(np.prod(x[1:])), outputs), (outputs,), *more, **settings)


def with_channels(c):
    outputs = 1 + 7 * c % 65
    yield connected("affine", (3, c), outputs)


def drawn(draw, shape):
    return Affine(draw.size(4), draw.init())


ROWS = (affine_forward, normal((4, 3), (3, 3), (3,)))
IMAGES = (affine_forward, normal((2, 2, 3, 2), (12, 3), (3,)))
COLUMN = (affine_forward, normal((2, 1), (1, 3), (3,)))


def edited(**changes):
    return edit(affine_backward, **changes)


def exchanged(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    return dx, db[None], dw[0]


PLANTED = {
    "affine: db without axis": plant(ROWS, edited(g2=lambda g, dout, c: dout.sum()), 2),
    "affine: db without axis, broadcast": plant(ROWS, edited(g2=lambda g, dout, c: np.full(3, dout.sum())), 2),
    "affine: db over the wrong axis": plant(IMAGES, edited(g2=lambda g, dout, c: dout.sum(axis=1)), 2),
    "affine: db is the mean": plant(ROWS, edited(g2=lambda g, dout, c: dout.mean(axis=0)), 2),
    "affine: db of shape (1, M)": plant(ROWS, edited(g2=lambda g, dout, c: g[None]), 2),
    "affine: dw transposed": plant(ROWS, edited(g1=lambda g, dout, c: g.T), 1),
    "affine: dw divided by N": plant(ROWS, edited(g1=lambda g, dout, c: g / len(dout)), 1),
    "affine: dx by w, not its transpose": plant(ROWS, edited(g0=lambda g, dout, c: dout @ c.w), 0),
    "affine: dx not back in the shape of x": plant(IMAGES, edited(g0=lambda g, dout, c: g.reshape(len(g), -1)), 0),
    "affine: dx in another order": plant(
        IMAGES, edited(g0=lambda g, dout, c: np.ascontiguousarray(g.T).reshape(g.shape)), 0
    ),
    "affine: everything twice": plant(ROWS, lambda dout, c: tuple(2 * g for g in affine_backward(dout, c)), 0, 1, 2),
    "affine: the sign": plant(ROWS, lambda dout, c: tuple(-g for g in affine_backward(dout, c)), 0, 1, 2),
    "affine: dw and db exchange": plant(COLUMN, exchanged, 1, 2),
}

CASES = LayerCases(
    kind="affine",
    calls=[connected("affine", x, outputs) for x, outputs in SAMPLES],
    with_channels=with_channels,
    planted=PLANTED,
    networks={
        "mlp": ([Affine(46), ReLU(), Affine(46), ReLU(), Affine(10)], (10,)),
        "affine of an image": ([Affine(5), ReLU(), Affine(3)], (3, 4, 5)),
    },
    descriptions=[Affine(7, init=0.25), Affine(7, init="xavier")],
    outputs=[Output(Affine(5), (4,), (5,), 20), Output(Affine(5), (2, 3, 4), (5,), 120)],
    refused={
        "no outputs": (lambda: Affine(0), ["Affine: out must be a whole number of at least 1; got 0"]),
        "half an output": (lambda: Affine(2.5), ["Affine: out must be a whole number", "2.5"]),
        "true outputs": (lambda: Affine(True), ["Affine: out must be a whole number", "True"]),
        "an init of a layer": (
            lambda: Affine(3, init="kaiming"),
            ["Affine: init must be 'he', 'xavier' or a standard dev"],
        ),
        "an init of True": (lambda: Affine(3, init=True), ["init"]),
    },
    drawn=drawn,
    often=3,
    torch_modules=lambda nn: [(nn.Linear(6, 4), (6,)), (nn.Linear(6, 4, bias=False), (6,))],
    onnx_operators=["Gemm", "MatMul"],
    onnx_node_tests=[
        "gemm_default_zero_bias",
        "gemm_default_no_bias",
        "gemm_default_scalar_bias",
        "gemm_default_single_elem_vector_bias",
        "gemm_default_vector_bias",
        "gemm_transposeB",
        "gemm_alpha",
        "gemm_beta",
        "matmul_2d",
    ],
)
