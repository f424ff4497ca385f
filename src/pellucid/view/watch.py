"""One watch over all runs, shared by every open page: it looks for growth, and tells each page which runs have changed."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from pellucid.view.runs import Runs

__all__ = ["Watch"]

SECONDS = 0.5  # between two looks
IDLE_SECONDS = 10.0  # between two messages of a page where nothing changes
WAITING = 16  # messages that a slow page may leave; of more, the oldest is dropped: each says all that counts


class Watch:
    """Reads runs as they grow while a page is open. `close` ends every page's stream."""

    def __init__(self, runs: Runs) -> None:
        self.runs = runs
        self._pages: set[asyncio.Queue[str | None]] = set()
        self._told: dict[str, str] = {}
        self._task: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()
        self._closing = False

    async def refresh(self) -> bool:
        """Read what has come, in a thread; one at a time."""
        async with self._lock:
            return await asyncio.to_thread(self.runs.refresh)

    async def messages(self) -> AsyncIterator[str]:
        """Yield server-sent events for one page: first every run, then those that change."""
        page: asyncio.Queue[str | None] = asyncio.Queue(WAITING)
        self._pages.add(page)
        try:
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._look())
            yield _event({"runs": [run.summary() for run in self.runs], "whole": True})
            while not self._closing:
                try:
                    message = await asyncio.wait_for(page.get(), IDLE_SECONDS)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if message is None:
                    return
                yield message
        finally:
            self._pages.discard(page)

    def close(self) -> None:
        """End every page's stream; may be called from a signal's handler."""
        self._closing = True

    async def _look(self) -> None:
        while self._pages and not self._closing:
            more = await self.refresh()
            self._tell()
            await asyncio.sleep(0.02 if more else SECONDS)
        for page in self._pages:
            _put(page, None)

    def _tell(self) -> None:
        summaries = {run.name: run.summary() for run in self.runs}
        signs = {name: f"{one['version']} {one['state']}" for name, one in summaries.items()}
        changed = [one for name, one in summaries.items() if self._told.get(name) != signs[name]]
        whole = signs.keys() != self._told.keys()
        self._told = signs
        if changed or whole:
            message = _event({"runs": list(summaries.values()) if whole else changed, "whole": whole})
            for page in self._pages:
                _put(page, message)


def _put(page: "asyncio.Queue[str | None]", message: str | None) -> None:
    if page.full():
        page.get_nowait()
    page.put_nowait(message)


def _event(document: dict[str, Any]) -> str:
    return f"data: {json.dumps(document, allow_nan=False)}\n\n"
