"""Tensors as arrays, and back."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch.utils import _pytree as pytree

from pellucid.shapes import Array

__all__ = ["array_of", "first_rows", "leaves_of", "quiet", "tensor_like", "tensors_in"]

PLACES = 8  # along each axis of an image


def quiet() -> Any:
    """Return a context in which functions of PyTorch are not listened to: what is inside, the doctor computes."""
    return torch._C.DisableTorchFunction()


def array_of(tensor: torch.Tensor) -> Array:
    """Return a copy of a tensor as an array; half precision becomes float32."""
    with quiet(), torch.no_grad():
        detached = tensor.detach()
        if detached.dtype in (torch.bfloat16, torch.float16):
            detached = detached.float()
        return np.array(detached.cpu().numpy())


def tensor_like(array: Array, like: torch.Tensor) -> torch.Tensor:
    """Return a new tensor with the dtype and device of another."""
    return torch.tensor(np.ascontiguousarray(array)).to(dtype=like.dtype, device=like.device)


def tensors_in(tree: Any) -> Iterator[torch.Tensor]:
    """Yield the tensors in a nest of lists, tuples, dicts and records."""
    for leaf in leaves_of(tree):
        if isinstance(leaf, torch.Tensor):
            yield leaf


def leaves_of(tree: Any) -> list[Any]:
    """Return the leaves of a nest; of a mapping or record that PyTorch does not know, its values."""
    leaves = []
    for leaf in pytree.tree_leaves(tree):
        if not isinstance(leaf, torch.Tensor) and hasattr(leaf, "items") and hasattr(leaf, "keys"):
            leaves += leaves_of(dict(leaf.items()))
        elif not isinstance(leaf, torch.Tensor) and hasattr(leaf, "__dataclass_fields__"):
            leaves += leaves_of([getattr(leaf, name) for name in leaf.__dataclass_fields__])
        else:
            leaves.append(leaf)
    return leaves


def first_rows(output: Any, rows: int) -> Array | None:
    """Return some rows of a layer's first output as (rows, units, ...); None where that is no tensor of numbers."""
    tensor = next(tensors_in(output), None)
    if tensor is None or tensor.ndim == 0 or not (tensor.is_floating_point() or tensor.is_complex()):
        return None
    with quiet(), torch.no_grad():
        part = tensor.detach()[:rows]
        if part.ndim == 4:  # an image at some places only, evenly spaced
            part = part[:, :, :: max(1, part.shape[2] // PLACES), :: max(1, part.shape[3] // PLACES)]
        array = array_of(part)
    return np.moveaxis(array, -1, 1) if array.ndim == 3 else array.reshape(len(array), -1) if array.ndim < 2 else array
