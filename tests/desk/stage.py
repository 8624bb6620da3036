"""A small server for the page alone: real templates and bundle, a scripted hub, a registrar that can ring.

`python -m tests.desk.stage [port]` serves it for looking at: `/desk?scene=ringing&language=ru`.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import itertools
import re
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import uvicorn
from msgspec.json import encode
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from crm_core.advice import Counsel, advise
from crm_core.lookup import Found, Hit
from crm_core.settings import Settings
from crm_core.store.guides import Guide
from crm_core.work import fields, guides
from crm_core.work.guides_shipped import shipped
from routing.views import CallPhase, OperatorState
from tests.desk import beside_stage, samples, whole
from workstation import design, keymap
from workstation.advice_words import REASONS
from workstation.faults import shown_fields
from workstation.headers import security_headers
from workstation.messages import (
    Beat,
    DeskSnapshotMessage,
    FloorSnapshotMessage,
    PhoneMessage,
    ScreenPop,
    ToBrowser,
)
from workstation.panels.keys import shown_actions
from workstation.templates import Templates
from workstation.words import load_languages

ROOT = Path(__file__).resolve().parent.parent.parent
EPOCH = "e1"
USER = SimpleNamespace(
    user_id=7, home="/desk", login="krylova", name="Ольга Крылова", extension="101", role="operator", language="ru"
)
FIRST = importlib.import_module("crm_core.migrations.versions.0001_first_tables")
DISPOSITIONS = [
    {"code": code, "title": title, "flags": "H", "category": category}
    for category, rows, shipped in (
        ("service", samples.DISPOSITIONS, FIRST.SERVICE),
        ("collections", samples.COLLECTIONS, FIRST.COLLECTIONS),
    )
    for code, title in (*rows, *(row[:2] for row in shipped if row[0] not in dict(rows)))
]
"""What operators choose from: those of the samples first, then the others that are shipped."""
SHIPPED = importlib.import_module("crm_core.migrations.versions.0005_work")
FIELDS = {code: fields.read(needs)[0] for code, needs in SHIPPED.NEEDS.items()}
"""What each result of DOMAIN D4 needs, as it is shipped."""
NEEDS = {code: shown_fields(needs, "en") for code, needs in FIELDS.items()}
FILES = {"OUTAGE": "outage", "REQUEST_OPENED": ""}
KINDS: list[dict[str, Any]] = [
    {"code": "outage", "title": "No power", "words": ["No power", "Нет электричества", "outage"]},
    {
        "code": "reconnection",
        "title": "Reconnection",
        "words": ["Reconnection", "Возобновление подачи", "reconnection"],
    },
]
KIND_FIELDS = shown_fields(
    fields.read([
        {"code": "since", "kind": "moment", "titles": {"en": "Since when"}, "required": True},
        {"code": "what", "kind": "text", "titles": {"en": "What happened"}, "required": True, "longest": 1000},
        {"code": "all", "kind": "flag", "titles": {"en": "The whole house"}},
    ])[0],
    "en",
)  # fmt: skip
PANELS: dict[str, dict[str, Any]] = {
    "promise": {
        "waiting": None, "currency": "RUB", "most": Decimal("6204.10"), "today": samples.TODAY,
        "last_day": samples.TODAY + timedelta(30),
    },
    "plan": {"currency": "RUB", "most": Decimal("6204.10"), "most_parts": 12, "first_days": 31},
    "application": {
        "kind": None, "prefix": "f_", "title": "", "kinds": [(one["code"], one["title"]) for one in KINDS],
        "fields": [], "notes": "", "documents": [], "pending": [],
    },
    "contact": {
        "chosen": SimpleNamespace(contact_id=1, version=4), "people": [(1, "Смирнова Анна Викторовна")],
        "channels": [("phone", "Call"), ("sms", "SMS"), ("email", "E-mail")],
    },
    "consent": {
        "people": [(1, "Смирнова Анна Викторовна")], "kinds": [("marketing", "Advertising"), ("sms", "SMS")],
        "hows": [("phone", "By telephone")],
        "consents": {"sms": SimpleNamespace(given=True, at=datetime(2026, 3, 1, tzinfo=UTC))},
    },
    "document": {"people": [(1, "Смирнова Анна · an***@example.org")], "templates": [(1, "Statement (en)")]},
    "notice": {
        "people": [(1, "Смирнова Анна · +7 912 345-67-89")], "channel": "sms", "most": 480,
        "texts": [(1, "Your balance")],
    },
    "task": {"kinds": (), "people": [(7, "Ольга Крылова")], "teams": [("field", "Field service")]},
}  # fmt: skip
"""What each form of the desk is shown with."""
SCRIPT = next(
    Guide(
        guide_id=1, kind=guides.GuideKind.SCRIPT, code=one.code, language=one.language, title=one.title,
        topics=one.topics, version=3, retired=False, body=one.body,
    )
    for one in shipped()
    if (one.kind, one.code, one.language) == ("script", "no_supply", "en")
)  # fmt: skip
NOTE_TEXTS = [
    {"title": "Balance told", "body": "Told the balance of account 100200305."},
    {"title": "Call back promised", "body": "Promised to call back at … about the bill."},
]
TITLES = {one["code"]: one["title"] for one in DISPOSITIONS} | dict(samples.SYSTEM)


class Registrar:
    """The least of a SIP server that a softphone needs: it registers, it is rung, it hangs up."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.registers = True
        self._socket: WebSocket | None = None
        self._changed = asyncio.Condition()

    async def serve(self, socket: WebSocket) -> None:
        """Answer what the telephone asks."""
        await socket.accept(subprotocol="sip")
        self._socket = socket
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                text = await socket.receive_text()
                async with self._changed:
                    self.heard.append(text)
                    self._changed.notify_all()
                await self._answer(socket, text)

    async def ring(self, call_id: str, *, auto: bool = False) -> None:
        """Send an INVITE with an offer that a browser can answer."""
        assert self._socket is not None
        extra = "X-Busbar-Answer: auto\r\n" if auto else ""
        body = OFFER.replace("\n", "\r\n")
        invite = (
            "INVITE sip:op101@browser.invalid;transport=ws SIP/2.0\r\n"
            f"Via: SIP/2.0/WS pbx.invalid;branch=z9hG4bK{call_id}\r\n"
            f"From: <sip:+79123456789@pbx.invalid>;tag=a{call_id}\r\nTo: <sip:op101@pbx.invalid>\r\n"
            f"Call-ID: {call_id}\r\n"
            "CSeq: 1 INVITE\r\nContact: <sip:pbx@pbx.invalid;transport=ws>\r\nMax-Forwards: 70\r\n"
            f"X-Busbar-Call: {call_id}\r\n{extra}"
            f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        )
        await self._socket.send_text(invite)

    async def wait_for(self, pattern: str, seconds: float = 5.0) -> str:
        """Return the first message that matches, now or within `seconds`."""
        found = re.compile(pattern, re.DOTALL)

        def hit() -> str | None:
            return next((text for text in self.heard if found.search(text)), None)

        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(lambda: hit() is not None)
        return hit() or ""

    async def _answer(self, socket: WebSocket, text: str) -> None:
        line = text.split("\r\n", 1)[0]
        if line.startswith("REGISTER") and self.registers:
            await socket.send_text(_reply(text, f"Contact: {_header(text, 'Contact')}\r\nExpires: 120\r\n"))
        elif line.startswith("BYE"):
            await socket.send_text(_reply(text))
        elif line.startswith("SIP/2.0 200") and "INVITE" in _header(text, "CSeq"):
            target = re.sub(r"[<>]", "", _header(text, "Contact")).split(";")[0]
            await socket.send_text(
                f"ACK {target};transport=ws SIP/2.0\r\n"
                f"Via: SIP/2.0/WS pbx.invalid;branch=z9hG4bKack{_header(text, 'Call-ID')}\r\n"
                f"From: {_header(text, 'From')}\r\nTo: {_header(text, 'To')}\r\nCall-ID: {_header(text, 'Call-ID')}\r\n"
                f"CSeq: 1 ACK\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
            )


