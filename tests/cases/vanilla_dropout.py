"""Cases of vanilla dropout, which scales at inference."""

from tests.cases.dropout import KEEPS, dropped
from tests.layer_cases import ROW, SHAPES, Call, LayerCases, normal, plant

from pellucid.layers import vanilla_dropout_forward
from pellucid.nets import Affine, VanillaDropout

INPUTS = (lambda x: vanilla_dropout_forward(x, 0.7, (1, 2, 3)), normal((4, 5)))


def scaled(shape):
    return Call("vanilla_dropout_infer", str(shape), lambda rng: ((rng.standard_normal(shape), 0.3), {}))


CASES = LayerCases(
    kind="vanilla_dropout",
    calls=[
        *(dropped("vanilla_dropout", shape, keep) for shape, keep in zip(SHAPES, KEEPS, strict=True)),
        *(scaled(shape) for shape in SHAPES),
    ],
    with_channels=lambda c: [dropped("vanilla_dropout", (2, c, 5, 4), 0.6)],
    planted={"vanilla dropout: scaled": plant(INPUTS, lambda dout, c: dout * c.mask / c.keep, 0)},
    networks={"vanilla dropout": ([VanillaDropout(keep=0.6), Affine(3)], ROW)},
    descriptions=[VanillaDropout(keep=0.4)],
    refused={
        "keep above 1": (lambda: VanillaDropout(1.5), ["VanillaDropout: keep must lie in (0, 1]; got 1.5"]),
    },
    drawn=lambda draw, shape: VanillaDropout(keep=draw.either(0.5, 0.8, 1.0)),
)
