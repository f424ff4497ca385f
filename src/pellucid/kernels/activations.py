"""The elementwise layers under one name, for `tables.py` alone; each has a file of its own."""

from pellucid.kernels.gelu import gelu_backward as gelu_backward
from pellucid.kernels.gelu import gelu_forward as gelu_forward
from pellucid.kernels.leaky_relu import leaky_relu_backward as leaky_relu_backward
from pellucid.kernels.leaky_relu import leaky_relu_forward as leaky_relu_forward
from pellucid.kernels.relu import relu_backward as relu_backward
from pellucid.kernels.relu import relu_forward as relu_forward
from pellucid.kernels.sigmoid import sigmoid_backward as sigmoid_backward
from pellucid.kernels.sigmoid import sigmoid_forward as sigmoid_forward
from pellucid.kernels.tanh import tanh_backward as tanh_backward
from pellucid.kernels.tanh import tanh_forward as tanh_forward

__all__: list[str] = []
