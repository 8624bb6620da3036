"""`busbar bench ringing`: an operator hangs up, the next caller's ringing reaches his telephone; ours and `app_queue`.

Two desks on one Asterisk: callers of the first wait as ours do and are handed out by a real floor, callers of the
second wait in `app_queue`. In turns each operator hangs up; the clock runs from his BYE to the next INVITE at his
telephone. Nobody has anything to write up. Everything is the bench's own, in a folder of its own: PostgreSQL, Valkey,
Asterisk, floor; no house need run, none is disturbed.

`app_queue` as quick as it can be set up: `retry=1` (it takes no less), `wrapuptime=0`, `autofill=yes`, no position
announced, its members' states from PJSIP. What is left is its caller's thread, which looks for a free member once a
second.
"""

from __future__ import annotations

import asyncio
import os
import queue
import random
import secrets
import statistics
import tempfile
import threading
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from crm_core import db, migrate
from crm_core.access import Role
from crm_core.lines import sip_password
from crm_core.settings import Settings
from crm_core.store import users
from deploy import composition, environment, pbx, ports
from deploy.bench.caller import Caller
from deploy.figures import Figure, at_least
from deploy.postgres import Postgres
from deploy.supervisor import Part, Supervisor
from routing import bus, valkey
from routing.views import OperatorId, OperatorState
from routing.wishes import SetState, SignIn
from telephony.phone import Phone, PhoneCall
from telephony.siprepair import SipMessage

QUICKER = 20.0
"""The promise: `app_queue` takes so many times as long at p50."""
OURS, THEIRS = "101", "102"
"""Extensions of the two desks."""
RIVAL = "199"
"""What callers of `app_queue` dial."""
WAITING = 2
"""Callers who wait at each desk while its operator talks."""
WARM_UP = 3
PATIENCE_SECONDS = 20.0
TALK_SECONDS = (0.5, 1.6)
"""Talks end at any moment of `app_queue`'s second; were they all alike, its clock and ours would march in step."""
QUEUES = """
[rival]
strategy = leastrecent
musicclass = default
timeout = 15
retry = 1
wrapuptime = 0
autofill = yes
ringinuse = no
joinempty = yes
announce-frequency = 0
reportholdtime = no
member => PJSIP/desk{theirs}
"""
DIALPLAN = """
[inbound](+)
exten => {rival},1,Answer()
 same => n,Queue(rival)
 same => n,Hangup(16)
"""


class RingingFailed(RuntimeError):
    """A telephone that should ring did not, or something did not come up; the message says which."""


class Desk(Phone):
    """An operator's telephone that notes when a call reached it."""

    def __init__(self, server: tuple[str, int], extension: str, password: str) -> None:
        super().__init__(*server, user=f"desk{extension}", password=password)
        self.rang = threading.Event()
        self.rang_at = 0.0
        """Of the last INVITE that began a call (monotonic)."""

    def _callback_MSG_Invite(self, request: SipMessage) -> None:  # noqa: N802 - pyVoIP's name
        self.rang_at = time.monotonic()
        super()._callback_MSG_Invite(request)


@dataclass
class Side:
    """One desk and its callers."""

    name: str
    dialled: str
    desk: Desk
    server: tuple[str, int]
    stack: AsyncExitStack
    seconds: list[float] = field(default_factory=list)
    talking: PhoneCall | None = None
    dialled_so_far: int = 0

    async def fill(self, callers: int) -> None:
        """Let callers come."""
        for _ in range(callers):
            self.dialled_so_far += 1
            number = f"7916{self.dialled[-1]}{self.dialled_so_far:06}"
            await self.stack.enter_async_context(Caller(self.server, self.dialled, number))

    async def rings(self) -> PhoneCall:
        """Wait until the operator's telephone rings."""
        try:
            return await asyncio.to_thread(self.desk.incoming.get, timeout=PATIENCE_SECONDS)
        except queue.Empty as error:
            raise RingingFailed(f"{self.name}: nobody rang within {PATIENCE_SECONDS:g} s") from error

    async def turn(self, pause: float, *, counts: bool) -> None:
        """Let the operator hang up and take the next call; note how long it took to ring."""
        talking = self.talking or await self.rings()
        await self.fill(1)
        await asyncio.sleep(pause)
        freed = time.monotonic()
        talking.hang_up()
        call = await self.rings()
        if counts:
            self.seconds.append(self.desk.rang_at - freed)
        call.answer()
        self.talking = call


def run(settings: Settings, turns: int = 40) -> list[Figure]:
    """Measure.

    Args:
        settings: of this checkout; only its folder of unpacked parts is used.
        turns: how often each of the two operators gets free.

    Raises:
        RingingFailed: something did not come up, or a telephone did not ring.

    """
    return asyncio.run(_run(settings, turns))


async def _run(settings: Settings, turns: int) -> list[Figure]:
    async with _house(settings) as house, AsyncExitStack() as stack:
        sides = [
            await _side(house, stack, "ours", house.master_extension, OURS),
            await _side(house, stack, "app_queue", RIVAL, THEIRS),
        ]
        await _open_desk(house, stack)
        for side in sides:
            await side.fill(1 + WAITING)
            call = await side.rings()
            call.answer()
            side.talking = call
        chance = random.Random(7)  # noqa: S311 - the same pauses each time
        for turn in range(turns + WARM_UP):
            for side in sides if turn % 2 else reversed(sides):
                await side.turn(chance.uniform(*TALK_SECONDS), counts=turn >= WARM_UP)
            if _has_word(turn, turns):
                print(f"  {turn + 1 - WARM_UP} of {turns} turns", flush=True)
    return figures(sides[0].seconds, sides[1].seconds)


