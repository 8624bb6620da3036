"""A running workstation for tests: real uvicorn, PostgreSQL and Valkey; the floor is in the test's hands."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
from redis.asyncio import Redis
from sqlalchemy import insert
from websockets.asyncio.client import ClientConnection, connect

from crm_core import clock
from crm_core.access import ALLOWED, Action, Role
from crm_core.db import Writing, open_pools, reading, transaction
from crm_core.settings import Settings
from crm_core.store import tokens, users
from crm_core.tables import (
    accounts,
    contacts,
    customers,
    interactions,
    invoices,
    meters,
    payments,
    premises,
    readings,
    registers,
    tariffs,
)
from deploy.ports import free_port
from routing import bus, valkey
from routing.herald import COMING
from routing.news import Beat, CallChanged, CallGone, Coming, News, OperatorChanged
from routing.views import (
    CallPhase,
    CallView,
    DeskView,
    FloorView,
    OperatorId,
    OperatorState,
    OperatorView,
    QueueView,
)
from routing.wishes import Wish
from workstation.app import open_parts
from workstation.deps import Parts
from workstation.process import Server, config

PASSWORD = "correct horse battery"
PATIENCE = 30.0
"""Seconds for one answer: on a busy machine the first ones come while templates are still compiled."""
NUMBER = "+79990000000"
"""Of who calls."""
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PHONE_OF_ONE = "+79120000001"
PHONE_OF_TWO = "+79120000002"


def operator_view(operator_id: int, **changes: Any) -> OperatorView:
    """A ready operator."""
    view = OperatorView(
        operator_id=OperatorId(operator_id),
        name="Olga Petrova",
        extension="101",
        state=OperatorState.READY,
        reason="",
        since=NOON,
        until=None,
        phone_ok=True,
        call_id=None,
    )
    return view.model_copy(update=changes)


def call_view(call_id: str = "main-1.1", **changes: Any) -> CallView:
    """A call that rings at nobody's desk yet."""
    view = CallView(
        call_id=call_id,
        phase=CallPhase.RINGING,
        number=NUMBER,
        name="",
        dialled="100",
        queue="main",
        language="ru",
        account_id=None,
        candidates=(),
        topic="",
        path=("language=ru", "operator"),
        arrived_at=NOON,
        waiting_since=NOON,
        offered_at=NOON,
        answered_at=None,
        held_since=None,
        ended_at=None,
        operator_id=None,
    )
    return view.model_copy(update=changes)


@dataclass
class Views:
    """What the test's floor shows of itself."""

    views: dict[OperatorId, DeskView] = field(default_factory=dict)
    shown: tuple[QueueView, ...] = ()

    def desk(self, operator_id: OperatorId) -> DeskView | None:
        return self.views.get(operator_id)

    def desks(self) -> list[OperatorId]:
        return list(self.views)

    def queues(self) -> tuple[QueueView, ...]:
        return self.shown

    def floor(self) -> FloorView:
        calls = tuple(view.call for view in self.views.values() if view.call)
        return FloorView(
            operators=tuple(view.operator for view in self.views.values()), calls=calls, queues=self.shown, nodes={}
        )


class TestFloor:
    """Publishes what the test wants over the real bus, and beats."""

    __test__ = False

    def __init__(self, redis_url: str, epoch: str = "1000") -> None:
        self.redis: Redis = valkey.connect(redis_url)
        self.asks: Redis = valkey.connect(redis_url)
        self.views = Views()
        self.publisher = bus.Publisher(self.redis, self.views, epoch)
        self.wishes: list[Wish] = []
        self.beating = True
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        reader = bus.WishReader(self.asks)
        await reader.start()
        self._tasks = [
            asyncio.create_task(self.publisher.run()),
            asyncio.create_task(self._listen(reader)),
            asyncio.create_task(self._beat()),
        ]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.redis.aclose()
        await self.asks.aclose()

    def tell(self, news: News, *desks: int, everyone: bool = False) -> int:
        self.publisher.tell(news, tuple(OperatorId(desk) for desk in desks), everyone=everyone)
        return self.publisher.number

    async def foretell(self, account_id: int, call_id: str = "main-1.1") -> None:
        """Say, as the floor's herald does, whose card will be wanted; returns when somebody was there to hear it."""
        heard, said = 0, Coming(account_id=account_id, call_id=call_id, number=NUMBER).model_dump_json()
        async with asyncio.timeout(5):
            while not heard:
                heard = await self.asks.publish(COMING, said)
                await asyncio.sleep(0.01)

    def seat(self, operator: OperatorView) -> None:
        """The operator exists from now."""
        known = self.views.views.get(operator.operator_id)
        call = known.call if known else None
        self.views.views[operator.operator_id] = DeskView(operator=operator, call=call, queues=())
        self.tell(OperatorChanged(operator=operator), operator.operator_id)

    def ring(self, call: CallView) -> int:
        """The call is at the desk of its operator."""
        assert call.operator_id is not None
        desk = self.views.views[call.operator_id]
        self.views.views[call.operator_id] = desk.model_copy(update={"call": call})
        return self.tell(CallChanged(call=call), call.operator_id)

    def withdraw(self, call: CallView, reason: str) -> int:
        assert call.operator_id is not None
        desk = self.views.views[call.operator_id]
        self.views.views[call.operator_id] = desk.model_copy(update={"call": None})
        return self.tell(CallGone(call_id=call.call_id, reason=reason), call.operator_id)

    async def _listen(self, reader: bus.WishReader) -> None:
        async for wish in reader.wishes():
            self.wishes.append(wish)

    async def _beat(self) -> None:
        while True:
            if self.beating:
                self.tell(Beat())
            await asyncio.sleep(0.2)


