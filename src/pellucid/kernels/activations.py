"""The elementwise layers under one name, for `tables.py`; each has a file of its own."""

from pellucid.kernels.gelu import gelu_backward, gelu_forward
from pellucid.kernels.leaky_relu import leaky_relu_backward, leaky_relu_forward
from pellucid.kernels.relu import relu_backward, relu_forward
from pellucid.kernels.sigmoid import sigmoid_backward, sigmoid_forward
from pellucid.kernels.tanh import tanh_backward, tanh_forward

__all__ = [
    "gelu_backward",
    "gelu_forward",
    "leaky_relu_backward",
    "leaky_relu_forward",
    "relu_backward",
    "relu_forward",
    "sigmoid_backward",
    "sigmoid_forward",
    "tanh_backward",
    "tanh_forward",
]
