"""A training step as an explicit list: the network's lowered operations, fused, and where each buffer lies in one block of memory.

What lives here: a plan's *design* (options, steps, arena, memory), known before anything runs, which table and drawing read; what
is *bound* (arrays, calls, the loss), which profile and comparison read; and `Plan`, the face of both. What does not: mathematics,
data, the training loop. Read `fusion.py`, `steps.py`, `forward.py`, `backward.py`, `arena.py`, `design.py`, `binding.py`,
`bound.py`, then `plan.py`.
"""

from pellucid.memory import available_memory
from pellucid.plan.in_use import InUseError
from pellucid.plan.memory import Memory, PlanTooLargeError
from pellucid.plan.plan import Plan
from pellucid.plan.steps import Step
from pellucid.plan.update import Update, bound_update

__all__ = ["InUseError", "Memory", "Plan", "PlanTooLargeError", "Step", "Update", "available_memory", "bound_update"]
