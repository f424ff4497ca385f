"""A plan's design: everything that is known of it before memory is allocated. `describe.py` and `drawing.py` read it."""

from dataclasses import dataclass

import numpy as np

from pellucid.memory import available_memory, readable
from pellucid.nets import Network
from pellucid.optim import REFERENCE_RULES, Optimizer
from pellucid.plan.arena import Arena
from pellucid.plan.backward import list_steps
from pellucid.plan.memory import Memory, PlanTooLargeError
from pellucid.plan.options import PlanOptions
from pellucid.plan.steps import Recompute, Step, StepList

__all__ = ["Design", "design_plan"]

RECOMPUTE_BELOW = 0.9  # of the arena without recomputation: it must save a tenth


@dataclass(frozen=True, eq=False)
class Design:
    """A network, what is to be done with it, the steps of one pass, and where their buffers lie."""

    net: Network
    options: PlanOptions
    step_list: StepList
    arena: Arena

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of one pass, in order."""
        return self.step_list.steps

    @property
    def memory(self) -> Memory:
        """What the plan needs."""
        parameters = self.net.params.flat.nbytes
        optimizer = self.options.optimizer
        return Memory(
            arena=self.arena.bytes,
            activations=sum(buffer.bytes for buffer in self.arena.buffers),
            parameters=parameters,
            gradients=parameters if self.options.training else 0,
            optimizer=0 if optimizer is None else _moments(optimizer) * parameters,
        )

    def check_memory(self) -> None:
        """Raise PlanTooLargeError where the machine has less than the plan needs; it names the batch size that would fit."""
        available, memory = available_memory(), self.memory
        needed = memory.arena + memory.gradients
        if available is None or needed <= available:
            return
        rows = self._rows_within(available - memory.gradients)
        cure = f"a batch of {rows} would fit" if rows else "not even a batch of 1 would fit"
        raise PlanTooLargeError(
            f"Plan: batch_size {self.options.batch_size} needs {readable(needed)}, "
            f"but only {readable(available)} are available; {cure}"
        )

    def _rows_within(self, available: int) -> int:
        """Return the largest batch whose arena fits, by bisection."""
        fits, too_large = 0, self.options.batch_size
        while too_large - fits > 1:
            middle = (fits + too_large) // 2
            if _steps_and_arena(self.net, self.options, middle)[1].bytes <= available:
                fits = middle
            else:
                too_large = middle
        return fits


def design_plan(net: Network, options: PlanOptions) -> Design:
    """Return the design of a plan."""
    return Design(net, options, *_steps_and_arena(net, options, options.batch_size))


def _steps_and_arena(net: Network, options: PlanOptions, samples: int) -> tuple[StepList, Arena]:
    """Return the steps for a batch and their arena: with recomputation where that saves enough."""
    lean = list_steps(net, options, samples, recompute=options.recompute)
    lean_arena = Arena(lean.buffers)
    if not any(isinstance(step, Recompute) for step in lean.steps):
        return lean, lean_arena
    plain = list_steps(net, options, samples, recompute=False)
    plain_arena = Arena(plain.buffers)
    return (lean, lean_arena) if lean_arena.bytes < RECOMPUTE_BELOW * plain_arena.bytes else (plain, plain_arena)


def _moments(optimizer: Optimizer) -> int:
    """Return how many arrays like the parameters an update rule keeps."""
    return len(optimizer.rule(REFERENCE_RULES).init(np.zeros(1, np.float32)))
