"""Cases of clipping."""

from tests.layer_cases import ROW, SHAPES, Call, LayerCases, call, normal, plant

from pellucid.layers import clip_forward
from pellucid.nets import Affine, Clip

BEYOND = (lambda x: clip_forward(x, low=-0.5, high=1), normal((4, 5)))

CASES = LayerCases(
    kind="clip",
    calls=[
        *(call("clip", shape, low=-1, high=0.5) for shape in SHAPES),
        Call("clip", "a lower bound", lambda rng: ((2 * rng.standard_normal((5, 31)),), {"low": -0.25})),
        Call("clip", "an upper bound", lambda rng: ((2 * rng.standard_normal((5, 31)),), {"high": 0.25})),
    ],
    with_channels=lambda c: [call("clip", (2, c, 5, 4), low=-1, high=0.5)],
    elementwise={"low": -1, "high": 0.5},
    planted={
        "clip: every entry": plant(BEYOND, lambda dout, c: dout, 0),
        "clip: the upper bound forgotten": plant(BEYOND, lambda dout, c: dout * (c.x > c.low), 0),
    },
    networks={"clip": ([Clip(-0.5, 1), Clip(low=-0.25), Clip(high=0.75), Affine(3)], ROW)},
    descriptions=[Clip(-1, 2), Clip(low=0.5), Clip(high=3)],
    refused={
        "no bound": (lambda: Clip(), ["Clip: low or high must be a number; got neither"]),
        "bounds the wrong way round": (lambda: Clip(2, 1), ["Clip: low must be below high; got 2 and 1"]),
        "a bound as text": (lambda: Clip("1"), ["Clip: low must be a number; got '1'"]),
    },
    drawn=lambda draw, shape: Clip(-1.0, draw.either(0.5, 2.0)),
    torch_modules=lambda nn: [(nn.Hardtanh(), (4,)), (nn.Hardtanh(-2, 0.5), (4,))],
    onnx_node_tests=[],
)
