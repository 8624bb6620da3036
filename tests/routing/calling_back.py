"""A house that calls back: a real Asterisk with a trunk, which is a SIP telephone of the test (`town`)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import date, timedelta

from sqlalchemy import text

from crm_core import db
from crm_core.callback_desk import CallbackWish, HouseDesk, Kept
from crm_core.settings import Settings
from deploy import ports
from tests.routing.process import Station, now, station
from tests.support.servers import AsteriskServer, node_settings, short_folder
from tests.support.sipua import SipUa
from tests.support.waiting import eventually

HIS = "+79161234567"
OTHER = "+79161234568"
OURS = "+74951234500"
QUICK: dict[str, object] = {
    "offer_seconds": 4,
    "wrap_up_seconds": 5,
    "rejoin_seconds": 3,
    "callback_read_seconds": 2,
    "callback_busy_seconds": 2,
    "callback_no_answer_seconds": 2,
    "outward_ring_seconds": 6,
    "outward_number": OURS,
}


@contextmanager
def line(**more: object) -> Iterator[tuple[AsteriskServer, int]]:
    """Run an Asterisk whose trunk leads to a port of this machine; yields it and the port."""
    trunk = ports.free_port(udp=True)
    with short_folder() as folder:
        settings = node_settings(folder, "", "", outward_uri=f"127.0.0.1:{trunk}", **(QUICK | more))
        server = AsteriskServer(settings)
        server.start()
        yield server, trunk
        server.stop()


class CallingBack:
    """A floor, the town outside, and the book of call-backs."""

    def __init__(self, house: Station, town: SipUa) -> None:
        self.house, self.town = house, town
        self.desk = HouseDesk(house.engine, house.settings)

    async def ask(self, number: str = HIS, call_id: str = "main-1.1", **more: object) -> None:
        """Somebody asks to be called back; he waits for a minute already."""
        since = now() - timedelta(seconds=60)
        wish: dict[str, object] = {"account_id": None, "topic": "bill", "language": "ru", "waiting_since": since}
        answer = await self.desk.offer(CallbackWish(call_id=call_id, number=number, caller=number, **(wish | more)))  # type: ignore[arg-type]
        assert isinstance(answer, Kept), answer

    async def row(self, **expected: object) -> dict[str, object]:
        """Wait until the newest call-back is as expected; return it."""
        seen: dict[str, object] = {}

        async def fits() -> bool:
            async with db.reading(self.house.engine) as connection:
                query = text("select * from callbacks order by id desc limit 1")
                seen.clear()
                seen.update((await connection.execute(query)).mappings().one())
            return all(seen[name] == value for name, value in expected.items())

        try:
            await eventually(fits, 10)
        except AssertionError:
            raise AssertionError(f"not {expected}, but {seen}") from None
        return dict(seen)

    async def attempts(self) -> list[dict[str, object]]:
        """Return all attempts on record."""
        async with db.reading(self.house.engine) as connection:
            found = await connection.execute(text("select * from callback_attempts order by id"))
            return [dict(one) for one in found.mappings()]

    async def lasts(self) -> None:
        """Have everything that is written by now outlive the server, which in tests is in no hurry to the disk."""
        async with db.transaction(self.house.engine) as connection:
            await connection.execute(text("set local synchronous_commit = on"))
            await connection.execute(text("update users set name = name"))

    def rung(self) -> int:
        """Return how often a telephone of the town was called."""
        return len(self.town.calls)


async def always_open(settings: Settings) -> None:
    """Let the house work day and night, holidays included."""
    engine = db.engine(settings)
    async with db.transaction(engine) as connection:
        await connection.execute(text("delete from work_hours"))
        days = "select day, '00:00', '00:00' from generate_series(0, 6) day"
        hours = f"insert into work_hours (weekday, opens, closes) {days}"
        await connection.execute(text(hours))
        today = date.today()  # noqa: DTZ011 - days around any zone's today
        own = [{"day": today + timedelta(days=one)} for one in range(-1, 9)]
        kept = "insert into work_days (day, works) values (:day, true) on conflict do nothing"
        await connection.execute(text(kept), own)
    await engine.dispose()


@asynccontextmanager
async def calling_back(settings: Settings, trunk: int) -> AsyncIterator[CallingBack]:
    """Run a floor that calls back."""
    await always_open(settings)
    async with station(settings) as house:
        town = await house.stack.enter_async_context(SipUa("town", (settings.sip_host, settings.sip_port), port=trunk))
        yield CallingBack(house, town)
