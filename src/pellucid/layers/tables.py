"""The table of layers: every name a network may use, with the functions that compute it.

`REFERENCE` is plain NumPy. A faster table is `dataclasses.replace(REFERENCE, name=..., conv=Pair(...), ...)`: the same signatures,
the same results within stated tolerances, forward and backward replaced together. Code that composes layers takes a `Layers`;
there is no global switch.
"""

from collections.abc import Callable
from dataclasses import dataclass

from pellucid.layers import activations, affine, batchnorm, conv, dropout, groupnorm, layernorm, losses, pool, sandwich
from pellucid.layers import structure as structural
from pellucid.layers.pair import Pair
from pellucid.shapes import Array

__all__ = ["REFERENCE", "Layers"]

Loss = Callable[..., tuple[float, Array]]
Infer = Callable[..., Array]


@dataclass(frozen=True)
class Layers:
    """One implementation of every layer."""

    name: str  # "reference"

    affine: Pair
    conv: Pair
    relu: Pair
    leaky_relu: Pair
    sigmoid: Pair
    tanh: Pair
    gelu: Pair
    batchnorm: Pair
    spatial_batchnorm: Pair
    layernorm: Pair
    groupnorm: Pair
    dropout: Pair
    vanilla_dropout: Pair
    maxpool: Pair
    avgpool: Pair
    global_avgpool: Pair
    flatten: Pair
    add: Pair

    # what inference computes where it differs from training
    batchnorm_infer: Infer
    spatial_batchnorm_infer: Infer
    vanilla_dropout_infer: Infer

    # losses: (scores, targets) -> (loss, dscores)
    softmax_loss: Loss
    svm_loss: Loss
    mse_loss: Loss

    # fusions: compositions of the above under one name
    affine_relu: Pair
    affine_norm_relu_dropout: Pair
    conv_relu: Pair
    conv_bn_relu: Pair
    conv_relu_pool: Pair

    def pair(self, kind: str) -> Pair:
        """Return the (forward, backward) of a layer by name."""
        found = getattr(self, kind, None)
        if not isinstance(found, Pair):
            raise KeyError(f"the table {self.name!r} has no layer {kind!r}")
        return found


REFERENCE = Layers(
    name="reference",
    affine=Pair(affine.affine_forward, affine.affine_backward),
    conv=Pair(conv.conv_forward, conv.conv_backward),
    relu=Pair(activations.relu_forward, activations.relu_backward),
    leaky_relu=Pair(activations.leaky_relu_forward, activations.leaky_relu_backward),
    sigmoid=Pair(activations.sigmoid_forward, activations.sigmoid_backward),
    tanh=Pair(activations.tanh_forward, activations.tanh_backward),
    gelu=Pair(activations.gelu_forward, activations.gelu_backward),
    batchnorm=Pair(batchnorm.batchnorm_forward, batchnorm.batchnorm_backward_simplified),
    spatial_batchnorm=Pair(batchnorm.spatial_batchnorm_forward, batchnorm.spatial_batchnorm_backward),
    layernorm=Pair(layernorm.layernorm_forward, layernorm.layernorm_backward),
    groupnorm=Pair(groupnorm.groupnorm_forward, groupnorm.groupnorm_backward),
    dropout=Pair(dropout.dropout_forward, dropout.dropout_backward),
    vanilla_dropout=Pair(dropout.vanilla_dropout_forward, dropout.vanilla_dropout_backward),
    maxpool=Pair(pool.maxpool_forward, pool.maxpool_backward),
    avgpool=Pair(pool.avgpool_forward, pool.avgpool_backward),
    global_avgpool=Pair(pool.global_avgpool_forward, pool.global_avgpool_backward),
    flatten=Pair(structural.flatten_forward, structural.flatten_backward),
    add=Pair(structural.add_forward, structural.add_backward),
    batchnorm_infer=batchnorm.batchnorm_infer,
    spatial_batchnorm_infer=batchnorm.spatial_batchnorm_infer,
    vanilla_dropout_infer=dropout.vanilla_dropout_infer,
    softmax_loss=losses.softmax_loss,
    svm_loss=losses.svm_loss,
    mse_loss=losses.mse_loss,
    affine_relu=Pair(sandwich.affine_relu_forward, sandwich.affine_relu_backward),
    affine_norm_relu_dropout=Pair(
        sandwich.affine_norm_relu_dropout_forward, sandwich.affine_norm_relu_dropout_backward
    ),
    conv_relu=Pair(sandwich.conv_relu_forward, sandwich.conv_relu_backward),
    conv_bn_relu=Pair(sandwich.conv_bn_relu_forward, sandwich.conv_bn_relu_backward),
    conv_relu_pool=Pair(sandwich.conv_relu_pool_forward, sandwich.conv_relu_pool_backward),
)
