"""Layer descriptions: what a person writes to make a network. Plain data, no arrays.

Each knows how it is lowered: `description.lowered(shape)` takes the shape of one sample that comes in and returns which layer of
the table computes it, with which options and parameters, and the shape that goes out; it raises ShapeError where they do not fit.
"""

from pellucid.nets.descriptions.activations import GELU, LeakyReLU, ReLU, Sigmoid, Tanh
from pellucid.nets.descriptions.affine import Affine
from pellucid.nets.descriptions.conv import Conv
from pellucid.nets.descriptions.description import Description, Init, Lowered, Parameter
from pellucid.nets.descriptions.dropout import Dropout, VanillaDropout
from pellucid.nets.descriptions.flatten import Flatten
from pellucid.nets.descriptions.function import Function
from pellucid.nets.descriptions.normalization import BatchNorm, GroupNorm, LayerNorm
from pellucid.nets.descriptions.pool import AvgPool, GlobalAvgPool, MaxPool
from pellucid.nets.descriptions.residual import Residual

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
