"""Keras 3: a network as a functional model, a model or a `.keras` file as a network, on any backend of Keras.

    model = to_keras(net)                net = from_keras(model)                net = load("model.keras")

Keras keeps the channels of images and sequences in the last axis, Pellucid in the first: axes and weights are turned. What each
layer is in Keras stands in its bridge (`interop/bridges/`); here, the graph of a model is walked, and values that only lie
otherwise (flattened, reshaped, joined) are followed. Needs the extra [keras] and one of Keras's backends.
"""

from pellucid.interop import MissingPackage
from pellucid.interop.keras.choosing import choose_backend

try:
    choose_backend()
    import keras as _keras  # noqa: F401 (only to say what to install)
except ModuleNotFoundError as error:
    if error.name not in ("keras", "tensorflow", "jax", "torch"):
        raise
    raise MissingPackage("pellucid.interop.keras", error.name, "keras,torch") from None

from pellucid.interop.keras.files import load, load_with_entry, save
from pellucid.interop.keras.reading import from_keras
from pellucid.interop.keras.writing import to_keras

__all__ = ["from_keras", "load", "load_with_entry", "save", "to_keras"]
