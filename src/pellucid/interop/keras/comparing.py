"""Whether a network computes what the Keras model computes, on random batches."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from keras import ops, tree

from pellucid.interop import InteropError
from pellucid.interop.nearness import difference
from pellucid.nets import Network
from pellucid.shapes import Array

__all__ = ["batches", "check_equal", "computed"]

SIZES = (5, 3)  # of the batches
FACTORS = (1.0, 0.1, 10.0)  # of samples in turn, so that what saturates, does
TOLERANCE = {"float64": 1e-9, "float32": 1e-4}  # of the largest entry; in half precision:
HALF = 3e-2


def batches(shapes: Sequence[tuple[int, ...]]) -> list[list[Array]]:
    """Return random batches, each with one array for each input."""
    rng = np.random.default_rng(0)
    return [[_batch(rng, size, shape) for shape in shapes] for size in SIZES]


def _batch(rng: np.random.Generator, size: int, shape: tuple[int, ...]) -> Array:
    factors = np.resize(FACTORS, size).reshape(-1, *[1] * len(shape))
    return (rng.standard_normal((size, *shape)) * factors).astype(np.float32)


def computed(model: Any, arrays: Sequence[Array]) -> list[Array]:
    """Return what a model predicts, as arrays."""
    if getattr(model, "inputs", None):
        given = tree.pack_sequence_as(model.input, list(arrays)) if len(arrays) > 1 else arrays[0]
    else:
        given = list(arrays) if len(arrays) > 1 else arrays[0]
    try:
        out = model(given, training=False)
    except Exception as error:  # a layer's own code may raise anything
        reason = str(error).strip().split("\n")[0]
        raise InteropError(f"from_keras: the model cannot be called: {type(error).__name__}: {reason:.160}") from None
    return [np.asarray(ops.convert_to_numpy(ops.cast(each, "float64"))) for each in tree.flatten(out)]


def check_equal(
    model: Any, net: Network, shapes: Sequence[tuple[int, ...]], turned: Sequence[bool], back: Sequence[bool]
) -> None:
    """Raise InteropError where the network's outputs are not the model's.

    shapes: of the model's inputs. turned, back: which inputs and outputs have their channels first here, last there.
    """
    types = {str(layer.compute_dtype) for layer in model._flatten_layers()}
    bound = max(TOLERANCE.get(each, HALF) for each in types)
    for batch in batches(shapes):
        expected = computed(model, batch)
        ours = [np.moveaxis(x, -1, 1) if move else x for x, move in zip(batch, turned, strict=True)]
        found = net.predict(tuple(ours) if len(ours) > 1 else ours[0])
        outputs = list(found) if isinstance(found, tuple) else [found]
        for out, theirs, move in zip(outputs, expected, back, strict=True):
            _check_near(np.moveaxis(out, 1, -1) if move else out, theirs, bound)


def _check_near(ours: Array, theirs: Array, bound: float) -> None:
    if differ := difference(ours, theirs, bound):
        raise InteropError(
            f"from_keras: the network that was read computes something else than the model on a random batch ({differ}); "
            "a layer draws random numbers at inference, or has a setting that is not read"
        )
