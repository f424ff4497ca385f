"""Layers that stay in evaluation mode while the rest trains, as in fine-tuning: what they compute then, and which they are."""

from collections.abc import Callable
from typing import Any

import numpy as np
from torch import nn

from pellucid.interop.constants import ReadConstant
from pellucid.interop.torch.recording import Recorded
from pellucid.interop.torch.standing_in import switch
from pellucid.interop.torch.values import TorchValues
from pellucid.interop.values import ReadValue

__all__ = ["by_hand", "evaluated", "staying"]

NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)
DROPOUTS = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout, nn.FeatureAlphaDropout)


def by_hand(module: nn.Module) -> dict[int, str]:
    """Return the layers, by identity, that are in evaluation mode while the module is in training mode, and their names."""
    return _evaluating(module, lambda name, m: f"{name} ({type(m).__name__})") if module.training else {}


def staying(module: nn.Module) -> dict[int, str]:
    """Return the layers that the module's own `train` leaves in evaluation mode; it is in evaluation mode afterwards."""
    switch(module, training=True)
    found = _evaluating(module, lambda name, m: name)
    switch(module, training=False)
    return found


def _evaluating(module: nn.Module, named: Callable[[str, nn.Module], str]) -> dict[int, str]:
    return {
        id(m): named(name, m)
        for name, m in module.named_modules()
        if not m.training and type(m) in (*NORMS, *DROPOUTS) and getattr(m, "running_mean", m) is not None
    }


def evaluated(values: TorchValues, call: Recorded) -> ReadValue:
    """Return what a dropout or a batch norm computes in evaluation mode: nothing, or arithmetic with its running averages."""
    value, module = values.subject(call), call.module
    if not isinstance(module, NORMS):
        return value

    def of_channels(array: Any) -> Any:
        return array.reshape(1, -1, *[1] * (len(value.shape) - 1))

    mean, var = (call.arrays[name].numpy().astype(np.float64) for name in ("running_mean", "running_var"))
    factor = 1 / np.sqrt(var + module.eps)
    kind = call.arrays["running_mean"].numpy().dtype
    fixed = [ReadConstant(of_channels(array).astype(kind)) for array in (factor, -mean * factor)]
    value = values.arithmetic(value, *fixed)
    if call.arrays.get("weight") is None:
        return value
    scale, shift = (values.constant(call.arrays[name]) for name in ("weight", "bias"))
    scale, shift = (each._replace(array=of_channels(each.array)) for each in (scale, shift))
    return values.arithmetic(value, scale, shift)
