"""Networks: the lowering of layer descriptions to one list of operations, parameters, the loss with its gradients.

What lives here: everything about a network that does not need data or time. What does not: kernels, update rules, the training
loop. Read `lowering.py`, then `execute.py`; `network.py` puts them together; `graph.py` is a network that is not a chain.
"""

from typing import Any

from pellucid.habits import attribute_error
from pellucid.layers import (
    ELU,
    GELU,
    LOSSES,
    SELU,
    AdaptiveAvgPool,
    AdaptiveMaxPool,
    Add,
    Affine,
    AvgPool,
    AvgPool1d,
    BatchNorm,
    ChannelDropout,
    Clip,
    Concat,
    Conv,
    Conv1d,
    ConvTranspose,
    Description,
    Dropout,
    Flatten,
    GlobalAvgPool,
    GroupNorm,
    HardSigmoid,
    HardSwish,
    InstanceNorm,
    LayerNorm,
    LeakyReLU,
    LocalResponseNorm,
    LogSoftmax,
    MaxPool,
    MaxPool1d,
    Mish,
    Multiply,
    PReLU,
    ReLU,
    ReLU6,
    Reshape,
    RMSNorm,
    ScaleShift,
    Sigmoid,
    SiLU,
    Slice,
    Softmax,
    Softplus,
    Tanh,
    Transpose,
    Upsample,
    VanillaDropout,
    ZeroPad,
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
from pellucid.nets.usual_names import HABITS, USUAL_NAMES

__all__ = [
    "ELU",
    "GELU",
    "LOSSES",
    "MODELS",
    "SELU",
    "AdaptiveAvgPool",
    "AdaptiveMaxPool",
    "Add",
    "Affine",
    "AvgPool",
    "AvgPool1d",
    "BatchNorm",
    "ChannelDropout",
    "Clip",
    "Concat",
    "Conv",
    "Conv1d",
    "ConvTranspose",
    "Description",
    "Dropout",
    "Flatten",
    "Function",
    "GlobalAvgPool",
    "GroupNorm",
    "HardSigmoid",
    "HardSwish",
    "Input",
    "InstanceNorm",
    "LayerNorm",
    "LeakyReLU",
    "LocalResponseNorm",
    "LogSoftmax",
    "MaxPool",
    "MaxPool1d",
    "Mish",
    "ModelFile",
    "Multiply",
    "NamedArrays",
    "Network",
    "Operation",
    "PReLU",
    "ParameterRange",
    "Program",
    "RMSNorm",
    "ReLU",
    "ReLU6",
    "Reshape",
    "Residual",
    "ScaleShift",
    "SiLU",
    "Sigmoid",
    "Slice",
    "Slot",
    "Softmax",
    "Softplus",
    "StorageError",
    "Tanh",
    "TrainingPass",
    "Transpose",
    "Upsample",
    "VanillaDropout",
    "ZeroPad",
    "build",
    "first_not_finite",
    "lower",
    "read_tensors",
    "write_atomically",
    "write_tensors",
]


def __getattr__(name: str) -> Any:
    """Return the layer that other libraries call by this name; raise an error that says what to write.

    It is an ImportError where a name has another form here, which `from pellucid.nets import Linear` then shows.
    """
    if name in USUAL_NAMES:
        return globals()[USUAL_NAMES[name]]
    if name in HABITS:
        raise ImportError(str(attribute_error("module 'pellucid.nets'", name, __all__, HABITS)))
    raise attribute_error("module 'pellucid.nets'", name, __all__)
