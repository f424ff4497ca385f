"""Cases of local response normalization."""

from tests.layer_cases import IMAGE, SHAPES, LayerCases, Output, call, normal, plant

from pellucid.layers import local_response_norm_backward, local_response_norm_forward
from pellucid.nets import Affine, LocalResponseNorm

SETTINGS = {"size": 3, "alpha": 0.5, "beta": 0.75, "k": 2.0}
INPUTS = (lambda x: local_response_norm_forward(x, **SETTINGS), normal((2, 5, 3)))

CASES = LayerCases(
    kind="local_response_norm",
    calls=[
        *(call("local_response_norm", shape, **SETTINGS) for shape in SHAPES[2:]),
        call("local_response_norm", (2, 4, 3, 2), size=9, alpha=0.3, beta=0.5),  # more neighbours than channels
        call("local_response_norm", (2, 4, 3, 2)),
    ],
    with_channels=lambda c: [call("local_response_norm", (2, c, 5, 4), **SETTINGS)],
    planted={
        "local response: scale taken for a constant": plant(INPUTS, lambda d, c: d * c.scale**-c.beta, 0),
        "local response: alpha not divided": plant(
            INPUTS, lambda d, c: local_response_norm_backward(d, c._replace(alpha=c.alpha * 3)), 0
        ),
        "local response: of itself alone": plant(
            INPUTS,
            lambda d, c: d * c.scale**-c.beta * (1 - 2 * c.alpha * c.beta / 3 * c.x**2 / c.scale),
            0,
        ),
    },
    networks={"local response norm": ([LocalResponseNorm(3, 0.5, 0.5, 2.0), Affine(3)], IMAGE)},
    descriptions=[LocalResponseNorm(3, 0.1, 0.5, 2.0)],
    outputs=[Output(LocalResponseNorm(), (3, 7, 2), (3, 7, 2), 0)],
    refused={
        "an even size": (lambda: LocalResponseNorm(4), ["LocalResponseNorm: size must be odd", "got 4"]),
        "a negative alpha": (lambda: LocalResponseNorm(alpha=-1), ["LocalResponseNorm: alpha must"]),
        "a k of 0": (lambda: LocalResponseNorm(k=0), ["LocalResponseNorm: k must be positive"]),
    },
    drawn=lambda draw, shape: LocalResponseNorm(draw.either(1, 3), 0.5),
    torch_modules=lambda nn: [(nn.LocalResponseNorm(5, 0.1), (7, 3, 2))],
    onnx_operators=["LRN"],
    onnx_node_tests=["lrn", "lrn_default"],
)
