"""Cases of adaptive average pooling."""

from tests.layer_cases import IMAGE, IMAGES, LayerCases, Output, call, normal, plant

from pellucid.layers import adaptive_avgpool_backward, adaptive_avgpool_forward
from pellucid.nets import AdaptiveAvgPool, Affine, Network

INPUTS = (lambda x: adaptive_avgpool_forward(x, output_size=(2, 3)), normal((2, 3, 5, 4)))


def by_the_ratio(dout, cache):
    """Every share divided by H / H' and W / W', though shares differ in size."""
    down, across, _ = cache
    return (down > 0).T * (len(down) / down.shape[1]) @ dout @ ((across > 0) * (len(across) / across.shape[1]))


CASES = LayerCases(
    kind="adaptive_avgpool",
    calls=[
        *(call("adaptive_avgpool", shape, output_size=1) for shape in IMAGES),
        call("adaptive_avgpool", (2, 3, 31, 8), output_size=(7, 8)),
        call("adaptive_avgpool", (1, 17, 4, 5), output_size=(6, 2)),  # larger than the image
    ],
    with_channels=lambda c: [call("adaptive_avgpool", (2, c, 5, 4), output_size=(3, 2))],
    planted={
        "adaptive mean: by the ratio of the sizes": plant(INPUTS, by_the_ratio, 0),
        "adaptive mean: not divided": plant(INPUTS, lambda d, c: (c.down > 0).T @ d @ (c.across > 0), 0),
        "adaptive mean: upside down": plant(INPUTS, lambda d, c: adaptive_avgpool_backward(d, c)[:, :, ::-1], 0),
    },
    networks={
        "adaptive avgpool": ([AdaptiveAvgPool((4, 3)), Affine(3)], IMAGE),
        "adaptive avgpool that divides": ([AdaptiveAvgPool((3, 7)), AdaptiveAvgPool(1), Affine(3)], IMAGE),
    },
    descriptions=[AdaptiveAvgPool((4, 3)), AdaptiveAvgPool(2)],
    outputs=[
        Output(AdaptiveAvgPool(1), (3, 7, 8), (3, 1, 1), 0),
        Output(AdaptiveAvgPool((2, 9)), (3, 7, 8), (3, 2, 9), 0),
    ],
    refused={
        "an adaptive pool of features": (
            lambda: Network([AdaptiveAvgPool(2)], (4,)),
            ["adaptiveavgpool1 does not fit", "AdaptiveAvgPool: its input must be an image"],
        ),
        "an adaptive pool to nothing": (
            lambda: AdaptiveAvgPool(0),
            ["AdaptiveAvgPool: output_size must be at least 1; got 0"],
        ),
    },
    drawn=lambda draw, shape: AdaptiveAvgPool(draw.pair()) if len(shape) == 3 else None,
    often=2,
    torch_modules=lambda nn: [
        (nn.AdaptiveAvgPool2d((2, 3)), (3, 5, 4)),
        (nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()), (3, 5, 4)),
    ],
)
