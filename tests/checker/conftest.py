"""Checks share the processes from which workers are forked: a check of its own starts one or two, which takes longer than most."""

import contextlib

import pytest

from pellucid.checker.running import sandbox
from pellucid.checker.running.processes import Template, Templates

IDLE: list[Template] = []


class SharedTemplates(Templates):
    """Templates that others have left, and that others get afterwards; one that is not sound is ended as ever."""

    def __exit__(self, *exception):
        with self._lock:
            IDLE.extend(self._idle)
            self._idle.clear()

    def _taken(self):
        with contextlib.suppress(IndexError), self._lock:
            self._idle = self._idle or [IDLE.pop()]
        return super()._taken()


@pytest.fixture(scope="session")
def the_idle_end():
    """No template outlives the tests."""
    yield
    while IDLE:
        IDLE.pop().close()


@pytest.fixture(scope="module", autouse=True)
def shared_templates(request, the_idle_end):
    """Share templates, but where a module says OWN_TEMPLATES: its tests are of these processes themselves."""
    with pytest.MonkeyPatch.context() as patched:
        if not getattr(request.module, "OWN_TEMPLATES", False):
            patched.setattr(sandbox, "Templates", SharedTemplates)
        yield
