"""One call at a time: a plan or trainer serves one thread.

A second thread that calls it meanwhile is refused, and so is a call from within another. A call asks `lock.locked()`, raises
InUseError, or else works `with lock`. Of two threads that ask at the same moment the later one waits for the other, so no result is
wrong; and since only `with` takes the lock, no interrupt leaves it locked.
"""

import threading

__all__ = ["InUseError", "PlanTurns"]


class InUseError(RuntimeError):
    """A plan or trainer was called while it is in use, by another thread or from within another call. Nothing was changed."""


class PlanTurns:
    """Whose turn it is to use a plan, and whose results are still there."""

    def __init__(self) -> None:
        self.lock = threading.Lock()  # held during a pass
        self.binding = threading.Lock()  # held while arrays and calls are made
        self.thread = 0  # that ran the last pass
        self.overtaken: set[int] = set()  # threads whose last pass was followed by another thread's

    def move_to(self, thread: int) -> None:
        """Note that another thread than before runs the last pass from now on."""
        self.overtaken.add(self.thread)
        self.overtaken.discard(thread)
        self.thread = thread

    def check_results(self, call: str) -> None:
        """Raise InUseError where another thread's pass has overwritten the results of this thread's last one."""
        if threading.get_ident() in self.overtaken:
            raise InUseError(
                f"Plan.{call}: another thread has run this plan since this thread did, and has overwritten the results; "
                "give each thread a plan of its own, copy.copy(plan)"
            )

    def refusal(self, call: str) -> InUseError:
        """Return the error of a call that came while another one works."""
        return InUseError(
            f"Plan.{call}: this plan is in use, by another thread or by the pass from within which it was called; "
            "give each thread a plan of its own, copy.copy(plan)"
        )
