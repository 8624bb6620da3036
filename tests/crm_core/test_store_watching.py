"""Alerts on a real log: raised once, ended, acknowledged by somebody else; reasons and what they open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from crm_core import db as way
from crm_core.errors import BadValue, NoSuchAccount, NoSuchAlert, NotYours
from crm_core.store import access_log, openings, watching
from crm_core.tables import alert_rules, customers, interactions
from crm_core.watch import Level, Step
from tests.crm_core.conftest import Base

pytestmark = pytest.mark.integration
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Moscow")


async def viewed(
    db: way.Database, user_id: int, accounts: list[int], at: datetime = NOW, action: str = "card.viewed"
) -> None:
    entries = [
        access_log.Entry(
            at=at - timedelta(minutes=10) + timedelta(seconds=place),
            user_id=user_id,
            action=action,
            object=f"account {one}",
            reason="",
            ip="",
        )
        for place, one in enumerate(accounts)
    ]
    async with way.transaction(db) as writing:
        await access_log.record_many(writing, entries)


async def looked(db: way.Database, now: datetime = NOW) -> list[tuple[Step, Level]]:
    async with way.transaction(db) as writing:
        return await watching.look(writing, now, ZONE)


def told(found: list[tuple[Step, Level]]) -> list[tuple[Step, str]]:
    return [(what, one.rule) for what, one in found]


async def test_cards_opened_one_after_the_other_raise_one_alert_that_ends_by_itself(
    db: way.Database, base: Base
) -> None:
    olga = await base.user("olga")
    await viewed(db, olga, [1, 2, 3, 4, 5])
    assert told(await looked(db)) == [(Step.RAISED, "sequential")]
    assert await looked(db) == []
    await viewed(db, olga, [6, 7], NOW + timedelta(minutes=1))
    assert await looked(db, NOW + timedelta(minutes=1)) == []
    async with way.reading(db) as reading:
        (alert,) = await watching.listing(reading)
    assert (alert.value, alert.user, alert.detail, alert.blocks) == (7, "Olga", "account 1", True)
    assert told(await looked(db, NOW + timedelta(hours=2))) == [(Step.CLEARED, "sequential")]
    async with way.reading(db) as reading:
        log = await access_log.recent(reading)
    assert [line.object for line in log if line.action == "alert.raised"] == [f"user {olga}"]


async def test_a_bait_raises_an_alert_at_its_first_touch(db: way.Database, base: Base) -> None:
    olga = await base.user("olga")
    bait = await base.account(await base.customer("Nobody Here", flags=["honey"]))
    await viewed(db, olga, [bait], action="search")
    assert await looked(db) == []
    await viewed(db, olga, [bait])
    async with way.reading(db) as reading:
        newest, people = await watching.newcomers(reading, 0)
    assert (newest, people) == (2, {olga})
    async with way.transaction(db) as writing:
        assert told(await watching.look(writing, NOW, ZONE, people)) == [(Step.RAISED, "honey")]


async def test_many_cards_against_one_s_own_history(db: way.Database, base: Base) -> None:
    quiet, busy = await base.user("quiet"), await base.user("busy")
    for hour in range(2, 8):
        then = NOW - timedelta(hours=24 + hour)
        await viewed(db, quiet, [one * 977 for one in range(3)], then)
        await viewed(db, busy, [one * 977 for one in range(15)], then)
    for user in (quiet, busy):
        await viewed(db, user, [one * one * 313 for one in range(1, 31)])
    found = await looked(db)
    assert [(one.rule, one.user_id) for what, one in found if what is Step.RAISED] == [("mass_viewing", quiet)]


async def test_a_rule_that_is_off_raises_nothing(db: way.Database, base: Base) -> None:
    olga = await base.user("olga")
    async with way.transaction(db) as writing:
        await writing.execute(update(alert_rules).values(enabled=False))
    await viewed(db, olga, [1, 2, 3, 4, 5])
    assert await looked(db) == []


async def test_an_alert_is_acknowledged_by_somebody_else_and_once(db: way.Database, base: Base) -> None:
    olga, audrey = await base.user("olga"), await base.user("audrey", "auditor")
    await viewed(db, olga, [1, 2, 3, 4, 5])
    await looked(db)
    async with way.reading(db) as reading:
        (alert,) = await watching.listing(reading)
    async with way.transaction(db) as writing:
        with pytest.raises(NotYours):
            await watching.acknowledge(writing, alert.alert_id, olga, "all mine", NOW)
        done = await watching.acknowledge(writing, alert.alert_id, audrey, " a round of calls ", NOW)
        assert (done.finding, done.acknowledged_by) == ("a round of calls", "Audrey")
        with pytest.raises(NoSuchAlert):
            await watching.acknowledge(writing, alert.alert_id, audrey, "again", NOW)
        assert await watching.count_open(writing) == 0


async def test_a_reason_opens_its_own_card_for_a_while(db: way.Database, base: Base) -> None:
    olga = await base.user("olga")
    account, other = await base.subscriber(), await base.subscriber("Petrov Petr")
    async with way.transaction(db) as writing:
        assert (await openings.give(writing, olga, account, "call_back", "", NOW)).title == "Calling back"
        await openings.give(writing, olga, account, "other", "asked by letter", NOW)
        with pytest.raises(BadValue, match="sentence"):
            await openings.give(writing, olga, account, "other", "", NOW)
        with pytest.raises(BadValue, match="choose one"):
            await openings.give(writing, olga, account, "curiosity", "", NOW)
        with pytest.raises(NoSuchAccount):
            await openings.give(writing, olga, 10**9, "call_back", "", NOW)

    async def reason(account_id: int, later: timedelta) -> str:
        async with way.reading(db) as reading:
            standing = await openings.standing(reading, olga, account_id, NOW + later)
        assert standing is not None
        return standing.reason

    assert await reason(account, timedelta(minutes=29)) == "other"
    assert await reason(account, timedelta(minutes=31)) == ""
    assert await reason(other, timedelta(0)) == ""


async def test_what_stands_behind_an_opening_is_read_at_once(db: way.Database, base: Base) -> None:
    olga = await base.user("olga")
    account = await base.subscriber()
    async with way.transaction(db) as writing:
        await writing.execute(update(customers).values(flags=["vip"]))
    await viewed(db, olga, [1, 2, 3, 4, 5])
    await looked(db)
    async with way.reading(db) as reading:
        standing = await openings.standing(reading, olga, account, NOW)
        assert await openings.standing(reading, olga, 10**9, NOW) is None
    assert standing == openings.Standing(
        accounts=(account,), flags=frozenset({"vip"}), reason="", own_contact="", own_work=False, blocked=True
    )


async def test_a_call_of_the_account_that_was_mine_a_short_while_ago_stands_behind_it(
    db: way.Database, base: Base
) -> None:
    olga, ivan = await base.user("olga"), await base.user("ivan")
    account = await base.subscriber()
    began, over = NOW - timedelta(minutes=50), NOW - timedelta(minutes=20)
    call = {"account_id": account, "channel": "phone", "direction": "in", "operator_id": olga, "began_at": began}
    await base.rows(interactions, {**call, "call_id": "c1", "closed_at": over})

    async def behind(user_id: int, later: timedelta = timedelta(0)) -> str:
        async with way.reading(db) as reading:
            standing = await openings.standing(reading, user_id, account, NOW + later)
        assert standing is not None
        return standing.own_contact

    assert await behind(olga) == "c1"
    assert await behind(olga, timedelta(minutes=15)) == ""
    assert await behind(ivan) == ""
