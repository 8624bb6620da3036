"""The floor as a process of its own, with desks and callers around it, for tests on the real thing."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import db
from crm_core.access import Role
from crm_core.lines import sip_password
from crm_core.settings import Settings
from crm_core.store import users
from crm_core.store.users import NewUser
from routing import bus, valkey
from routing.views import CallView, FloorView, OperatorId, OperatorState, OperatorView
from routing.wishes import SetState, SignIn
from tests.support.servers import Server
from tests.support.sipua import SipCall, SipUa
from tests.support.waiting import eventually, until

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from crm_core.settings import Settings
from routing.process import main
main(Settings.model_construct(**Settings.model_validate_json(Path(sys.argv[2]).read_text()).__dict__))
"""


class FloorProcess(Server):
    """`floor`, which may be killed and started again."""

    def __init__(self, settings: Settings) -> None:
        self.settings_file = settings.run_dir / "floor-settings.json"
        self.settings_file.write_text(settings.model_dump_json(by_alias=False))
        argv = [sys.executable, "-c", PROGRAM, str(ROOT), str(self.settings_file)]
        super().__init__(argv, settings.run_dir / "floor.log")

    def start(self) -> None:
        """Start and wait until it serves."""
        said = self.log().count("ready: floor") if self.log_file.exists() else 0
        super().start()
        try:
            until(lambda: self.log().count("ready: floor") > said, 20, "the floor is ready")
        except BaseException:
            # Left alone it would lead the next test's callers.
            self.stop()
            raise


class Station:
    """A floor with its desks; every look is at what screens would show."""

    def __init__(self, settings: Settings, floor: FloorProcess, redis: Redis, engine: AsyncEngine) -> None:
        self.settings = settings
        self.floor = floor
        self.redis = redis
        self.engine = engine
        self.stack = AsyncExitStack()
        self._wishes = count(1)

    async def operator(self, name: str, extension: str, *, ready: bool = True) -> tuple[OperatorId, SipUa]:
        """An operator with his account, his telephone, and his desk open."""
        async with db.transaction(self.engine) as connection:
            new = NewUser(login=name, name=name.title(), password="correct horse battery", role=Role.OPERATOR,
                          extension=extension)  # fmt: skip
            user = await users.create(connection, new)
        who = OperatorId(user.user_id)
        password = sip_password(self.settings.sip_secret, extension)
        sip = (self.settings.sip_host, self.settings.sip_port)
        phone = await self.stack.enter_async_context(SipUa(f"desk{extension}", sip, password))
        await phone.register()
        self.stack.push_async_callback(_unregister, phone)
        await self.sign_in(who, name.title(), extension)
        await self.sees(lambda floor: operator_of(floor, who).phone_ok, "the telephone is registered")
        if ready:
            await self.ready(who)
        return who, phone

    async def sign_in(self, who: OperatorId, name: str, extension: str) -> None:
        wish = SignIn(wish_id=f"w{next(self._wishes)}", operator_id=who, at=now(), name=name, extension=extension)
        await bus.send_wish(self.redis, wish)
        await self.sees(lambda floor: any(one.operator_id == who for one in floor.operators), "he signed in")

    async def ready(self, who: OperatorId) -> None:
        wish = SetState(wish_id=f"w{next(self._wishes)}", operator_id=who, at=now(), state=OperatorState.READY)
        await bus.send_wish(self.redis, wish)
        await self.sees(lambda floor: operator_of(floor, who).state is not OperatorState.NOT_READY, "he is ready")

    async def caller(self, number: str = "79161230001") -> SipCall:
        sip = (self.settings.sip_host, self.settings.sip_port)
        phone = await self.stack.enter_async_context(SipUa(number, sip))
        call = await phone.dial(self.settings.master_extension)
        call_up = await _up(call)
        call_up.say()
        return call_up

    async def sees(self, condition: Callable[[FloorView], object], what: str = "", seconds: float = 10) -> FloorView:
        """Wait until the floor's snapshot fulfils a condition."""

        async def look() -> FloorView | None:
            snapshot = await bus.read_floor(self.redis)
            return snapshot.floor if snapshot is not None and condition(snapshot.floor) else None

        found = await eventually(look, seconds, what)
        assert found is not None
        return found

    async def row(self, call_id: str, condition: Callable[[dict[str, object]], bool]) -> dict[str, object]:
        """Wait until the call's record fulfils a condition."""

        async def look() -> dict[str, object] | None:
            async with db.reading(self.engine) as connection:
                query = text("select * from interactions where call_id = :call")
                found = (await connection.execute(query, {"call": call_id})).mappings().one_or_none()
            return dict(found) if found is not None and condition(dict(found)) else None

        found = await eventually(look, 10, "the call is on record")
        assert found is not None
        return found

    async def history(self, call_id: str) -> list[str]:
        async with db.reading(self.engine) as connection:
            query = text("select what from call_events where call_id = :call order by id")
            return [str(one) for one in (await connection.execute(query, {"call": call_id})).scalars()]

    async def why(self, call_id: str) -> list[str]:
        """What the history says of each offer, once it says something."""

        async def look() -> list[str]:
            async with db.reading(self.engine) as connection:
                query = text("select detail from call_events where call_id = :call and what = 'offered' order by id")
                return [str(one) for one in (await connection.execute(query, {"call": call_id})).scalars()]

        return await eventually(look, 10, "the offer is on record")


async def _unregister(phone: SipUa) -> None:
    """Leave no telephone behind that the next test's fallback queue would ring."""
    with suppress(AssertionError, TimeoutError):
        await phone.register(0)


async def _up(call: SipCall) -> SipCall:
    await call.reaches("up")
    return call


def now() -> datetime:
    return datetime.now(UTC)


def operator_of(floor: FloorView, who: OperatorId) -> OperatorView:
    return next(one for one in floor.operators if one.operator_id == who)


def only_call(floor: FloorView) -> CallView | None:
    return floor.calls[0] if len(floor.calls) == 1 else None


@asynccontextmanager
async def station(settings: Settings) -> AsyncIterator[Station]:
    """Run a floor on these servers, and clean up after it."""
    floor = FloorProcess(settings)
    engine, redis = db.engine(settings), valkey.connect(settings.redis_url)
    floor.start()
    house = Station(settings, floor, redis, engine)
    try:
        yield house
    finally:
        await house.stack.aclose()
        floor.stop()
        print(floor.log()[-4000:])  # noqa: T201 - shown when a test fails
        await redis.aclose()
        await engine.dispose()
