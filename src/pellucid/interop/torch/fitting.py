"""Modules that a layer computes once its input is laid out for it: sequences as images, norms over the last axes."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import torch
from torch import nn

from pellucid.interop.constants import NoLayerError
from pellucid.interop.torch.recording import Recorded
from pellucid.interop.torch.values import TorchValues
from pellucid.interop.torch_modules import SpelledRMSNorm
from pellucid.interop.values import ReadValue
from pellucid.nets import Affine, Description, LayerNorm, RMSNorm

__all__ = ["Fitted", "fitted", "over_last"]

AS_IMAGES = (nn.BatchNorm1d, nn.InstanceNorm1d, nn.GroupNorm, nn.Dropout1d)  # of sequences (C, L), as images (C, L, 1)
OVER_LAST = (nn.Linear, nn.LayerNorm, nn.RMSNorm, SpelledRMSNorm)
COLUMN = {"kernel_size": 1, "stride": 1, "padding": 0, "output_padding": 0, "dilation": 1}  # along the other axis
Back = Callable[[ReadValue], ReadValue]


class Fitted(NamedTuple):
    """A module that a bridge reads, what it is called on, and what makes the call's result of the layer's."""

    module: nn.Module
    value: ReadValue
    back: Back


def fitted(values: TorchValues, module: nn.Module, value: ReadValue, call: Recorded) -> Fitted:
    """Return the module that a bridge reads for a call, and its value laid out for it."""
    out = tuple(call.out.shape[1:])
    if isinstance(module, (nn.Softmax, nn.LogSoftmax)):
        return _over_channels(values, module, value, call.out.ndim)
    if isinstance(module, (nn.LayerNorm, nn.RMSNorm)):
        return _as_rows(values, module, value)
    if isinstance(module, nn.ConvTranspose1d):
        image = values.reshaped(value, (*value.shape, 1))
        return Fitted(_of_columns(module), image, lambda made: values.reshaped(made, out))
    if isinstance(module, AS_IMAGES) and len(value.shape) == 2:
        return Fitted(module, values.reshaped(value, (*value.shape, 1)), lambda made: values.reshaped(made, out))
    if isinstance(module, (nn.AdaptiveAvgPool1d, nn.AdaptiveMaxPool1d)):
        image = values.reshaped(value, (value.shape[0], 1, value.shape[1]))
        return Fitted(_of_images(module), image, lambda made: values.reshaped(made, out))
    if isinstance(module, nn.Upsample) and module.size is not None:
        return Fitted(_by_factors(module, value, out), value, lambda made: made)
    return Fitted(module, value, lambda made: made)


def over_last(layer: Description, module: nn.Module, value: ReadValue) -> Description:
    """Return a linear layer or a norm of rows as PyTorch's computes it, over the last axis, where a sample has more than one."""
    if type(module) in OVER_LAST and isinstance(layer, (Affine, LayerNorm, RMSNorm)) and len(value.shape) > 1:
        return replace(layer, over="last")
    return layer


def _over_channels(values: TorchValues, module: Any, value: ReadValue, rank: int) -> Fitted:
    """Return a softmax over the channels of a value whose axis of softmax comes first."""
    dim = module.dim if module.dim is not None else 1
    axis = dim % rank - 1
    if axis < 1:
        return Fitted(type(module)(axis + 1), value, lambda made: made)
    order = [axis, *(other for other in range(rank - 1) if other != axis)]
    back = [order.index(place) for place in range(rank - 1)]
    turned = values.transposed(value, order)
    return Fitted(type(module)(1), turned, lambda made: values.transposed(made, back))


def _as_rows(values: TorchValues, module: Any, value: ReadValue) -> Fitted:
    """Return a norm over several axes as one over rows that hold them all."""
    normalized = tuple(module.normalized_shape)
    if len(normalized) == 1:
        return Fitted(module, value, lambda made: made)
    before = value.shape[: len(value.shape) - len(normalized)]
    count = int(torch.Size(normalized).numel())
    with torch.device("meta"):
        kind = nn.RMSNorm if isinstance(module, nn.RMSNorm) else nn.LayerNorm
        rows = kind(count, module.eps, module.elementwise_affine)
    return Fitted(rows, values.reshaped(value, (*before, count)), lambda made: values.reshaped(made, value.shape))


def _of_columns(module: nn.ConvTranspose1d) -> nn.ConvTranspose2d:
    """Return a transposed convolution of sequences as one of images of one column."""
    sizes = [(getattr(module, name)[0], alone) for name, alone in COLUMN.items()]
    channels = module.in_channels, module.out_channels
    kernel, stride, padding, more, dilation = sizes
    with torch.device("meta"):
        return nn.ConvTranspose2d(
            *channels, kernel, stride, padding, more, module.groups, module.bias is not None, dilation
        )


def _of_images(module: Any) -> nn.Module:
    size = module.output_size[0] if isinstance(module.output_size, (tuple, list)) else module.output_size
    kind = nn.AdaptiveAvgPool2d if isinstance(module, nn.AdaptiveAvgPool1d) else nn.AdaptiveMaxPool2d
    made: nn.Module = kind((1, size))
    return made


def _by_factors(module: nn.Upsample, value: ReadValue, out: tuple[int, ...]) -> nn.Upsample:
    """Return upsampling to a size as upsampling by the factors that make it of this image."""
    sizes = list(zip(value.shape[1:], out[1:], strict=True))
    if any(after % before for before, after in sizes):
        raise NoLayerError(f"an image of {value.shape[1:]} becomes one of {out[1:]}, whose sizes are no multiples")
    factors = tuple(float(after // before) for before, after in sizes)
    return nn.Upsample(scale_factor=factors, mode=module.mode, align_corners=module.align_corners)
