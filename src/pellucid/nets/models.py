"""Named models: architectures that people know by name. `build(name, input_shape, classes, **options)`."""

import inspect
import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.layers import (
    Affine,
    BatchNorm,
    Conv,
    Description,
    Dropout,
    Flatten,
    Init,
    LayerNorm,
    MaxPool,
    Node,
    ReLU,
)
from pellucid.memory import require_memory
from pellucid.nets.arguments import checked_shape
from pellucid.nets.graph import Input, NetworkGraph, graph_of
from pellucid.nets.image_models import densenet_small, mobilenet_small, resnet18
from pellucid.nets.lowering import lower
from pellucid.nets.network import Network
from pellucid.nets.residual import Residual
from pellucid.shapes import ShapeError, did_you_mean, meant

__all__ = ["MODELS", "build", "fully_connected", "resnet9", "three_layer_convnet", "vgg6_bn"]


MANY_PARAMETERS = 30_000_000  # more are reported before a named model is built


def fully_connected(
    classes: int, *, hidden: Sequence[int] = (100,), norm: str = "none", keep: float = 1.0
) -> list[Description]:
    """Affine layers of any depth: {affine - [norm] - relu - [dropout]} for each size in `hidden`, then affine.

    norm is 'none', 'batch' or 'layer'; keep is the dropout's probability of keeping an entry (1: no dropout).
    """
    norms: dict[str, list[Description]] = {"none": [], "batch": [BatchNorm()], "layer": [LayerNorm()]}
    if norm not in norms:
        raise ShapeError(f"fully-connected: norm must be one of {', '.join(norms)}; got {norm!r}")
    if not isinstance(hidden, (list, tuple)):
        raise ShapeError(f"fully-connected: hidden must be a list of sizes, such as [512, 256]; got {hidden!r}")
    layers: list[Description] = [Flatten()]
    for size in hidden:
        layers += [Affine(size), *norms[norm], ReLU()]
        if keep != 1:
            layers.append(Dropout(keep=keep))
    return [*layers, Affine(classes)]


def three_layer_convnet(classes: int, *, filters: int = 32, kernel: int = 7, hidden: int = 500) -> list[Description]:
    """conv - relu - 2x2 max pool - affine - relu - affine, the image's size kept by the padding (CS231n, assignment 2)."""
    if kernel % 2 == 0:
        raise ShapeError(
            f"three-layer-convnet: kernel must be odd, so that padding keeps the image's size; got {kernel}"
        )
    return [
        Conv(filters, kernel, pad=kernel // 2),
        ReLU(),
        MaxPool(2),
        Flatten(),
        Affine(hidden),
        ReLU(),
        Affine(classes),
    ]


def vgg6_bn(classes: int) -> list[Description]:
    """Six 3x3 convolutions with batch norm in three stages of 32, 64 and 128 filters, each ended by a 2x2 max pool."""
    stages = [[*_conv_bn_relu(filters), *_conv_bn_relu(filters), MaxPool(2)] for filters in (32, 64, 128)]
    return [*(layer for stage in stages for layer in stage), Flatten(), Affine(classes)]


def resnet9(classes: int) -> list[Description]:
    """conv-BN-ReLU 64; 128, pool, residual of two 128s; 256, pool; 256, pool; residual of two 256s; pool 4; affine."""
    return [
        *_conv_bn_relu(64),
        *_conv_bn_relu(128),
        MaxPool(2),
        Residual([*_conv_bn_relu(128), *_conv_bn_relu(128)]),
        *_conv_bn_relu(256),
        MaxPool(2),
        *_conv_bn_relu(256),
        MaxPool(2),
        Residual([*_conv_bn_relu(256), *_conv_bn_relu(256)]),
        MaxPool(4),
        Flatten(),
        Affine(classes),
    ]


# Name -> what makes its layers, or the function from the node of an input to that of the scores.
MODELS: dict[str, Callable[..., list[Description] | Callable[[Node], Node]]] = {
    "fully-connected": fully_connected,
    "three-layer-convnet": three_layer_convnet,
    "vgg6-bn": vgg6_bn,
    "resnet9": resnet9,
    "resnet18": resnet18,
    "mobilenet-small": mobilenet_small,
    "densenet-small": densenet_small,
}


def build(
    name: str,
    input_shape: Sequence[int],
    classes: int,
    *,
    seed: int = 0,
    init: Init = "he",
    dtype: npt.DTypeLike = np.float32,
    **options: Any,
) -> Network:
    """Build a named model for samples of `input_shape`. Options are those of the model's function.

    >>> build("fully-connected", (3, 32, 32), 10, hidden=(512, 256), norm="batch", keep=0.7).params.flat.size
    1708810
    """
    known_as = meant(name, MODELS) if isinstance(name, str) else None
    if known_as is None:
        hint = did_you_mean(name, MODELS)
        raise ShapeError(f"build: the model must be one of {', '.join(MODELS)}; got {name!r}{hint}")
    name = known_as
    known = [p for p in inspect.signature(MODELS[name]).parameters if p != "classes"]
    for option in options:
        if option not in known:
            hint = did_you_mean(option, known)
            raise ShapeError(f"build: {name} has no option {option!r}; it has {', '.join(known) or 'none'}{hint}")
    made = MODELS[name](classes, **options)
    layers = _graph(made, input_shape) if callable(made) else made
    _warn_of_many(name, layers, tuple(input_shape))
    return Network(layers, () if callable(made) else input_shape, seed=seed, init=init, dtype=dtype)


def _graph(scores: Callable[[Node], Node], input_shape: Sequence[int]) -> NetworkGraph:
    image = Input(input_shape)
    return graph_of(image, scores(image), "")


def _warn_of_many(name: str, layers: list[Description] | NetworkGraph, input_shape: tuple[int, ...]) -> None:
    """Warn, before anything is built, of a network that grew large with its input."""
    count = sum(math.prod(parameter.shape) for parameter in lower(layers, checked_shape(input_shape)).params.values())
    require_memory(f"build: the parameters of {name}", 4 * count, "use smaller samples")
    if count > MANY_PARAMETERS:
        warnings.warn(
            f"build: {name} has {count:,} parameters for samples of shape {input_shape}, {count * 16 / 1e9:.1f} GB with gradient "
            "and Adam's moments; smaller images need fewer, and so does vgg6-bn",
            stacklevel=3,
        )


def _conv_bn_relu(filters: int) -> list[Description]:
    return [Conv(filters, 3, pad=1), BatchNorm(), ReLU()]
