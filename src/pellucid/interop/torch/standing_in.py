"""A module run without being changed: its arrays stand-ins, its modes, hooks, attributes and random numbers put back."""

import contextlib
import copy
import io
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from pellucid.interop import InteropError

__all__ = ["eager", "filled_in", "load", "read_dtype", "run", "switch", "unchanged"]

SMALL = 1e-2  # parameters without a larger entry could hide what is computed before them
DICTIONARIES = (
    "_parameters",
    "_buffers",
    "_modules",
    "_forward_hooks",
    "_forward_pre_hooks",
    "_forward_hooks_with_kwargs",
)


def read_dtype(module: nn.Module) -> torch.dtype:
    """Return the dtype in which a module is read: float64 where an array of it is, else float32 (half and bfloat16, too)."""
    floats = {t.dtype for t in (*module.parameters(), *module.buffers())}
    return torch.float64 if torch.float64 in floats else torch.float32


@contextmanager
def unchanged(module: nn.Module) -> Iterator[None]:
    """Let a module run with copies of its arrays on the CPU, in one dtype and evaluation mode; put everything back afterwards."""
    dtype = read_dtype(module)
    kept = [
        (m, dict(vars(m)), {d: copy.copy(vars(m)[d]) for d in DICTIONARIES if d in vars(m)}) for m in module.modules()
    ]
    tensors = [*module.parameters(), *module.buffers()]
    before = [(t, t.data, t.grad, t.requires_grad) for t in tensors]
    random = torch.get_rng_state()
    try:
        for t in tensors:
            t.grad = None
            t.data = t.data.detach().to("cpu", dtype if t.is_floating_point() else t.dtype, copy=True)
        switch(module, training=False)
        yield
    finally:
        for m, attributes, dictionaries in kept:
            vars(m).clear()
            vars(m).update(attributes)
            for name, content in dictionaries.items():
                vars(m)[name].clear()
                vars(m)[name].update(content)
        for t, data, grad, learns in before:
            t.data = data
            if t.requires_grad != learns:
                t.requires_grad_(learns)
            t.grad = grad
        torch.set_rng_state(random)


def switch(module: nn.Module, training: bool) -> None:
    """Set a module's mode, by its own `train`. Raises InteropError, one line, where that fails."""
    try:
        module.train(training)
    except Exception as error:
        reason = " ".join(str(error).split())[:200].rstrip(".")
        raise InteropError(
            f"from_torch: the module's train({training}) failed: {type(error).__name__}: {reason}; of an "
            "exported module, pass the one that was exported"
        ) from None


@contextmanager
def filled_in(module: nn.Module) -> Iterator[bool]:
    """Give parameters that are zero, or nearly, random values for a while; yield whether there are any.

    A head or a gate that starts at zero hides what is computed before it. Biases hide nothing.
    """
    small = [p for name, p in module.named_parameters() if not name.endswith("bias") and _is_small(p)]
    before = [p.detach().clone() for p in small]
    generator = torch.Generator().manual_seed(1)
    for p in small:
        drawn = torch.randn(p.shape, generator=generator, dtype=p.dtype)
        p.detach().copy_(drawn if p.ndim > 1 else drawn.abs() / 2 + 0.1)
    try:
        yield bool(small)
    finally:
        for p, array in zip(small, before, strict=True):
            p.detach().copy_(array)


def _is_small(p: torch.Tensor) -> bool:
    return p.is_floating_point() and p.numel() > 0 and bool(p.detach().abs().max() < SMALL)


@contextmanager
def eager() -> Iterator[None]:
    """Run what was compiled as it was written."""
    stance = getattr(torch.compiler, "set_stance", None)
    with stance("force_eager") if stance is not None else contextlib.nullcontext():
        yield


def run(module: Callable[..., Any], inputs: tuple[torch.Tensor, ...], where: Callable[[], str] = lambda: "") -> Any:
    """Call a module quietly; raise InteropError, one line, where it fails."""
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # those of the module's own code, which runs several times
            return module(*inputs)
    except InteropError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        shapes = " and ".join(str(tuple(x.shape)) for x in inputs)
        raise InteropError(
            f"from_torch: calling the module on a random batch of shape {shapes} failed: {type(error).__name__}: {reason}"
            f"{where()}"
        ) from None


def load(module: nn.Module, state: Mapping[str, Any], strict: bool) -> None:
    """Copy a state_dict into the stand-ins. Raises InteropError, one line, where names or shapes differ."""
    try:
        module.load_state_dict(dict(state), strict=strict)
    except (RuntimeError, TypeError, AttributeError, ValueError) as error:
        reason = " ".join(str(error).split())[:400]
        remedy = (
            "; strict=False leaves out names that differ"
            if strict and any(words in reason for words in ("Missing key", "Unexpected key"))
            else ""
        )
        raise InteropError(f"from_torch: state does not fit the module: {reason}{remedy}") from None
