"""Copies of a model with its optimizer, and the state that a run begins with."""

import copy
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from pellucid.doctor.torch.observing.arrays import quiet

__all__ = ["LoopBeginning", "copied"]


class LoopBeginning:
    """Parameters, buffers and the optimizer's state as they were when the watch began."""

    def __init__(self, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        with quiet():
            self.state = {name: tensor.detach().clone() for name, tensor in _tensors(model).items()}
            self.optimizer = copy.deepcopy(optimizer.state_dict())
        self.rates = [float(group["lr"]) for group in optimizer.param_groups]

    def is_unchanged(self, model: nn.Module) -> bool:
        """Whether every parameter has the value that it began with."""
        return all(
            name in self.state and torch.equal(self.state[name], parameter)
            for name, parameter in model.named_parameters()
        )

    def note_rates(self, optimizer: torch.optim.Optimizer) -> None:
        """Take the highest rate of each group for the one that the run was set up with: a schedule may begin low."""
        rates = [float(group["lr"]) for group in optimizer.param_groups]
        known = self.rates + rates[len(self.rates) :]
        self.rates = [max(pair) for pair in zip(known, rates, strict=False)]

    def restore(self, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        """Put a copy back to the beginning."""
        with torch.no_grad():
            for name, tensor in _tensors(model).items():
                if name in self.state and tensor.shape == self.state[name].shape:
                    tensor.copy_(self.state[name])
        state = copy.deepcopy(self.optimizer)
        if [len(group["params"]) for group in state["param_groups"]] == [
            len(g["params"]) for g in optimizer.param_groups
        ]:
            optimizer.load_state_dict(state)
        for group, rate in zip(optimizer.param_groups, self.rates, strict=False):
            group["lr"] = rate


def copied(
    model: nn.Module, optimizer: torch.optim.Optimizer, further: Mapping[str, torch.Tensor]
) -> tuple[nn.Module, torch.optim.Optimizer, dict[str, torch.Tensor]]:
    """Return a model, its optimizer and further parameters as copies that belong together and have no hooks of the user's."""
    memo: dict[int, Any] = {}
    for module in model.modules():
        for value in vars(module).values():
            for tensor in value if isinstance(value, (list, tuple)) else (value,):
                if isinstance(tensor, torch.Tensor) and not tensor.is_leaf:
                    memo[id(tensor)] = tensor.detach().clone()
    twin = copy.deepcopy(model, memo)
    for module in twin.modules():
        for hooks in (
            module._forward_hooks,
            module._forward_pre_hooks,
            module._backward_hooks,
            module._backward_pre_hooks,
        ):
            for key in [key for key, hook in hooks.items() if not _is_pytorchs(hook)]:
                del hooks[key]
    more = {name: copy.deepcopy(tensor, memo) for name, tensor in further.items()}
    groups = copy.deepcopy(optimizer.param_groups, memo)
    twin_optimizer = copy.copy(optimizer)
    twin_optimizer.__dict__.pop("step", None)  # what a schedule has put there steps the original
    twin_optimizer.param_groups = groups
    twin_optimizer.state = copy.deepcopy(optimizer.state, memo)
    for name, value in vars(optimizer).items():
        if name.startswith("_optimizer_") or name in ("param_groups", "state", "step", "zero_grad") or callable(value):
            continue
        setattr(twin_optimizer, name, copy.deepcopy(value, memo))
    for name in ("_optimizer_step_pre_hooks", "_optimizer_step_post_hooks"):
        setattr(twin_optimizer, name, type(getattr(optimizer, name))())
    return twin, twin_optimizer, more


def _tensors(model: nn.Module) -> dict[str, torch.Tensor]:
    return {**dict(model.named_parameters()), **dict(model.named_buffers())}


def _is_pytorchs(hook: Any) -> bool:
    return str(getattr(type(hook), "__module__", "")).startswith("torch.")