def _has_word(turn: int, turns: int) -> bool:
    """Tell whether it is time for a word on how far we are."""
    done = turn + 1 - WARM_UP
    return done > 0 and (done % 10 == 0 or done == turns)


def figures(ours: list[float], theirs: list[float]) -> list[Figure]:
    """Return both sides' p50 and p99, and how many times quicker ours is."""
    found = []
    for name, seconds in (("ours", ours), ("app_queue", theirs)):
        found += [
            Figure(name=f"{name}: free to ringing, p50", value=statistics.median(seconds) * 1e3, unit="ms"),
            Figure(name=f"{name}: free to ringing, p99", value=_part(seconds, 99), unit="ms"),
        ]
    return [
        *found,
        at_least("app_queue / ours, p50", statistics.median(theirs) / statistics.median(ours), "times", QUICKER),
        Figure(name="app_queue / ours, p99", value=_part(theirs, 99) / _part(ours, 99), unit="times"),
        Figure(name="turns of each", value=len(ours), unit=""),
    ]


def _part(seconds: list[float], percent: int) -> float:
    """Return a percentile in milliseconds, the next greater sample."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] * 1e3


async def _side(house: Settings, stack: AsyncExitStack, name: str, dialled: str, extension: str) -> Side:
    server = (house.sip_host, house.sip_port)
    desk = stack.enter_context(Desk(server, extension, sip_password(house.sip_secret, extension)))
    if not await asyncio.to_thread(desk.register):
        raise RingingFailed(f"{name}: the operator's telephone could not register")
    return Side(name, dialled, desk, server, stack)


async def _open_desk(house: Settings, stack: AsyncExitStack) -> None:
    """Sign our operator in, ready."""
    engine, redis = db.engine(house, name="busbar bench", size=2), valkey.connect(house.redis_url)
    stack.push_async_callback(engine.dispose)
    stack.push_async_callback(redis.aclose)
    new = users.NewUser(
        login="bench", name="Bench", role=Role.OPERATOR, password=secrets.token_urlsafe(16), extension=OURS
    )
    async with db.transaction(engine) as connection:
        who = OperatorId((await users.create(connection, new)).user_id)
    await bus.send_wish(redis, SignIn(wish_id="in", operator_id=who, at=_now(), name="Bench", extension=OURS))
    await bus.send_wish(redis, SetState(wish_id="on", operator_id=who, at=_now(), state=OperatorState.READY))


def _now() -> datetime:
    return datetime.now(UTC)


def own_settings(settings: Settings, folder: Path, *, lines: int = 2) -> Settings:
    """Return settings of a house in a folder of its own, and write them where its floor reads them."""
    rtp = min(max(ports.free_port(udp=True) // 2 * 2, 10_000), 60_000)
    mine = settings.model_copy(
        update={
            "run_dir": folder,
            "database_url": environment.database_url(folder),
            "redis_url": environment.redis_url(folder),
            "node": "bench",
            "ami_nodes": (),
            "ami_host": "127.0.0.1",
            "ami_port": ports.free_port(),
            "ami_secret": secrets.token_hex(16),
            "sip_host": "127.0.0.1",
            "sip_port": ports.free_port(udp=True),
            "sip_ws_url": environment.websocket_url(ports.free_port()),
            "agi_port": ports.free_port(),
            "rtp_first": rtp,
            "rtp_last": rtp + 999,
            "lines": lines,
            "first_extension": int(OURS),
            "wrap_up_seconds": 0,
        }
    )
    names = ("node", "ami_port", "ami_secret", "sip_port", "sip_ws_url", "sip_secret", "session_secret", "agi_port",
             "lines", "first_extension", "wrap_up_seconds")  # fmt: skip
    values = {f"BUSBAR_{name.upper()}": str(getattr(mine, name)) for name in names}
    places = {"BUSBAR_RUN_DIR": str(folder), "DATABASE_URL": mine.database_url, "REDIS_URL": mine.redis_url}
    environment.write(folder, values | places)
    return mine


@asynccontextmanager
async def _house(settings: Settings) -> AsyncIterator[Settings]:
    """Run the bench's own servers and floor."""
    with tempfile.TemporaryDirectory(prefix="bb-", dir="/tmp", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if os.geteuid() == 0:
            os.chmod(folder, 0o711)  # noqa: PTH101, S103 - at once; PostgreSQL's own user passes through
        house = own_settings(settings, folder)
        supervisor = Supervisor(folder / "log", folder / "state", lambda line: print(line, flush=True))
        try:
            servers = [composition.postgres_part(house), composition.valkey_part(house), _asterisk(house)]
            await supervisor.start(servers)
            await asyncio.to_thread(Postgres(folder).provide)
            await asyncio.to_thread(migrate.upgrade, house.database_url)
            floor = [one for one in composition.own_processes(house, only=frozenset({"floor"})) if one.name == "floor"]
            await supervisor.start(floor)
            yield house
        finally:
            await supervisor.end()


def _asterisk(house: Settings) -> Part:
    """Return Asterisk with a second way in, which leads to `app_queue`."""
    plan = pbx.Pbx(house, pbx.find())

    def prepare() -> None:
        plan.initialise()
        for name, more in (
            ("queues.conf", QUEUES.format(theirs=THEIRS)),
            ("extensions.conf", DIALPLAN.format(rival=RIVAL)),
        ):
            with (plan.etc / name).open("a", encoding="utf-8") as file:
                file.write(more)

    return Part(name="asterisk", argv=plan.argv, ready=plan.is_ready, prepare=prepare)
