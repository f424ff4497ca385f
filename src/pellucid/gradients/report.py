"""The report of gradcheck."""

from dataclasses import dataclass

from pellucid.gradients.comparison import GradientReport

__all__ = ["GradcheckReport"]


@dataclass(frozen=True)
class GradcheckReport:
    """The results for all inputs; true in a condition if every gradient is correct."""

    gradients: tuple[GradientReport, ...]
    notes: tuple[str, ...]  # problems other than wrong values, such as a changed input; and `problem`
    tolerance: float
    h: float
    problem: str = ""  # why nothing could be compared at all, such as a forward that gives something else at each call
    exchanged: tuple[tuple[str, str], ...] = ()  # gradients returned in each other's place

    @property
    def ok(self) -> bool:
        """Whether every gradient is correct."""
        return not self.problem and all(gradient.ok for gradient in self.gradients)

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        head = "gradcheck passed" if self.ok else "gradcheck FAILED"
        lines = [f"{head} (central differences, h {self.h:g}, tolerance {self.tolerance:g})"]
        if self.problem:
            lines.append(f"  {self.problem}")
        lines += [
            f"  {one} and {other} are exchanged: each equals the numerical gradient of the other; return them in the order "
            "of the inputs"
            for one, other in self.exchanged
        ]
        notes = [f"  note: {note}" for note in self.notes if note != self.problem]
        return "\n".join(lines + [str(g) for g in self.gradients] + notes)
