"""PyTorch's variants, and its training step.

Options of a side 'torch': memory nchw or nhwc (channels last); adam foreach or fused; threads; bind (OMP_PROC_BIND); compile:
'model' (network and loss by torch.compile) or 'all' (the optimiser's step too); allocator (see side.py); autocast (a type).
"""

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np

from bench.side import TEAMS, options_of, side_name


def step_variants(image: bool, *, allocators: tuple[str, ...] = ()) -> list[str]:
    """Return the eager variants of a training step."""
    memories = ("nchw", "nhwc") if image else ("nchw",)
    if allocators:  # their settings already bind threads
        teams: list[dict[str, object]] = [
            {"threads": threads, "allocator": name} for name in allocators for threads in ((2,) if image else (2, 1))
        ]
    else:
        teams = list(TEAMS)
    return [
        side_name("torch", memory=memory, adam=adam, **team)
        for team in teams
        for memory in memories
        for adam in ("foreach", "fused")
    ]


def set_threads(options: dict[str, str]) -> None:
    """Set PyTorch's number of threads."""
    import torch

    torch.set_num_threads(int(options["threads"]))


def training_step(module: Any, x: np.ndarray, y: np.ndarray, side: str, *, rate: float) -> Callable[[], float]:
    """Return a function that makes one training step and returns its loss."""
    import torch

    options = options_of(side)
    set_threads(options)
    inputs, labels = torch.from_numpy(x), torch.from_numpy(y)
    if options["memory"] == "nhwc" and inputs.dim() == 4:
        module = module.to(memory_format=torch.channels_last)
        inputs = inputs.contiguous(memory_format=torch.channels_last)
    adam = torch.optim.Adam(module.parameters(), lr=rate, **{options["adam"]: True})

    half = options.get("autocast")
    cast = torch.autocast("cpu", dtype=getattr(torch, half)) if half else contextlib.nullcontext()

    def loss_of(inputs: Any, labels: Any) -> Any:
        with cast:
            return torch.nn.functional.cross_entropy(module(inputs), labels)

    compiled = options.get("compile", "")
    loss_function = torch.compile(loss_of) if compiled else loss_of
    update = torch.compile(adam.step) if compiled == "all" else adam.step

    def step() -> float:
        adam.zero_grad(set_to_none=True)
        loss = loss_function(inputs, labels)
        loss.backward()
        update()
        return float(loss.detach())

    return step
