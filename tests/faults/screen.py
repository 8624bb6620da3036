"""A person's screen without a browser: signs in, keeps a websocket, comes back by itself, and shows what it was told.

It takes messages in as the browser does (`hub.ts`, `state.ts`), with `routing.screen` in place of the TypeScript.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import re
from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, cast

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from routing.news import CallChanged, CallGone, News, NodeChanged, OperatorChanged, QueueChanged
from routing.screen import apply
from routing.views import DeskView, FloorView
from tests.support.house import House, SignIn
from tests.support.waiting import eventually
from workstation.messages import (
    TO_BROWSER,
    CallGoneMessage,
    CallMessage,
    DeskSnapshotMessage,
    FloorSnapshotMessage,
    NodeMessage,
    Numbered,
    OperatorMessage,
    QueueMessage,
    ScreenPop,
    StaleMessage,
    ToBrowser,
    WishMessage,
)

View = TypeVar("View", DeskView, FloorView)
PAUSE = 0.25
"""Seconds before the line is dialled anew: the browser's first pause."""


class Screen(Generic[View]):
    """What one person sees.

    Args:
        house: whose web to use.
        person: who signs in.
        path: of the websocket: `/ws` for a desk, `/ws/floor` for a supervisor.

    """

    def __init__(self, house: House, person: SignIn, path: str) -> None:
        self.house = house
        self.person = person
        self.path = path
        self.epoch, self.number = "", 0
        self.stale = False
        self.lines = 0
        """How often the websocket was opened."""
        self.pops: list[str] = []
        """Ids of the calls that came with their card."""
        self.old = 0
        """Messages whose number was not above the last one's: each would be a defect."""
        self._view: View | None = None
        self._socket: ClientConnection | None = None
        self._answers: dict[str, asyncio.Future[WishMessage]] = {}
        self._wishes = itertools.count(1)
        self._client = httpx.AsyncClient(base_url=house.url, headers={"origin": house.url})
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        form = await self._client.get("/sign-in")
        csrf = re.search(r'name="csrf" value="([^"]+)"', form.text)
        assert csrf, form.text
        fields = {"login": self.person.login, "password": self.person.password, "csrf": csrf[1]}
        answer = await self._client.post("/sign-in", data=fields)
        assert answer.status_code == 303, answer.text
        self._task = asyncio.create_task(self._live())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._client.aclose()

    # --- looking ------------------------------------------------------------------------------------------------

    @property
    def view(self) -> View:
        """What is shown."""
        assert self._view is not None, "nothing was shown yet"
        return self._view

    @property
    def connected(self) -> bool:
        """Whether the line is open."""
        return self._socket is not None

    def shows(self, condition: Callable[[View], object]) -> bool:
        """Tell whether the screen is connected, not old, and fulfils the condition."""
        return self.connected and not self.stale and self._view is not None and bool(condition(self._view))

    def __str__(self) -> str:
        state = "connected" if self.connected else "not connected"
        return f"{self.person.login}: {state}{', old' * self.stale} {self.epoch}-{self.number} {self._view!r}"

    async def sees(self, condition: Callable[[View], object], what: str = "", seconds: float = 15) -> View:
        """Wait until the screen fulfils the condition."""
        try:
            await eventually(lambda: self.shows(condition), seconds, what)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self}") from None
        return self.view

    # --- asking -------------------------------------------------------------------------------------------------

    async def ask(self, wish: str, **fields: object) -> WishMessage:
        """Ask something of the floor; return its answer."""
        assert self._socket is not None, "not connected"
        wish_id = f"w{next(self._wishes)}"
        answer = self._answers[wish_id] = asyncio.get_running_loop().create_future()
        await self._socket.send(json.dumps({"type": "ask", "wish_id": wish_id, "wish": wish, **fields}))
        return await asyncio.wait_for(answer, 6)

    async def close(self, call_id: str) -> None:
        """Write a contact up and close it, as the button does."""
        page = (await self._client.get("/desk")).text
        csrf, code = re.search(r'name="csrf" content="([^"]+)"', page), re.search(r'data-code="([^"]+)"', page)
        assert csrf, page
        assert code, page
        fields = {"disposition": code[1], "note": "Tried.", "account_id": ""}
        answer = await self._client.post(f"/api/calls/{call_id}/close", data=fields, headers={"x-csrf-token": csrf[1]})
        assert answer.json() == {"done": True}, answer.text

    # --- the line -----------------------------------------------------------------------------------------------

    async def _live(self) -> None:
        while True:
            # TimeoutError: the opening handshake of a web that hangs.
            with contextlib.suppress(OSError, WebSocketException, TimeoutError):
                await self._session()
            await asyncio.sleep(PAUSE)

    async def _session(self) -> None:
        cookies = "; ".join(f"{name}={value}" for name, value in self._client.cookies.items())
        url = f"ws{self.house.url.removeprefix('http')}{self.path}"
        origin = cast("Any", self.house.url)
        async with connect(url, origin=origin, additional_headers={"Cookie": cookies}, open_timeout=3) as socket:
            await socket.send(json.dumps({"type": "resume", "epoch": self.epoch, "after": self.number}))
            self._socket = socket
            self.lines += 1
            try:
                async for frame in socket:
                    self._take(TO_BROWSER.validate_json(frame))
            finally:
                self._socket = None

    def _take(self, message: ToBrowser) -> None:
        match message:
            case StaleMessage(stale=stale):
                self.stale = stale
            case DeskSnapshotMessage(desk=view, stale=stale):
                self.stale = stale
                self._begin(message, cast("View", view))
            case FloorSnapshotMessage(floor=view):
                self._begin(message, cast("View", view))
            case WishMessage(wish_id=wish_id):
                answer = self._answers.pop(wish_id, None)
                if answer is not None and not answer.done():
                    answer.set_result(message)
            case Numbered():
                self._apply(message)
            case _:
                pass

    def _begin(self, message: Numbered, view: View) -> None:
        self.epoch, self.number = message.epoch, message.number
        self._view = view

    def _apply(self, message: ToBrowser) -> None:
        assert isinstance(message, Numbered)
        assert message.epoch == self.epoch, "news of an epoch whose snapshot did not come"
        if message.number <= self.number:
            self.old += 1
            return
        self.number = message.number
        news = _news(message)
        if isinstance(message, ScreenPop):
            self.pops.append(message.call.call_id)
        if news is not None and self._view is not None:
            self._view = apply(self._view, news)


def _news(message: Numbered) -> News | None:
    match message:
        case OperatorMessage(operator=operator):
            return OperatorChanged(operator=operator)
        case ScreenPop(call=call) | CallMessage(call=call):
            return CallChanged(call=call)
        case CallGoneMessage(call_id=call_id, reason=reason):
            return CallGone(call_id=call_id, reason=reason)
        case QueueMessage(queue=queue):
            return QueueChanged(queue=queue)
        case NodeMessage(node=node, up=up):
            return NodeChanged(node=node, up=up)
        case _:
            return None
