"""Cases of upsampling by straight lines."""

from tests.layer_cases import IMAGE, IMAGES, LayerCases, Output, call, normal, plant

from pellucid.layers import (
    UpsampleNearestCache,
    upsample_bilinear_backward,
    upsample_bilinear_forward,
    upsample_nearest_backward,
)
from pellucid.nets import Affine, Upsample

INPUTS = (lambda x: upsample_bilinear_forward(x, scale_factor=2), normal((2, 3, 3, 4)))
ALIGNED = (lambda x: upsample_bilinear_forward(x, scale_factor=2, align_corners=True), normal((2, 3, 3, 4)))

CASES = LayerCases(
    kind="upsample_bilinear",
    calls=[
        *(call("upsample_bilinear", shape, scale_factor=2) for shape in IMAGES),
        *(call("upsample_bilinear", shape, scale_factor=(3, 1), align_corners=True) for shape in IMAGES),
        call("upsample_bilinear", (1, 2, 4, 3), scale_factor=1),
    ],
    with_channels=lambda c: [call("upsample_bilinear", (2, c, 5, 4), scale_factor=2)],
    planted={
        "bilinear: as nearest": plant(
            INPUTS, lambda d, c: upsample_nearest_backward(d, UpsampleNearestCache((2, 3, 3, 4), (2, 2))), 0
        ),
        "bilinear: upside down": plant(INPUTS, lambda d, c: upsample_bilinear_backward(d[:, :, ::-1], c), 0),
        "bilinear: other corners": plant(
            ALIGNED,
            lambda d, c: upsample_bilinear_backward(d, INPUTS[0](INPUTS[1][0])[1]),
            0,
        ),
    },
    networks={
        "upsample bilinear": ([Upsample((2, 3), "bilinear"), Upsample((3, 1), "bilinear", True), Affine(3)], IMAGE),
    },
    descriptions=[Upsample((2, 3), "bilinear"), Upsample(2, "bilinear", True)],
    outputs=[Output(Upsample((2, 3), "bilinear"), (3, 7, 2), (3, 14, 6), 0)],
    refused={
        "corners as a number": (
            lambda: Upsample(2, "bilinear", 1),
            ["Upsample: align_corners must be True or False; got 1"],
        )
    },
    drawn=lambda draw, shape: (
        Upsample(draw.pair(2), "bilinear", draw.either(True, False))
        if len(shape) == 3 and shape[1] * shape[2] <= 6
        else None
    ),
    often=2,
    torch_modules=lambda nn: [
        (nn.Upsample(scale_factor=2, mode="bilinear"), (3, 4, 5)),
        (nn.Upsample(scale_factor=(2, 3), mode="bilinear", align_corners=True), (3, 4, 5)),
    ],
)
