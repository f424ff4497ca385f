"""Cases of the fusion of a convolution, batch normalization and ReLU."""

from tests.cases.conv import WINDOWS, convolved
from tests.cases.conv_relu import convolution
from tests.layer_cases import LayerCases, Part


def parts(layers, args, settings):
    *_, gamma, beta = args
    eps = {"eps": settings["eps"]} if "eps" in settings else {}
    norm = Part(layers.spatial_batchnorm, (gamma, beta), eps)
    return [convolution(layers, args, settings), norm, Part(layers.relu)]


CASES = LayerCases(
    kind="conv_bn_relu",
    calls=[
        *(convolved("conv_bn_relu", x, w, w[:1], w[:1], **settings) for x, w, settings in WINDOWS),
        convolved("conv_bn_relu", (2, 3, 4, 5), (2, 3, 3, 3), (2,), (2,), pad=1, eps=0.1),
    ],
    parts=parts,
)
