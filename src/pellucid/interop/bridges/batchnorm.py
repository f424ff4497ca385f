"""BatchNorm: `nn.BatchNorm1d` and `nn.BatchNorm2d` in PyTorch, `BatchNormalization` in ONNX.

PyTorch's momentum is 1 - decay, and its running variance averages the unbiased variance in training, where ours averages the
biased one; PyTorch also counts the batches it has seen. ONNX's momentum is our decay.
"""

from typing import Any

from pellucid.interop.bridge import Bridge, PlacedLayer, TorchArray, refused
from pellucid.interop.onnx_graph import OnnxGraph, OnnxNode, Read
from pellucid.nets import BatchNorm

__all__ = ["BRIDGE"]


def to_torch(layer: PlacedLayer) -> Any:
    """Return the module for features, or for images."""
    from torch import nn

    module = nn.BatchNorm1d if len(layer.input_shape) == 1 else nn.BatchNorm2d
    return module(layer.shape[0], eps=layer.options["eps"], momentum=1 - layer.operation.decay)


def from_torch(name: str, module: Any) -> BatchNorm:
    """Return the description."""
    if module.momentum is None or not module.track_running_stats:
        raise refused(name, "batch normalization without running averages, or with cumulative ones")
    return BatchNorm(module.eps, 1 - module.momentum)


def to_onnx(graph: OnnxGraph, layer: PlacedLayer, inputs: list[str]) -> str:
    """Append the node."""
    inputs = inputs + graph.arrays(layer.name, layer.arrays)
    return graph.node("BatchNormalization", inputs, layer.name, epsilon=layer.options["eps"])


def from_onnx(node: OnnxNode) -> Read:
    """Return the layer."""
    node.only(training_mode=0)
    layer = BatchNorm(node.get("epsilon", 1e-5), node.get("momentum", 0.9))
    return Read(layer, tuple(node.needed(place) for place in range(1, 5)))


BRIDGE = Bridge(
    to_torch=to_torch,
    from_torch={"torch.nn.BatchNorm1d": from_torch, "torch.nn.BatchNorm2d": from_torch},
    to_onnx=to_onnx,
    from_onnx={"BatchNormalization": from_onnx},
    arrays={
        "gamma": TorchArray("weight"),
        "beta": TorchArray("bias"),
        "mean": TorchArray("running_mean"),
        "var": TorchArray("running_var"),
    },
    extra=("num_batches_tracked",),
    description=BatchNorm,
    kinds=("batchnorm", "spatial_batchnorm"),
)
