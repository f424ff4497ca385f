"""Cases of the mean of each channel."""

from tests.layer_cases import IMAGE, IMAGES, LayerCases, Output, call, normal, plant

from pellucid.layers import global_avgpool_backward, global_avgpool_forward
from pellucid.nets import Affine, GlobalAvgPool, Network

INPUTS = (global_avgpool_forward, normal((2, 3, 2, 4)))

CASES = LayerCases(
    kind="global_avgpool",
    calls=[call("global_avgpool", shape) for shape in IMAGES],
    with_channels=lambda c: [call("global_avgpool", (2, c, 5, 4))],
    planted={
        "global mean: divided by H": plant(INPUTS, lambda d, c: global_avgpool_backward(d, c) * 4, 0),
        "global mean: not spread": plant(INPUTS, lambda d, c: d, 0),
    },
    networks={"global avgpool": ([GlobalAvgPool(), Affine(3)], IMAGE)},
    descriptions=[GlobalAvgPool()],
    outputs=[Output(GlobalAvgPool(), (3, 7, 8), (3,), 0)],
    refused={
        "global pool on features": (
            lambda: Network([GlobalAvgPool()], (4,)),
            ["globalavgpool1 does not fit its input (4,)"],
        )
    },
    drawn=lambda draw, shape: GlobalAvgPool() if len(shape) == 3 else None,
    often=2,
    onnx_operators=["GlobalAveragePool"],
    onnx_node_tests=["globalaveragepool", "globalaveragepool_precomputed"],
)
