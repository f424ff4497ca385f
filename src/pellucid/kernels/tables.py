"""The native tables: the reference with entries replaced, forward and backward together."""

from dataclasses import replace

from pellucid.data import REFERENCE_TRANSFORMS
from pellucid.kernels import (
    activations,
    affine,
    batchnorm,
    conv,
    dropout,
    groupnorm,
    layernorm,
    losses,
    pool,
    rules,
    sandwich,
    transforms,
)
from pellucid.layers import REFERENCE, Pair
from pellucid.optim import REFERENCE_RULES, Rule, adam_init, no_state_init, squares_init, velocity_init

__all__ = ["NATIVE", "NATIVE_RULES", "NATIVE_TRANSFORMS"]

NATIVE = replace(
    REFERENCE,
    name="native",
    affine=Pair(affine.affine_forward, affine.affine_backward),
    affine_relu=Pair(affine.affine_relu_forward, affine.affine_relu_backward),
    relu=Pair(activations.relu_forward, activations.relu_backward),
    leaky_relu=Pair(activations.leaky_relu_forward, activations.leaky_relu_backward),
    sigmoid=Pair(activations.sigmoid_forward, activations.sigmoid_backward),
    tanh=Pair(activations.tanh_forward, activations.tanh_backward),
    gelu=Pair(activations.gelu_forward, activations.gelu_backward),
    conv=Pair(conv.conv_forward, conv.conv_backward),
    conv_relu=Pair(conv.conv_relu_forward, conv.conv_relu_backward),
    batchnorm=Pair(batchnorm.batchnorm_forward, batchnorm.batchnorm_backward),
    spatial_batchnorm=Pair(batchnorm.spatial_batchnorm_forward, batchnorm.spatial_batchnorm_backward),
    layernorm=Pair(layernorm.layernorm_forward, layernorm.layernorm_backward),
    groupnorm=Pair(groupnorm.groupnorm_forward, groupnorm.groupnorm_backward),
    dropout=Pair(dropout.dropout_forward, dropout.dropout_backward),
    vanilla_dropout=Pair(dropout.vanilla_dropout_forward, dropout.vanilla_dropout_backward),
    avgpool=Pair(pool.avgpool_forward, pool.avgpool_backward),
    global_avgpool=Pair(pool.global_avgpool_forward, pool.global_avgpool_backward),
    affine_norm_relu_dropout=Pair(
        sandwich.affine_norm_relu_dropout_forward, sandwich.affine_norm_relu_dropout_backward
    ),
    conv_bn_relu=Pair(sandwich.conv_bn_relu_forward, sandwich.conv_bn_relu_backward),
    conv_relu_pool=Pair(sandwich.conv_relu_pool_forward, sandwich.conv_relu_pool_backward),
    maxpool=Pair(pool.maxpool_forward, pool.maxpool_backward),
    softmax_loss=losses.softmax_loss,
)

NATIVE_RULES = replace(
    REFERENCE_RULES,
    name="native",
    sgd=Rule(no_state_init, rules.sgd_update),
    momentum=Rule(velocity_init, rules.momentum_update),
    nesterov=Rule(velocity_init, rules.nesterov_update),
    adagrad=Rule(squares_init, rules.adagrad_update),
    rmsprop=Rule(squares_init, rules.rmsprop_update),
    adam=Rule(adam_init, rules.adam_update),
    adamw=Rule(adam_init, rules.adamw_update),
)

NATIVE_TRANSFORMS = replace(
    REFERENCE_TRANSFORMS,
    name="native",
    standardize=transforms.standardize,
    flip=transforms.flip,
    crop=transforms.crop,
    cutout=transforms.cutout,
)
