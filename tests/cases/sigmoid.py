"""Cases of the sigmoid."""

from tests.layer_cases import ROW, SHAPES, LayerCases, call, normal, plant

from pellucid.layers import sigmoid_forward
from pellucid.nets import Affine, Sigmoid

NORMAL = (sigmoid_forward, normal((4, 5)))

CASES = LayerCases(
    kind="sigmoid",
    calls=[call("sigmoid", shape) for shape in SHAPES],
    with_channels=lambda c: [call("sigmoid", (2, c, 5, 4))],
    elementwise={},
    planted={
        "sigmoid: s for s (1 - s)": plant(NORMAL, lambda dout, c: dout * c.out, 0),
    },
    networks={"sigmoid": ([Sigmoid(), Affine(3)], ROW)},
    descriptions=[Sigmoid()],
    drawn=lambda draw, shape: Sigmoid(),
    torch_modules=lambda nn: [(nn.Sigmoid(), (4,))],
    onnx_operators=["Sigmoid"],
    onnx_node_tests=["sigmoid_example", "sigmoid"],
)
