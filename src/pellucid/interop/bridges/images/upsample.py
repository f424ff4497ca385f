"""Upsample: `nn.Upsample` in PyTorch, `Resize` in ONNX."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.interop.bridge import Bridge, KerasBridge, KerasLayer, KerasPart, PlacedLayer, refused
from pellucid.interop.constants import NoLayerError
from pellucid.interop.keras_layers import named, sizes
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import Upsample

__all__ = ["BRIDGE"]

CORNERS = {True: "align_corners", False: "half_pixel"}


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module."""
    from torch import nn

    scale = tuple(map(float, layer.options["scale_factor"]))
    if layer.operation.kind == "upsample_nearest":
        return nn.Upsample(scale_factor=scale, mode="nearest")
    return nn.Upsample(scale_factor=scale, mode="bilinear", align_corners=layer.options["align_corners"])


def from_torch(name: str, module: Any) -> Upsample:
    """Return the description; refuse a size instead of a factor, and factors that are not whole."""
    scale = module.scale_factor
    factors = scale if isinstance(scale, (tuple, list)) else (scale,)
    if scale is None or any(factor != int(factor) for factor in factors):
        raise refused(name, f"upsampling to the size {module.size} by {scale}, which must be whole numbers")
    if module.mode not in ("nearest", "bilinear"):
        raise refused(name, f"upsampling by {module.mode}")
    down, across = int(factors[0]), int(factors[-1])
    return Upsample((down, across) if len(factors) > 1 else down, module.mode, bool(module.align_corners))


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    scales = graph.constant(f"{layer.name}.scales", np.array([1, 1, *layer.options["scale_factor"]], np.float32))
    inputs = [*inputs, "", scales]
    if layer.operation.kind == "upsample_nearest":
        how = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    else:
        how = {"mode": "linear", "coordinate_transformation_mode": CORNERS[layer.options["align_corners"]]}
    return graph.node("Resize", inputs, layer.name, **how)


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer; refuse other ways of finding a place, and sizes instead of factors."""
    scales = node.needed(2)
    factors = scales[2:].astype(int)
    if scales.size != 4 or not np.array_equal(scales, [1, 1, *factors]):
        raise node.refused(f"it must enlarge height and width by whole numbers; got {scales.tolist()}")
    scale = int(factors[0]), int(factors[1])
    mode, places = node.get("mode", "nearest"), node.get("coordinate_transformation_mode", "half_pixel")
    if mode == "nearest":
        if (places, node.get("nearest_mode", "round_prefer_floor")) != ("asymmetric", "floor"):
            raise node.refused(f"the nearest pixel must be asymmetric and floor; got {places}")
        return Read(Upsample(scale))
    if mode != "linear" or places not in (*CORNERS.values(), "pytorch_half_pixel"):
        raise node.refused(f"mode {mode} with {places} is no layer")
    return Read(Upsample(scale, "bilinear", places == "align_corners"))


def to_keras(layer: PlacedLayer) -> Sequence[KerasLayer]:
    """Return the layer."""
    from keras import layers

    if layer.options.get("align_corners", False):
        raise NoLayerError("align_corners=True has no counterpart")
    mode = "nearest" if layer.operation.kind == "upsample_nearest" else "bilinear"
    return [KerasLayer(layers.UpSampling2D(layer.options["scale_factor"], interpolation=mode, **named(layer)))]


def from_keras(source: Any, shape: tuple[int, ...]) -> Sequence[KerasPart]:
    """Return what computes the layer; a sequence is repeated along its length."""
    mode = getattr(source, "interpolation", "nearest")
    if mode not in ("nearest", "bilinear"):
        raise NoLayerError(f"interpolation={mode!r} has no counterpart, only 'nearest' and 'bilinear' have")
    factor = source.size if isinstance(source.size, (tuple, list)) else (source.size,)
    return [KerasPart(Upsample(sizes(factor), mode))]


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.Upsample": from_torch},
    to_onnx=to_onnx,
    from_onnx={"Resize": from_onnx},
    description=Upsample,
    kinds=("upsample_nearest", "upsample_bilinear"),
    keras=KerasBridge(to_keras, {"UpSampling2D": from_keras, "UpSampling1D": from_keras}, of_images=True),
)
