"""Cases of root-mean-square normalization."""

from tests.layer_cases import IMAGE, ROW, LayerCases, Output, call, edit, normal, plant

from pellucid.layers import rmsnorm_backward, rmsnorm_forward
from pellucid.nets import Affine, Network, RMSNorm

INPUTS = (rmsnorm_forward, normal((4, 5), (5,)))

CASES = LayerCases(
    kind="rmsnorm",
    calls=[
        call("rmsnorm", (1, 1), (1,)),
        call("rmsnorm", (1, 32), (32,), eps=0.1),
        call("rmsnorm", (33, 17), (17,)),
        call("rmsnorm", (3, 31), (31,)),
        call("rmsnorm", (2, 3, 17), (17,)),
    ],
    with_channels=lambda c: [call("rmsnorm", (3, c), (c,), eps=0.1)],
    planted={
        "rmsnorm: the path through the squares": plant(
            INPUTS, edit(rmsnorm_backward, g0=lambda g, d, c: d * c.gamma * c.inv_rms), 0
        ),
        "rmsnorm: the mean subtracted": plant(
            INPUTS,
            edit(rmsnorm_backward, g0=lambda g, d, c: g - c.inv_rms * (d * c.gamma).mean(axis=1, keepdims=True)),
            0,
        ),
        "rmsnorm: dgamma over the features": plant(
            INPUTS, edit(rmsnorm_backward, g1=lambda g, d, c: (d * c.x_hat).mean(axis=0)), 1
        ),
    },
    networks={
        "rmsnorm": ([Affine(7), RMSNorm(1e-3), Affine(3)], ROW),
        "rmsnorm of tokens": ([RMSNorm(over="last"), Affine(4, over="last"), Affine(3)], (4, 6)),
    },
    descriptions=[RMSNorm(1e-3), RMSNorm(1e-3, "last")],
    outputs=[Output(RMSNorm(over="last"), (5, 7), (5, 7), 0)],
    refused={
        "squares of an image": (lambda: Network([RMSNorm()], IMAGE), ["rmsnorm1", "its input must be features"]),
        "eps of squares": (lambda: RMSNorm(-1), ["RMSNorm: eps must be positive and finite; got -1"]),
    },
    drawn=lambda draw, shape: RMSNorm(draw.eps(), "sample" if len(shape) == 1 else "last"),
    often=2,
    torch_modules=lambda nn: [
        (nn.RMSNorm(6), (6,)),
        (nn.RMSNorm(6, eps=1e-3), (6,)),
        (nn.Sequential(nn.RMSNorm(4, eps=1e-3), nn.Flatten()), (3, 4)),
    ],
)
