"""What is open for a caller: every flag that rules may ask for, in one question of the base."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event

from crm_core import tables
from crm_core.db import Database, reading, transaction
from crm_core.segments.conditions import Condition, Group
from crm_core.segments.kinds import Op
from crm_core.standing import MOST, WORKED_OUT, joined, segments_asked
from crm_core.store import account_facts, callers, dispatch, segments
from crm_core.store import standing as store
from crm_core.store.segments import Draft
from crm_core.work.forms import Site
from tests.crm_core.conftest import Base

SITE = Site(country="RU", time_zone="Europe/Moscow")
NOW = datetime(2026, 11, 22, 21, 30, tzinfo=UTC)
"""In Moscow it is the 23rd already."""
TODAY = SITE.today(NOW)
YESTERDAY = TODAY - timedelta(days=1)


async def flags(db: Database, account: int, call_id: str = "") -> frozenset[str]:
    """What the menu is told of an account: everything in one question, and the segments that rules ask about."""
    found = await callers.by_key(db, account, NOW, SITE, call_id)
    async with reading(db) as seen:
        rules = await dispatch.published(seen)
        wanted = segments_asked(rules.body) if rules is not None else ()
        held = await store.holding(seen, wanted, account, SITE, NOW)
    return frozenset() if not found or found[0].open is None else found[0].open | held


def application(account: int, stage: str, due: datetime) -> dict[str, Any]:
    return {
        "account_id": account, "number": f"A{stage}{due:%H}", "kind": "meter_fault", "title": "Meter", "stage": stage,
        "filed_on": YESTERDAY, "due_at": due,
    }  # fmt: skip


def call(account: int, number: int, ago: timedelta, direction: str = "in") -> dict[str, Any]:
    return {
        "account_id": account, "call_id": f"c-{number}", "channel": "phone", "direction": direction,
        "began_at": NOW - ago,
    }  # fmt: skip


@pytest.mark.integration
async def test_a_plain_account_has_nothing_open(db: Database, base: Base) -> None:
    account = await base.account(await base.customer("Anna"))
    await base.rows(tables.applications, application(account, "done", NOW - timedelta(hours=1)),
                    application(account, "filed", NOW + timedelta(hours=1)))  # fmt: skip
    await base.rows(
        tables.promises,
        {"account_id": account, "amount": Decimal(5), "due_on": TODAY + timedelta(days=1)},
        {"account_id": account, "amount": Decimal(5), "due_on": YESTERDAY, "status": "kept"},
    )
    await base.rows(tables.interactions, *(call(account, one, timedelta(days=8)) for one in range(5)))
    await base.rows(tables.interactions, *(call(account, 10 + one, timedelta(hours=1), "out") for one in range(5)))
    assert await flags(db, account) == frozenset()
    assert await flags(db, 99_999) == frozenset()


CASES: Mapping[str, tuple[Any, Mapping[str, Any]]] = {
    "application_late": (tables.applications, application(0, "in_work", NOW - timedelta(minutes=1))),
    "promise_due": (tables.promises, {"amount": Decimal(5), "due_on": TODAY}),
    "dispute_open": (tables.disputes, {"amount": Decimal(5), "period": TODAY.replace(day=1), "reason": "Too much."}),
}


@pytest.mark.integration
@pytest.mark.parametrize("flag", CASES)
async def test_what_is_open_for_an_account(db: Database, base: Base, flag: str) -> None:
    account = await base.account(await base.customer("Anna"))
    other = await base.account(await base.customer("Boris"))
    table, row = CASES[flag]
    if flag == "dispute_open":
        bill = {"account_id": account, "period": row["period"], "issued_on": YESTERDAY, "due_on": TODAY,
                "amount": Decimal(9), "open_amount": Decimal(9)}  # fmt: skip
        await base.rows(tables.invoices, bill)
    await base.rows(table, {**row, "account_id": account})
    assert await flags(db, account) == {flag}
    assert await flags(db, other) == frozenset()


@pytest.mark.integration
async def test_who_he_is(db: Database, base: Base) -> None:
    firm = await base.customer("Firm", kind="organisation", flags=["vip"], priority="high")
    frail = await base.customer("Frail", special_need="Hears badly", priority="critical")
    breathes = await base.customer("Breathes", flags=["life_support"])
    assert await flags(db, await base.account(firm, flags=["dispute"])) == {
        "vip", "dispute", "legal_entity", "priority_high",
    }  # fmt: skip
    assert await flags(db, await base.account(frail)) == {"vulnerable", "priority_critical"}
    assert await flags(db, await base.account(breathes)) == {"vulnerable", "life_support"}


@pytest.mark.integration
async def test_the_third_call_of_a_week_counts_and_the_present_one_does_not(db: Database, base: Base) -> None:
    account = await base.account(await base.customer("Anna"))
    await base.rows(tables.interactions, *(call(account, one, timedelta(days=2 * one)) for one in range(3)))
    assert await flags(db, account) == {"called_often"}
    assert await flags(db, account, "c-0") == frozenset()


@pytest.mark.integration
async def test_an_event_at_the_address_or_everywhere(db: Database, base: Base) -> None:
    account = await base.account(await base.customer("Anna"))
    event_ = {"title": "Cable", "texts": {}, "begins_at": NOW - timedelta(hours=1)}
    await base.rows(tables.mass_events, {**event_, "area_key": "nowhere street"},
                    {**event_, "ends_at": NOW - timedelta(minutes=1)})  # fmt: skip
    assert await flags(db, account) == frozenset()
    await base.rows(tables.mass_events, event_)
    assert await flags(db, account) == {"mass_event"}


@pytest.mark.integration
async def test_it_is_one_question_and_takes_a_few_milliseconds(db: Database, base: Base) -> None:
    account = await base.account(await base.customer("Anna", flags=["vip"]))
    await callers.by_key(db, account, NOW, SITE)
    took = []
    for _ in range(20):
        began = time.perf_counter()
        await callers.by_key(db, account, NOW, SITE)
        took.append(time.perf_counter() - began)
    assert sorted(took)[10] < 0.02
    print(f"flags of an account: {sorted(took)[10] * 1000:.2f} ms")  # noqa: T201 - the figure in docs/routing.md
    asked: list[str] = []
    event.listen(db.reader.sync_engine, "before_cursor_execute", lambda *row: asked.append(row[2]))
    await callers.by_key(db, account, NOW, SITE)
    assert asked == [], "it goes straight to the driver, once"


@pytest.mark.integration
async def test_segments_are_looked_for_when_the_published_rules_ask_for_them(db: Database, base: Base) -> None:
    account = await base.account(await base.customer("Anna"))
    rules = "name: m\nrules:\n  - {name: a, when: {flags: [segment_77, segment_12345678901]}}\n"
    async with transaction(db) as writing:
        key = await dispatch.keep(writing, rules, "", None)
        await dispatch.publish(writing, key, None, NOW, instead_of=None)
    assert await flags(db, account) == frozenset(), "a segment that is gone holds nobody"


@pytest.mark.integration
async def test_an_account_has_the_flags_of_the_segments_it_is_in(db: Database, base: Base) -> None:
    owing, other = [
        await base.account(await base.customer(name), balance=Decimal(owed)) for name, owed in (("A", 150), ("B", 5))
    ]
    owes = Group(parts=(Condition(fact="balance", op=Op.AT_LEAST, values=("100",)),))
    async with transaction(db) as writing:
        await account_facts.refresh(writing, [owing, other], TODAY, SITE.time_zone)
        kept = [
            await segments.save(writing, Draft(segment_id=0, name=name, tree=owes, version=1), None) for name in "CD"
        ]
        rules = f"name: m\nrules:\n  - {{name: a, when: {{flags: [segment_{kept[0]}, segment_{kept[1]}]}}}}\n"
        key = await dispatch.keep(writing, rules, "", None)
        await dispatch.publish(writing, key, None, NOW, instead_of=None)
    assert await flags(db, owing) == {f"segment_{one}" for one in kept}
    assert await flags(db, other) == frozenset()


@pytest.mark.unit
def test_flags_travel_without_baits_and_without_text_that_is_no_flag() -> None:
    assert joined(("debt",), frozenset({"vip", "honey", "a,b", "X"})) == "debt,vip"
    assert joined(("", "vip"), ()) == "vip"
    assert len(joined((), {f"f{one}" for one in range(99)}).split(",")) == MOST


@pytest.mark.unit
def test_every_flag_that_is_worked_out_is_asked_for_and_explained() -> None:
    for flag in WORKED_OUT:
        assert f"'{flag}'" in store.OPEN or flag.startswith("priority_")