class Page:
    """One browser tab on the websocket."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.heard: list[dict[str, Any]] = []

    async def say(self, **message: Any) -> None:
        await self.socket.send(json.dumps(message))

    async def resume(self, epoch: str = "", after: int = 0) -> None:
        await self.say(type="resume", epoch=epoch, after=after)

    async def hear(
        self, kind: str, seconds: float = 5.0, where: Callable[[dict[str, Any]], bool] = lambda _: True
    ) -> dict[str, Any]:
        """Return the next message of a kind; others are remembered in `heard`."""
        async with asyncio.timeout(seconds):
            while True:
                message = json.loads(await self.socket.recv())
                self.heard.append(message)
                if message["type"] == kind and where(message):
                    return message

    async def closed(self, seconds: float = 5.0) -> int:
        """Wait for the end and return the close code."""
        async with asyncio.timeout(seconds):
            await self.socket.wait_closed()
        assert self.socket.close_code is not None
        return self.socket.close_code


class House:
    """The server's address, its parts, and people who use it."""

    def __init__(self, settings: Settings, parts: Parts, floor: TestFloor) -> None:
        self.settings = settings
        self.parts = parts
        self.floor = floor
        self.base = f"http://127.0.0.1:{settings.web_port}"
        self.people: dict[str, int] = {}

    def browser(self, **options: Any) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.base, headers={"origin": self.base}, **{"timeout": PATIENCE, **options})

    async def sign_in(self, client: httpx.AsyncClient, login: str, password: str = PASSWORD) -> httpx.Response:
        form = await client.get("/sign-in")
        csrf = re.search(r'name="csrf" value="([^"]+)"', form.text)
        assert csrf, form.text
        return await client.post("/sign-in", data={"login": login, "password": password, "csrf": csrf[1]})

    @contextlib.asynccontextmanager
    async def signed_in(self, login: str) -> AsyncIterator[httpx.AsyncClient]:
        async with self.browser() as client:
            answer = await self.sign_in(client, login)
            assert answer.status_code == 303, answer.text
            person = await self.parts.sessions.find(client.cookies["busbar"])
            assert person
            client.headers["x-csrf-token"] = person.csrf
            yield client

    @staticmethod
    async def because(client: httpx.AsyncClient, account_id: int = 1, reason: str = "call_back") -> None:
        """The person says why he opens an account's card without a call."""
        answer = await client.post("/api/reasons", data={"account_id": str(account_id), "reason": reason})
        assert answer.status_code == 200, answer.text

    @contextlib.asynccontextmanager
    async def opened(self, login: str, *accounts: int) -> AsyncIterator[httpx.AsyncClient]:
        """As `signed_in`, of somebody who said why he opens these accounts: the first when none is named."""
        async with self.signed_in(login) as client:
            for account_id in accounts or (1,):
                await self.because(client, account_id)
            yield client

    @contextlib.asynccontextmanager
    async def program(
        self, login: str, *actions: Action, reason: str = "call_back"
    ) -> AsyncIterator[httpx.AsyncClient]:
        """A program with a token of that person, for these actions or for all that the person may do.

        It gives a reason with everything it asks for; "" for one that gives none.
        """
        async with reading(self.parts.engine) as seen:
            user = await users.by_login(seen, login)
        assert user
        async with transaction(self.parts.engine) as db:
            token = await tokens.create(
                db,
                name="test",
                user_id=user.user_id,
                actions=actions or tuple(ALLOWED[user.role]),
                created_by=user.user_id,
                now=clock.now(),
                lasts=timedelta(days=1),
            )
        headers = {"authorization": f"Bearer {token}", **({"busbar-reason": reason} if reason else {})}
        async with httpx.AsyncClient(base_url=f"{self.base}/api/v1", headers=headers, timeout=PATIENCE) as client:
            yield client

    @contextlib.asynccontextmanager
    async def page(
        self, client: httpx.AsyncClient, path: str = "/ws", *, origin: str | None = None, **options: Any
    ) -> AsyncIterator[Page]:
        cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        url = f"ws://127.0.0.1:{self.settings.web_port}{path}"
        async with connect(
            url, origin=origin or self.base, additional_headers={"Cookie": cookies}, **options
        ) as socket:
            yield Page(socket)

    @contextlib.asynccontextmanager
    async def desk(self, login: str = "olga") -> AsyncIterator[Page]:
        """A page of an operator whom the floor knows, after its snapshot."""
        self.floor.seat(operator_view(self.people[login], name=login.title()))
        async with self.signed_in(login) as client, self.page(client) as page:
            await page.resume()
            await page.hear("desk_snapshot", where=lambda message: message["desk"]["operator"]["state"] == "ready")
            yield page


