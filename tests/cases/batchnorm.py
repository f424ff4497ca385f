"""Cases of batch normalization of features."""

import numpy as np
from tests.layer_cases import ROW, Call, LayerCases, call, edit, normal, plant

from pellucid.layers import RunningStats, batchnorm_backward, batchnorm_forward
from pellucid.nets import Affine, BatchNorm, Network, ReLU


def normalized(layer):
    """Calls on rows, with a scale and a shift."""
    shapes = [(1, 5), (31, 1), (32, 17), (33, 31)]
    return [
        *(call(layer, shape, shape[1:], shape[1:]) for shape in shapes),
        call(layer, (3, 32), (32,), (32,), eps=0.1),
    ]


def inferred(layer, *shape, eps=1e-5):
    """A call that normalizes by running statistics."""

    def make(rng):
        x, gamma, beta = (rng.standard_normal(s) for s in (shape, shape[1], shape[1]))
        stats = RunningStats(rng.standard_normal(shape[1]), rng.uniform(0.5, 2, shape[1]))
        return (x, gamma, beta, stats), {"eps": eps}

    return Call(layer, f"{shape} eps={eps}", make)


def drawn(draw, shape):
    return BatchNorm(draw.eps(), draw.either(0.0, 0.9, 1.0)) if len(shape) == 1 else None


INPUTS, EPS = normal((5, 4), (4,), (4,)), 0.1
ROWS = (batchnorm_forward, INPUTS)
LOOSE = (lambda x, gamma, beta: batchnorm_forward(x, gamma, beta, eps=EPS), INPUTS)


def edited(**changes):
    return edit(batchnorm_backward, **changes)


def batchnorm_dx(dout, c, *, through_mean=1.0, through_var=1.0, rows=None):
    g = dout * c.gamma
    rows = rows or len(g)
    mean, var = g.sum(axis=0) / rows, (g * c.x_hat).sum(axis=0) / rows
    return c.inv_std * (g - through_mean * mean - through_var * c.x_hat * var)


def dx_of(**changes):
    return edited(g0=lambda g, d, c: batchnorm_dx(d, c, **changes))


PLANTED = {
    "batchnorm: no path through mean or variance": plant(ROWS, dx_of(through_mean=0, through_var=0), 0),
    "batchnorm: no path through the variance": plant(ROWS, dx_of(through_var=0), 0),
    "batchnorm: no path through the mean": plant(ROWS, dx_of(through_mean=0), 0),
    "batchnorm: half the path through the variance": plant(ROWS, dx_of(through_var=0.5), 0),
    "batchnorm: N - 1 for N": plant(ROWS, edited(g0=lambda g, d, c: batchnorm_dx(d, c, rows=len(d) - 1)), 0),
    "batchnorm: gamma left out of dx": plant(ROWS, edited(g0=lambda g, d, c: batchnorm_dx(d / c.gamma, c)), 0),
    "batchnorm: gamma twice": plant(ROWS, edited(g0=lambda g, d, c: g * c.gamma), 0),
    "batchnorm: eps outside the root": plant(
        LOOSE, edited(g0=lambda g, d, c: g / c.inv_std / (np.sqrt(c.var) + EPS)), 0
    ),
    "batchnorm: eps forgotten": plant(LOOSE, edited(g0=lambda g, d, c: g / c.inv_std / np.sqrt(c.var)), 0),
    "batchnorm: eps forgotten, at 1e-5": plant(ROWS, edited(g0=lambda g, d, c: g / c.inv_std / np.sqrt(c.var)), 0),
    "batchnorm: x_hat of a forgotten eps": plant(LOOSE, edited(g1=lambda g, d, c: g / c.inv_std / np.sqrt(c.var)), 1),
    "batchnorm: dgamma by the output": plant(ROWS, edited(g1=lambda g, d, c: (d * (c.gamma * c.x_hat)).sum(axis=0)), 1),
    "batchnorm: dgamma not normalized": plant(ROWS, edited(g1=lambda g, d, c: g / c.inv_std), 1),
    "batchnorm: dgamma of shape (1, D)": plant(ROWS, edited(g1=lambda g, d, c: g[None]), 1),
    "batchnorm: dbeta without axis": plant(ROWS, edited(g2=lambda g, d, c: d.sum()), 2),
    "batchnorm: dbeta is dgamma": plant(
        ROWS, lambda d, c: (*batchnorm_backward(d, c)[:2], batchnorm_backward(d, c)[1]), 2
    ),
    "batchnorm: dbeta times gamma": plant(ROWS, edited(g2=lambda g, d, c: g * c.gamma), 2),
}

CASES = LayerCases(
    kind="batchnorm",
    calls=[
        *normalized("batchnorm"),
        *(inferred("batchnorm_infer", n, d) for n, d in [(1, 1), (31, 17), (33, 32)]),
        inferred("batchnorm_infer", 3, 5, eps=0.1),
    ],
    with_channels=lambda c: [call("batchnorm", (3, c), (c,), (c,), eps=0.1)],
    planted=PLANTED,
    networks={
        "batchnorm": ([BatchNorm(), Affine(3)], ROW),
        "batchnorm first": ([BatchNorm(), ReLU(), Affine(2)], ROW),
    },
    descriptions=[BatchNorm(1e-3, 0.5)],
    refused={
        "batch norm of sequences": (
            lambda: Network([BatchNorm()], (4, 5)),
            ["batchnorm1 does not fit its input (4, 5)", "features (D,) or an image (C, H, W)"],
        ),
        "eps of a batch": (lambda: BatchNorm(eps=0), ["BatchNorm: eps must be positive and finite; got 0"]),
        "eps nan": (lambda: BatchNorm(eps=np.nan), ["BatchNorm: eps must be positive"]),
        "eps as text": (lambda: BatchNorm(eps="small"), ["eps"]),
        "decay": (lambda: BatchNorm(decay=1.1), ["BatchNorm: decay must lie in [0, 1]; got 1.1", "1.1"]),
    },
    drawn=drawn,
    often=4,
    torch_modules=lambda nn: [(nn.BatchNorm1d(5, eps=1e-3, momentum=0.2), (5,))],
    onnx_operators=["BatchNormalization"],
    onnx_node_tests=["batchnorm_example", "batchnorm_epsilon"],
)
