"""PyTorch: a network as an `nn.Module`, a module as a network, a hand-written pair as a `torch.autograd.Function`.

module = to_torch(net)                               net = from_torch(module, (3, 32, 32))
swish = as_torch_function(swish_forward, swish_backward);  torch.autograd.gradcheck(swish, x)

A module is read by running it: `recording.py` notes what it calls, `building.py` makes each call the layer that computes the same.
What each layer is in PyTorch stands in its bridge (`interop/bridges/`). Needs the extra [torch].
"""

from pellucid.interop import MissingPackage

try:
    import torch as _torch  # noqa: F401 (only to say what to install)
except ModuleNotFoundError as error:
    if error.name != "torch":
        raise
    raise MissingPackage("pellucid.interop.torch", "torch", "torch") from None

from pellucid.interop.torch.reading import from_torch
from pellucid.interop.torch.writing import TorchNetwork, as_torch_function, to_torch

__all__ = ["TorchNetwork", "as_torch_function", "from_torch", "to_torch"]
