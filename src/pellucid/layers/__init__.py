"""The mathematics: every layer a pair of pure functions, its derivation in the module's docstring, in plain NumPy.

    out, cache = affine_forward(x, w, b)
    dx, dw, db = affine_backward(dout, cache)

What lives here: layers, each with its declaration (`kind.py`) and its description (`description.py`), losses, compositions, and the
table `Layers` made of them. What does not: the arrays of a network, training loops, fast kernels. Arrays are float32 or float64,
images logical (N, C, H, W); no function changes its inputs, and the dtype that comes in goes out. One layer, one file; read
`affine.py` first, then `batchnorm.py`.
"""

from pellucid.layers.activations.gelu import GELU, GeluCache, gelu_backward, gelu_forward
from pellucid.layers.activations.leaky_relu import LeakyReLU, LeakyReluCache, leaky_relu_backward, leaky_relu_forward
from pellucid.layers.activations.prelu import PReLU, PReluCache, prelu_backward, prelu_forward
from pellucid.layers.activations.relu import ReLU, ReluCache, relu_backward, relu_forward
from pellucid.layers.activations.sigmoid import Sigmoid, SigmoidCache, sigmoid_backward, sigmoid_forward
from pellucid.layers.activations.tanh import Tanh, TanhCache, tanh_backward, tanh_forward
from pellucid.layers.add import Add, AddCache, add_backward, add_forward
from pellucid.layers.affine import Affine, AffineCache, affine_backward, affine_forward
from pellucid.layers.avgpool import AvgPool, AvgPoolCache, avgpool_backward, avgpool_forward
from pellucid.layers.batchnorm import (
    BatchNorm,
    BatchNormCache,
    RunningStats,
    SpatialBatchNormCache,
    batchnorm_backward,
    batchnorm_backward_simplified,
    batchnorm_forward,
    batchnorm_infer,
    initial_running_stats,
    spatial_batchnorm_backward,
    spatial_batchnorm_forward,
    spatial_batchnorm_infer,
    update_running_stats,
)
from pellucid.layers.concat import Concat, ConcatCache, concat_backward, concat_forward
from pellucid.layers.conv import (
    Conv,
    ConvCache,
    conv_backward,
    conv_backward_loops,
    conv_forward,
    conv_forward_loops,
    conv_output_size,
)
from pellucid.layers.description import DESCRIPTIONS, Description, Init, Lowered, Node, Parameter
from pellucid.layers.dropout import (
    Dropout,
    DropoutCache,
    DropoutKey,
    VanillaDropout,
    dropout_backward,
    dropout_forward,
    keep_mask,
    vanilla_dropout_backward,
    vanilla_dropout_forward,
    vanilla_dropout_infer,
)
from pellucid.layers.flatten import Flatten, FlattenCache, flatten_backward, flatten_forward
from pellucid.layers.global_avgpool import (
    GlobalAvgPool,
    GlobalAvgPoolCache,
    global_avgpool_backward,
    global_avgpool_forward,
)
from pellucid.layers.groupnorm import GroupNorm, GroupNormCache, groupnorm_backward, groupnorm_forward
from pellucid.layers.kind import KINDS, LayerKind, Running, declare
from pellucid.layers.layernorm import LayerNorm, LayerNormCache, layernorm_backward, layernorm_forward
from pellucid.layers.losses import LOSS_KINDS, LOSSES, LossKind, mse_loss, softmax_loss, svm_loss
from pellucid.layers.maxpool import (
    MaxPool,
    MaxPoolCache,
    maxpool_backward,
    maxpool_backward_loops,
    maxpool_forward,
    maxpool_forward_loops,
)
from pellucid.layers.pair import Pair
from pellucid.layers.sandwich import (
    AffineNormReluDropoutCache,
    AffineReluCache,
    ConvBnReluCache,
    ConvReluCache,
    ConvReluPoolCache,
    affine_norm_relu_dropout_backward,
    affine_norm_relu_dropout_forward,
    affine_relu_backward,
    affine_relu_forward,
    conv_bn_relu_backward,
    conv_bn_relu_forward,
    conv_relu_backward,
    conv_relu_forward,
    conv_relu_pool_backward,
    conv_relu_pool_forward,
)

