"""A look before training: a copy learns one batch for some steps, and is watched in doing so."""

from typing import TYPE_CHECKING, Any

import torch

from pellucid.doctor.finding import AilmentFinding
from pellucid.doctor.torch.observing.copying import copied
from pellucid.doctor.torch.randomness import same_random_state

if TYPE_CHECKING:
    from pellucid.doctor.torch.watching import TorchDoctor

__all__ = ["examined"]

SAYS_NOTHING = {
    "same-batch",
    "too-few-epochs",
    "batch-size",
    "too-little-data",
    "overfitting",
}  # of a few steps on one batch


def examined(doctor: "TorchDoctor", batch: Any, steps: int) -> tuple[AilmentFinding, ...]:
    """Return what is found when a copy of the doctor's model learns a batch (x, y). Raises TypeError for what is none."""
    if doctor.loss is None:
        raise TypeError("examine: the loss is not known; write watch(model, optimizer, loss=nn.CrossEntropyLoss())")
    if not (isinstance(batch, (tuple, list)) and len(batch) == 2 and isinstance(batch[1], torch.Tensor)):
        raise TypeError(f"examine: batch must be (x, y), with y a tensor; got {type(batch).__name__}")
    x, y = batch
    model, optimizer, _ = copied(doctor.model, doctor.optimizers[0], {})
    with same_random_state(seed=0), torch.enable_grad(), type(doctor)(model, optimizer, show=False) as inner:
        for _ in range(steps):
            optimizer.zero_grad()
            outputs = model(**x) if isinstance(x, dict) else model(*x) if isinstance(x, (tuple, list)) else model(x)
            doctor.loss(outputs, y).backward()
            optimizer.step()
    return tuple(finding for finding in inner.findings if finding.ailment not in SAYS_NOTHING)
