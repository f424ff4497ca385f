"""How much memory a plan needs."""

from dataclasses import dataclass

from pellucid.memory import readable
from pellucid.shapes import ShapeError

__all__ = ["Memory", "PlanTooLargeError"]


class PlanTooLargeError(ShapeError, MemoryError):
    """A plan needs more memory than is available. Nothing was allocated."""


@dataclass(frozen=True)
class Memory:
    """What a plan needs, in bytes, known before anything runs."""

    arena: int  # activations, their gradients, what kernels save, workspaces
    activations: int  # the sum of all buffers if none shared memory
    parameters: int
    gradients: int  # of parameters
    optimizer: int  # running means of the update rule

    @property
    def total(self) -> int:
        """All of these together."""
        return self.arena + self.parameters + self.gradients + self.optimizer

    def __str__(self) -> str:
        parts = f"arena {readable(self.arena)} (buffers of {readable(self.activations)} in all, shared over time)"
        return (
            f"{readable(self.total)}: {parts}, parameters {readable(self.parameters)}, "
            f"gradients {readable(self.gradients)}, optimiser {readable(self.optimizer)}"
        )
