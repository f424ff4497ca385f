"""A profile: each step's time, and the least the machine could need by arithmetic or by memory bandwidth, both measured."""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from pellucid.kernels import native, native_build
from pellucid.nets.arguments import Inputs, as_inputs
from pellucid.plan.bound import Bound
from pellucid.plan.memory import readable
from pellucid.plan.steps import Loss
from pellucid.shapes import Array, check_whole

__all__ = ["MachineLimits", "Profile", "StepTime", "machine_limits", "profile"]


class MachineLimits(NamedTuple):
    """What the machine reaches when nothing else limits it."""

    flops: float  # a second, in a large matrix product
    bandwidth: float  # bytes a second, read and written, beyond the caches


class StepTime(NamedTuple):
    """One step's time."""

    name: str
    phase: str
    milliseconds: float  # median
    flops: float  # of the batch
    moved: float  # bytes of the batch
    copied: float  # bytes of the batch that are moved without computing with them
    limit: str  # "arithmetic" or "bandwidth", whichever takes longer
    share: float  # of that limit


class Profile(NamedTuple):
    """The times of all steps of a plan."""

    steps: tuple[StepTime, ...]
    limits: MachineLimits
    samples: int

    @property
    def milliseconds(self) -> float:
        """The sum of all steps."""
        return sum(step.milliseconds for step in self.steps)

    @property
    def copied(self) -> float:
        """Bytes that a pass moves without computing with them."""
        return sum(step.copied for step in self.steps)

    def __str__(self) -> str:
        width = max(len(step.name) for step in self.steps)
        lines = [f"{'step':<{width}}  {'ms':>9} {'share':>6} {'GFLOP/s':>9} {'GB/s':>7}  limit"]
        for step in self.steps:
            seconds = step.milliseconds / 1000
            part = step.milliseconds / self.milliseconds
            rates = f"{step.flops / seconds / 1e9:>9.1f} {step.moved / seconds / 1e9:>7.1f}"
            limit = f"{step.share:.0%} of {step.limit}"
            lines.append(f"{step.name:<{width}}  {step.milliseconds:>9.4f} {part:>6.1%} {rates}  {limit}")
        lines.append(
            f"{self.samples} samples in {self.milliseconds:.3f} ms; {readable(int(self.copied))} copied; the machine reaches "
            f"{self.limits.flops / 1e9:.0f} GFLOP/s and {self.limits.bandwidth / 1e9:.1f} GB/s"
        )
        return "\n".join(lines)


def profile(bound: Bound, x: Inputs | None, y: Array | None, repeats: int) -> Profile:
    """Time each step `repeats` times on a batch (random numbers unless given). Parameters and running statistics do not change.

    A Winograd convolution needs fewer multiplications than its FLOPs say, and caches may hold what is counted as moved, so a
    share may exceed 100 %.
    """
    check_whole("Plan.profile", "repeats", repeats)
    x, y = _batch(bound, x, y)
    n = len(as_inputs(x)[0])
    times = [_pass(bound, x, y) for _ in range(repeats + 1)][1:]  # the first pass touches memory for the first time
    limits = machine_limits(bound.design.options.threads)
    found = []
    for step, seconds in zip(bound.design.steps, np.median(times, axis=0).tolist(), strict=True):
        flops, moved = float(step.flops * n), float(step.moved * n)
        by_arithmetic, by_bandwidth = flops / limits.flops, moved / limits.bandwidth
        limit = "arithmetic" if by_arithmetic >= by_bandwidth else "bandwidth"
        share = max(by_arithmetic, by_bandwidth) / seconds
        copied = float(step.copied * n)
        found.append(StepTime(step.name, step.phase, seconds * 1000, flops, moved, copied, limit, share))
    return Profile(tuple(found), limits, n)


def _batch(bound: Bound, x: Inputs | None, y: Array | None) -> tuple[Inputs, Array]:
    """Return the batch; random numbers for what is not given."""
    rng, net = np.random.default_rng(0), bound.net
    if x is None:
        drawn = [rng.standard_normal((bound.batch_size, *shape)).astype(net.dtype) for shape in net.program.inputs]
        x = tuple(drawn) if len(drawn) > 1 else drawn[0]
    if y is None:
        y = rng.integers(0, net.output_shape[0], len(as_inputs(x)[0]))
    return x, y


def _pass(bound: Bound, x: Inputs, y: Array) -> list[float]:
    """Run every step once; return their times in seconds."""
    n = bound.fill(x)
    if bound.design.options.training:
        bound.loss.prepare(y, None, n)
    times = []
    for step, calls in bound.by_step:
        start = time.perf_counter()
        if isinstance(step, Loss):
            bound.loss(n)
        for call in calls:
            call(n)
        times.append(time.perf_counter() - start)
    return times


def machine_limits(threads: int, *, size: int = 960, megabytes: int = 64) -> MachineLimits:
    """Measure a square matrix product of `size` and the copy of an array of `megabytes`; the best of five."""
    a = np.ones((size, size), np.float32)
    out, bias = np.empty_like(a), np.zeros(size, np.float32)
    big = np.ones(megabytes * 250_000, np.float32)
    target = np.empty_like(big)
    if native_build().available:
        product = native().bound.affine_forward(None, a, a, bias, 1, False, out, threads)
        moving = native().bound.relu_forward(None, big, target, threads)
        jobs: list[Callable[[], Any]] = [lambda: product(size), lambda: moving(big.size)]
    else:
        jobs = [lambda: np.matmul(a, a, out=out), lambda: np.copyto(target, big)]
    best = []
    for job in jobs:
        spent = []
        for _ in range(5):
            start = time.perf_counter()
            job()
            spent.append(time.perf_counter() - start)
        best.append(min(spent))
    return MachineLimits(2 * size**3 / best[0], 2 * big.nbytes / best[1])
