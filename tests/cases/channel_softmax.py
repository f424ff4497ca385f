"""Cases of Softmax over channels."""

from tests.layer_cases import IMAGE, ROW, SHAPES, LayerCases, call, normal, plant

from pellucid.layers import channel_softmax_forward
from pellucid.nets import Affine, Softmax

NORMAL = (channel_softmax_forward, normal((4, 5)))

CASES = LayerCases(
    kind="channel_softmax",
    calls=[*(call("channel_softmax", shape) for shape in SHAPES[2:])],
    with_channels=lambda c: [call("channel_softmax", (2, c, 5, 4))],
    planted={
        "softmax: each of its own": plant(NORMAL, lambda dout, c: dout * c.out * (1 - c.out), 0),
        "softmax: without the sum": plant(NORMAL, lambda dout, c: dout * c.out, 0),
    },
    networks={
        "channel softmax of an image": ([Softmax(), Affine(3)], IMAGE),
        "channel softmax": ([Softmax(), Affine(3)], ROW),
    },
    descriptions=[Softmax()],
    drawn=lambda draw, shape: Softmax(),
    torch_modules=lambda nn: [(nn.Softmax(dim=1), (4,))],
)
