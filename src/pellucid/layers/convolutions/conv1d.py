"""Convolution along one axis, of sequences: the general convolution (`general_conv.py`) of images of height 1.

    out[n, f, i] = b[f] + sum over c, s of x_pad[n, c0 + c, i*stride + s*dilation] w[f, c, s]

Shapes: x (N, C, L), w (F, C/G, K), b (F,), out (N, F, L'), L' = 1 + (L + left + right - dilation*(K - 1) - 1) // stride.
pad: one number for both ends, (left, right), or "same". Backward: that of the images of height 1, whose height is 1 in
every gradient, too.
"""

from dataclasses import dataclass
from typing import Any

from pellucid.layers.convolutions.general_conv import (
    GeneralConvCache,
    check_groups,
    general_conv_backward,
    general_conv_forward,
)
from pellucid.layers.convolutions.padding import Pads, by_side, places_of_window
from pellucid.layers.description import Description, Init, Lowered, Parameter, Shape, check_init
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, ShapeError, check_pair, check_shapes, check_whole

__all__ = ["Conv1d", "conv1d_backward", "conv1d_forward", "make_conv1d"]

Ends = int | tuple[int, int] | str  # one number for both ends, (left, right), or "same"


def make_conv1d(general_conv: Pair) -> Pair:
    """Return the pair that computes with this general convolution."""

    def conv1d_forward(
        x: Array, w: Array, b: Array, *, stride: int = 1, pad: Ends = 0, dilation: int = 1, groups: int = 1
    ) -> tuple[Array, GeneralConvCache]:
        """Return out (N, F, L') and the cache."""
        who = "conv1d_forward"
        check_shapes(who, x=(x, "N C L"), w=(w, "F C/G K"), b=(b, "F"))
        if 0 in w.shape:
            raise ShapeError(f"{who}: w must have at least one filter, channel and tap; got {w.shape}")
        check_groups(who, groups, x.shape[1], len(w))
        if w.shape[1] * groups != x.shape[1]:
            raise ShapeError(f"{who}: w must have C / groups = {x.shape[1]} / {groups} channels; got {w.shape}")
        sides, strides, dilations = along_width(who, x.shape[2], w.shape[2], stride, pad, dilation)
        places_of_window(who, (1, x.shape[2]), (1, w.shape[2]), strides, sides, dilations)
        settings = {"stride": strides, "pad": sides, "dilation": dilations, "groups": groups}
        out, cache = general_conv.forward(x[:, :, None], w[:, :, None], b, **settings)
        return out[:, :, 0], cache

    def conv1d_backward(dout: Array, cache: GeneralConvCache) -> tuple[Array, Array, Array]:
        """Return dx (N, C, L), dw (F, C/G, K), db (F,)."""
        x, w, stride, pads, dilation, _ = cache
        _, places = places_of_window("conv1d_backward", x.shape[2:], w.shape[2:], stride, pads, dilation)
        check_shapes("conv1d_backward", dout=(dout, f"{len(x)} {len(w)} {places}"), w=(w, "F C/G 1 K"))
        dx, dw, db = general_conv.backward(dout[:, :, None], cache)
        return dx[:, :, 0], dw[:, :, 0], db

    return Pair(conv1d_forward, conv1d_backward)


def along_width(
    who: str, length: int, taps: int, stride: int, pad: Ends, dilation: int
) -> tuple[Pads, tuple[int, int], tuple[int, int]]:
    """Return the padding, stride and dilation of an image of height 1. Raises ShapeError for settings that are none."""
    strides, dilations = (1, check_whole(who, "stride", stride)), (1, check_whole(who, "dilation", dilation))
    if isinstance(pad, str):
        return by_side(who, pad, (1, length), (1, taps), strides, dilations), strides, dilations
    return ((0, 0), check_pair(who, "pad", pad, minimum=0)), strides, dilations


_PAIR = make_conv1d(Pair(general_conv_forward, general_conv_backward))
conv1d_forward, conv1d_backward = _PAIR
for _function in _PAIR:  # known by their own names, so that they can be pickled
    _function.__module__, _function.__qualname__ = __name__, _function.__name__
CONV1D = declare(LayerKind("conv1d", _PAIR))


@dataclass(frozen=True)
class Conv1d(Description):
    """Convolution of sequences (C, L) with `filters` filters; pad is one number for both ends, (left, right), or "same"."""

    filters: int
    kernel: int
    stride: int = 1
    pad: Ends = 0
    init: Init = None
    dilation: int = 1
    groups: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("filters", "kernel", "groups"):
            check_whole("Conv1d", name, getattr(self, name))
        along_width("Conv1d", 1, 1, self.stride, self.pad, self.dilation)
        check_init("Conv1d", self.init)

    def lowered(self, shape: Shape) -> Lowered:
        if len(shape) != 2:
            raise ShapeError(f"Conv1d: its input must be a sequence (C, L); got {shape}")
        channels, length = shape
        check_groups("Conv1d", self.groups, channels, self.filters)
        pads, strides, dilations = along_width("Conv1d", length, self.kernel, self.stride, self.pad, self.dilation)
        _, places = places_of_window("Conv1d", (1, length), (1, self.kernel), strides, pads, dilations)
        of_group = channels // self.groups
        weight = Parameter(
            (self.filters, of_group, self.kernel),
            fan_in=of_group * self.kernel,
            fan_out=self.filters // self.groups * self.kernel,
            init=self.init,
            decays=True,
        )
        options: dict[str, Any] = {"stride": self.stride, "pad": pads[1], "dilation": self.dilation}
        params = {"weight": weight, "bias": Parameter((self.filters,), 0.0)}
        work = self.filters * of_group * self.kernel * places
        return Lowered(CONV1D, (self.filters, places), options | {"groups": self.groups}, params, multiply_adds=work)
