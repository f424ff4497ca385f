"""The description of a convolution."""

from dataclasses import dataclass
from typing import ClassVar

from pellucid.layers import conv_output_size
from pellucid.nets.descriptions.description import Description, Init, Lowered, Parameter, Shape, check_init, image_sizes
from pellucid.shapes import check_whole, pair

__all__ = ["Conv"]


@dataclass(frozen=True)
class Conv(Description):
    """Convolution with `filters` filters; kernel, stride and pad are one number or (height, width)."""

    filters: int
    kernel: int | tuple[int, int]
    stride: int | tuple[int, int] = 1
    pad: int | tuple[int, int] = 0
    init: Init = None
    prefix: ClassVar[str] = "conv"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole("Conv", "filters", self.filters)
        pair("Conv", "kernel", self.kernel, least=1)
        pair("Conv", "stride", self.stride, least=1)
        pair("Conv", "pad", self.pad, least=0)
        check_init("Conv", self.init)

    def lowered(self, shape: Shape) -> Lowered:
        channels, height, width = image_sizes("Conv", shape)
        kernel = pair("Conv", "kernel", self.kernel, least=1)
        stride, pad = pair("Conv", "stride", self.stride, least=1), pair("Conv", "pad", self.pad, least=0)
        out = conv_output_size("Conv", (height, width), kernel, stride, pad)
        taps = kernel[0] * kernel[1]
        weight = Parameter(
            (self.filters, channels, *kernel),
            memory=(2, 3, 1, 0),
            fan_in=channels * taps,
            fan_out=self.filters * taps,
            init=self.init,
            decays=True,
        )
        params = {"weight": weight, "bias": Parameter((self.filters,), 0.0)}
        work = self.filters * channels * taps * out[0] * out[1]
        return Lowered("conv", (self.filters, *out), {"stride": stride, "pad": pad}, params, {}, work)
