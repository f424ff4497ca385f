"""Which backend Keras computes with, where nobody has said: the first that is installed."""

import os
import sys
from importlib.util import find_spec

__all__ = ["choose_backend"]

BACKENDS = ("tensorflow", "jax", "torch")
ENVIRONMENT = "KERAS_BACKEND"


def choose_backend() -> None:
    """Name an installed backend in KERAS_BACKEND, unless Keras is imported already, or the variable or TensorFlow is there."""
    if "keras" in sys.modules or os.environ.get(ENVIRONMENT) or find_spec("keras") is None:
        return
    found = next((name for name in BACKENDS if find_spec(name) is not None), None)
    if found is not None and found != BACKENDS[0]:
        os.environ[ENVIRONMENT] = found
