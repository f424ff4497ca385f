"""The server: addresses of the page, its files, and what it asks for. Nothing that a request names is made into a path."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Mapping
from importlib.resources import files
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from pellucid.style.palette import css_variables
from pellucid.view import answers
from pellucid.view.guard import Guard, cookie_name
from pellucid.view.pictures import PictureError, filters_of, mistakes_of
from pellucid.view.runs import Runs, ShownRun
from pellucid.view.watch import Watch

__all__ = ["application"]

KINDS = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
WIDTHS = (50, 4000)  # columns of pixels that may be asked for
MOST_CHOSEN = 200  # runs of one request
MOST_NAMES = 16  # curves of one request


class BadRequest(Exception):
    """A request that makes no sense; the message is the answer."""


def application(runs: Runs, token: str, port: int) -> tuple[Guard, Watch]:
    """Return the server behind its guard, and the watch, which `close` ends."""
    watch, cache, static = Watch(runs), answers.CurveCache(), _static()
    page = _Page(watch, cache)

    async def start(request: Request) -> Response:
        if "token" not in request.query_params:
            return static["index.html"]()
        response = RedirectResponse("/", status_code=303)  # the token leaves the address line, and the history
        response.set_cookie(cookie_name(port), token, httponly=True, samesite="strict", path="/")
        return response

    async def file(request: Request) -> Response:
        make = static.get(request.path_params["name"])
        return PlainTextResponse("There is no such file.\n", 404) if make is None else make()

    routes = [
        Route("/", start),
        Route("/static/{name:path}", file),
        Route("/events", page.events),
        *(Route(f"/api/{name}", _answering(handler)) for name, handler in page.handlers().items()),
    ]
    return Guard(Starlette(routes=routes), token, cookie_name(port)), watch


class _Page:
    """What the page asks for."""

    def __init__(self, watch: Watch, cache: answers.CurveCache) -> None:
        self._watch, self._cache = watch, cache
        self._drawing = asyncio.Semaphore(1)  # one picture at a time: each loads data

    def handlers(self) -> Mapping[str, Callable[[Request], Any]]:
        """Return who answers which address below /api/."""
        names = ("runs", "curves", "settings", "flow", "findings", "evidence", "explain", "filters", "mistakes")
        return {name: getattr(self, name) for name in names}

    async def events(self, request: Request) -> Response:
        """Stream what changes."""
        stream: AsyncIterator[str] = self._watch.messages()
        return StreamingResponse(stream, media_type="text/event-stream")

    async def runs(self, request: Request) -> Any:
        """Return all runs."""
        await self._watch.refresh()
        return {"runs": [run.summary() for run in self._watch.runs]}

    async def curves(self, request: Request) -> Any:
        """Return a curve of some runs in a window."""
        query = request.query_params
        width = min(max(int(_number(query.get("width")) or 600), WIDTHS[0]), WIDTHS[1])
        start, stop = _number(query.get("from")), _number(query.get("to"))
        if start is not None and stop is not None and start >= stop:
            raise BadRequest("from must be below to")
        names = query.getlist("name")[:MOST_NAMES]
        return await asyncio.to_thread(self._cache.curves, self._chosen(request), names, start, stop, width)

    async def settings(self, request: Request) -> Any:
        """Return the settings that differ."""
        return answers.differing(self._chosen(request))

    async def flow(self, request: Request) -> Any:
        """Return layers and a vital over time."""
        return await asyncio.to_thread(answers.flow, self._run(request), request.query_params.get("vital", ""))

    async def findings(self, request: Request) -> Any:
        """Return what was found."""
        return answers.findings(self._run(request))

    async def evidence(self, request: Request) -> Any:
        """Return what a finding is about, as a curve."""
        found = answers.evidence(self._run(request), request.query_params.get("code", ""))
        return {"title": "", "x": []} if found is None else found

    async def explain(self, request: Request) -> Any:
        """Return the page of an ailment."""
        found = answers.about(request.query_params.get("code", "")[:16])
        if found is None:
            raise BadRequest("there is no such code")
        return found

    async def filters(self, request: Request) -> Any:
        """Return the first layer's filters, as PNG."""
        async with self._drawing:
            png, largest = await asyncio.to_thread(filters_of, self._run(request))
        return Response(png, media_type="image/png", headers={"x-largest": f"{largest:.3g}"})

    async def mistakes(self, request: Request) -> Any:
        """Return the images that are most wrong."""
        async with self._drawing:
            return await asyncio.to_thread(mistakes_of, self._run(request))

    def _run(self, request: Request) -> ShownRun:
        run = self._watch.runs.get(request.query_params.get("run", ""))
        if run is None:
            raise BadRequest("there is no such run")
        return run

    def _chosen(self, request: Request) -> list[ShownRun]:
        named = request.query_params.getlist("run")[:MOST_CHOSEN]
        return [run for name in named if (run := self._watch.runs.get(name)) is not None]


def _answering(handler: Callable[[Request], Any]) -> Callable[[Request], Any]:
    """Return an endpoint that answers with JSON; what cannot be answered is a line."""

    async def answer(request: Request) -> Response:
        try:
            found = await handler(request)
        except (BadRequest, PictureError) as error:
            return _json({"error": str(error)}, 404)
        return found if isinstance(found, Response) else _json(found, 200)

    return answer


def _json(document: Any, status: int) -> Response:
    return Response(msgspec.json.encode(document), status, media_type="application/json")


def _number(text: str | None) -> float | None:
    if text is None or text == "":
        return None
    try:
        value = float(text)
    except ValueError:
        raise BadRequest(f"{text[:40]!r} is no number") from None
    if not math.isfinite(value):
        raise BadRequest("a window must be finite")
    return value


def _static() -> dict[str, Callable[[], Response]]:
    """Return the page's own files by name, read once: no other file can be asked for."""
    found: dict[str, Callable[[], Response]] = {}
    folder = files("pellucid.view") / "static"
    for place, before in ((folder, ""), (folder / "uplot", "uplot/")):
        for path in place.iterdir():
            kind = KINDS.get(path.name[path.name.rfind(".") :])
            if kind is not None:
                found[before + path.name] = _file(path.read_bytes(), kind)
    found["palette.css"] = _file(css_variables().encode(), "text/css")
    return found


def _file(content: bytes, kind: str) -> Callable[[], Response]:
    return lambda: Response(content, media_type=kind)
