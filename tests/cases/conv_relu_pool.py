"""Cases of the fusion of a convolution, ReLU and max pooling."""

from tests.cases.conv import WINDOWS, convolved
from tests.cases.conv_relu import convolution
from tests.layer_cases import LayerCases, Part


def parts(layers, args, settings):
    window = {"size": settings.get("pool_size", 2), "stride": settings.get("pool_stride")}
    return [convolution(layers, args, settings), Part(layers.relu), Part(layers.maxpool, (), window)]


CASES = LayerCases(
    kind="conv_relu_pool",
    calls=[
        *(convolved("conv_relu_pool", x, w, pool_size=1, **settings) for x, w, settings in WINDOWS),
        convolved("conv_relu_pool", (2, 3, 9, 8), (5, 3, 3, 3), pad=1),
        convolved("conv_relu_pool", (1, 3, 9, 8), (17, 3, 3, 3), pad=(1, 0), pool_size=(3, 2), pool_stride=(2, 1)),
    ],
    parts=parts,
)
