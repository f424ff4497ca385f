"""Cases of layer normalization over the last axis."""

from tests.layer_cases import LayerCases, Output, call, edit, normal, plant

from pellucid.layers import last_layernorm_backward, last_layernorm_forward
from pellucid.nets import Affine, LayerNorm, ReLU, Transpose

INPUTS = (last_layernorm_forward, normal((2, 3, 4), (4,), (4,)))


def edited(**changes):
    return edit(last_layernorm_backward, **changes)


CASES = LayerCases(
    kind="last_layernorm",
    calls=[
        call("last_layernorm", (1, 1), (1,), (1,)),
        call("last_layernorm", (2, 31, 5), (5,), (5,)),
        call("last_layernorm", (2, 3, 5, 4), (4,), (4,), eps=1e-3),
    ],
    with_channels=lambda c: [call("last_layernorm", (2, 3, c), (c,), (c,))],
    planted={
        "last layer norm: only the direct path": plant(INPUTS, edited(g0=lambda g, d, c: c.inv_std * d * c.gamma), 0),
        "last layer norm: dgamma of the first row": plant(
            INPUTS, edited(g1=lambda g, d, c: (d * c.x_hat)[:, 0].sum(axis=0)), 1
        ),
        "last layer norm: dbeta divided by N": plant(INPUTS, edited(g2=lambda g, d, c: g / len(d)), 2),
    },
    networks={
        "a norm of tokens": ([LayerNorm(over="last"), ReLU(), Affine(4, over="last"), Affine(3)], (4, 6)),
        "a norm of pixels": ([Transpose((1, 2, 0)), LayerNorm(1e-3, "last"), Affine(3)], (4, 5, 3)),
    },
    descriptions=[LayerNorm(1e-3, "last")],
    outputs=[Output(LayerNorm(over="last"), (5, 7), (5, 7), 0)],
    refused={"a norm over nothing": (lambda: LayerNorm(over=1), ["LayerNorm: over must be 'sample'", "got 1"])},
    drawn=lambda draw, shape: LayerNorm(over="last") if len(shape) == 3 else None,
    often=2,
    torch_modules=lambda nn: [(nn.Sequential(nn.LayerNorm(4, eps=1e-3), nn.Flatten()), (3, 4))],
)
