"""What can be watched: a module, and an optimizer that steps it."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

__all__ = ["checked_model", "checked_optimizers"]


def checked_model(model: Any) -> nn.Module:
    """Return the model; raise TypeError for what is no module, ValueError for one that cannot be watched."""
    if isinstance(model, type) and issubclass(model, nn.Module):
        raise TypeError(f"watch: model must be a module, got the class {model.__name__}; write {model.__name__}(...)")
    if not isinstance(model, nn.Module):
        hint = "; the order is watch(model, optimizer)" if isinstance(model, torch.optim.Optimizer) else ""
        raise TypeError(f"watch: model must be a torch.nn.Module, got {type(model).__name__}{hint}")
    if type(model).__name__ == "OptimizedModule":
        raise ValueError(
            "watch: model was compiled by torch.compile, whose inside cannot be seen; watch a model not compiled"
        )
    if isinstance(model, torch.jit.ScriptModule):
        raise ValueError(
            "watch: model is a TorchScript module, whose inside cannot be seen; watch the module it was made of"
        )
    if not any(True for _ in model.parameters()):
        raise ValueError("watch: model has no parameters, so there is nothing to train")
    if any(isinstance(p, nn.parameter.UninitializedParameter) for p in model.parameters()):
        raise ValueError("watch: model has lazy layers without shapes; call it on one batch before watch")
    return model


def checked_optimizers(optimizer: Any, model: nn.Module) -> list[torch.optim.Optimizer]:
    """Return the optimizers; raise TypeError for what is none, ValueError where they hold no parameter of the model."""
    given = list(optimizer) if isinstance(optimizer, Sequence) else [optimizer]
    for one in given:
        if not isinstance(one, torch.optim.Optimizer):
            what = "the class " + one.__name__ if isinstance(one, type) else type(one).__name__
            raise TypeError(
                f"watch: optimizer must be a torch.optim.Optimizer, such as torch.optim.Adam(...); got {what}"
            )
    if not given:
        raise TypeError("watch: optimizer must be a torch.optim.Optimizer; got an empty list")
    held = {id(p) for one in given for group in one.param_groups for p in group["params"]}
    if held.isdisjoint(id(p) for p in model.parameters()):
        raise ValueError(
            "watch: optimizer holds no parameter of model, so its steps change nothing of it; make it from model.parameters()"
        )
    return given
