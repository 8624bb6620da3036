"""Contacts on record, on a real PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from crm_core import db as way
from crm_core import tables
from crm_core.errors import AlreadyClosed, NoSuchAccount, NoSuchCall, NoSuchDisposition, WorkRefused
from crm_core.store import dispositions, interactions
from crm_core.store.cards import load_card
from crm_core.store.interactions import CallRecord
from tests.crm_core.conftest import TODAY, Base

pytestmark = pytest.mark.integration
BEGAN = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
RINGING = CallRecord(
    call_id="main-1.1",
    phase="ringing",
    began_at=BEGAN,
    number="+79161234567",
    dialled="100",
    language="ru",
    topic="balance",
    path=("greeting", "account=1"),
    queue="main",
    waiting_since=BEGAN,
)


async def report(db: way.Database, record: CallRecord) -> None:
    async with way.transaction(db) as connection:
        await interactions.call_changed(connection, record)


async def close(
    db: way.Database, operator: int, disposition: str = "INFO", note: str = "", account: int | None = None
) -> None:
    async with way.transaction(db) as connection:
        await interactions.close(connection, RINGING.call_id, operator, disposition, note, account)


async def row(db: way.Database) -> Any:
    async with way.reading(db) as connection:
        return (await connection.execute(select(tables.interactions))).one()


async def known(db: way.Database) -> CallRecord | None:
    async with way.reading(db) as connection:
        return await interactions.by_call_id(connection, RINGING.call_id)


async def test_a_report_comes_back_as_it_was_and_again_does_no_harm(db: way.Database, base: Base) -> None:
    record = replace(RINGING, account_id=await base.subscriber(), operator_id=await base.user("olga"))
    async with way.transaction(db) as connection:
        await interactions.call_began(connection, record)
    await report(db, record)
    assert await known(db) == record


async def test_a_restarted_floor_that_knows_less_forgets_nothing(db: way.Database, base: Base) -> None:
    full = replace(RINGING, phase="talking", answered_at=BEGAN, account_id=await base.subscriber())
    await report(db, full)
    await report(db, CallRecord(call_id=RINGING.call_id, phase="held", began_at=BEGAN + timedelta(minutes=5)))
    assert await known(db) == replace(full, phase="held")


async def test_a_call_thought_lost_may_turn_out_alive(db: way.Database) -> None:
    await report(db, RINGING)
    async with way.transaction(db) as connection:
        assert await interactions.finish_lost(connection, RINGING.call_id, BEGAN, "failed")
        assert not await interactions.finish_lost(connection, RINGING.call_id, BEGAN, "abandoned")
        assert await interactions.open_calls(connection) == []
    await report(db, RINGING)
    async with way.reading(db) as connection:
        (alive,) = await interactions.open_calls(connection)
    assert (alive.phase, alive.ended_at) == ("ringing", None)


async def test_an_end_is_never_before_the_beginning(db: way.Database) -> None:
    await report(db, RINGING)
    async with way.transaction(db) as connection:
        await interactions.finish_lost(connection, RINGING.call_id, BEGAN - timedelta(hours=1), "failed")
    assert (await row(db)).ended_at == BEGAN


async def test_an_unknown_account_or_operator_does_not_cost_the_record(db: way.Database) -> None:
    await report(db, replace(RINGING, account_id=4711, operator_id=4711))
    found = await row(db)
    assert (found.account_id, found.operator_id, found.number) == (None, None, "+79161234567")


async def test_a_hostile_caller_does_not_cost_the_record(db: way.Database) -> None:
    nasty = "\x00\ud800\u202e'; drop table users; --" + "x" * 500
    await report(db, replace(RINGING, number=nasty, topic=nasty, path=(nasty,) * 500, language=nasty, dialled=nasty))
    found = await row(db)
    assert "\x00" not in found.number
    assert len(found.path) == interactions.LONGEST_PATH


async def test_what_was_written_up_survives_every_report(db: way.Database, base: Base) -> None:
    operator, account, other = await base.user("olga"), await base.subscriber(), await base.subscriber()
    await report(db, RINGING)
    await close(db, operator, "BALANCE", "asked twice\x00", account)
    await report(db, replace(RINGING, phase="ended", ended_at=BEGAN, account_id=other))
    async with way.transaction(db) as connection:
        assert not await interactions.undisposed(connection, RINGING.call_id)
    found = await row(db)
    assert (found.disposition, found.note, found.account_id) == ("BALANCE", "asked twice", account)
    assert (found.phase, found.operator_id) == ("ended", operator)


async def test_a_contact_nobody_wrote_up_is_marked_and_may_still_be_written(db: way.Database, base: Base) -> None:
    await report(db, RINGING)
    async with way.transaction(db) as connection:
        assert await interactions.undisposed(connection, RINGING.call_id)
        assert not await interactions.undisposed(connection, RINGING.call_id)
        assert not await interactions.undisposed(connection, "nobody's")
    await close(db, await base.user("olga"), "INFO")
    assert (await row(db)).disposition == "INFO"


async def test_what_is_written_up_may_be_sent_again_and_from_then_on_takes_a_correction(
    db: way.Database, base: Base
) -> None:
    olga, pavel = await base.user("olga"), await base.user("pavel")
    await report(db, RINGING)
    for _ in range(2):
        await close(db, olga, "INFO")
    with pytest.raises(WorkRefused) as refused:
        await close(db, olga, "TARIFF")
    assert refused.value.code == "correct-with-reason"
    with pytest.raises(AlreadyClosed):
        await close(db, pavel, "INFO")
    async with way.reading(db) as connection:
        query = select(tables.call_events.c.what, tables.call_events.c.detail).order_by(tables.call_events.c.id)
        events = [tuple(one) for one in await connection.execute(query)]
    assert events == [("disposed", "INFO")]


@pytest.mark.parametrize("code", ["", "NONSENSE", "UNDISPOSED", "info", "x" * 500])
async def test_only_what_is_on_the_list_can_be_chosen(db: way.Database, base: Base, code: str) -> None:
    await report(db, RINGING)
    with pytest.raises(NoSuchDisposition):
        await close(db, await base.user("olga"), code)
    assert (await row(db)).disposition is None


async def test_a_call_or_account_that_is_not_there_cannot_be_written_up(db: way.Database, base: Base) -> None:
    operator = await base.user("olga")
    with pytest.raises(NoSuchCall):
        await close(db, operator)
    await report(db, RINGING)
    with pytest.raises(NoSuchAccount):
        await close(db, operator, account=4711)


async def test_a_timeline_pages_through_everything_once(db: way.Database, base: Base) -> None:
    account = await base.subscriber()
    for number in range(7):
        began = BEGAN - timedelta(hours=number // 2)
        await report(db, CallRecord(call_id=f"c{number}", phase="ended", began_at=began, account_id=account))
    await report(db, replace(RINGING, account_id=account))
    seen: list[int] = []
    async with way.reading(db) as connection:
        while page := await interactions.timeline(connection, account, seen[-1] if seen else None, 3):
            seen += [one.interaction_id for one in page]
        card = await load_card(connection, account, TODAY)
    assert card is not None
    assert len(set(seen)) == len(seen) == 7
    assert seen == [one.interaction_id for one in card.interactions]


@pytest.mark.parametrize(
    ("outcome", "code"),
    [("abandoned", "ABANDON"), ("served", "SERVED"), ("failed", "TECH_ERROR"), ("answered", ""), ("", "")],
)
async def test_a_contact_no_operator_had_is_called_what_became_of_it(
    db: way.Database, base: Base, outcome: str, code: str
) -> None:
    account = await base.subscriber()
    await report(db, replace(RINGING, phase="ended", outcome=outcome, account_id=account))
    async with way.reading(db) as connection:
        rows = await interactions.timeline(connection, account)
        card = await load_card(connection, account, TODAY)
        titles = await dispositions.titles(connection)
    assert card is not None
    assert [one.disposition for one in rows] == [one.disposition for one in card.interactions] == [code]
    assert not code or titles[code]


async def test_what_an_operator_wrote_goes_before_what_became_of_the_call(db: way.Database, base: Base) -> None:
    account = await base.subscriber()
    await report(db, replace(RINGING, phase="ended", outcome="abandoned", account_id=account))
    await close(db, await base.user("olga"), "INFO")
    async with way.reading(db) as connection:
        (one,) = await interactions.timeline(connection, account)
    assert one.disposition == "INFO"


async def test_a_timeline_row_is_what_the_card_shows(db: way.Database, base: Base) -> None:
    account, operator = await base.subscriber(), await base.user("olga")
    talked = replace(RINGING, phase="wrap_up", answered_at=BEGAN, ended_at=BEGAN + timedelta(seconds=61))
    await report(db, replace(talked, account_id=account, operator_id=operator))
    await close(db, operator, "INFO", "note")
    async with way.reading(db) as connection:
        (one,) = await interactions.timeline(connection, account)
        card = await load_card(connection, account, TODAY)
    assert card is not None
    assert (one,) == card.interactions
    assert (one.operator, one.seconds, one.disposition, one.note) == ("Olga", 61, "INFO", "note")


async def test_a_calls_history_only_grows(db: way.Database) -> None:
    async with way.transaction(db) as connection:
        for what in ("offered", "answered"):
            await interactions.event(connection, "c1", BEGAN, what, 4711, "\x00detail")
    async with way.reading(db) as connection:
        rows = await connection.execute(select(tables.call_events.c.what, tables.call_events.c.detail))
        assert sorted(tuple(one) for one in rows) == [("answered", "detail"), ("offered", "detail")]


async def test_who_spoke_to_whom_comes_newest_first_and_only_since_then(db: way.Database, base: Base) -> None:
    olga, account = await base.user("olga"), await base.subscriber()
    for minutes, answered in ((0, True), (1, False), (2, True), (3, True)):
        began = BEGAN + timedelta(minutes=minutes)
        record = replace(
            RINGING, call_id=f"main-{minutes}", began_at=began, number=f"+7{minutes}", account_id=account,
            operator_id=olga, answered_at=began if answered else None,
        )  # fmt: skip
        await report(db, record)
    async with way.reading(db) as connection:
        found = await interactions.answered_since(connection, BEGAN, 2)
        later = await interactions.answered_since(connection, BEGAN + timedelta(minutes=3), 9)
    assert [one.number for one in found] == ["+73", "+72"]
    assert {(one.operator_id, one.account_id) for one in found} == {(olga, account)}
    assert [one.number for one in later] == ["+73"]


async def test_a_history_is_read_in_its_order(db: way.Database) -> None:
    lines = [
        interactions.Happened(call_id="main-1.1", at=BEGAN, what=what, detail=what.upper())
        for what in ("arrived", "waiting", "offered")
    ]
    async with way.transaction(db) as connection:
        await interactions.events(connection, lines)
    async with way.reading(db) as connection:
        assert await interactions.history(connection, "main-1.1") == lines
        assert await interactions.history(connection, "main-1.2") == []
