"""What the house does for a caller: over a real base, and on real calls that walk through the verbs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import clock
from crm_core import db as database
from crm_core.callback_desk import CallbackWish, Kept, Refused
from crm_core.errors import BadValue
from crm_core.settings import Settings
from crm_core.store import callers, flows, mass_events, phone_service, working_time
from crm_core.store.flows import Draft, Text
from crm_core.store.mass_events import NewEvent
from crm_core.work.forms import Site
from deploy.bench.caller import Caller as Phone
from ivr import messages
from ivr.answers import (
    Account,
    CallbackKept,
    CallbackRefused,
    Confirmed,
    FactsRead,
    Filed,
    Found,
    HoursRead,
    NoAddress,
    NotFiled,
    NumberChecked,
    Queued,
    StandingRead,
    Unavailable,
)
from ivr.base import Base
from ivr.board import Board
from ivr.counter import Caller, Counter
from ivr.effects import Confirm, FetchStanding, FileApplication, KeepMark, OfferCallback, SendMessage
from ivr.recognising import Recognising
from telephony.events import CallMarked, LinkUp, Mark
from tests.ivr.house import KNOWN, ONE, SHARED, TWO, IvrProcess, account_id
from tests.support.waiting import eventually
from tests.telephony.diary import Diary

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]
TODAY = date(2026, 11, 25)
SITE = Site(country="RU", time_zone="Europe/Moscow")
WHO = Caller(call_id="main-1.1", number=KNOWN)


@pytest.fixture
async def engine(house: Settings) -> AsyncIterator[AsyncEngine]:
    """The base of three accounts."""
    engine = database.open_pools(house.database_url)
    yield engine
    await engine.dispose()


def counter(engine: AsyncEngine, **more: object) -> Counter:
    return Counter(base=Base(engine), site=SITE, utility="Sample Energy", **more)  # type: ignore[arg-type]


async def board(engine: AsyncEngine) -> Board:
    """What the office published, as the IVR keeps it in memory."""
    async with database.reading(engine) as db:
        events = tuple(await mass_events.to_tell(db, clock.now()))
        return Board(events=events, calendar=await working_time.calendar(db, SITE))


def recognising(engine: AsyncEngine, known: Board | None = None) -> Recognising:
    return Recognising(base=Base(engine), board=known or Board(), site=SITE, call_id=WHO.call_id)


def rows(house: Settings, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(house.database_url.replace("+psycopg", "")) as db:
        return db.execute(query).fetchall()  # type: ignore[call-overload,no-any-return]


class Desk:
    """A call-back desk that keeps everything but one number."""

    async def calls(self) -> bool:
        return True

    async def offer(self, wish: CallbackWish) -> Kept | Refused:
        return Refused("type") if wish.number.endswith("9") else Kept()


async def test_an_account_is_told_served_and_proved_over_a_real_base(house: Settings, engine: AsyncEngine) -> None:
    desk, one = counter(engine), account_id(house.database_url, ONE)
    facts = await desk.facts(one, TODAY)
    assert isinstance(facts, FactsRead)
    assert [(reading.code, reading.value) for reading in facts.readings] == [("single", Decimal(12000))]
    assert isinstance(await desk.facts(999, TODAY), Unavailable)

    rows_of = psycopg.connect(house.database_url.replace("+psycopg", ""), autocommit=True)
    with rows_of as db:
        db.execute("update meters set serial = '77001234' where account_id = %s", (one,))
        db.execute('update tariffs set prices = \'{"single": "5.43"}\'')
        db.execute("update customers set flags = '[\"vip\"]'")
    (found,) = accounts(await recognising(engine).by_meter("77001234", clock.now()))
    assert (found.account_id, found.number, found.pinned) == (one, ONE, False)
    told = await desk.facts(one, TODAY)
    assert isinstance(told, FactsRead)
    assert told.prices == (("single", Decimal("5.43")),)

    async with database.transaction(engine) as write:
        for wrong in ("12", "1111", "12a4", "123456789"):
            with pytest.raises(BadValue):
                await phone_service.set_pin(write, one, wrong, None)
        await phone_service.set_pin(write, one, "2580", None)
    (found,) = accounts(await recognising(engine).by_meter("77001234", clock.now()))
    assert found.pinned
    assert await desk.confirm(Confirm(one, "pin", "2580"), TODAY) == Confirmed(right=True)
    for _ in range(phone_service.MOST_WRONG):
        assert await desk.confirm(Confirm(one, "pin", "0000"), TODAY) == Confirmed(right=False)
    assert await desk.confirm(Confirm(one, "pin", "2580"), TODAY) == Confirmed(right=False), "five wrong ones lock it"
    assert await desk.confirm(Confirm(999, "pin", "2580"), TODAY) == Confirmed(right=False)
    assert await desk.confirm(Confirm(one, "last_payment", "700"), TODAY) == Confirmed(right=False)
    stored = rows(house, "select pin from account_pins")[0][0]
    assert "2580" not in str(stored)

    async with database.transaction(engine) as write:
        event = NewEvent(title="t", area="Elm", texts={"en": "Dark."}, begins_at=datetime(2026, 1, 1, tzinfo=UTC))
        await mass_events.add(write, event, None)
    now, told_of = clock.now(), await board(engine)
    standing = await recognising(engine, told_of).standing(FetchStanding(one, (999,)), now)
    assert isinstance(standing, StandingRead)
    assert (standing.flags, standing.segments, len(standing.events)) == (frozenset({"vip"}), frozenset(), 1)
    assert await recognising(engine, told_of).standing(FetchStanding(None), now) == StandingRead()
    assert await recognising(engine).standing(FetchStanding(None), now) == Unavailable(), "nobody knows of events"


def accounts(found: Found | Unavailable) -> Sequence[Account]:
    assert isinstance(found, Found)
    return found.accounts


async def test_a_call_asks_of_an_account_once(house: Settings, engine: AsyncEngine) -> None:
    call, now, asked = recognising(engine, await board(engine)), clock.now(), list[str]()
    read = callers.database.read_value

    async def counted(*row: Any) -> Any:
        asked.append(row[1])
        return await read(*row)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(callers.database, "read_value", counted)
        (found,) = accounts(await call.by_caller(KNOWN, now))
        assert await call.open_for(found.account_id, now) == frozenset()
        assert isinstance(await call.standing(FetchStanding(found.account_id), now), StandingRead)
        assert accounts(await call.by_account(ONE, now)) == (found,)
        assert len(asked) == 1
        assert len(accounts(await call.by_caller(SHARED, now))) == 2
        two = accounts(await call.by_account(TWO, now))[0]
        assert (two.known is not None, len(asked)) == (True, 3), "of one among several nothing was told yet"
        assert await call.open_for(999_999, now) == frozenset()


async def test_a_meters_number_with_letters_is_keyed_by_its_digits(house: Settings, engine: AsyncEngine) -> None:
    one, two = (account_id(house.database_url, number) for number in (ONE, TWO))

    async def found(digits: str) -> list[int]:
        return [account.account_id for account in accounts(await recognising(engine).by_meter(digits, clock.now()))]

    with psycopg.connect(house.database_url.replace("+psycopg", ""), autocommit=True) as db:
        db.execute("update meters set serial = 'X' || id")
        db.execute("update meters set serial = 'AB-7700/1234c' where account_id = %s", (one,))
        assert await found("77001234") == [one]
        assert await found("7700") == []
        db.execute("update meters set serial = '77001234' where account_id = %s", (two,))
        assert await found("77001234") == [one, two], "two have it: it proves nothing"
        db.execute("update meters set removed_on = now() where account_id = %s", (two,))
        assert await found("77001234") == [one]


async def test_what_is_asked_for_twice_is_done_once(house: Settings, engine: AsyncEngine) -> None:
    desk, one = counter(engine), account_id(house.database_url, ONE)
    wish = FileApplication(account_id=one, kind="certificate", values=(("purpose", "bank"),), step="certificate")
    first, again = await desk.file(wish, WHO), await desk.file(wish, WHO)
    assert isinstance(first, Filed)
    assert isinstance(again, Filed)
    assert (first.again, again.again, first.number) == (False, True, again.number)
    lacking = FileApplication(account_id=one, kind="certificate", values=(), step="other")
    assert await desk.file(lacking, WHO) == NotFiled("purpose")
    assert isinstance(await desk.file(FileApplication(account_id=one, kind="x", values=(), step="s"), WHO), NotFiled)
    assert rows(house, "select channel, call_id from applications") == [("ivr", "main-1.1")]

    letter = SendMessage(account_id=one, channel="sms", what="how_to_pay", language="ru")
    assert await desk.send(letter, WHO, TODAY) == Queued()
    assert await desk.send(letter, WHO, TODAY) == Queued()
    ((address, body, state),) = rows(house, "select address, body, state from outbox")
    assert (address, state) == (KNOWN, "waiting")
    assert ONE in str(body)
    ((owed,),) = rows(house, "select min(balance) from accounts")
    assert str(owed) in str(body)
    email = SendMessage(account_id=one, channel="email", what="balance", language="en")
    assert await desk.send(email, WHO, TODAY) == NoAddress()

    for mark in (3, 5):
        assert await desk.mark(KeepMark("service", mark), WHO) == Queued()
    async with database.reading(engine) as db:
        assert await phone_service.mark(db, WHO.call_id) == {"service": 5}


async def test_call_backs_are_left_with_the_desk_and_hours_are_the_offices(engine: AsyncEngine) -> None:
    wish = OfferCallback(number="+79121234567", account_id=None, topic="", language="en")
    other = OfferCallback(number="+79121234569", account_id=None, topic="", language="en")
    assert await counter(engine).callback(wish, WHO) == CallbackRefused("no-desk")
    assert await counter(engine, desk=Desk()).callback(wish, WHO) == CallbackKept()
    assert await counter(engine, desk=Desk()).callback(other, WHO) == CallbackRefused("type")
    assert counter(engine).check("89121234567") == NumberChecked("+79121234567")
    assert counter(engine).check("112") == NumberChecked("")
    for at, word in (
        ("2026-11-25T12:00+03:00", "open"),
        ("2026-11-25T23:00+03:00", "closed"),
        ("2026-11-28T12:00+03:00", "closed"),
        ("2026-11-04T12:00+03:00", "holiday"),
    ):
        desk = counter(engine, board=await board(engine))
        assert desk.hours(datetime.fromisoformat(at)) == HoursRead(word), at


async def test_without_a_base_everything_is_unavailable_and_nothing_raises() -> None:
    nowhere = database.open_pools("postgresql+psycopg://nobody@127.0.0.1:1/none")
    desk = counter(nowhere)
    answers = [
        await desk.facts(1, TODAY),
        desk.hours(clock.now()),
        desk.hour("12", clock.now()),
        await recognising(nowhere).standing(FetchStanding(1), clock.now()),
        await recognising(nowhere).by_caller(KNOWN, clock.now()),
        await desk.file(FileApplication(account_id=1, kind="certificate", values=(), step="s"), WHO),
        await desk.send(SendMessage(account_id=1, channel="sms", what="balance", language="en"), WHO, TODAY),
        await desk.mark(KeepMark("service", 5), WHO),
        await desk.confirm(Confirm(1, "pin", "1234"), TODAY),
        await recognising(nowhere).by_meter("12345", clock.now()),
    ]
    assert answers == [Unavailable()] * len(answers)
    await nowhere.dispose()


# --- on real calls -------------------------------------------------------------------------------


async def follow(phone: Phone, *presses: str) -> None:
    """Hear a prompt begin, press, and so on."""
    for keys in presses:
        await phone.hear(20)
        await phone.press(keys)


def call(house: Settings) -> Phone:
    return Phone((house.sip_host, house.sip_port), house.master_extension, KNOWN)


async def test_one_call_through_the_menus_and_a_message_ended_by_hanging_up(
    house: Settings, ivr: IvrProcess, diary: Diary
) -> None:
    await diary.one(LinkUp)
    async with call(house) as phone:
        await follow(phone, "1", "4", ONE[-4:], "1", "1", "4", "5", "1", "1", "5", "1", "1", "5", "4")
        phone.speak()
        recorded = await eventually(lambda: _file(house), 30, "the message is being recorded")
        await eventually(lambda: recorded.stat().st_size > 40_000, 30, "something was said")
    await eventually(lambda: rows(house, "select 1 from flow_walks"), 10, "the way is kept")
    ((path, ending, version),) = rows(house, "select path, ending, version_id from flow_walks")
    assert (ending, version) == ("gone", 1)
    assert isinstance(path, list)
    wanted = {"last_reading", "certificate", "outage", "message"}
    went = [step for step in path if step.partition("=")[0] in wanted]
    assert went == ["last_reading=told", "certificate=filed", "outage=none", "message"]
    assert rows(house, "select kind, channel from applications") == [("certificate", "ivr")]
    ((file, seconds, title),) = rows(
        house, "select m.file, m.seconds, t.title from voice_messages m join tasks t on t.id = m.task_id"
    )
    assert file == recorded.name
    assert int(str(seconds)) >= 2
    assert KNOWN in str(title)


def _file(house: Settings) -> Path | None:
    found = [one for one in (house.run_dir / messages.FOLDER).glob("*.wav") if one.name != "tone.wav"]
    return found[0] if found else None


OWN = """
name: main
start: event
operator: operator
steps:
  event: {announce: event, next: hours}
  hours: {branch: hours, cases: {open: ask, closed: ask, holiday: ask}, otherwise: operator}
  ask: {collect: ask_account, expect: account, wrong: account_wrong, next: letter, otherwise: bye, failed: operator}
  letter: {send: letter, channel: sms, what: balance, next: back, unverified: ask, no_address: bye, failed: operator}
  back: {offer_callback: callback, next: mark, refused: mark, otherwise: mark, failed: operator}
  mark: {survey: survey_mark, next: bye}
  bye: {hang_up: goodbye}
  operator: {transfer: to_operator}
