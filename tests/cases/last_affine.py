"""Cases of the affine layer over the last axis."""

from tests.layer_cases import LayerCases, Output, call, edit, normal, plant

from pellucid.layers import last_affine_backward, last_affine_forward
from pellucid.nets import Affine, ReLU, Transpose

INPUTS = (last_affine_forward, normal((2, 3, 4), (4, 5), (5,)))


def edited(**changes):
    return edit(last_affine_backward, **changes)


CASES = LayerCases(
    kind="last_affine",
    calls=[
        call("last_affine", (1, 1), (1, 1), (1,)),
        call("last_affine", (2, 31, 3), (3, 5), (5,)),
        call("last_affine", (2, 3, 5, 4), (4, 2), (2,)),
    ],
    with_channels=lambda c: [call("last_affine", (2, 3, c), (c, 4), (4,))],
    planted={
        "last affine: db of the samples": plant(INPUTS, edited(g2=lambda g, d, c: d[:, 0].sum(axis=0)), 2),
        "last affine: dw of the first row": plant(INPUTS, edited(g1=lambda g, d, c: c.x[:, 0].T @ d[:, 0]), 1),
        "last affine: dw divided by N": plant(INPUTS, edited(g1=lambda g, d, c: g / len(d)), 1),
    },
    networks={
        "affine over tokens": ([Affine(5, over="last"), ReLU(), Affine(4, over="last"), Affine(3)], (4, 6)),
        "affine over pixels": ([Transpose((1, 2, 0)), Affine(5, over="last"), Affine(3)], (4, 5, 3)),
    },
    descriptions=[Affine(3, "he", "last")],
    outputs=[Output(Affine(4, over="last"), (5, 7), (5, 4), 5 * 7 * 4), Output(Affine(4, over="last"), (7,), (4,), 28)],
    refused={"affine over nothing": (lambda: Affine(3, over="rows"), ["Affine: over must be 'sample'", "got 'rows'"])},
    drawn=lambda draw, shape: Affine(draw.size(), over="last") if len(shape) == 3 else None,
    often=2,
    torch_modules=lambda nn: [
        (nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Flatten()), (3, 4)),
        (nn.Linear(4, 5, bias=False), (3, 2, 4)),
    ],
)
