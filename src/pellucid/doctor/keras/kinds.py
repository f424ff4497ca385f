"""Layers of Keras in the doctor's words: what kind a layer is, and where its weights are."""

from typing import Any

import keras

from pellucid.doctor.patient import LayerInfo

__all__ = ["activation_of", "info_of", "is_unit", "kind_of", "name_of_function"]

KINDS = {
    "Dense": "affine",
    "EinsumDense": "affine",
    "BatchNormalization": "batchnorm",
    "LayerNormalization": "layernorm",
    "GroupNormalization": "groupnorm",
    "Flatten": "flatten",
    "Reshape": "reshape",
    "ReLU": "relu",
    "LeakyReLU": "leaky_relu",
    "ELU": "elu",
    "Softmax": "softmax",
    "Rescaling": "scale_shift",
    "Normalization": "scale_shift",
}
BEGINNINGS = {
    "Conv": "conv",
    "SeparableConv": "conv",
    "DepthwiseConv": "conv",
    "MaxPooling": "maxpool",
    "AveragePooling": "avgpool",
    "GlobalAveragePooling": "global_avgpool",
}
WEIGHTS = ("kernel", "pointwise_kernel", "depthwise_kernel", "embeddings")
BIASES = ("bias", "beta")
WITH_ACTIVATION = ("affine", "conv")  # whose `activation` is applied once, to their outputs


def kind_of(layer: Any) -> str:
    """Return the kind of a layer, in the words of `pellucid.layers` where they have one, else its class in small letters."""
    name = type(layer).__name__
    if name == "Activation":
        return name_of_function(layer.activation)
    if name == "ReLU" and getattr(layer, "negative_slope", None):
        return "leaky_relu"
    if "Dropout" in name:
        return "dropout"
    if name in KINDS or "LSTM" in name:
        return KINDS.get(name, name.lower())
    return next((kind for start, kind in BEGINNINGS.items() if name.startswith(start)), name.lower())


def name_of_function(function: Any) -> str:
    """Return the name of an activation, which may be a layer."""
    return kind_of(function) if isinstance(function, keras.layers.Layer) else getattr(function, "__name__", "function")


def activation_of(layer: Any) -> Any:
    """Return the activation that a layer applies to its own outputs; None where that is nothing."""
    if kind_of(layer) not in WITH_ACTIVATION:
        return None
    function = getattr(layer, "activation", None)
    return None if function is None or name_of_function(function) == "linear" else function


def is_unit(layer: Any) -> bool:
    """Whether a layer is looked at as a whole: not a model, nor a layer of the user's that is made of layers."""
    if isinstance(layer, keras.Model):
        return False
    own = not type(layer).__module__.startswith("keras.")
    return not (own and getattr(layer, "_layers", []))


def info_of(layer: Any, name: str, kind: str, names: dict[int, str]) -> LayerInfo:
    """Describe a layer. names: of the model's variables, by identity."""
    weight, bias = _first(layer, WEIGHTS, names), _first(layer, BIASES, names)
    if weight is None:
        large = [names[id(one)] for one in getattr(layer, "trainable_variables", []) if len(one.shape) > 1]
        weight = large[0] if large else None
    drops = getattr(layer, "rate", None) if kind == "dropout" else None
    return LayerInfo(name, kind, weight, bias, -1, None if drops is None else float(drops))


def _first(layer: Any, attributes: tuple[str, ...], names: dict[int, str]) -> str | None:
    found = (getattr(layer, name, None) for name in attributes)
    return next((names[id(one)] for one in found if one is not None and id(one) in names), None)