"""


async def test_a_flow_published_while_we_run_serves_the_next_call_and_not_the_one_that_is_here(
    house: Settings, ivr: IvrProcess, diary: Diary, engine: AsyncEngine
) -> None:
    await diary.one(LinkUp)
    async with call(house) as before:
        await follow(before, "1")
        await before.hear(20)
        async with database.transaction(engine) as db:
            key = await flows.keep(db, Draft(name="main", body=OWN), None)
            await flows.publish(db, key, None, clock.now(), instead_of=1)
            texts = {"en": "No supply in Elm street.", "ru": "Нет света."}
            event = NewEvent(title="t", area="", texts=texts, begins_at=clock.now() - timedelta(hours=1))
            await mass_events.add(db, event, None)
        async with call(house) as phone:
            await follow(phone, ONE, "1", "4")
            await phone.is_hung_up_on()
            served = await diary.one(CallMarked, mark=Mark.SERVED)
        assert served.fields["Path"] == "event=1;hours;ask=ok;letter=sent;back=refused;mark=4;bye"
        await before.press("2")
        await before.hear(20)
    assert [row[0] for row in rows(house, "select mark from survey_marks")] == [4]
    await eventually(lambda: len(rows(house, "select 1 from flow_walks")) == 2, 10, "both ways are kept")
    assert dict(rows(house, "select version_id, path->>0 from flow_walks")) == {1: "greeting", 2: "event=1"}  # type: ignore[arg-type]
    async with database.reading(engine) as db:
        assert isinstance(await flows.published(db, "main"), Text)