async def hire(db: Writing) -> dict[str, int]:
    """People who work here, one of each role and a second operator; returns user ids by login."""
    made: dict[str, int] = {}
    for login, role, extension in (
        ("olga", Role.OPERATOR, "101"),
        ("ivan", Role.OPERATOR, "102"),
        ("sofia", Role.SUPERVISOR, None),
        ("adam", Role.ADMINISTRATOR, None),
        ("marta", Role.MANAGER, None),
        ("audrey", Role.AUDITOR, None),
    ):
        new = users.NewUser(
            login=login, name=login.title(), role=role, password=PASSWORD, extension=extension, languages=("ru",)
        )
        made[login] = (await users.create(db, new)).user_id
    return made


async def populate(url: str) -> dict[str, int]:
    """People who work here and three accounts; returns user ids by login."""
    database = open_pools(url)
    async with transaction(database) as db:
        made = await hire(db)
        await db.execute(
            insert(tariffs).values(code="T1", name="Household", valid_from=date(2026, 1, 1), prices={"single": "5.43"})
        )
        await db.execute(
            insert(customers),
            [
                {"kind": "person", "name": name, "name_key": name.lower()}
                for name in ("Anna Kuznetsova", "Boris Volkov", "Vera Orlova")
            ],
        )
        phones = (PHONE_OF_ONE, PHONE_OF_TWO, PHONE_OF_TWO)
        await db.execute(
            insert(contacts),
            [{"customer_id": one, "name": "Owner", "phone": phone} for one, phone in enumerate(phones, 1)],
        )
        await db.execute(
            insert(premises),
            [
                {"address": f"Lenina {one}", "address_key": f"lenina {one}", "time_zone": "Europe/Moscow"}
                for one in (1, 2, 3)
            ],
        )
        await db.execute(
            insert(accounts),
            [
                {
                    "number": f"000000{one}",
                    "customer_id": one,
                    "premises_id": one,
                    "tariff_id": 1,
                    "currency": "RUB",
                    "balance": Decimal("1234.50"),
                    "opened_on": date(2020, 1, 1),
                }
                for one in (1, 2, 3)
            ],
        )
        await db.execute(insert(meters).values(account_id=1, serial="M-1", digits=6, installed_on=date(2020, 1, 1)))
        await db.execute(insert(registers).values(meter_id=1, code="single", estimate=Decimal(200)))
        await db.execute(
            insert(readings),
            [
                {
                    "account_id": 1,
                    "register_id": 1,
                    "taken_on": date(2026, month, 20),
                    "value": 10_000 + 200 * month,
                    "consumption": 200,
                    "source": "operator",
                    "quality": "actual",
                }
                for month in range(1, 11)
            ],
        )
        await db.execute(
            insert(invoices),
            [
                {
                    "account_id": 1,
                    "period": date(2026, month, 1),
                    "issued_on": date(2026, month, 5),
                    "due_on": date(2026, month, 25),
                    "amount": Decimal(1086),
                    "open_amount": Decimal(0),
                }
                for month in range(1, 11)
            ],
        )
        await db.execute(
            insert(payments),
            [
                {"account_id": 1, "paid_on": date(2026, month, 24), "amount": Decimal(1086), "channel": "bank"}
                for month in range(1, 11)
            ],
        )
    await database.dispose()
    return made


async def add_call(url: str, call_id: str, operator_id: int | None) -> None:
    """A call as the floor records it."""
    database = open_pools(url)
    async with transaction(database) as db:
        await db.execute(
            insert(interactions).values(
                call_id=call_id,
                channel="phone",
                direction="in",
                began_at=NOON,
                phase="wrap_up",
                operator_id=operator_id,
            )
        )
    await database.dispose()


@contextlib.asynccontextmanager
async def running(settings: Settings, floor: TestFloor) -> AsyncIterator[House]:
    """The real server in this event loop."""
    parts = open_parts(settings)
    server = Server(config(parts))
    # Without `serve`, which would take over the signals of pytest.
    task = asyncio.create_task(server._serve())
    while not server.started:
        if task.done():
            task.result()
        await asyncio.sleep(0.005)
    house = House(settings, parts, floor)
    # Built in a thread, the API must not meet pytest, which sets the filters of warnings between two tests.
    async with house.browser() as client:
        await client.get("/api/v1/token", timeout=4 * PATIENCE)
    try:
        yield house
    finally:
        server.should_exit = True
        await task


@contextlib.asynccontextmanager
async def peopled(settings: Settings) -> AsyncIterator[House]:
    """A web process with people, accounts and a floor that beats and obeys the test."""
    mine = settings.model_copy(update={"web_port": free_port(), "web_origin": ""})
    people = await populate(mine.database_url)
    floor = TestFloor(mine.redis_url)
    await floor.start()
    async with running(mine, floor) as house:
        house.people = people
        yield house
    await floor.stop()
