"""Layers and rules as people write them: 'Batch-Norm' is batchnorm."""

__all__ = ["plain"]

ALIASES = {
    "batch_norm": "batchnorm",
    "layer_norm": "layernorm",
    "group_norm": "groupnorm",
    "softmax_loss": "softmax",
    "svm_loss": "svm",
    "mse_loss": "mse",
    "convolution": "conv",
    "max_pool": "maxpool",
    "avg_pool": "avgpool",
    "fully_connected": "affine",
    "sgd_momentum": "momentum",
}


def plain(name: str) -> str:
    """Return the name that tables have: lower case, '-' and '_' alike, no other name for the same thing.

    >>> plain("Batch-Norm")
    'batchnorm'
    """
    written = name.lower().replace("-", "_")
    return ALIASES.get(written, written)
