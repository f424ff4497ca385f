"""Whether a network computes what the module computes, on random batches."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from pellucid.interop import InteropError
from pellucid.interop.nearness import difference
from pellucid.interop.torch.recording import tensors_in
from pellucid.interop.torch.standing_in import run
from pellucid.nets import Network

__all__ = ["batches", "check_equal", "other_size", "same_rows"]

SIZES = (5, 7, 3, 11)  # of a batch: the first two that no axis of a sample has
OTHER_SIZES = (1, 16, 33)  # of a batch, for the module alone
FACTORS = (1.0, 0.1, 10.0)  # of samples in turn, so that what saturates, does
TOLERANCE = {np.dtype(np.float32): 1e-4, np.dtype(np.float64): 1e-9}  # of the largest entry


def batches(shapes: Sequence[tuple[int, ...]], dtype: torch.dtype) -> list[tuple[torch.Tensor, ...]]:
    """Return two random batches of different sizes, each with one tensor for each input."""
    sizes = {size for shape in shapes for size in shape}
    generator = torch.Generator().manual_seed(0)
    free = [size for size in SIZES if size not in sizes]
    return [tuple(_batch(count, shape, dtype, generator) for shape in shapes) for count in [*free, *SIZES][:2]]


def _batch(count: int, shape: tuple[int, ...], dtype: torch.dtype, generator: torch.Generator) -> torch.Tensor:
    factors = torch.tensor(FACTORS, dtype=dtype).repeat(count)[:count].reshape(-1, *[1] * len(shape))
    return torch.randn(count, *shape, dtype=dtype, generator=generator) * factors


def check_equal(module: nn.Module, net: Network, inputs: Sequence[tuple[torch.Tensor, ...]], where: str = "") -> None:
    """Raise InteropError where the network's outputs are not the module's; the module may refuse other batches than the first."""
    for number, batch in enumerate(inputs):
        try:
            expected = [t.numpy() for t in tensors_in(run(module, batch))]
        except InteropError:
            if number == 0:
                raise
            continue
        arrays = tuple(x.numpy() for x in batch)
        found = _as_list(net.predict(arrays if len(arrays) > 1 else arrays[0]))
        for ours, theirs in zip(found, expected, strict=True):
            _check_near(ours.reshape(theirs.shape) if ours.size == theirs.size else ours, theirs, net.dtype, where)


def _check_near(ours: Any, theirs: Any, dtype: Any, where: str) -> None:
    if differ := difference(ours, theirs, TOLERANCE[np.dtype(dtype)]):
        raise InteropError(
            f"from_torch: the network that was read computes something else than the module on a random batch{where} ({differ}); "
            "the module draws random numbers, changes values in place, or keeps something between calls"
        )


def other_size(module: nn.Module, batch: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...] | None:
    """Return a larger or smaller batch of the same samples that changes what the module computes; None where none does."""
    expected = list(tensors_in(run(module, batch)))
    for size in OTHER_SIZES:
        other = tuple(x[torch.arange(size) % len(x)] for x in batch)
        try:
            found = list(tensors_in(run(module, other)))
        except InteropError:
            continue  # it takes no such batch
        if not all(same_rows(now, size, then, len(batch[0])) for now, then in zip(found, expected, strict=False)):
            return other
    return None


def same_rows(now: torch.Tensor, size: int, then: torch.Tensor, count: int) -> bool:
    """Whether what was computed of `size` samples repeats what was computed of the first `count` of them."""
    if then.numel() % count or now.numel() * count != then.numel() * size:
        return False
    rows = then.detach().reshape(count, -1)[torch.arange(size) % count]
    bound = 1e-4 * float(rows.abs().nan_to_num(0, 0, 0).max()) if rows.numel() and rows.is_floating_point() else 0
    return torch.allclose(now.detach().reshape(size, -1), rows, rtol=0, atol=bound, equal_nan=True)


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, tuple) else [value]
