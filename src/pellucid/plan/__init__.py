"""A training step as an explicit list: the network's lowered operations, fused, with every buffer's place in one block of memory.

What lives here: fusion, the schedule of steps, the arena, binding to kernels, and what can be asked of a plan before it runs (a
table, a drawing, memory) and of one that runs (a profile, a comparison). What does not: mathematics, data, the training loop.
Read `fusion.py`, `schedule.py`, `arena.py`, `binding.py`, then `plan.py`.
"""

from pellucid.plan.memory import Memory, PlanTooLargeError, available_memory
from pellucid.plan.plan import Plan
from pellucid.plan.steps import Step
from pellucid.plan.update import Update, bound_update

__all__ = ["Memory", "Plan", "PlanTooLargeError", "Step", "Update", "available_memory", "bound_update"]