# isort: split
from pellucid.layers.tables import REFERENCE, Layers  # after the layers: it is made of what they declare

__all__ = [
    "DESCRIPTIONS",
    "GELU",
    "KINDS",
    "LOSSES",
    "LOSS_KINDS",
    "REFERENCE",
    "Add",
    "AddCache",
    "Affine",
    "AffineCache",
    "AffineNormReluDropoutCache",
    "AffineReluCache",
    "AvgPool",
    "AvgPoolCache",
    "BatchNorm",
    "BatchNormCache",
    "Concat",
    "ConcatCache",
    "Conv",
    "ConvBnReluCache",
    "ConvCache",
    "ConvReluCache",
    "ConvReluPoolCache",
    "Description",
    "Dropout",
    "DropoutCache",
    "DropoutKey",
    "Flatten",
    "FlattenCache",
    "GeluCache",
    "GlobalAvgPool",
    "GlobalAvgPoolCache",
    "GroupNorm",
    "GroupNormCache",
    "Init",
    "LayerKind",
    "LayerNorm",
    "LayerNormCache",
    "Layers",
    "LeakyReLU",
    "LeakyReluCache",
    "LossKind",
    "Lowered",
    "MaxPool",
    "MaxPoolCache",
    "Node",
    "PReLU",
    "PReluCache",
    "Pair",
    "Parameter",
    "ReLU",
    "ReluCache",
    "Running",
    "RunningStats",
    "Sigmoid",
    "SigmoidCache",
    "SpatialBatchNormCache",
    "Tanh",
    "TanhCache",
    "VanillaDropout",
    "add_backward",
    "add_forward",
    "affine_backward",
    "affine_forward",
    "affine_norm_relu_dropout_backward",
    "affine_norm_relu_dropout_forward",
    "affine_relu_backward",
    "affine_relu_forward",
    "avgpool_backward",
    "avgpool_forward",
    "batchnorm_backward",
    "batchnorm_backward_simplified",
    "batchnorm_forward",
    "batchnorm_infer",
    "concat_backward",
    "concat_forward",
    "conv_backward",
    "conv_backward_loops",
    "conv_bn_relu_backward",
    "conv_bn_relu_forward",
    "conv_forward",
    "conv_forward_loops",
    "conv_output_size",
    "conv_relu_backward",
    "conv_relu_forward",
    "conv_relu_pool_backward",
    "conv_relu_pool_forward",
    "declare",
    "dropout_backward",
    "dropout_forward",
    "flatten_backward",
    "flatten_forward",
    "gelu_backward",
    "gelu_forward",
    "global_avgpool_backward",
    "global_avgpool_forward",
    "groupnorm_backward",
    "groupnorm_forward",
    "initial_running_stats",
    "keep_mask",
    "layernorm_backward",
    "layernorm_forward",
    "leaky_relu_backward",
    "leaky_relu_forward",
    "maxpool_backward",
    "maxpool_backward_loops",
    "maxpool_forward",
    "maxpool_forward_loops",
    "mse_loss",
    "prelu_backward",
    "prelu_forward",
    "relu_backward",
    "relu_forward",
    "sigmoid_backward",
    "sigmoid_forward",
    "softmax_loss",
    "spatial_batchnorm_backward",
    "spatial_batchnorm_forward",
    "spatial_batchnorm_infer",
    "svm_loss",
    "tanh_backward",
    "tanh_forward",
    "update_running_stats",
    "vanilla_dropout_backward",
    "vanilla_dropout_forward",
    "vanilla_dropout_infer",
]
