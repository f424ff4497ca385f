"""Cases of GELU, approximated by tanh."""

from tests.layer_cases import ROW, SHAPES, LayerCases, call, normal, plant

from pellucid.layers import gelu_backward, gelu_forward, gelu_tanh_forward
from pellucid.nets import GELU, Affine

NORMAL = (gelu_tanh_forward, normal((4, 5)))

CASES = LayerCases(
    kind="gelu_tanh",
    calls=[*(call("gelu_tanh", shape) for shape in SHAPES)],
    with_channels=lambda c: [call("gelu_tanh", (2, c, 5, 4))],
    elementwise={},
    planted={
        "gelu by tanh: without the path through tanh": plant(
            NORMAL, lambda dout, c: dout * gelu_tanh_forward(c.x)[0] / c.x, 0
        ),
        "gelu by tanh: derivative of the exact form": plant(
            NORMAL, lambda dout, c: gelu_backward(dout, gelu_forward(c.x)[1]), 0
        ),
    },
    networks={"gelu tanh": ([GELU("tanh"), Affine(3)], ROW)},
    descriptions=[GELU("tanh")],
    refused={"a third form": (lambda: GELU("sigmoid"), ["GELU: approximate must be 'none' or 'tanh'; got 'sigmoid'"])},
    drawn=lambda draw, shape: GELU("tanh"),
    torch_modules=lambda nn: [(nn.GELU("tanh"), (4,))],
    onnx_operators=["Gelu"],
    onnx_node_tests=["gelu_tanh_1", "gelu_tanh_2"],
)
