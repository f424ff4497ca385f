"""What modules and functions of PyTorch are called here: kinds of layers, and losses with what they read."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

__all__ = [
    "ACTIVATIONS",
    "FUNCTIONS",
    "LOSSES",
    "WEIGHTED",
    "is_layer",
    "kind_of_function",
    "kind_of_module",
    "units_axis",
]

_MODULES = {
    "affine": "Linear LazyLinear NonDynamicallyQuantizableLinear",
    "conv": "Conv1d Conv2d Conv3d LazyConv1d LazyConv2d LazyConv3d",
    "conv_transpose": "ConvTranspose1d ConvTranspose2d ConvTranspose3d",
    "batchnorm": "BatchNorm1d BatchNorm2d BatchNorm3d LazyBatchNorm1d LazyBatchNorm2d LazyBatchNorm3d SyncBatchNorm",
    "layernorm": "LayerNorm RMSNorm GroupNorm InstanceNorm1d InstanceNorm2d InstanceNorm3d LocalResponseNorm",
    "dropout": "Dropout Dropout1d Dropout2d Dropout3d AlphaDropout FeatureAlphaDropout",
    "flatten": "Flatten",
    "reshape": "Unflatten Identity PixelShuffle Upsample ZeroPad2d",
    "maxpool": "MaxPool1d MaxPool2d MaxPool3d AdaptiveMaxPool1d AdaptiveMaxPool2d",
    "avgpool": "AvgPool1d AvgPool2d AvgPool3d AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d",
    "relu": "ReLU",
    "relu6": "ReLU6 Hardtanh",
    "leaky_relu": "LeakyReLU PReLU RReLU",
    "elu": "ELU CELU SELU",
    "gelu": "GELU",
    "silu": "SiLU Hardswish Mish",
    "softplus": "Softplus Softsign Hardshrink Softshrink Threshold GLU LogSigmoid",
    "sigmoid": "Sigmoid",
    "hard_sigmoid": "Hardsigmoid",
    "tanh": "Tanh",
    "softmax": "Softmax Softmax2d",
    "log_softmax": "LogSoftmax",
    "embedding": "Embedding EmbeddingBag",
    "recurrent": "RNN LSTM GRU RNNCell LSTMCell GRUCell",
    "attention": "MultiheadAttention",
}
_OF_MODULE = {name: kind for kind, names in _MODULES.items() for name in names.split()}


def _named(*names: str) -> list[Callable[..., Any]]:
    """Return the functions with these names in torch, in torch.nn.functional and of tensors."""
    homes = (torch, F, torch.Tensor, torch.special)
    return [found for name in names for home in homes if (found := getattr(home, name, None)) is not None]


# What makes other numbers of numbers, one by one, and may be the last thing before a loss.
ACTIVATIONS: dict[Any, str] = {
    **dict.fromkeys(_named("relu", "relu_"), "relu"),
    **dict.fromkeys(_named("relu6", "hardtanh"), "relu6"),
    **dict.fromkeys(_named("leaky_relu", "leaky_relu_", "prelu", "rrelu"), "leaky_relu"),
    **dict.fromkeys(_named("elu", "celu", "selu"), "elu"),
    **dict.fromkeys(_named("gelu"), "gelu"),
    **dict.fromkeys(_named("silu", "hardswish", "mish"), "silu"),
    **dict.fromkeys(
        _named("softplus", "softsign", "hardshrink", "softshrink", "threshold", "glu", "logsigmoid"), "softplus"
    ),
    **dict.fromkeys(_named("sigmoid", "sigmoid_", "expit"), "sigmoid"),
    **dict.fromkeys(_named("hardsigmoid"), "hard_sigmoid"),
    **dict.fromkeys(_named("tanh", "tanh_"), "tanh"),
    **dict.fromkeys(_named("softmax"), "softmax"),
    **dict.fromkeys(_named("log_softmax"), "log_softmax"),
}

# Functions with weights among their arguments.
WEIGHTED: dict[Any, str] = {
    **dict.fromkeys(_named("linear", "matmul", "__matmul__", "__rmatmul__", "mm", "addmm", "bmm", "einsum"), "affine"),
    **dict.fromkeys(_named("conv1d", "conv2d", "conv3d"), "conv"),
    **dict.fromkeys(_named("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"), "conv_transpose"),
    **dict.fromkeys(_named("batch_norm"), "batchnorm"),
    **dict.fromkeys(_named("layer_norm", "group_norm", "instance_norm", "rms_norm"), "layernorm"),
    **dict.fromkeys(_named("embedding"), "embedding"),
}

_OTHERS = (
    "exp log sin cos pow __pow__ abs sqrt rsqrt square where maximum minimum max min clamp clamp_min clamp_ erf sign round "
    "scaled_dot_product_attention multi_head_attention_forward reciprocal atan sinh cosh sinc heaviside cumsum sort topk norm "
    "normalize cosine_similarity cdist logsumexp"
)
FUNCTIONS: dict[Any, str] = {
    **dict.fromkeys(_named(*_OTHERS.split()), "function"),
    **dict.fromkeys(_named("max_pool1d", "max_pool2d", "max_pool3d", "adaptive_max_pool2d"), "maxpool"),
    **dict.fromkeys(_named("avg_pool1d", "avg_pool2d", "avg_pool3d", "adaptive_avg_pool2d"), "avgpool"),
    **dict.fromkeys(_named("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout"), "dropout"),
    **WEIGHTED,
    **ACTIVATIONS,
}

# Losses by name, and what they read.
LOSSES: dict[Any, tuple[str, str]] = {
    F.cross_entropy: ("softmax", "scores"),
    F.nll_loss: ("softmax", "log-probabilities"),
    F.binary_cross_entropy_with_logits: ("bce", "scores"),
    F.binary_cross_entropy: ("bce", "probabilities"),
    F.mse_loss: ("mse", "scores"),
    F.l1_loss: ("mae", "scores"),
    F.smooth_l1_loss: ("smooth_l1", "scores"),
    F.huber_loss: ("huber", "scores"),
    F.kl_div: ("kl_div", "log-probabilities"),
    F.multi_margin_loss: ("multi_margin", "scores"),
    F.multilabel_soft_margin_loss: ("multilabel_soft_margin", "scores"),
    F.soft_margin_loss: ("soft_margin", "scores"),
    F.hinge_embedding_loss: ("hinge_embedding", "scores"),
    F.poisson_nll_loss: ("poisson", "scores"),
}


def kind_of_module(module: nn.Module) -> str:
    """Return the kind of a module of torch.nn, by its class or one that it is derived from; "module" for others."""
    for kind in type(module).__mro__:
        if kind.__module__.startswith("torch.nn") and kind.__name__ in _OF_MODULE:
            return _OF_MODULE[kind.__name__]
    return "module"


def is_layer(module: nn.Module) -> bool:
    """Return whether a module counts as one layer, whatever happens within it."""
    return kind_of_module(module) != "module"


def kind_of_function(func: Any) -> str | None:
    """Return the kind of a function of PyTorch; None where it is no layer."""
    return FUNCTIONS.get(func)


def units_axis(kind: str, *, matmul: bool = False) -> int:
    """Return along which axis of a weight its units lie: the first, except where rows are multiplied by it as it is."""
    return -1 if matmul or kind == "embedding" else 1 if kind == "conv_transpose" else 0
