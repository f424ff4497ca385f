"""Cases of the step from an image to a row of numbers."""

from tests.layer_cases import IMAGE, SHAPES, LayerCases, call, normal, plant

from pellucid.layers import flatten_forward
from pellucid.nets import Affine, BatchNorm, Conv, Flatten, ReLU

INPUTS = (flatten_forward, normal((2, 3, 4)))

CASES = LayerCases(
    kind="flatten",
    calls=[call("flatten", shape) for shape in SHAPES],
    planted={"flatten: back in another order": plant(INPUTS, lambda d, c: d.reshape(c.shape, order="F"), 0)},
    networks={
        "flatten": ([Flatten(), Affine(3)], IMAGE),
        "norm behind a flatten": ([Conv(4, 3), Flatten(), BatchNorm(), ReLU(), Affine(3)], (2, 6, 5)),
        "an image of one pixel": ([Conv(4, 3), ReLU(), Flatten(), ReLU(), Affine(3)], (2, 3, 3)),
        "flat at the end": ([Conv(2, 3), Flatten()], (2, 4, 5)),
    },
    descriptions=[Flatten()],
    drawn=lambda draw, shape: Flatten() if len(shape) == 3 else None,
    torch_modules=lambda nn: [(nn.Flatten(), (3, 5, 4))],
    onnx_operators=["Flatten"],
    onnx_node_tests=["flatten_axis1", "flatten_default_axis", "flatten_negative_axis3"],
)
