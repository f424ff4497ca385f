"""Training steps: named networks, the same network in PyTorch, with the same weights and batch.

The guard is the losses of the first steps. With dropout the masks differ between sides; then it is the mean loss of 64 steps,
which must agree within five standard errors. PyTorch in bfloat16 (autocast) is a group of its own, with a wide tolerance.
"""

import statistics
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from bench.case import Case
from bench.torch_sides import step_variants, training_step
from bench.worker import Timed
from pellucid.nets import Affine, BatchNorm, Conv, Dropout, Flatten, GlobalAvgPool, MaxPool, Network, ReLU, ReLU6
from pellucid.nets import build as named

RATE = 1e-4
STEPS_COMPARED, STEPS_AVERAGED = 4, 64
OURS = "native"
HALF, HALF_TOLERANCE = "autocast=bfloat16", 0.05  # bfloat16 has three digits


class Step(NamedTuple):
    """One training step: a network, its input shape and batch size, and the goal for PyTorch's time / ours."""

    name: str
    batch: int
    input_shape: tuple[int, ...]
    goal: float


STEPS = [
    Step("mlp 10-46-46-10", 128, (10,), 10),
    Step("mlp 3072-100x4-10", 100, (3, 32, 32), 3),
    Step("mlp 3072-100x4-10 bn", 100, (3, 32, 32), 3),
    Step("mlp 3072-100x4-10 bn dropout", 100, (3, 32, 32), 3),
    Step("three-layer-convnet", 50, (3, 32, 32), 2.5),
    Step("vgg6-bn", 64, (3, 32, 32), 2.5),
    Step("resnet9", 64, (3, 32, 32), 2.4),
    Step("convnet 20-36-100", 96, (3, 32, 32), 2.2),
    Step("depthwise block", 32, (64, 32, 32), 1.5),
    Step("mobilenet-small", 64, (3, 32, 32), 1.5),
]
IN_HALF = ("depthwise block", "mobilenet-small")  # also compared with PyTorch in bfloat16
BATCHES = (1, 4, 16, 64, 128, 512)
SWEPT, SCALED = ("mlp 3072-100x4-10", "vgg6-bn"), ("mlp 3072-100x4-10", "three-layer-convnet", "vgg6-bn", "resnet9")


def step_of(case: str) -> Step:
    """Return the step that a case names; 'vgg6-bn @ 8' is vgg6-bn with batches of 8."""
    name, _, batch = case.partition(" @ ")
    step = next(step for step in STEPS if step.name == name)
    return step._replace(batch=int(batch)) if batch else step


def cases(section: str, libraries: tuple[str, ...] = ()) -> list[Case]:
    """Return the cases of 'steps', 'tuned' (PyTorch with other allocators) or 'batches'."""
    if section == "batches":
        swept = [(f"{name} @ {batch}", step_of(name)) for name in SWEPT for batch in BATCHES]
        return [Case(section, name, {}, OURS, {"PyTorch": fused_variants(step)}) for name, step in swept]
    if section == "tuned":
        allocators = ("glibc", *libraries)
        tuned = [(step, step_variants(is_image(step), allocators=allocators)) for step in STEPS]
        return [Case(section, step.name, {}, OURS, {"PyTorch": found}, compiled=("model",)) for step, found in tuned]
    return [
        Case(
            section,
            step.name,
            {"PyTorch": step.goal},
            OURS,
            {"PyTorch": step_variants(is_image(step))} | half_variants(step),
            compiled=("model",) if is_image(step) else ("model", "all"),
            others=("reference",),
        )
        for step in STEPS
    ]


def fused_variants(step: Step) -> list[str]:
    """Return the eager variants with the fused optimiser."""
    return [variant for variant in step_variants(is_image(step)) if "adam=fused" in variant]


def half_variants(step: Step) -> dict[str, list[str]]:
    """Return the group of variants in bfloat16, for the steps that have one."""
    if step.name not in IN_HALF:
        return {}
    return {"PyTorch, bfloat16": [f"{variant} {HALF}" for variant in fused_variants(step)]}


