"""The gate every request passes: host, origin, size, and the headers of every answer (shell: ASGI, decides nothing)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from workstation.errors import Forbidden, TooLarge, WebError
from workstation.headers import BODY_LIMIT, HEADER_LIMIT, SAFE_METHODS, Origins, body_limit, caching_of

NO_UPLOADS: Mapping[str, int] = {}
Refuse = Callable[[Request, Exception], Awaitable[Response]]


class Gate:
    """Pure ASGI middleware.

    Args:
        app: what lies behind the gate.
        origins: who we are.
        headers: for every answer.
        refuse: words a refusal.
        uploads: bytes of a body by path where the settings say how many; other routes take what `body_limit` says.

    """

    def __init__(
        self,
        app: ASGIApp,
        origins: Origins,
        headers: Mapping[str, str],
        refuse: Refuse,
        uploads: Mapping[str, int] = NO_UPLOADS,
    ) -> None:
        self._app = app
        self._uploads = uploads
        self._refuse = refuse
        self._origins = origins
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Judge one request; websockets are judged where they are accepted."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sealed = self._sealed(scope, send)
        if refusal := self._refusal(scope):
            answer = await self._refuse(Request(scope), refusal)
            await answer(scope, receive, sealed)
            return
        left = self._most(scope)

        async def limited() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise TooLarge
            return message

        await self._app(scope, limited, sealed)

    def _refusal(self, scope: Scope) -> WebError | None:
        headers = Headers(scope=scope)
        if sum(len(name) + len(value) for name, value in scope["headers"]) > HEADER_LIMIT:
            return TooLarge()
        if not self._origins.serves(headers.get("host", "")):
            return Forbidden("wrong-host")
        if not self._origins.lets(scope["method"], headers):
            return Forbidden("foreign-origin")
        if _holds_nul(scope):
            return WebError("bad-request")
        length = headers.get("content-length", "0")
        if scope["method"] not in SAFE_METHODS and length.isdecimal() and int(length[:12]) > self._most(scope):
            return TooLarge()
        return None

    def _most(self, scope: Scope) -> int:
        """Return how many bytes the body may have."""
        if scope["method"] != "POST":
            return BODY_LIMIT
        return self._uploads.get(scope["path"]) or body_limit(scope["path"])

    def _sealed(self, scope: Scope, send: Send) -> Send:
        caching = caching_of(scope["path"])

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", caching)
            await send(message)

        return sealed


def _holds_nul(scope: Scope) -> bool:
    """Whether an address holds a sign that no text of the base can hold; the API says so by the field's name itself."""
    named = "\x00" in scope["path"] or b"%00" in scope.get("query_string", b"")
    return named and not scope["path"].startswith("/api/v1/")
