"""Rules on a real base: whom they find and why, once for each period, by however many workers."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select, update

from crm_core import db as way
from crm_core import tables
from crm_core.errors import BadValue, NoSuchWork, WorkRefused
from crm_core.segments.conditions import Condition, Group
from crm_core.segments.kinds import Op
from crm_core.store import account_facts, segments, signals, tasks, teams
from crm_core.work import jobs
from crm_core.work.forms import Site
from crm_core.work.signals import Rule, read
from tests.crm_core.conftest import Base
from tests.support.ledger import unguarded

pytestmark = pytest.mark.integration
SITE = Site(country="RU", time_zone="Europe/Moscow")
NOW = datetime(2026, 11, 25, 7, tzinfo=UTC)
TODAY = date(2026, 11, 25)


def rule(what: str = "cycle", **more: Any) -> dict[str, Any]:
    return {"title": "Rule", "what": what, "then": {"team": "contact_centre", "title": "Call"}, **more}


def parsed(data: dict[str, Any]) -> Rule:
    found, defects = read(data)
    assert defects == ()
    assert found is not None
    return found


async def switched_on(db: way.Database, base: Base, data: dict[str, Any]) -> int:
    by = await base.user(f"manager{base.running}-{data['title']}", "manager")
    async with way.transaction(db) as connection:
        key, defects = await signals.save(connection, None, data, by, NOW)
        assert key is not None, defects
        with pytest.raises(WorkRefused, match="preview-first"):
            await signals.switch(connection, key, active=True)
        await signals.preview(connection, parsed(data), TODAY)
        await signals.previewed(connection, key, parsed(data), NOW)
        await signals.switch(connection, key, active=True)
    return key


async def run(db: way.Database, key: int, now: datetime = NOW, size: int = 1000) -> signals.Run | None:
    async with way.transaction(db) as connection:
        period = await signals.begin(connection, await signals.by_id(connection, key), SITE, now)
    last = None
    while True:
        async with way.transaction(db) as connection:
            done = await signals.batch(connection, key, period, SITE, now, size)
        if done is None:
            return last
        last = done


async def found(db: way.Database, data: dict[str, Any], day: date = TODAY) -> dict[int, dict[str, Any]]:
    async with way.reading(db) as connection:
        preview = await signals.preview(connection, parsed(data), day)
    assert preview.whole
    assert preview.found == preview.expected == len(preview.sample)
    return {one["account_id"]: dict(one["facts"]) for one in preview.sample}


async def history(
    base: Base, account: int, months: dict[int, int | None], *, revision: int = 0, quality: str = "actual"
) -> None:
    """Use by month of 2026, None for a month without a reading."""
    await base.rows(
        tables.readings,
        *(
            {
                "account_id": account, "register_id": account, "taken_on": date(2026, month, 20),
                "revision": revision, "value": Decimal(100 * month), "consumption": use, "source": "web",
                "quality": quality,
            }
            for month, use in months.items() if use is not None
        ),
    )  # fmt: skip


async def test_a_cycle_finds_everybody_it_looks_at(db: way.Database, base: Base) -> None:
    flat = await base.subscriber()
    shop = await base.account(await base.customer("Shop", kind="organisation"), flags=["sleeping"])
    closed = await base.account(await base.customer("Gone"), status="closed", balance=Decimal(9999))
    quiet = await base.account(await base.customer("Quiet", flags=["do_not_call"]))
    for who, expected in (
        ({}, {flat, shop, quiet}),
        ({"kind": "organisation"}, {shop}),
        ({"status": ["closed", "cut_off"]}, {closed}),
        ({"status": []}, {flat, shop, closed, quiet}),
        ({"flags_any": ["sleeping"]}, {shop}),
        ({"flags_none": ["do_not_call", "sleeping"]}, {flat}),
        ({"status": [], "balance_least": "1000"}, {closed}),
        ({"balance_most": "100"}, set()),
        ({"tariff": "S"}, {flat, shop, quiet}),
        ({"tariff": "'; drop table accounts; --"}, set()),
    ):
        assert set(await found(db, rule(who=who))) == expected, who


OF_SEGMENTS = (
    Condition(fact="balance", op=Op.AT_LEAST, values=("100",)),
    Condition(fact="flags", op=Op.ONE_OF, values=("do_not_call", "vip")),
    Condition(fact="flags", op=Op.NONE_OF, values=("do_not_call",)),
    Condition(fact="kind", op=Op.ONE_OF, values=("organisation",)),
    Condition(fact="name", op=Op.HAS_WORDS, values=("100% quiet_",)),
    Condition(fact="opened_on", op=Op.SINCE, values=("2021-01-01",)),
    Condition(fact="silent_months", op=Op.AT_LEAST, values=("3",)),
    Condition(fact="application_kind", op=Op.NONE_OF, values=("outage",)),
)


async def segment(db: way.Database, name: str, *conditions: Condition) -> int:
    async with way.transaction(db) as connection:
        key = await segments.save(connection, segments.Draft(name=name, tree=Group(parts=conditions)), None)
    assert isinstance(key, int), key
    return key


async def test_a_rule_finds_exactly_the_members_of_the_segment_it_names(db: way.Database, base: Base) -> None:
    made = [
        await base.subscriber(),
        await base.account(await base.customer("Shop", kind="organisation"), flags=["do_not_call"], balance=Decimal(7)),
        await base.account(await base.customer("100% Quiet_", flags=["vip"]), opened_on=date(2026, 10, 30)),
    ]
    async with way.transaction(db) as connection:
        await account_facts.refresh(connection, made, TODAY, "Europe/Moscow")
    for place, condition in enumerate(OF_SEGMENTS):
        name = f"Segment {place}"
        key = await segment(db, name, condition)
        async with way.reading(db) as connection:
            members = await segments.members(connection, key, 0, 100, today=TODAY)
        hits = await found(db, rule(who={"segment": key}))
        assert sorted(hits) == members, condition
        assert 0 < len(members) < 3 or condition.fact in {"silent_months", "application_kind"}, condition
        assert all(facts["segment"] == name for facts in hits.values())
    nobody = await found(db, rule("no_reading", who={"segment": key, "kind": "organisation", "status": ["closed"]}))
    assert nobody == {}


async def test_a_rule_follows_its_segment_and_says_so_when_it_cannot(db: way.Database, base: Base) -> None:
    account = await base.account(await base.customer("Shop", kind="organisation"))
    await base.subscriber()
    async with way.transaction(db) as connection:
        await account_facts.refresh(connection, [1, 2], TODAY, "Europe/Moscow")
    shops = await segment(db, "Shops", OF_SEGMENTS[3])
    tree = Group(parts=(OF_SEGMENTS[3],)).model_dump(mode="json")
    key = await switched_on(db, base, rule(who={"segment": shops}))
    other = await switched_on(db, base, rule(title="Other"))
    async with way.transaction(db) as connection:
        no = await signals.save(connection, key, rule(who={"segment": 4711}), 1, NOW)
        nonsense = Group(parts=(Condition(fact="nonsense", op=Op.YES),)).model_dump(mode="json")
        await connection.execute(update(tables.segments).values(tree=nonsense))
    assert (no[0], [one.code for one in no[1]]) == (None, ["rule-segment"])
    assert await jobs.run_rules(db, SITE) == 2, "the other rule runs all the same"
    async with way.transaction(db) as connection:
        (broken,) = await signals.runs(connection, key)
        assert (broken.trouble, broken.found, broken.finished_at) == ("segment-broken", 0, None)
        await connection.execute(update(tables.segments).values(tree=tree))
    assert await jobs.run_rules(db, SITE) == 1
    async with way.reading(db) as connection:
        (mended,) = await signals.runs(connection, key)
        (hit,) = await signals.hits(connection, rule_id=key)
        assert len(await signals.hits(connection, rule_id=other)) == 2
    assert (mended.trouble, mended.found) == ("", 1)
    assert (hit.account_id, hit.facts) == (account, {"status": "active", "segment": "Shops"})


async def test_who_gives_no_readings_is_found_with_the_last_one(db: way.Database, base: Base) -> None:
    gives, silent, never, newcomer, held = [await base.subscriber() for _ in range(5)]
    for account in (gives, silent, never, held):
        await base.meter(account, "single", serial=f"S{account}")
    await base.meter(newcomer, "single", serial="N1", installed_on=date(2026, 10, 30))
    await history(base, gives, {7: 100, 8: 100})
    await history(base, silent, {5: 100, 7: 100})
    await history(base, held, {9: 100}, quality="held")
    facts = await found(db, rule("no_reading", periods=3))
    assert set(facts) == {silent, never, held}
    assert facts[silent] == {"last_on": "2026-07-20", "since": "2026-08-01"}
    assert facts[never]["last_on"] is None


async def test_who_uses_less_is_found_with_by_how_much(db: way.Database, base: Base) -> None:
    falls, steady, corrected, gap = [await base.subscriber() for _ in range(4)]
    await history(base, falls, {5: 100, 6: 100, 7: 100, 8: 70, 9: 70, 10: 70})
    await history(base, steady, {5: 100, 6: 100, 7: 100, 8: 80, 9: 80, 10: 80})
    await history(base, corrected, {5: 100, 6: 100, 7: 100, 8: 10, 9: 10, 10: 10})
    await history(base, corrected, {8: 100, 9: 100, 10: 100}, revision=1)
    await history(base, gap, {5: 100, 6: 100, 7: 100, 8: 50, 9: None, 10: None})
    facts = await found(db, rule("consumption_down", percent=30))
    assert facts == {falls: {"used": 210, "before": 300, "percent": 30, "since": "2026-08-01"}}
    assert set(await found(db, rule("consumption_down", percent=20))) == {falls, steady}
    assert await found(db, rule("consumption_down", against="year")) == {}


async def test_who_stopped_paying_is_found_and_who_never_paid_is_another_matter(db: way.Database, base: Base) -> None:
    stopped, pays, never, even, long_ago = [await base.subscriber() for _ in range(5)]
    for account, paid_on in (
        (stopped, date(2026, 7, 3)), (pays, date(2026, 9, 3)), (even, date(2026, 7, 3)), (long_ago, date(2024, 1, 3)),
    ):  # fmt: skip
        await base.rows(tables.payments, {"account_id": account, "paid_on": paid_on, "amount": 10, "channel": "bank"})
    async with way.transaction(db) as connection:
        await unguarded(connection)
        await connection.execute(update(tables.accounts).where(tables.accounts.c.id == even).values(balance=0))
    facts = await found(db, rule("payments_stopped"))
    assert never not in facts
    assert facts == {stopped: {"last_on": "2026-07-03", "balance": "113.45"}}


async def test_a_hit_becomes_a_task_once_a_period_however_often_it_runs(db: way.Database, base: Base) -> None:
    accounts = [await base.subscriber() for _ in range(5)]
    key = await switched_on(db, base, rule(every="quarter"))
    first = await run(db, key, size=2)
    assert first is not None
    assert (first.found, first.finished_at, first.period) == (5, NOW, date(2026, 10, 1))
    assert await run(db, key) is None
    later = datetime(2027, 1, 2, 7, tzinfo=UTC)
    assert (await run(db, key, datetime(2026, 12, 2, 7, tzinfo=UTC))) is None, "the same quarter"
    again = await run(db, key, later)
    assert again is not None
    assert again.found == 5
    async with way.reading(db) as connection:
        hits = await signals.hits(connection, rule_id=key)
        listed = await tasks.listing(connection, tasks.Filter(source="signal"), NOW)
        assert await signals.hits(connection, account_id=accounts[0], before=hits[0].hit_id, limit=1)
        assert len(await signals.runs(connection, key)) == 2
    assert len(hits) == len(listed) == 10
    assert all(one.task_id for one in hits)
    assert listed[0].facts == {"status": "active", "rule": "Rule", "what": "cycle"}
    assert listed[0].due_at == datetime(2026, 11, 30, 15, tzinfo=UTC)
    assert {one.account_id for one in listed} == set(accounts)


async def test_every_task_of_a_rule_has_an_owner_or_a_team_and_the_same_account_the_same_person(
    db: way.Database, base: Base
) -> None:
    accounts = [await base.subscriber() for _ in range(4)]
    olga, ivan, gone = [await base.user(login) for login in ("olga", "ivan", "gone")]
    async with way.transaction(db) as connection:
        await teams.save(connection, "callers", {"en": "Callers"}, lead_id=None, members=[olga, ivan, gone])
        await connection.execute(update(tables.users).where(tables.users.c.id == gone).values(active=False))
        with pytest.raises(BadValue, match="owner"):
            await signals.save(connection, None, rule(then={"owner_id": gone}), olga, NOW)
        with pytest.raises(BadValue, match="team"):
            await signals.save(connection, None, rule(then={"team": "nobody"}), olga, NOW)
    await run(db, await switched_on(db, base, rule(title="Shared", then={"team": "callers", "share": True})))
    await run(db, await switched_on(db, base, rule(title="Hers", then={"team": "callers", "owner_id": olga})))
    async with way.reading(db) as connection:
        made = await tasks.listing(connection, tasks.Filter(source="signal"), NOW)
    owners = {(one.title, one.account_id): one.owner_id for one in made}
    assert {owners["Hers", account] for account in accounts} == {olga}
    assert [owners["Shared", account] for account in accounts] == [(olga, ivan)[account % 2] for account in accounts]
    assert {one.team for one in made} == {"callers"}


async def test_two_workers_at_once_find_everything_once(db: way.Database, base: Base) -> None:
    for _ in range(6):
        await base.subscriber()
    key = await switched_on(db, base, rule())
    await asyncio.gather(*(run(db, key, size=1) for _ in range(3)))
    async with way.reading(db) as connection:
        assert await connection.scalar(select(func.count()).select_from(tables.signal_hits)) == 6
        assert await connection.scalar(select(func.count()).select_from(tables.tasks)) == 6
        (done,) = await signals.runs(connection, key)
    assert (done.found, done.done_to) == (6, done.last_id)


async def test_a_rule_never_finds_more_than_people_can_do(db: way.Database, base: Base) -> None:
    for _ in range(4):
        await base.subscriber()
    key = await switched_on(db, base, rule(limit=3))
    done = await run(db, key, size=2)
    assert done is not None
    assert (done.found, done.capped) == (3, True)


async def test_a_rule_changes_marks_and_statuses_and_the_history_says_so(db: way.Database, base: Base) -> None:
    shop = await base.customer("Shop")
    account = await base.account(shop, flags=["dispute", "regular"])
    await base.account(shop, flags=["dispute", "sleeping"])
    dead = await base.customer("Dead", status="deceased")
    await base.account(dead, flags=["dispute"])
    data = rule(then={"task": False, "set_flag": "sleeping", "drop_flag": "regular", "turn": "former"})
    await run(db, await switched_on(db, base, data))
    async with way.reading(db) as connection:
        rows = await connection.execute(select(tables.accounts.c.flags).order_by(tables.accounts.c.id))
        flags = [row.flags for row in rows]
        statuses = [row[0] for row in await connection.execute(
            select(tables.customers.c.status).order_by(tables.customers.c.id))]  # fmt: skip
        changes = tables.customer_changes.c
        told = (await connection.execute(
            select(changes.object, changes.what, changes.before, changes.after, changes.reason, changes.by_user)
            .order_by(changes.object, changes.id))).all()  # fmt: skip
        assert await tasks.listing(connection, tasks.Filter(), NOW) == []
        hits = await signals.hits(connection)
    assert flags == [["dispute", "sleeping"], ["dispute", "sleeping"], ["dispute", "sleeping"]]
    assert statuses == ["former", "deceased"], "a person's word stays"
    assert [tuple(one) for one in told] == [
        (f"account {account}", "flags", "dispute, regular", "dispute, sleeping", "Rule", None),
        ("account 3", "flags", "dispute", "dispute, sleeping", "Rule", None),
        ("customer", "status", "active", "former", "Rule", None),
    ]
    assert {hit.task_id for hit in hits} == {None}
    assert set(await found(db, rule(who={"customer": ["former"]}))) == {1, 2}


async def test_a_changed_rule_is_off_until_it_was_looked_at_again(db: way.Database, base: Base) -> None:
    await base.subscriber()
    key = await switched_on(db, base, rule())
    await run(db, key)
    manager = await base.user("marta", "manager")
    async with way.transaction(db) as connection:
        same = await signals.save(connection, key, rule(), manager, NOW)
        assert (await signals.by_id(connection, key)).active
        await signals.save(connection, key, rule(limit=7), manager, NOW)
        kept = await signals.by_id(connection, key)
        missing = await signals.save(connection, key, {"title": ""}, manager, NOW)
        with pytest.raises(NoSuchWork):
            await signals.save(connection, 4711, rule(), manager, NOW)
    assert same == (key, ())
    assert missing[0] is None
    assert (kept.active, kept.previewed_at, kept.by) == (False, None, "Marta")
    assert await run(db, key) is None, "a rule that is off does nothing"


async def test_the_worker_runs_what_is_on_and_leaves_the_rest(db: way.Database, base: Base) -> None:
    await base.subscriber()
    await switched_on(db, base, rule())
    off = rule(title="Off")
    async with way.transaction(db) as connection:
        await signals.save(connection, None, off, await base.user("marta", "manager"), NOW)
    assert await jobs.run_rules(db, SITE) == 1
    assert await jobs.run_rules(db, SITE) == 0
    assert await jobs.sweep_all(db, SITE) == 0


async def test_a_rule_broken_by_hand_is_told_and_not_guessed(db: way.Database, base: Base) -> None:
    key = await switched_on(db, base, rule())
    async with way.transaction(db) as connection:
        await connection.execute(update(tables.signal_rules).values(spec={"title": "x"}))
        with pytest.raises(BadValue, match=str(key)):
            await signals.by_id(connection, key)
        with pytest.raises(NoSuchWork):
            await signals.by_id(connection, 4711)
