"""An application that is built after the start: by whoever asks for it first, or when the others serve (shell).

The REST API is two hundred routes with their models, a third of what a start costs, and no operator waits for it.
"""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import Callable

import structlog
from pydantic.warnings import UnsupportedFieldAttributeWarning
from starlette.types import ASGIApp, Receive, Scope, Send

# FastAPI silences it while it makes fields; in a thread its filter is lost to whoever else changes filters meanwhile.
warnings.filterwarnings("ignore", category=UnsupportedFieldAttributeWarning)
log = structlog.get_logger(__name__)


class Later:
    """One application; the first request waits until it is built, the pages do not.

    Args:
        build: makes it; works in a thread, once. What it raises is told to every request, and tried again.

    """

    def __init__(self, build: Callable[[], ASGIApp]) -> None:
        self._build = build
        self._app: ASGIApp | None = None
        self._building: asyncio.Task[ASGIApp] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request over."""
        await (self._app or await self.built())(scope, receive, send)

    async def built(self) -> ASGIApp:
        """Return the application; who goes away meanwhile does not stop the work."""
        if self._app is not None:
            return self._app
        if self._building is None:
            self._building = asyncio.create_task(asyncio.to_thread(self._build))
        building = self._building
        try:
            self._app = await asyncio.shield(building)
        finally:
            if building.done():
                self._building = None
        return self._app

    async def prepare(self) -> None:
        """Build it now, and leave what it is made of out of later collections of garbage."""
        try:
            await self.built()
        except Exception:  # noqa: BLE001 -- the pages serve without it; who asks for it is told
            await log.aexception("later.broken")
        else:
            gc.freeze()