OFFER = """v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
t=0 0
m=audio 19999 UDP/TLS/RTP/SAVPF 0 101
c=IN IP4 127.0.0.1
a=rtcp-mux
a=ice-ufrag:abcdefgh
a=ice-pwd:abcdefghijklmnopqrstuvwx
a=fingerprint:sha-256 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB:4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF
a=setup:actpass
a=mid:0
a=sendrecv
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=candidate:1 1 udp 2130706431 127.0.0.1 19999 typ host
a=end-of-candidates
"""


def _header(text: str, name: str) -> str:
    found = re.search(rf"^{name}: (.*?)\r$", text, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else ""


def _reply(request: str, extra: str = "") -> str:
    to = _header(request, "To")
    copied = "".join(f"{name}: {_header(request, name)}\r\n" for name in ("Via", "From", "Call-ID", "CSeq"))
    return f"SIP/2.0 200 OK\r\n{copied}To: {to}{'' if 'tag=' in to else ';tag=pbx'}\r\n{extra}Content-Length: 0\r\n\r\n"


class Stage:
    """Serves pages whose hub is played by the test."""

    def __init__(
        self, bundle: Path, language: str = "en", scenes: Callable[[str], list[ToBrowser]] | None = None
    ) -> None:
        self._first_language = language
        self.port = 0
        self.reset()
        self._scenes = scenes or self.first_messages
        settings = Settings.model_construct(
            run_dir=bundle.parent,
            utility="Sample Energy",
            time_zone="Europe/Moscow",
            currency="RUB",
            country="RU",
            sip_ws_url="ws://127.0.0.1:1/ws",
        )
        self._settings = settings
        self.templates = Templates(settings, load_languages(with_pseudo=True))
        self._bundle = bundle
        self._server: uvicorn.Server | None = None

    def reset(self) -> None:
        """Forget what an earlier test played: a new registrar, empty queues, the first number."""
        self.language = self._first_language
        self.scene = "idle"
        self.registrar = Registrar()
        self.asked: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.posted: asyncio.Queue[tuple[str, dict[str, str]]] = asyncio.Queue()
        self._resumes: list[dict[str, Any]] = []
        self._resumed = asyncio.Condition()
        self.beating = True
        self.refusing: dict[str, str] = {}
        self.faults: list[dict[str, str]] = []
        self.numbers = itertools.count(2)
        self.sockets: set[WebSocket] = set()

    # --- what a test plays -----------------------------------------------------------------------

    async def tell(self, message: ToBrowser) -> None:
        """Send a message to every open page."""
        for socket in list(self.sockets):
            with contextlib.suppress(Exception):
                await socket.send_text(message.model_dump_json())

    async def resumed(self, times: int, seconds: float = 5.0) -> dict[str, Any]:
        """Return the `times`-th resume that pages sent, now or within `seconds`."""
        async with asyncio.timeout(seconds), self._resumed:
            await self._resumed.wait_for(lambda: len(self._resumes) >= times)
        return self._resumes[times - 1]

    def number(self) -> dict[str, Any]:
        """Return the next place in the floor's sequence."""
        return {"epoch": EPOCH, "number": next(self.numbers)}

    async def pop(self, call: Any, card: str) -> None:
        """Let a call come to the desk with its card."""
        await self.tell(ScreenPop(call=call, card=card, **self.number()))

    async def drop(self, code: int = 1012) -> None:
        """Cut every line, as a restart of the server does."""
        for socket in list(self.sockets):
            with contextlib.suppress(Exception):
                await socket.close(code)

    def card(self, **changes: Any) -> str:
        """Render the sample card."""
        card = samples.card(**changes)
        worth = advise(card, Counsel(offers=(samples.OFFER,)), samples.TODAY)
        return self.fragment(
            "card.html", card=card, call=samples.call(), today=samples.TODAY, recognised_by="account", worth=worth
        )

    def organisation(self) -> str:
        """Render a works whose accountant is calling."""
        return self.fragment(
            "card.html",
            card=samples.works(**whole.parts()),
            call=samples.call(),
            today=samples.TODAY,
            recognised_by="number",
        )

    def empty(self) -> str:
        """Render an account of which little is known yet."""
        return self.fragment(
            "card.html", card=samples.newcomer(), call=samples.call(), today=samples.TODAY, recognised_by="account"
        )

    def chooser(self) -> str:
        """Render three candidates."""
        return self.fragment(
            "chooser.html", call=samples.call(account_id=None), candidates=[samples.candidate(i) for i in range(3)]
        )

    def unknown(self) -> str:
        """Render a caller nobody knows."""
        return self.fragment("unknown.html", call=samples.call(account_id=None), recognised_by="")

    def fragment(self, name: str, **values: Any) -> str:
        """Render a fragment in the stage's language."""
        return self.templates.render(name, self.language, csrf="token", **values)

    def first_messages(self, scene: str) -> list[ToBrowser]:
        """Return what a page hears first in a scene."""
        state, phase, card = {
            "ringing": (OperatorState.RESERVED, CallPhase.RINGING, self.card),
            "talking": (OperatorState.TALKING, CallPhase.TALKING, self.card),
            "held": (OperatorState.TALKING, CallPhase.HELD, self.card),
            "wrap_up": (OperatorState.WRAP_UP, CallPhase.WRAP_UP, self.card),
            "organisation": (OperatorState.TALKING, CallPhase.TALKING, self.organisation),
            "newcomer": (OperatorState.TALKING, CallPhase.TALKING, self.empty),
            "chooser": (OperatorState.TALKING, CallPhase.TALKING, self.chooser),
            "unknown": (OperatorState.TALKING, CallPhase.TALKING, self.unknown),
            "not_ready": (OperatorState.NOT_READY, None, None),
            "lost": (OperatorState.NOT_READY, None, None),
        }.get(scene, (OperatorState.READY, None, None))
        known = (
            {}
            if scene not in {"chooser", "unknown"}
            else {"account_id": None, "path": ("language=ru", "recognise", "operator"), "topic": ""}
        )
        call = samples.call(phase, **known) if phase else None
        reason = {"not_ready": "lunch", "lost": "phone-failed"}.get(scene, "")
        view = samples.desk(state, call, reason=reason)
        return [
            DeskSnapshotMessage(
                epoch=EPOCH, number=1, desk=view, card=card() if card else "", server_time=datetime.now(UTC)
            ),
            PhoneMessage(holder=True),
        ]

    # --- the server ------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def running(self, port: int = 0) -> AsyncIterator[Stage]:
        """Serve until the block ends."""
        app = Starlette(routes=self._routes())
        app.add_middleware(_Headers, stage=self)
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                host="127.0.0.1",
                port=port,
                log_level="warning",
                lifespan="off",
                ws="websockets-sansio",
                timeout_graceful_shutdown=1,
            )
        )
        self._server = server
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 -- uvicorn tells it in no other way
            await asyncio.sleep(0.01)
        self.port = server.servers[0].sockets[0].getsockname()[1]
        beating = asyncio.create_task(self._beat())
        try:
            yield self
        finally:
            beating.cancel()
            server.should_exit = True
            await serving

    @property
    def address(self) -> str:
        """Where the pages are."""
        return f"http://127.0.0.1:{self.port}"

    def policy(self) -> dict[str, str]:
        """Return the real pages' headers."""
        settings = self._settings.model_copy(update={"sip_ws_url": f"ws://127.0.0.1:{self.port}/sip"})
        return security_headers(settings, secure=False)

    async def _beat(self) -> None:
        while True:
            if self.beating:
                await self.tell(Beat(server_time=datetime.now(UTC)))
            await asyncio.sleep(0.5)

    def _routes(self) -> list[Any]:
        return [
            Route("/desk", self._desk),
            Route("/floor", self._floor),
            Route("/design", self._design),
            Route("/sign-in", self._sign_in),
            Route("/api/phone", self._phone),
            Route("/api/search", self._search),
            Route("/api/card/{account_id:int}", self._card),
            Route("/api/timeline/{account_id:int}", self._timeline),
            Route("/api/readings", self._readings, methods=["POST"]),
            Route("/api/panels/{account_id:int}/{panel}", self._panel),
            Route("/api/panels/{account_id:int}/{panel}", self._sent, methods=["POST"]),
            Route("/api/notes/{account_id:int}", self._notes),
            Route("/api/guides", self._guides),
            Route("/api/guides/{guide_id:int}", self._guide),
            Route("/api/guides/{guide_id:int}/{what}", self._walk, methods=["POST"]),
            Route("/api/keys", self._keys, methods=["POST"]),
            *beside_stage.routes(self),
            Route("/api/calls/{call_id}/close", self._close, methods=["POST"]),
            WebSocketRoute("/ws", self._hub),
            WebSocketRoute("/ws/floor", self._floor_hub),
            WebSocketRoute("/sip", self._sip),
            Mount("/static", StaticFiles(directory=self._bundle)),
        ]

    def _page(self, name: str, request: Request, **values: Any) -> Response:
        self.scene = request.query_params.get("scene", self.scene)
        self.language = request.query_params.get("language", self.language)
        words = self.templates.translation(self.language)
        config = {
            "currency": "RUB",
            "time_zone": "Europe/Moscow",
            "service_level_seconds": 20,
            "titles": {code: words(title) for code, title in TITLES.items()},
            "needs": NEEDS,
            "files": FILES,
            "user": {"id": USER.user_id},
            "helps": False,
            "runs_campaigns": True,
            "kinds": KINDS,
            "guides": [{"guide_id": 1, "kind": "script", "title": SCRIPT.title, "topics": ["outage"]}],
            "actions": shown_actions({}, words),
            "keys": keymap.merged({}),
        }
        return HTMLResponse(
            self.templates.render(name, self.language, csrf="token", user=USER, config=config, **values)
        )

    async def _desk(self, request: Request) -> Response:
        language = request.query_params.get("language", self.language)
        actions = shown_actions({}, self.templates.translation(language))
        return self._page("desk.html", request, dispositions=DISPOSITIONS, actions=actions, reasons=REASONS)

    async def _floor(self, request: Request) -> Response:
        return self._page("floor.html", request)

    async def _design(self, request: Request) -> Response:
        names = ("colours", "pairs", "spaces", "icons")
        return self._page("design.html", request, **{name: getattr(design, name.upper()) for name in names})

    async def _sign_in(self, request: Request) -> Response:
        return self._page("sign_in.html", request, error="", login="")

    async def _phone(self, _request: Request) -> Response:
        return JSONResponse(
            {
                "uri": "sip:op101@pbx.invalid",
                "password": "x",
                "ws_urls": [f"ws://127.0.0.1:{self.port}/sip"],
                "extension": "101",
            }
        )

    async def _search(self, request: Request) -> Response:
        query = request.query_params.get("q", "")
        there = [] if query.startswith("zzz") else [samples.candidate(i, why="name") for i in range(3)]
        found = Found(hits=tuple(Hit(candidate=one) for one in there))
        return HTMLResponse(self.fragment("search_results.html", query=query, found=found))

    async def _card(self, request: Request) -> Response:
        return HTMLResponse(self.card(account_id=request.path_params["account_id"]))

    async def _panel(self, request: Request) -> Response:
        panel, asked = request.path_params["panel"], request.query_params
        values = PANELS[panel]
        kind = (
            next((one for one in KINDS if one["code"] == asked.get("kind")), None) if panel == "application" else None
        )
        known = {"pro_amount": asked.get("amount") or "4310.55", "pro_due": asked.get("due", "")}
        known |= {"plan_amount": asked.get("amount") or "4310.55", "plan_parts": asked.get("parts") or "3"}
        known |= {"phone": "+79123456789", "email": "", "name": "Смирнова Анна Викторовна"}
        known |= {"plan_first": "2026-12-02", "title": asked.get("text", ""), "f_what": asked.get("text", "")}
        if panel == "application" and kind:
            values = {**values, "kind": SimpleNamespace(**kind), "title": kind["title"], "fields": KIND_FIELDS}
        html = self.fragment(
            f"panels/{panel}.html", account_id=request.path_params["account_id"], known=known, user=USER, **values
        )
        return HTMLResponse(html)

    async def _sent(self, request: Request) -> Response:
        sent = await _form(request)
        self.posted.put_nowait((request.path_params["panel"], sent))
        if self.faults:
            return JSONResponse(self.faults.pop(0), status_code=422)
        return JSONResponse({"done": True, "said": "It is recorded."})

    async def _notes(self, _request: Request) -> Response:
        return JSONResponse(NOTE_TEXTS)

    async def _guides(self, request: Request) -> Response:
        query = request.query_params.get("q", "").lower()
        hits = [{"guide_id": 1, "kind": "script", "title": SCRIPT.title, "suggested": True}]
        return JSONResponse([one for one in hits if not query or query in SCRIPT.title.lower()])

    async def _guide(self, _request: Request) -> Response:
        return HTMLResponse(self.fragment("panels/guide.html", guide=SCRIPT, steps=guides.script(SCRIPT.body)[0].steps))

    async def _walk(self, request: Request) -> Response:
        self.posted.put_nowait((request.path_params["what"], await _form(request)))
        return JSONResponse({"done": True, "said": "Thank you."})

    async def _keys(self, request: Request) -> Response:
        sent = await _form(request)
        self.posted.put_nowait(("keys", sent))
        keys = keymap.merged({sent["action"]: sent["key"]} if "action" in sent else {})
        return JSONResponse({"keys": keys, "shown": {code: keymap.shown(key) for code, key in keys.items()}})

    async def _timeline(self, request: Request) -> Response:
        before = int(request.query_params["before"])
        rows = [row for row in samples.interactions(50) if row.interaction_id < before][:10]
        return Response(encode(rows), media_type="application/json")

    async def _readings(self, request: Request) -> Response:
        sent = await _form(request)
        self.posted.put_nowait(("readings", sent))
        doubt = sent.get("r_11") == "99999" and "confirm" not in sent
        said = SimpleNamespace(fine=False, confirmable=True, rule="too-high", sentence="Far more than usual.")
        verdicts = {11: said} if doubt else {}
        html = self.fragment(
            "readings_form.html",
            card=samples.card(),
            verdicts=verdicts,
            values={11: sent.get("r_11", ""), 12: sent.get("r_12", "")} if doubt else {},
            saved=not doubt,
        )
        return HTMLResponse(html, status_code=200)

    async def _close(self, request: Request) -> Response:
        self.posted.put_nowait(("close", await _form(request) | {"token": request.headers.get("x-csrf-token", "")}))
        if self.refusing:
            return JSONResponse(self.refusing, status_code=422)
        return JSONResponse({"done": True})

    async def _sip(self, socket: WebSocket) -> None:
        await self.registrar.serve(socket)

    async def _hub(self, socket: WebSocket) -> None:
        await self._serve(socket, lambda: self._scenes(self.scene))

    async def _floor_hub(self, socket: WebSocket) -> None:
        await self._serve(
            socket,
            lambda: [FloorSnapshotMessage(epoch=EPOCH, number=1, floor=samples.floor(), server_time=datetime.now(UTC))],
        )

    async def _serve(self, socket: WebSocket, first: Callable[[], list[ToBrowser]]) -> None:
        await socket.accept()
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                said = await socket.receive_json()
                if said["type"] == "resume":
                    async with self._resumed:
                        self._resumes.append(said)
                        self._resumed.notify_all()
                    for message in first():
                        await socket.send_text(message.model_dump_json())
                    self.sockets.add(socket)
                else:
                    self.asked.put_nowait(said)
        self.sockets.discard(socket)


class _Headers:
    """Puts the real pages' headers on every answer, the Content-Security-Policy before all."""

    def __init__(self, app: Any, stage: Stage) -> None:
        self._app = app
        self._stage = stage

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    *((k.encode(), v.encode()) for k, v in self._stage.policy().items()),
                ]
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


async def _form(request: Request) -> dict[str, str]:
    return {name: str(value) for name, value in (await request.form()).items()}


async def _main() -> None:
    async with Stage(ROOT / ".run" / "web").running(int(sys.argv[1]) if len(sys.argv) > 1 else 28080) as stage:
        sys.stdout.write(f"{stage.address}/desk?scene=ringing&language=ru\n")
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main())
