"""What is published is kept in memory: heard by the next call, also after the base's link died and came back."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from crm_core import clock
from crm_core import db as database
from crm_core.recordings import Mode, Rule
from crm_core.settings import Settings
from crm_core.store import dispatch, flows, mass_events, recording_rules, voices, working_time
from crm_core.store.flows import Draft
from crm_core.store.mass_events import Event, NewEvent
from crm_core.store.voices import Place
from crm_core.store.working_time import OwnDay
from crm_core.work.forms import Site
from deploy.bench.caller import Caller
from ivr import shelf
from ivr.board import Board
from ivr.overrides import Overrides
from ivr.published import Published
from ivr.shelf import Shelf
from ivr.speech import Speaker, SpeechConfig
from telephony.events import CallMarked, LinkUp, Mark
from tests.ivr.house import KNOWN, IvrProcess
from tests.ivr.people import BOOKS
from tests.support.waiting import eventually
from tests.telephony.diary import Diary

SITE = Site(country="RU", time_zone="Europe/Moscow")
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SHORT = """
name: main
start: bye
operator: operator
steps:
  bye: {hang_up: goodbye}
  operator: {transfer: to_operator}
"""


@dataclass(frozen=True, slots=True)
class Desk:
    """A base, and what the IVR keeps of it."""

    engine: database.Database
    published: Published

    async def publish(self, body: str, instead_of: int | None) -> int:
        async with database.transaction(self.engine) as db:
            key = await flows.keep(db, Draft(name="main", body=body), None)
            await flows.publish(db, key, None, NOW, instead_of=instead_of)
        return key

    @property
    def served(self) -> int | None:
        return self.published.shelf.served.version_id


def kept(engine: database.Database, folder: Path) -> Published:
    speaker = Speaker(SpeechConfig(command=("none",), folder=folder, recorded=folder), BOOKS.wordings)
    return Published(engine, SITE, Shelf(BOOKS, pinned=False), Overrides(BOOKS, speaker, folder), Board())


@asynccontextmanager
async def listening(published: Published) -> AsyncIterator[None]:
    task = asyncio.create_task(published.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def desk(settings: Settings, tmp_path: Path) -> AsyncIterator[Desk]:
    """An IVR's memory that listens to a base."""
    engine = database.open_pools(settings.database_url, name="published")
    await shelf.ship(engine)
    published = kept(engine, tmp_path)
    async with listening(published):
        await published.settled()
        yield Desk(engine, published)
    await engine.dispose()


@pytest.mark.integration
async def test_all_that_is_published_is_taken_in_without_being_asked_for(desk: Desk) -> None:
    board = desk.published.board
    assert (desk.served, board.rules, board.events) == (1, (), ())
    second = await desk.publish(SHORT, 1)
    await eventually(lambda: desk.served == second, 5, "the flow")
    async with database.transaction(desk.engine) as db:
        sentence = "Goodbye, and many thanks."
        await voices.say(db, Place(language="en", prompt="goodbye"), sentence, None, instead_of=0)
        await db.exec_driver_sql("insert into users (login, name, password, role) values ('m', 'M', 'x', 'manager')")
        by = (await db.exec_driver_sql("select max(id) from users")).scalar_one()
        await recording_rules.put(db, Rule(mode=Mode.ALWAYS), by, NOW, instead_of=None)
        event = NewEvent(title="t", area="Elm", texts={"en": "Dark."}, begins_at=clock.now())
        await mass_events.add(db, event, None)
        await working_time.set_day(db, OwnDay(day=NOW.date(), works=False))
        rules = "name: m\nrules:\n  - {name: a, when: {flags: [segment_7]}}\n"
        await dispatch.publish(db, await dispatch.keep(db, rules, "", None), None, NOW, instead_of=None)
    wordings = desk.published.overrides
    await eventually(lambda: wordings.books.wordings["en"].prompts["goodbye"] == sentence, 5, "the words")
    await eventually(lambda: board.rules and board.rules[0].mode is Mode.ALWAYS, 5, "the rule of recording")
    await eventually(lambda: board.events and board.events[0].area_key == "elm", 5, "the event")
    await eventually(lambda: board.calendar and not board.calendar.works(NOW.date()), 5, "the day off")
    await eventually(lambda: board.segments == (7,), 5, "the segment that the rules ask for")


