"""Queues that overflow and published rules on a real Asterisk, with the real floor and the real IVR."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from crm_core import clock, db
from crm_core.settings import Settings
from crm_core.store import dispatch
from crm_core.store.dispatch import Queue
from deploy import routing_command
from routing.views import CallPhase, OperatorState
from telephony import g711
from tests.ivr.house import KNOWN, IvrProcess, fill
from tests.ivr.speaking import espeak_line
from tests.routing.process import Station, operator_of, station
from tests.support.servers import AsteriskServer
from tests.support.waiting import eventually

pytestmark = pytest.mark.integration
STRAIGHT = """name: main
start: known
operator: operator
steps:
  known: {look_up: caller, one: operator, several: operator, nobody: operator, failed: operator}
  operator: {transfer: to_operator}
"""
LAW = """name: law
rules:
  - {name: law, needs: {law: 2}}
"""
NEVER: tuple[tuple[int, str, str], ...] = ()
"""Own hours without any: closed at every hour of the week."""


@pytest.fixture
async def house(settings: Settings, asterisk: AsteriskServer) -> AsyncIterator[Station]:
    async with station(settings) as running:
        yield running


@pytest.fixture
def ivr(house: Station, asterisk: AsteriskServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[IvrProcess]:
    own = house.settings.run_dir / "ivr"
    own.mkdir(exist_ok=True)
    (own / "main.yaml").write_text(STRAIGHT, "utf-8")
    for language in ("en", "ru"):
        short = "".join(f"{name}: One.\n" for name in ("to_operator", "goodbye", "nobody_now", "message_ask"))
        (own / f"{language}.yaml").write_text(short, "utf-8")
    settings = house.settings.model_copy(update={"espeak": espeak_line()})
    process = IvrProcess(settings, tmp_path_factory.mktemp("ivr"))
    process.start()
    yield process
    process.stop()
    for file in own.iterdir():
        # The run folder is every test's: another one's callers shall not hear this one's menu.
        file.unlink()
    print(process.log()[-3000:], *asterisk.log().splitlines()[-40:], sep="\n")  # noqa: T201 - shown when a test fails


@asynccontextmanager
async def managing(house: Station) -> AsyncIterator[db.Writing]:
    """A transaction whose changes the floor goes by at the end of the block."""
    # A queue of this change's own: what the floor reads may be older than the change, and a queue it shows is not.
    mark = f"seen-{secrets.token_hex(4)}"
    async with db.transaction(house.engine) as connection:
        yield connection
        await dispatch.save_queue(connection, Queue(code=mark), None)
    await house.sees(lambda floor: any(one.queue == mark for one in floor.queues), "the floor goes by it")


async def save(house: Station, *queues: Queue) -> None:
    async with managing(house) as connection:
        for one in queues:
            await dispatch.save_queue(connection, one, None)


async def ended(house: Station) -> dict[str, object]:
    """The record of the only call, once it is over."""
    async with db.reading(house.engine) as connection:
        call = (await connection.execute(text("select call_id from interactions order by id desc limit 1"))).scalar()
    return await house.row(str(call), lambda row: row["ended_at"] is not None)


async def test_what_is_open_for_a_recognised_caller_reaches_the_rules(house: Station, ivr: IvrProcess) -> None:
    fill(house.settings.database_url)
    async with db.transaction(house.engine) as connection:
        await connection.execute(text("update customers set flags = '[\"vip\", \"honey\"]', kind = 'organisation'"))
    _, phone = await house.operator("anna", "101")
    caller = await house.caller(KNOWN.lstrip("+"))
    ringing = await phone.incoming(30)

    async def told() -> str | None:
        async with db.reading(house.engine) as connection:
            query = text("select detail from call_events where what = 'waiting' and call_id = :call")
            found = await connection.execute(query, {"call": ringing.header("X-Busbar-Call")})
            return found.scalar_one_or_none()

    assert await eventually(told, 5, "the history says what is known") == "flags=legal_entity,vip"
    why = (await house.why(ringing.header("X-Busbar-Call")))[0]
    assert "rules=everybody,vip" in why
    caller.hang_up()


async def test_who_calls_after_hours_leaves_a_message_that_somebody_has_to_hear(
    house: Station, ivr: IvrProcess, asterisk: AsteriskServer
) -> None:
    await save(house, Queue(code="main", opening="own", hours=NEVER, when_closed="voicemail"))
    anna, _ = await house.operator("anna", "101")
    caller = await house.caller()
    floor = await house.sees(lambda floor: floor.calls and floor.calls[0].phase is CallPhase.WAITING, "he comes", 25)
    floor = await house.sees(lambda floor: floor.calls and floor.calls[0].phase is CallPhase.IVR, "he is taken out")
    assert operator_of(floor, anna).state is OperatorState.READY
    await eventually(lambda: "messages/tone" in asterisk.log(), 20, "the tone says that he may speak")
    caller.say(g711.tone(440, 4.0))
    await caller.reaches("ended", seconds=30)
    row = await ended(house)
    assert (row["outcome"], row["operator_id"]) == ("served", None)
    history = await house.history(str(row["call_id"]))
    assert [one for one in history if one in {"waiting", "overflow", "left-queue", "offered", "served"}] == [
        "waiting", "overflow", "left-queue", "served",
    ]  # fmt: skip
    async with db.reading(house.engine) as connection:
        kept = (await connection.execute(text("select call_id, task_id from voice_messages"))).one()
    assert kept.call_id == row["call_id"]
    assert kept.task_id is not None


async def test_a_full_or_forsaken_queue_says_so_and_a_dead_ivr_brings_the_caller_back(house: Station) -> None:
    await save(house, Queue(code="main", when_nobody="closed"))
    waiting = await house.caller()
    floor = await house.sees(lambda floor: floor.calls, "he comes")
    call_id = floor.calls[0].call_id

    async def back_again() -> bool:
        history = await house.history(call_id)
        return "left-queue" in history and "waiting" in history[history.index("left-queue") :]

    await eventually(back_again, 20, "nobody could tell him: he waits again")
    _, phone = await house.operator("anna", "101")
    ringing = await phone.incoming()
    assert ringing.header("X-Busbar-Call") == call_id
    waiting.hang_up()


async def test_who_waited_long_is_served_by_another_queue_and_rules_hold_at_once(house: Station) -> None:
    await save(house, Queue(code="main", overflow_after=2, when_late="queue/help"))
    await house.operator("boris", "102", ready=False)
    anna, phone = await house.operator("anna", "101")
    async with managing(house) as connection:
        await dispatch.set_able(connection, {anna: (("queue/help",), ())}, None)
    caller = await house.caller()
    ringing = await phone.incoming()
    floor = await house.sees(lambda floor: floor.calls and floor.calls[0].queue == "help", "it is in the other queue")

    async def told() -> bool:
        return "overflow" in await house.history(floor.calls[0].call_id)

    await eventually(told, 5, "the history says so")
    ringing.hang_up()
    caller.hang_up()


async def test_rules_published_on_a_page_are_in_force_at_once_and_after_a_restart(house: Station) -> None:
    anna, phone = await house.operator("anna", "101")
    async with managing(house) as connection:
        await dispatch.set_able(connection, {anna: (("law",), ())}, None)
        key = await dispatch.keep(connection, LAW, "law", None)
        served = await dispatch.published(connection)
        assert served is not None, "the floor has put the shipped rules on record"
        await dispatch.publish(connection, key, None, clock.now(), instead_of=served.version_id)
    said = await asyncio.to_thread(routing_command.rules, house.settings, None)
    assert "law: everybody needs law at level 2 or above." in said
    first = await house.caller()
    await house.sees(lambda floor: floor.calls and floor.calls[0].phase is CallPhase.WAITING, "he waits")
    house.floor.kill()
    house.floor.start()
    await house.sees(lambda floor: floor.calls and floor.calls[0].phase is CallPhase.WAITING, "he waits still")
    async with managing(house) as connection:
        await dispatch.set_able(connection, {anna: (("law:2",), ())}, None)
    ringing = await phone.incoming()
    ringing.answer()
    await house.sees(lambda floor: floor.calls[0].phase is CallPhase.TALKING, "the skill counts at once")
    first.hang_up()