def is_image(step: Step) -> bool:
    """Whether the network has convolutions, so that the memory format matters."""
    return not step.name.startswith("mlp")


def network(step: Step) -> Network:
    """Return the network of a step, with initial weights."""
    if step.name.startswith("convnet"):
        return Network(_convnet([int(size) for size in step.name.split()[1].split("-")]), step.input_shape)
    if step.name == "depthwise block":
        return Network(_depthwise_block(step.input_shape[0]), step.input_shape)
    if is_image(step):
        return named(step.name, step.input_shape, 10)
    sizes = [46, 46] if "46" in step.name else [100] * 4
    norm: list[Any] = [BatchNorm()] if " bn" in step.name else []
    drop: list[Any] = [Dropout(keep=0.5)] if "dropout" in step.name else []
    layers = [layer for size in sizes for layer in (Affine(size), *norm, ReLU(), *drop)]
    return Network([Flatten(), *layers, Affine(10)], step.input_shape)


def _convnet(filters: list[int]) -> list[Any]:
    """For each width, two 3x3 convolutions with batch norm and ReLU, and a max pool."""
    stages = [
        [Conv(f, 3, pad=1), BatchNorm(), ReLU(), Conv(f, 3, pad=1), BatchNorm(), ReLU(), MaxPool(2)] for f in filters
    ]
    return [*(layer for stage in stages for layer in stage), Flatten(), Affine(10)]


def _depthwise_block(channels: int) -> list[Any]:
    """1x1, 3x3 depthwise, 1x1 to twice the channels; batch norm behind each, and ReLU6 behind the first two."""
    return [
        *(Conv(channels, 1), BatchNorm(), ReLU6()),
        *(Conv(channels, 3, pad=1, groups=channels), BatchNorm(), ReLU6()),
        *(Conv(2 * channels, 1), BatchNorm(), GlobalAvgPool(), Affine(10)),
    ]


def batch_of(step: Step) -> tuple[np.ndarray, np.ndarray]:
    """Return inputs (N, ...) float32 and labels (N,)."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((step.batch, *step.input_shape)).astype(np.float32)
    return x, rng.integers(0, 10, step.batch)


def pellucid_step(step: Step, table: str) -> Callable[[], float]:
    """Return a function that makes one training step and returns its loss."""
    from pellucid.kernels import NATIVE
    from pellucid.layers import REFERENCE
    from pellucid.optim import Adam
    from pellucid.train import Trainer

    layers = NATIVE if table == "native" else REFERENCE
    trainer = Trainer(network(step), Adam(learning_rate=RATE), batch_size=step.batch, layers=layers)
    x, y = batch_of(step)
    if x.ndim == 4 and is_image(step):  # in the fastest memory format of each side
        x = np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    return lambda: trainer.step(x, y)


def torch_step(step: Step, side: str) -> Callable[[], float]:
    """Return a function that makes the same step with PyTorch, from the same weights and batch."""
    from bench.torch_network import from_program

    return training_step(from_program(network(step)), *batch_of(step), side, rate=RATE)


def flops(step: Step) -> float:
    """Return the multiplications and additions of a step, with direct convolutions."""
    from pellucid.plan import Plan

    plan = Plan.training(network(step), step.batch)
    return float(step.batch * sum(planned.flops for planned in plan.steps))


def build(case: str, side: str) -> Timed:
    """Return what a side's process runs."""
    step = step_of(case)
    run = torch_step(step, side) if side.startswith("torch") else pellucid_step(step, side.split(" ")[0])
    if "dropout" not in step.name:
        tolerance = HALF_TOLERANCE if HALF in side else 5e-4
        return Timed({"step": run}, [run() for _ in range(STEPS_COMPARED)], tolerance)
    losses = [run() for _ in range(STEPS_AVERAGED)]
    mean = statistics.fmean(losses)
    return Timed({"step": run}, [mean], 5 * statistics.stdev(losses) / STEPS_AVERAGED**0.5 / mean)
