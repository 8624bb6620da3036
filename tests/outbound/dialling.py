"""A house that calls debtors: a real Asterisk with a trunk into a town of telephones, a real floor, a real base."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from redis.asyncio import Redis
from sqlalchemy import text

from crm_core import db
from crm_core.access import Role
from crm_core.lines import sip_password
from crm_core.settings import Settings
from crm_core.store import lines, users
from crm_core.store.users import NewUser
from crm_core.trunks import Trunk
from deploy import ports
from deploy.bench.town import Behaviour, Rung, Town
from routing import bus, valkey
from routing.views import OperatorId, OperatorState
from routing.wishes import SetState, WishBase
from tests.crm_core.conftest import Base
from tests.crm_core.outbound_base import Lists
from tests.routing.process import FloorProcess, Station, now, operator_of
from tests.routing.talk import found_there
from tests.support.servers import AsteriskServer, Server, node_settings, short_folder
from tests.support.waiting import eventually, until

OURS = "+74951110000"
QUICK: dict[str, object] = {"offer_seconds": 4, "wrap_up_seconds": 1, "rejoin_seconds": 3}
PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from crm_core.settings import Settings
from deploy.dialling import dialler
from routing.process import main
main(Settings.model_construct(**Settings.model_validate_json(Path(sys.argv[2]).read_text()).__dict__), dialler)
"""


