"""Networks: the lowering of layer descriptions to one list of operations, parameters, the loss with its gradients.

What lives here: everything about a network that does not need data or time. What does not: kernels, update rules, the training
loop. Read `lowering.py`, then `execute.py`; `network.py` puts them together; `graph.py` is a network that is not a chain.
"""

from pellucid.layers import (
    ELU,
    GELU,
    LOSSES,
    SELU,
    Add,
    Affine,
    AvgPool,
    BatchNorm,
    Concat,
    Conv,
    Description,
    Dropout,
    Flatten,
    GlobalAvgPool,
    GroupNorm,
    HardSigmoid,
    HardSwish,
    LayerNorm,
    LeakyReLU,
    LogSoftmax,
    MaxPool,
    Mish,
    PReLU,
    ReLU,
    ReLU6,
    Reshape,
    ScaleShift,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
    VanillaDropout,
)
from pellucid.nets.execute import first_not_finite
from pellucid.nets.function import Function
from pellucid.nets.graph import Input
from pellucid.nets.lowering import Operation, Program, lower
from pellucid.nets.model_files import ModelFile
from pellucid.nets.models import MODELS, build
from pellucid.nets.named_arrays import NamedArrays, Slot
from pellucid.nets.network import Network, ParameterRange, TrainingPass
from pellucid.nets.residual import Residual
from pellucid.nets.storage import StorageError, read_tensors, write_atomically, write_tensors

__all__ = [
    "ELU",
    "GELU",
    "LOSSES",
    "MODELS",
    "SELU",
    "Add",
    "Affine",
    "AvgPool",
    "BatchNorm",
    "Concat",
    "Conv",
    "Description",
    "Dropout",
    "Flatten",
    "Function",
    "GlobalAvgPool",
    "GroupNorm",
    "HardSigmoid",
    "HardSwish",
    "Input",
    "LayerNorm",
    "LeakyReLU",
    "LogSoftmax",
    "MaxPool",
    "Mish",
    "ModelFile",
    "NamedArrays",
    "Network",
    "Operation",
    "PReLU",
    "ParameterRange",
    "Program",
    "ReLU",
    "ReLU6",
    "Reshape",
    "Residual",
    "ScaleShift",
    "SiLU",
    "Sigmoid",
    "Slot",
    "Softmax",
    "Softplus",
    "StorageError",
    "Tanh",
    "TrainingPass",
    "VanillaDropout",
    "build",
    "first_not_finite",
    "lower",
    "read_tensors",
    "write_atomically",
    "write_tensors",
]
