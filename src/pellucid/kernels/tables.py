"""The native tables: the reference with entries replaced, forward and backward together."""

from dataclasses import replace

from pellucid.kernels import activations, affine, batchnorm, conv, losses, pool, rules
from pellucid.layers import REFERENCE, Pair
from pellucid.optim import REFERENCE_RULES, Rule, adam_init

__all__ = ["NATIVE", "NATIVE_RULES"]

NATIVE = replace(
    REFERENCE,
    name="native",
    affine=Pair(affine.affine_forward, affine.affine_backward),
    affine_relu=Pair(affine.affine_relu_forward, affine.affine_relu_backward),
    relu=Pair(activations.relu_forward, activations.relu_backward),
    conv=Pair(conv.conv_forward, conv.conv_backward),
    conv_relu=Pair(conv.conv_relu_forward, conv.conv_relu_backward),
    batchnorm=Pair(batchnorm.batchnorm_forward, batchnorm.batchnorm_backward),
    spatial_batchnorm=Pair(batchnorm.spatial_batchnorm_forward, batchnorm.spatial_batchnorm_backward),
    maxpool=Pair(pool.maxpool_forward, pool.maxpool_backward),
    softmax_loss=losses.softmax_loss,
)

NATIVE_RULES = replace(
    REFERENCE_RULES,
    name="native",
    adam=Rule(adam_init, rules.adam_update),
    adamw=Rule(adam_init, rules.adamw_update),
)
