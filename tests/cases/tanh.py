"""Cases of the hyperbolic tangent."""

from tests.layer_cases import ROW, SHAPES, LayerCases, call, normal, plant

from pellucid.layers import tanh_forward
from pellucid.nets import Affine, Tanh

NORMAL = (tanh_forward, normal((4, 5)))

CASES = LayerCases(
    kind="tanh",
    calls=[call("tanh", shape) for shape in SHAPES],
    with_channels=lambda c: [call("tanh", (2, c, 5, 4))],
    elementwise={},
    planted={
        "tanh: 1 - t": plant(NORMAL, lambda dout, c: dout * (1 - c.out), 0),
    },
    networks={"tanh": ([Tanh(), Affine(3)], ROW)},
    descriptions=[Tanh()],
    drawn=lambda draw, shape: Tanh(),
    torch_modules=lambda nn: [(nn.Tanh(), (4,))],
    onnx_operators=["Tanh"],
    onnx_node_tests=["tanh_example", "tanh"],
)
