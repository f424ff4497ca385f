"""Who may see the page: whoever has the token, on this machine, from this page's own origin.

The server listens on the loopback address only. Every program and every page in a browser of this machine can reach that, so a
request needs the token of the address, in the query or in the cookie that the first page sets. A page of somebody else whose
name points here (DNS rebinding) is refused by the Host header, one that merely links or posts here by the cookie's SameSite=Strict.
"""

import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

__all__ = ["Guard", "cookie_name"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK = {"127.0.0.1", "localhost", "[::1]", "::1"}
HEADERS = {
    "content-security-policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
LONGEST_HEADER = 4096


def cookie_name(port: int) -> str:
    """Return the cookie's name: cookies are shared by all ports of a machine."""
    return f"pellucid-view-{port}"


class Guard:
    """An application behind the checks; every answer gets the security headers."""

    def __init__(self, application: Application, token: str, cookie: str) -> None:
        self._application, self._token, self._cookie = application, token.encode(), cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it in a line."""
        if scope["type"] == "lifespan":
            await self._application(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        refused = self._refused(scope)
        if refused is not None:
            await _say(_with_headers(send), *refused)
        else:
            await self._application(scope, receive, _with_headers(send))

    def _refused(self, scope: Scope) -> tuple[int, str] | None:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if _host_of(headers.get("host", "")) not in LOOPBACK:
            return 421, "This page is served to 127.0.0.1 and localhost only."
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != headers.get("host"):
            return 403, "This page answers its own origin only."
        if scope["method"] not in ("GET", "HEAD"):
            return 405, "There is nothing to change here."
        if not self._is_known(scope, headers):
            return 403, "The token is missing or wrong: open the address that `pellucid view` printed."
        return None

    def _is_known(self, scope: Scope, headers: dict[str, str]) -> bool:
        given = parse_qs(scope.get("query_string", b"").decode("latin-1")[:LONGEST_HEADER]).get("token", [])
        try:
            cookies = SimpleCookie(headers.get("cookie", "")[:LONGEST_HEADER])
        except CookieError:
            cookies = SimpleCookie()
        if self._cookie in cookies:
            given.append(cookies[self._cookie].value)
        matches = [hmac.compare_digest(one.encode("utf-8", "replace"), self._token) for one in given]
        return any(matches)


def _host_of(header: str) -> str:
    """Return the name of a Host header, without its port."""
    if header.startswith("["):
        return header.partition("]")[0] + "]"
    return header.partition(":")[0].lower()


def _with_headers(send: Send) -> Send:
    async def sent(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            own = {name for name, _ in message.get("headers", ())}
            more = [(k.encode(), v.encode()) for k, v in HEADERS.items() if k.encode() not in own]
            message = dict(message) | {"headers": [*message.get("headers", ()), *more]}
        await send(message)

    return sent


async def _say(send: Send, status: int, text: str) -> None:
    body = f"{text}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