@pytest.mark.integration
async def test_a_link_that_died_loses_no_publication(desk: Desk) -> None:
    with psycopg.connect(
        str(desk.engine.url.set(drivername="postgresql").render_as_string(False)), autocommit=True
    ) as db:
        second = await desk.publish(SHORT, 1)
        await eventually(lambda: desk.served == second, 5, "it listens")
        db.execute("alter table flow_versions disable trigger tell_menus")
        third = await desk.publish(SHORT, second)
        db.execute("alter table flow_versions enable trigger tell_menus")
        assert desk.served == second, "nobody told, and nobody asks by the clock"
        killed = db.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen busbar_m%'"
        )
        assert killed.rowcount == 1
    await eventually(lambda: desk.served == third, 10, "what was published meanwhile is read when it is back")
    fourth = await desk.publish(SHORT, third)
    await eventually(lambda: desk.served == fourth, 5, "and it listens again")


@pytest.mark.integration
async def test_what_cannot_be_read_keeps_nothing_else_from_being_read(desk: Desk) -> None:
    async with database.transaction(desk.engine) as db:
        await db.exec_driver_sql("alter table mass_events rename to elsewhere")
    second = await desk.publish(SHORT, 1)
    await eventually(lambda: desk.served == second, 5, "the flow")
    async with database.transaction(desk.engine) as db:
        await db.exec_driver_sql("alter table elsewhere rename to mass_events")


@pytest.mark.integration
async def test_a_silent_base_keeps_no_caller_waiting_twice(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        engine = database.open_pools(f"postgresql+psycopg://nobody@127.0.0.1:{port}/none")
        published = kept(engine, tmp_path)
        async with listening(published):
            async with asyncio.timeout(2):
                await published.settled()
            async with asyncio.timeout(0.1):
                await published.settled()
            assert published.shelf.served.flow is BOOKS.flow
        await engine.dispose()


@pytest.mark.unit
def test_events_are_told_in_their_time_and_at_their_place() -> None:
    def event(key: int, area: str = "", since: int = -1, until: int | None = None) -> Event:
        ends = None if until is None else NOW + timedelta(hours=until)
        texts = {"en": f"event {key}"}
        return Event(event_id=key, title="t", area=area, area_key=area, texts=texts,
                     begins_at=NOW + timedelta(hours=since), ends_at=ends, restored_at=None)  # fmt: skip

    board = Board(events=(event(1), event(2, "elm st"), event(3, since=1), event(4, until=0), event(5, "elm oak")))
    told = [dict(one.texts)["en"] for one in board.told("1 elm st", NOW) or ()]
    assert told == ["event 1", "event 2"]
    assert len(board.told("", NOW) or ()) == 1
    assert Board().told("", NOW) is None
    assert len(Board(events=tuple(map(event, range(9)))).told("", NOW) or ()) == mass_events.MOST


@pytest.mark.integration
@pytest.mark.timeout(90)
async def test_a_running_ivr_hears_of_it_after_its_base_was_away(
    house: Settings, ivr: IvrProcess, diary: Diary
) -> None:
    engine = database.open_pools(house.database_url)
    await diary.one(LinkUp)
    url = engine.url.set(drivername="postgresql")
    admin = url.set(database="postgres").render_as_string(False)
    with (
        psycopg.connect(url.render_as_string(False), autocommit=True) as db,
        psycopg.connect(admin, autocommit=True) as over,
    ):
        door = sql.SQL("alter database {} with allow_connections {}").format
        name = sql.Identifier(str(engine.url.database))
        over.execute(door(name, sql.SQL("false")))
        db.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )
        await eventually(lambda: "publications_not_heard" in ivr.log(), 20, "the IVR lost its base")
        db.execute("update flow_versions set state = 'retired'")
        insert = "insert into flow_versions (name, version, body, state) values ('main', 2, %s, 'published')"
        db.execute(insert, (SHORT,))
        over.execute(door(name, sql.SQL("true")))
    await eventually(lambda: "flow_taken version=2" in ivr.log(), 20, "what was published meanwhile")
    async with Caller((house.sip_host, house.sip_port), house.master_extension, KNOWN) as caller:
        await caller.is_hung_up_on(20)
    assert (await diary.one(CallMarked, mark=Mark.SERVED)).fields["Path"] == "bye"
    await engine.dispose()
