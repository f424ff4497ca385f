"""Functional calls as the modules that do the same: `F.max_pool2d(x, 2)` is what `nn.MaxPool2d(2)` computes.

So the bridge of a layer needs to know PyTorch's module only. Each entry lists the function's arguments in their order, and makes
the module, and the arrays that the function was given.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import nn

from pellucid.interop.constants import NoLayerError
from pellucid.interop.torch.recording import Recorded

__all__ = ["StandIn", "arguments", "stand_in"]


class StandIn(NamedTuple):
    """The module that computes what a function was called for."""

    module: nn.Module
    arrays: dict[str, torch.Tensor]


def arguments(call: Recorded, names: str) -> dict[str, Any]:
    """Return a call's arguments by name, positional ones in this order."""
    return dict(zip(names.split(), call.args, strict=False)) | call.keywords


def stand_in(call: Recorded) -> StandIn | None:
    """Return the module that computes the same as a functional call; None where PyTorch has none."""
    name = call.name if call.name in FUNCTIONS else call.name.rstrip("_")
    if name not in FUNCTIONS:
        return None
    names, make = FUNCTIONS[name]
    made = make({key: value for key, value in arguments(call, names).items() if key not in ("inplace", "input")})
    return made if isinstance(made, StandIn) else StandIn(made, {})


def _given(a: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: a[name] for name in names if name in a and a[name] is not None}


def _present(a: Mapping[str, Any], *names: str) -> dict[str, torch.Tensor]:
    return {name: a[name] for name in names if isinstance(a.get(name), torch.Tensor)}


def _convolution(kind: str) -> Callable[[Mapping[str, Any]], StandIn]:
    def make(a: Mapping[str, Any]) -> StandIn:
        weight, groups = a["weight"], a.get("groups", 1)
        options = _given(a, "stride", "padding", "dilation", "output_padding") | {"groups": groups}
        channels = [weight.shape[0], weight.shape[1] * groups]
        if "Transpose" not in kind:
            channels.reverse()
        with torch.device("meta"):
            module = getattr(nn, kind)(*channels, tuple(weight.shape[2:]), bias=a.get("bias") is not None, **options)
        return StandIn(module, _present(a, "weight", "bias"))

    return make


def _linear(a: Mapping[str, Any]) -> StandIn:
    out, features = a["weight"].shape
    with torch.device("meta"):
        return StandIn(nn.Linear(features, out, bias=a.get("bias") is not None), _present(a, "weight", "bias"))


def _batch_norm(a: Mapping[str, Any]) -> StandIn:
    mean = a.get("running_mean")
    with torch.device("meta"):
        module = nn.BatchNorm2d(
            1 if mean is None else len(mean),
            **_given(a, "eps", "momentum"),
            affine=a.get("weight") is not None,
            track_running_stats=mean is not None and not a.get("training", False),
        )
    return StandIn(module, _present(a, "weight", "bias", "running_mean", "running_var"))


def _group_norm(a: Mapping[str, Any]) -> StandIn:
    channels = len(a["weight"]) if a.get("weight") is not None else a["num_groups"]
    with torch.device("meta"):
        return StandIn(nn.GroupNorm(a["num_groups"], channels, **_given(a, "eps")), _present(a, "weight", "bias"))


def _layer_norm(a: Mapping[str, Any]) -> StandIn:
    with torch.device("meta"):
        return StandIn(nn.LayerNorm(tuple(a["normalized_shape"]), **_given(a, "eps")), _present(a, "weight", "bias"))


def _instance_norm(a: Mapping[str, Any]) -> StandIn:
    if not a.get("use_input_stats", True):
        raise NoLayerError("instance normalization by running statistics")
    channels = 1 if a.get("weight") is None else len(a["weight"])
    with torch.device("meta"):
        module = nn.InstanceNorm2d(channels, **_given(a, "eps"), affine=a.get("weight") is not None)
    return StandIn(module, _present(a, "weight", "bias"))


def _rms_norm(a: Mapping[str, Any]) -> StandIn:
    with torch.device("meta"):
        return StandIn(nn.RMSNorm(tuple(a["normalized_shape"]), **_given(a, "eps")), _present(a, "weight"))


def _prelu(a: Mapping[str, Any]) -> StandIn:
    with torch.device("meta"):
        return StandIn(nn.PReLU(a["weight"].numel()), _present(a, "weight"))


def _dropout(kind: str) -> Callable[[Mapping[str, Any]], nn.Module]:
    def make(a: Mapping[str, Any]) -> nn.Module:
        if a.get("training", kind == "Dropout") or a.get("train", False):
            raise NoLayerError("it drops in evaluation mode, too; pass training=self.training")
        module: nn.Module = getattr(nn, kind)(a.get("p", 0.5))
        return module

    return make


def _clamp(a: Mapping[str, Any]) -> nn.Module:
    low, high = (_bound(a.get(name)) for name in ("min", "max"))
    if low == 0 and high is None:
        return nn.ReLU()
    return nn.Hardtanh(-math.inf if low is None else low, math.inf if high is None else high)


