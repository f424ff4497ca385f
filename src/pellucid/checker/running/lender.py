"""The pack's layers, lent to a worker that runs a learner's code: called in a second worker, so that the first never holds them.

A network is judged on the pack's layers, and a backward may borrow a forward. What the learner's code gets of them is what they
return; their source, code and frames stay in the other process. The parent passes the messages on, each checked like any other.
"""

import contextlib
import time
from collections.abc import Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any

from pellucid.checker.running.conversation import Conversation, conversation
from pellucid.checker.running.job import BLOCKED, Lent, Limits
from pellucid.checker.running.messages import Messages
from pellucid.checker.running.processes import Templates
from pellucid.checker.running.worker import frames

__all__ = ["Lender", "settings"]

LOST = {"kind": "answer", "error": {"type": "RuntimeError", "message": "the layer needed too much memory or time"}}


class Lender:
    """A context that answers calls of lent functions. Its worker is forked for the first; what forks it starts at once."""

    def __init__(self, lent: Mapping[str, Lent], limits: Limits, templates: Templates) -> None:
        self.lent, self.templates = lent, templates
        self.limits = replace(limits, allow_weak_sandbox=True)  # the pack's own code
        self.deadline = time.monotonic() + limits.seconds  # it ends with the worker that it answers
        self._opened = contextlib.ExitStack()
        self._worker: tuple[Conversation, Messages] | None = None

    def __enter__(self) -> "Lender":
        self.template = self._opened.enter_context(self.templates.one())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    def answer(self, call: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the answer to a call, as the worker that made it expects it."""
        talk, messages = self._worker = self._worker or self._started()
        talk.send(call)
        try:
            while (message := messages.next()) is not None:
                if message["kind"] == "answer":
                    return message
        except (frames.FrameError, OSError):
            pass
        return LOST

    def _started(self) -> tuple[Conversation, Messages]:
        limits = replace(self.limits, seconds=max(0.1, self.deadline - time.monotonic()))
        talk = self._opened.enter_context(conversation(self.template, limits))
        files = {place: lent.text for place, lent in self.lent.items()}
        names = {place: list(lent.names) for place, lent in self.lent.items()}
        message = {**settings(limits), "lends": True, "files": files, "names_of": names}
        return talk, talk.start(message)


def settings(limits: Limits) -> dict[str, Any]:
    """Return what every job says: the limits of its worker, and what it may import and read."""
    return {
        "memory": limits.memory, "seconds": int(min(limits.seconds, 1e9)) + 5, "readable": [],
        "blocked": list(BLOCKED),
    }  # fmt: skip