class DiallingFloor(FloorProcess):
    """`floor` with its dialler, on a machine that may be busy."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.argv[2] = PROGRAM

    def start(self) -> None:
        """Start and wait until it serves."""
        said = self.log().count("ready: floor") if self.log_file.exists() else 0
        Server.start(self)
        until(lambda: self.log().count("ready: floor") > said, 90, "the floor is ready")


@contextmanager
def line(database_url: str, redis_url: str, **more: object) -> Iterator[tuple[AsteriskServer, Trunk]]:
    """Run an Asterisk whose trunk on record leads to a port of this machine."""
    trunk = Trunk(
        name="city", host="127.0.0.1", port=ports.free_port(udp=True), number=OURS, lines=40, reserved=2,
        direction="out", codecs=("ulaw",),
    )  # fmt: skip
    with short_folder() as folder:
        server = AsteriskServer(node_settings(folder, database_url, redis_url, **(QUICK | more)))
        server.configure()
        mine = server.plan.of_settings()
        server.plan.write_lines(type(mine)(telephones=mine.telephones, trunks=(trunk,)))
        server.start()
        yield server, trunk
        server.stop()


class Dialling:
    """A house, its town, its lists."""

    def __init__(self, house: Station, town: Town) -> None:
        self.house, self.town = house, town
        self.lists = Lists(Base(db.open_pools(house.settings.database_url, name="test", size=2)))
        self.number = 0

    async def operator(self, name: str, extension: str, *, ready: bool = True) -> OperatorId:
        """An operator whose telephone, of the town, answers by itself."""
        async with db.transaction(self.house.engine) as writing:
            new = NewUser(login=name, name=name.title(), password="correct horse battery", role=Role.OPERATOR,
                          extension=extension)  # fmt: skip
            user = await users.create(writing, new)
        who = OperatorId(user.user_id)
        await self.town.register(f"desk{extension}", sip_password(self.house.settings.sip_secret, extension))
        await self.house.sign_in(who, name.title(), extension)
        await self.house.sees(lambda floor: operator_of(floor, who).phone_ok, "the telephone is registered")
        if ready:
            await self.house.ready(who)
        return who

    async def pause(self, who: OperatorId) -> None:
        wish = SetState(wish_id="pause", operator_id=who, at=now(), state=OperatorState.NOT_READY, reason="break")
        await bus.send_wish(self.house.redis, wish)
        await self.state(who, OperatorState.NOT_READY)

    async def wish(self, kind: type[WishBase], who: OperatorId, **more: object) -> None:
        wish = kind(wish_id=f"w{now().timestamp()}", operator_id=who, at=now(), **more)
        await bus.send_wish(self.house.redis, wish)  # type: ignore[arg-type]

    async def debtor(self, behaviour: Behaviour, **habit: float | str) -> tuple[int, str]:
        """Somebody who owes, whose telephone behaves so; returns account and number."""
        self.number += 1
        number = f"+7916555{self.number:04}"
        self.town.behave(number, behaviour, **habit)
        return await self.lists.debtor(f"Debtor {self.number}", number), number

    async def campaign(self, *accounts: int, **more: object) -> int:
        """A campaign that runs, with these debtors due."""
        values: dict[str, object] = {"ring_seconds": 5, "grace_ms": 1500, "state": "draft"}
        key = await self.lists.campaign(**(values | more))
        for account in accounts:
            await self.lists.row(key, account)
        await self.execute("update campaigns set state = 'running' where id = :key", key=key)
        await self.execute("select pg_notify('busbar_outbound', 'campaigns')")
        return key

    async def execute(self, statement: str, **values: object) -> None:
        async with db.transaction(self.house.engine) as writing:
            await writing.execute(text(statement), values)

    async def rows(self, statement: str, **values: object) -> list[dict[str, Any]]:
        async with db.reading(self.house.engine) as reading:
            return [dict(one) for one in (await reading.execute(text(statement), values)).mappings()]

    async def attempts(self, campaign: int) -> list[dict[str, Any]]:
        return await self.rows("select * from attempts where campaign_id = :key order by id", key=campaign)

    async def ended(self, campaign: int, count: int, seconds: float = 20) -> list[dict[str, Any]]:
        """Wait until so many attempts have ended."""

        async def look() -> list[dict[str, Any]]:
            found = await self.attempts(campaign)
            return found if sum(one["ended_at"] is not None for one in found) >= count else []

        return await eventually(look, seconds, f"{count} attempts have ended")

    async def klass(self, campaign: int) -> dict[int, str]:
        rows = await self.rows("select account_id, klass from campaign_rows where campaign_id = :key", key=campaign)
        return {one["account_id"]: one["klass"] for one in rows}

    def calls(self, number: str) -> list[Rung]:
        """Return the calls that a telephone of the town got."""
        return [one for one in self.town.rung if one.number == number]

    async def rung(self, condition: Callable[[], object], what: str, seconds: float = 10) -> None:
        try:
            await self.town.until(condition, seconds, what)
        except TimeoutError as error:
            seen = await self.rows(
                "select a.*, r.klass, r.reasons from campaign_rows r left join attempts a on a.row_id = r.id"
            )
            floor = await bus.read_floor(self.house.redis)
            raise AssertionError(f"{error}: {seen}; {self.town.rung}; {floor}") from None

    async def state(self, who: OperatorId, state: OperatorState) -> None:
        await self.house.sees(lambda floor: operator_of(floor, who).state is state, f"{who} is {state}")


@asynccontextmanager
async def dialling(asterisk: AsteriskServer, settings: Settings, trunk: Trunk) -> AsyncIterator[Dialling]:
    """Run a floor with its dialler, and the town where the trunk leads."""
    engine, redis = db.engine(settings), valkey.connect(settings.redis_url)
    async with db.transaction(engine) as writing:
        await lines.save(writing, trunk, None, now())
    floor = DiallingFloor(settings)
    async with Town((settings.sip_host, settings.sip_port), port=trunk.port) as town:
        floor.start()
        await found_there(asterisk, trunk.endpoint)
        house = Station(settings, floor, redis, engine)
        here = Dialling(house, town)
        try:
            yield here
        finally:
            await _close(here, redis)


async def _close(here: Dialling, redis: Redis) -> None:
    house = here.house
    await house.stack.aclose()
    house.floor.stop()
    print(house.floor.log()[-6000:])  # noqa: T201 - shown when a test fails
    await redis.aclose()
    await here.lists.base.pools.dispose()
    await house.engine.dispose()