def _bound(bound: Any) -> float | None:
    """Return a bound, a number that stays as it is; None where it is missing."""
    if isinstance(bound, torch.Tensor) and (bound.numel() != 1 or bound.requires_grad):
        raise NoLayerError("it cuts at learned numbers, or at several")
    return None if bound is None else float(bound)


def _hardtanh(a: Mapping[str, Any]) -> nn.Module:
    return _clamp({"min": a.get("min_val", -1), "max": a.get("max_val", 1)})


def _plain(kind: str, *options: str) -> Callable[[Mapping[str, Any]], nn.Module]:
    def make(a: Mapping[str, Any]) -> nn.Module:
        module: nn.Module = getattr(nn, kind)(**_given(a, *options))
        return module

    return make


def _extreme(name: str) -> Callable[[Mapping[str, Any]], nn.Module]:
    def make(a: Mapping[str, Any]) -> nn.Module:
        numbers = [a[key] for key in ("self", "other") if isinstance(a.get(key), (int, float, torch.Tensor))]
        if not numbers:
            raise NoLayerError("the larger or the smaller of two values")
        return _clamp({name: numbers[-1]})

    return make


POOL = "input kernel_size stride padding "
NORM = "weight bias eps"
Make = Callable[[Mapping[str, Any]], nn.Module | StandIn]
FUNCTIONS: dict[str, tuple[str, Make]] = {
    **{f"conv{n}d": ("input weight bias stride padding dilation groups", _convolution(f"Conv{n}d")) for n in (1, 2, 3)},
    **{
        f"conv_transpose{n}d": (
            "input weight bias stride padding output_padding groups dilation",
            _convolution(f"ConvTranspose{n}d"),
        )
        for n in (1, 2, 3)
    },
    "linear": ("input weight bias", _linear),
    "batch_norm": ("input running_mean running_var weight bias training momentum eps", _batch_norm),
    "group_norm": (f"input num_groups {NORM}", _group_norm),
    "layer_norm": (f"input normalized_shape {NORM}", _layer_norm),
    "instance_norm": ("input running_mean running_var weight bias use_input_stats momentum eps", _instance_norm),
    "rms_norm": ("input normalized_shape weight eps", _rms_norm),
    "prelu": ("input weight", _prelu),
    **{
        f"max_pool{n}d": (
            f"{POOL}dilation ceil_mode return_indices",
            _plain(f"MaxPool{n}d", "kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices"),
        )
        for n in (1, 2, 3)
    },
    **{
        f"avg_pool{n}d": (
            f"{POOL}ceil_mode count_include_pad divisor_override",
            _plain(
                f"AvgPool{n}d",
                *("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad"),
                *(() if n == 1 else ("divisor_override",)),
            ),
        )
        for n in (1, 2, 3)
    },
    **{f"adaptive_avg_pool{n}d": ("input output_size", _plain(f"AdaptiveAvgPool{n}d", "output_size")) for n in (1, 2)},
    **{f"adaptive_max_pool{n}d": ("input output_size", _plain(f"AdaptiveMaxPool{n}d", "output_size")) for n in (1, 2)},
    "dropout": ("input p training", _dropout("Dropout")),
    **{f"dropout{n}d": ("input p training", _dropout(f"Dropout{n}d")) for n in (1, 2, 3)},
    "feature_dropout": ("input p training", _dropout("Dropout2d")),
    "alpha_dropout": ("input p training", _dropout("AlphaDropout")),
    "clamp": ("input min max", _clamp),
    "clip": ("input min max", _clamp),
    "clamp_min": ("input min", _clamp),
    "clamp_max": ("input max", _clamp),
    "hardtanh": ("input min_val max_val", _hardtanh),
    "maximum": ("input other", _extreme("min")),
    "minimum": ("input other", _extreme("max")),
    "threshold": ("input threshold value", _plain("Threshold", "threshold", "value")),
    "softmax": ("input dim", _plain("Softmax", "dim")),
    "log_softmax": ("input dim", _plain("LogSoftmax", "dim")),
    "leaky_relu": ("input negative_slope", _plain("LeakyReLU", "negative_slope")),
    "elu": ("input alpha", _plain("ELU", "alpha")),
    "gelu": ("input approximate", _plain("GELU", "approximate")),
    "softplus": ("input beta threshold", _plain("Softplus", "beta", "threshold")),
    "local_response_norm": ("input size alpha beta k", _plain("LocalResponseNorm", "size", "alpha", "beta", "k")),
    "interpolate": (
        "input size scale_factor mode align_corners",
        _plain("Upsample", "size", "scale_factor", "mode", "align_corners"),
    ),
    **{
        name: ("input", _plain(kind))
        for name, kind in (
            *(("relu", "ReLU"), ("relu6", "ReLU6"), ("sigmoid", "Sigmoid"), ("tanh", "Tanh"), ("selu", "SELU")),
            *(("silu", "SiLU"), ("mish", "Mish"), ("hardswish", "Hardswish"), ("hardsigmoid", "Hardsigmoid")),
        )
    },
}
