"""Layer descriptions: what a person writes to make a network. Plain data, no arrays.

Each knows how it is lowered: `description.lowered(shape)` takes the shape of one sample that comes in and returns which layer of
the table computes it, with which options and parameters, and the shape that goes out; it raises ShapeError where they do not fit.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, NamedTuple

import numpy as np

from pellucid.layers import Pair, conv_output_size
from pellucid.shapes import Array, ShapeError, check_number, check_whole, pair

__all__ = [
    "GELU",
    "Affine",
    "AvgPool",
    "BatchNorm",
    "Conv",
    "Description",
    "Dropout",
    "Flatten",
    "Function",
    "GlobalAvgPool",
    "GroupNorm",
    "Init",
    "LayerNorm",
    "LeakyReLU",
    "Lowered",
    "MaxPool",
    "Parameter",
    "ReLU",
    "Residual",
    "Sigmoid",
    "Tanh",
    "VanillaDropout",
]

Shape = tuple[int, ...]
Init = str | float | None  # "he", "xavier", or a standard deviation; None: the network's choice


class Parameter(NamedTuple):
    """One array that a layer learns, or keeps as state."""

    shape: Shape
    start: Array | float | None = None  # the first value; None: drawn by `init` from the fans
    memory: tuple[int, ...] | None = None  # order of the axes in memory, slowest first
    fan_in: int = 0
    fan_out: int = 0
    init: Init = None
    decays: bool = False  # whether L2 regularisation and weight decay apply


class Lowered(NamedTuple):
    """A description made definite by the shape of its input."""

    kind: str  # the layer of the table, or "function"
    shape: Shape  # of one sample that goes out
    options: Mapping[str, Any]  # keyword arguments of the forward
    params: Mapping[str, Parameter]  # in the order of the forward's arguments
    state: Mapping[str, Parameter]
    multiply_adds: int  # for one sample
    pair: Pair | None = None  # of a "function"


@dataclass(frozen=True)
class Description:
    """What every layer description has."""

    prefix: ClassVar[str] = ""  # of the layer's name: "conv" makes conv1, conv2, ...

    def __post_init__(self) -> None:
        """Turn NumPy numbers into Python's, so that settings can be written to a file."""
        for setting in fields(self):
            value = getattr(self, setting.name)
            if isinstance(value, np.generic):
                object.__setattr__(self, setting.name, value.item())

    def lowered(self, shape: Shape) -> Lowered:
        """Return what this layer is for an input sample of this shape."""
        raise ShapeError(f"{type(self).__name__}: it is not a layer by itself; use one such as Affine(10)")


def check_init(who: str, init: Any) -> None:
    """Refuse an initialisation other than None, 'he', 'xavier' or a standard deviation."""
    if init is None or (isinstance(init, str) and init in ("he", "xavier")):
        return
    try:
        check_number(who, "init", init, least=0)
    except ShapeError:
        raise ShapeError(f"{who}: init must be 'he', 'xavier' or a standard deviation; it is {init!r}") from None


def _image(who: str, shape: Shape) -> tuple[int, int, int]:
    if len(shape) != 3:
        raise ShapeError(f"{who}: its input must be an image (C, H, W); it is {shape}")
    return shape[0], shape[1], shape[2]


def _scale_and_shift(features: int) -> dict[str, Parameter]:
    return {"gamma": Parameter((features,), 1.0), "beta": Parameter((features,), 0.0)}


@dataclass(frozen=True)
class Affine(Description):
    """Fully connected: `out` weighted sums of everything that comes in."""

    out: int
    init: Init = None
    prefix: ClassVar[str] = "affine"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole("Affine", "out", self.out)
        check_init("Affine", self.init)

    def lowered(self, shape: Shape) -> Lowered:
        features = int(np.prod(shape))
        weight = Parameter((features, self.out), fan_in=features, fan_out=self.out, init=self.init, decays=True)
        params = {"weight": weight, "bias": Parameter((self.out,), 0.0)}
        return Lowered("affine", (self.out,), {}, params, {}, features * self.out)


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
        channels, height, width = _image("Conv", shape)
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


