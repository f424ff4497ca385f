"""Which modules are read at all: wrappers taken off, quantized and scripted ones refused, hooks and own gradients found."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from pellucid.interop import InteropError
from pellucid.interop.torch.recording import tensors_in
from pellucid.interop.torch.standing_in import run

__all__ = [
    "EMBEDDINGS",
    "UNREAD",
    "check_module",
    "check_numbers",
    "custom_functions",
    "without_hooks",
    "without_wrappers",
]

EMBEDDINGS = (nn.Embedding, nn.EmbeddingBag)
RECURRENT = "recurrent layers of PyTorch are not read"
UNREAD = {  # types of modules by name, and why no layer computes them
    "MultiheadAttention": "attention is not read",
    **dict.fromkeys(("RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell"), RECURRENT),
}
CHECKPOINTS = ("CheckpointFunctionBackward",)
COMPUTING_HOOKS = ("WeightNorm", "SpectralNorm", "BasePruningMethod")  # they compute a weight, which is read as it is


def without_wrappers(module: nn.Module, state: Mapping[str, Any] | None) -> tuple[nn.Module, Mapping[str, Any] | None]:
    """Return what a parallel or compiled module holds, and its state with the names that belong there."""
    while True:
        if isinstance(module, (nn.DataParallel, nn.parallel.DistributedDataParallel)):
            prefix, module = "module.", module.module
        elif hasattr(module, "_orig_mod") and type(module).__name__ == "OptimizedModule":
            prefix, module = "_orig_mod.", module._orig_mod
        else:
            return module, state
        if state is not None and all(name.startswith(prefix) for name in state):
            state = {name.removeprefix(prefix): array for name, array in state.items()}


def check_module(module: nn.Module) -> None:
    """Raise InteropError for modules whose arrays are no plain numbers, or whose code does not run in Python."""
    for name, m in module.named_modules():
        where = f"from_torch: {name or 'the module'} ({type(m).__name__})"
        if isinstance(m, torch.jit.ScriptModule):
            raise InteropError(f"{where} is a script; pass the module that it was made from")
        if "quantized" in type(m).__module__ or hasattr(m, "_packed_params"):
            raise InteropError(f"{where} is quantized; pass the module from before quantization")
        if m._backward_hooks or m._backward_pre_hooks:
            raise InteropError(f"{where} has a hook that may change gradients (register_full_backward_hook); remove it")
    for name, t in (*module.named_parameters(), *module.named_buffers()):
        if isinstance(t, nn.parameter.UninitializedTensorMixin):
            raise InteropError(f"from_torch: {name} has no shape yet; call the module once before it is read")
        if t.is_quantized or type(t) not in (torch.Tensor, nn.Parameter, nn.Buffer):
            raise InteropError(f"from_torch: {name} is a {type(t).__name__}, or quantized; pass the module from before")
        if isinstance(t, nn.Parameter) and t._backward_hooks:
            raise InteropError(f"from_torch: {name} has a hook that may change its gradient (register_hook); remove it")
        if t.is_meta or t.layout != torch.strided or t.is_complex():
            kind = "on the meta device" if t.is_meta else "complex" if t.is_complex() else "sparse"
            raise InteropError(f"from_torch: {name} is {kind}; the arrays must be dense, real numbers")


def check_numbers(module: nn.Module) -> None:
    """Raise InteropError for a parameter that holds NaN, which equals nothing."""
    for name, p in module.named_parameters():
        if p.is_floating_point() and bool(p.detach().isnan().any()):
            raise InteropError(f"from_torch: NaN in parameter {name}")


def custom_functions(module: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
    """Raise InteropError where a `torch.autograd.Function` of the user's gives gradients of its own."""
    leaves = tuple(x.clone().requires_grad_() for x in inputs)
    try:
        with torch.enable_grad():
            out = run(module, leaves)
    except InteropError:
        return  # it is run without gradients later, and refused there if it fails there, too
    waiting, seen = [t.grad_fn for t in tensors_in(out) if t.grad_fn is not None], set()
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        if isinstance(node, torch.autograd.function.BackwardCFunction) and type(node).__name__ not in CHECKPOINTS:
            name = type(node).__name__.removesuffix("Backward")
            raise InteropError(
                f"from_torch: the module uses the torch.autograd.Function {name}, whose gradient is its own; write it as a layer "
                "with its backward (docs/adding-a-layer.md)"
            )
        waiting += [before for before, _ in node.next_functions if before is not None]


def without_hooks(module: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
    """Take hooks off for the time of reading. Raises InteropError where one changes values."""
    changed: list[str] = []
    foreign = []
    for name, m in module.named_modules():
        for hooks in (m._forward_hooks, m._forward_pre_hooks):
            for key, hook in list(hooks.items()):
                if not any(base.__name__ in COMPUTING_HOOKS for base in type(hook).__mro__):
                    where = (
                        f"{name or 'the module'} ({type(m).__name__}), {getattr(hook, '__name__', type(hook).__name__)}"
                    )
                    hooks[key] = _watched(hook, where, changed)
                    foreign.append((hooks, key))
    if not foreign:
        return
    with_hooks = list(tensors_in(run(module, tuple(x.clone() for x in inputs))))
    for hooks, key in foreign:
        del hooks[key]
    without = list(tensors_in(run(module, tuple(x.clone() for x in inputs))))
    same = len(without) == len(with_hooks) and all(map(_equal, without, with_hooks))
    if changed or not same:
        which = f" of {changed[0]}" if changed else ""
        raise InteropError(f"from_torch: a hook{which} changes values; remove it, or compute it in a forward")


def _watched(hook: Any, where: str, changed: list[str]) -> Any:
    def watched(m: nn.Module, *args: Any, **kwargs: Any) -> Any:
        out = hook(m, *args, **kwargs)
        if out is not None:
            changed.append(where)
        return out

    return watched


def _equal(a: torch.Tensor, b: torch.Tensor) -> bool:
    return a.shape == b.shape and torch.allclose(a, b, equal_nan=True)
