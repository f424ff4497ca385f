"""Cases of upsampling by copies."""

from tests.layer_cases import IMAGE, IMAGES, LayerCases, Output, call, normal, plant

from pellucid.layers import upsample_nearest_backward, upsample_nearest_forward
from pellucid.nets import Affine, Network, Upsample

INPUTS = (lambda x: upsample_nearest_forward(x, scale_factor=(2, 3)), normal((2, 3, 2, 4)))

CASES = LayerCases(
    kind="upsample_nearest",
    calls=[
        call("upsample_nearest", shape, scale_factor=scale)
        for shape, scale in zip(IMAGES, (1, 2, (1, 2), 2, 3), strict=True)
    ],
    with_channels=lambda c: [call("upsample_nearest", (2, c, 5, 4), scale_factor=2)],
    planted={
        "nearest: the mean of the copies": plant(INPUTS, lambda d, c: upsample_nearest_backward(d, c) / 6, 0),
        "nearest: of one copy": plant(INPUTS, lambda d, c: d[:, :, ::2, ::3], 0),
    },
    networks={"upsample nearest": ([Upsample((2, 3)), Affine(3)], IMAGE)},
    descriptions=[Upsample((2, 3)), Upsample(2)],
    outputs=[Output(Upsample((2, 3)), (3, 7, 2), (3, 14, 6), 0)],
    refused={
        "upsampled features": (lambda: Network([Upsample(2)], (4,)), ["upsample1 does not fit", "must be an image"]),
        "upsampled by nothing": (lambda: Upsample(0), ["Upsample: scale_factor must be at least 1; got 0"]),
        "upsampled by a half": (lambda: Upsample(1.5), ["Upsample: scale_factor must be a whole number"]),
        "another mode": (
            lambda: Upsample(2, "bicubic"),
            ["Upsample: mode must be 'nearest' or 'bilinear'; got 'bicubic'"],
        ),
        "corners of copies": (
            lambda: Upsample(2, align_corners=True),
            ["align_corners has a meaning for mode='bilinear' alone"],
        ),
    },
    drawn=lambda draw, shape: Upsample(draw.pair(2)) if len(shape) == 3 and shape[1] * shape[2] <= 6 else None,
    often=2,
    torch_modules=lambda nn: [(nn.Upsample(scale_factor=2), (3, 4, 5))],
)