@dataclass(frozen=True)
class _Elementwise(Description):
    """One number in, one out."""

    kind: ClassVar[str] = ""

    def lowered(self, shape: Shape) -> Lowered:
        return Lowered(self.kind, shape, {}, {}, {}, 0)


@dataclass(frozen=True)
class ReLU(_Elementwise):
    """max(0, x)."""

    prefix: ClassVar[str] = "relu"
    kind: ClassVar[str] = "relu"


@dataclass(frozen=True)
class Sigmoid(_Elementwise):
    """1 / (1 + exp(-x))."""

    prefix: ClassVar[str] = "sigmoid"
    kind: ClassVar[str] = "sigmoid"


@dataclass(frozen=True)
class Tanh(_Elementwise):
    """The hyperbolic tangent."""

    prefix: ClassVar[str] = "tanh"
    kind: ClassVar[str] = "tanh"


@dataclass(frozen=True)
class GELU(_Elementwise):
    """x times the share of a standard normal below x."""

    prefix: ClassVar[str] = "gelu"
    kind: ClassVar[str] = "gelu"


@dataclass(frozen=True)
class LeakyReLU(Description):
    """x where positive, slope * x elsewhere."""

    slope: float = 0.01
    prefix: ClassVar[str] = "leakyrelu"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("LeakyReLU", "slope", self.slope)

    def lowered(self, shape: Shape) -> Lowered:
        return Lowered("leaky_relu", shape, {"slope": self.slope}, {}, {}, 0)


@dataclass(frozen=True)
class BatchNorm(Description):
    """Batch normalization of features, or of the channels of an image. `decay` is that of the running statistics."""

    eps: float = 1e-5
    decay: float = 0.9
    prefix: ClassVar[str] = "batchnorm"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("BatchNorm", "eps", self.eps, above=0)
        check_number("BatchNorm", "decay", self.decay, least=0, most=1)

    def lowered(self, shape: Shape) -> Lowered:
        if len(shape) not in (1, 3):
            raise ShapeError(f"BatchNorm: its input must be features (D,) or an image (C, H, W); it is {shape}")
        features = shape[0]
        kind = "batchnorm" if len(shape) == 1 else "spatial_batchnorm"
        state = {"mean": Parameter((features,), 0.0), "var": Parameter((features,), 1.0)}
        return Lowered(kind, shape, {"eps": self.eps}, _scale_and_shift(features), state, 0)


@dataclass(frozen=True)
class LayerNorm(Description):
    """Layer normalization of features, or of a whole image over (C, H, W) with one gamma and beta a channel."""

    eps: float = 1e-5
    prefix: ClassVar[str] = "layernorm"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("LayerNorm", "eps", self.eps, above=0)

    def lowered(self, shape: Shape) -> Lowered:
        if len(shape) == 1:
            return Lowered("layernorm", shape, {"eps": self.eps}, _scale_and_shift(shape[0]), {}, 0)
        if len(shape) == 3:
            return Lowered("groupnorm", shape, {"groups": 1, "eps": self.eps}, _scale_and_shift(shape[0]), {}, 0)
        raise ShapeError(f"LayerNorm: its input must be features (D,) or an image (C, H, W); it is {shape}")


@dataclass(frozen=True)
class GroupNorm(Description):
    """Group normalization: the channels of an image in `groups` groups."""

    groups: int
    eps: float = 1e-5
    prefix: ClassVar[str] = "groupnorm"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole("GroupNorm", "groups", self.groups)
        check_number("GroupNorm", "eps", self.eps, above=0)

    def lowered(self, shape: Shape) -> Lowered:
        channels, *_ = _image("GroupNorm", shape)
        if channels % self.groups:
            raise ShapeError(f"GroupNorm: groups must divide the {channels} channels; it is {self.groups}")
        return Lowered("groupnorm", shape, {"groups": self.groups, "eps": self.eps}, _scale_and_shift(channels), {}, 0)


@dataclass(frozen=True)
class Dropout(Description):
    """Inverted dropout: each entry kept with probability `keep` in training, nothing dropped at inference."""

    keep: float
    prefix: ClassVar[str] = "dropout"
    kind: ClassVar[str] = "dropout"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number(type(self).__name__, "keep", self.keep, above=0, most=1)

    def lowered(self, shape: Shape) -> Lowered:
        return Lowered(self.kind, shape, {"keep": self.keep}, {}, {}, 0)


