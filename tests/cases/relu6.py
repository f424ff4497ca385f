"""Cases of ReLU6."""

from tests.layer_cases import ROW, SHAPES, Call, LayerCases, call, normal, plant

from pellucid.layers import relu6_forward
from pellucid.nets import Affine, ReLU6

NORMAL = (relu6_forward, normal((4, 5)))

CASES = LayerCases(
    kind="relu6",
    calls=[
        *(call("relu6", shape) for shape in SHAPES),
        Call("relu6", "beyond 6", lambda rng: ((8 * rng.standard_normal((5, 31)),), {})),
    ],
    with_channels=lambda c: [call("relu6", (2, c, 5, 4))],
    elementwise={},
    planted={
        "relu6: every entry": plant(NORMAL, lambda dout, c: dout, 0),
    },
    networks={"relu6": ([ReLU6(), Affine(3)], ROW)},
    descriptions=[ReLU6()],
    drawn=lambda draw, shape: ReLU6(),
    torch_modules=lambda nn: [(nn.ReLU6(), (4,))],
    onnx_operators=["Clip"],
    onnx_node_tests=[],
)
