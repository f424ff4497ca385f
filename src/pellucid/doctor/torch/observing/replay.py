"""Replay: a loss computed again, of other rows and by a copy of the model."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from pellucid.doctor.torch.observing.forwards import CallForm
from pellucid.doctor.torch.observing.tape import LossPath
from pellucid.shapes import Array

__all__ = ["Replay"]


@dataclass(frozen=True, eq=False)
class Replay:
    """How a loss comes from rows: the call of the model, and the path from its outputs."""

    form: CallForm
    path: LossPath
    modes: Mapping[str, bool]  # of each module, in training
    sums: bool = False  # whether the loss is a sum over the rows
    scale: float = 1.0  # by which a loss is multiplied before backward, for half precision

    def run(
        self, model: nn.Module, further: Mapping[str, torch.Tensor], x: Any, y: Array
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return loss and scores of rows."""
        args, kwargs, target, extras = self.form.parts(x, y)
        outputs = model(*args, **kwargs)
        parameters = {**dict(model.named_parameters()), **further}
        return self.path.run(outputs, target, extras, parameters)