@dataclass(frozen=True)
class VanillaDropout(Dropout):
    """Vanilla dropout: unscaled in training, multiplied by `keep` at inference."""

    kind: ClassVar[str] = "vanilla_dropout"


@dataclass(frozen=True)
class MaxPool(Description):
    """The maximum of each window; stride is the window's size unless given."""

    size: int | tuple[int, int]
    stride: int | tuple[int, int] | None = None
    prefix: ClassVar[str] = "maxpool"
    kind: ClassVar[str] = "maxpool"

    def __post_init__(self) -> None:
        super().__post_init__()
        who = type(self).__name__
        pair(who, "size", self.size, least=1)
        if self.stride is not None:
            pair(who, "stride", self.stride, least=1)

    def lowered(self, shape: Shape) -> Lowered:
        who = type(self).__name__
        channels, height, width = _image(who, shape)
        size = pair(who, "size", self.size, least=1)
        stride = size if self.stride is None else pair(who, "stride", self.stride, least=1)
        out = conv_output_size(who, (height, width), size, stride)
        return Lowered(self.kind, (channels, *out), {"size": size, "stride": stride}, {}, {}, 0)


@dataclass(frozen=True)
class AvgPool(MaxPool):
    """The mean of each window."""

    prefix: ClassVar[str] = "avgpool"
    kind: ClassVar[str] = "avgpool"


@dataclass(frozen=True)
class GlobalAvgPool(Description):
    """The mean of each channel: an image becomes C numbers."""

    prefix: ClassVar[str] = "globalavgpool"

    def lowered(self, shape: Shape) -> Lowered:
        channels, *_ = _image("GlobalAvgPool", shape)
        return Lowered("global_avgpool", (channels,), {}, {}, {}, 0)


@dataclass(frozen=True)
class Flatten(Description):
    """An image becomes a row of numbers."""

    prefix: ClassVar[str] = "flatten"

    def lowered(self, shape: Shape) -> Lowered:
        return Lowered("flatten", (int(np.prod(shape)),), {}, {}, {}, 0)


@dataclass(frozen=True)
class Residual(Description):
    """out = body(x) + shortcut(x): the input branches and merges. An empty shortcut is x itself (He et al. 2016)."""

    body: Sequence[Description]
    shortcut: Sequence[Description] = ()
    prefix: ClassVar[str] = "residual"

    def __post_init__(self) -> None:
        for name in ("body", "shortcut"):
            branch = getattr(self, name)
            if not isinstance(branch, (list, tuple)):
                raise ShapeError(f"Residual: {name} must be a list of layers; it is {branch!r}")
            object.__setattr__(self, name, tuple(branch))
        if not self.body:
            raise ShapeError("Residual: the body must hold at least one layer; it is empty")


@dataclass(frozen=True, eq=False)
class Function(Description):
    """A layer of any pair someone wrote: forward(x, *params) -> (out, cache), backward(dout, cache) -> (dx, *dparams).

    `params` names its arrays with their first values; those of two axes or more are weights, which regularisation reaches.
    `output_shape` is that of one sample: a tuple, a function of the input's, or None where it is the input's.
    """

    forward: Callable[..., tuple[Array, Any]]
    backward: Callable[..., Any]
    params: Mapping[str, Array] = field(default_factory=dict)
    output_shape: Shape | Callable[[Shape], Shape] | None = None
    name: str = "function"

    def lowered(self, shape: Shape) -> Lowered:
        out = self.output_shape(shape) if callable(self.output_shape) else self.output_shape
        params = {}
        for name, value in self.params.items():
            array = np.asarray(value)
            if array.dtype.kind not in "fiu":
                raise ShapeError(f"Function: the parameter {name} must be an array of numbers; it is {array.dtype}")
            params[name] = Parameter(array.shape, array, decays=array.ndim >= 2)
        if out is not None and not isinstance(out, (tuple, list)):
            raise ShapeError(f"Function: output_shape must be the sizes of one sample, such as (10,); it is {out!r}")
        going_out = shape if out is None else tuple(out)
        return Lowered("function", going_out, {}, params, {}, 0, Pair(self.forward, self.backward))
