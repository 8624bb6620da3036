"""The preview of a list says what asking for each debtor by himself says; on a real PostgreSQL."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from crm_core import tables
from crm_core.db import reading, transaction
from crm_core.store import account_facts, outbound_due, outbound_preview
from crm_core.store.outbound_preview import Alike, Measured
from outbound import facts, preview
from outbound.gate import Campaigning, House, Wanted, ask
from outbound.law.text import shipped
from outbound.terms import Allowed, Channel, Mode
from tests.crm_core.conftest import TODAY, Base, base, db  # noqa: F401 -- fixtures
from tests.crm_core.outbound_base import NOW, Lists

RUNS = Campaigning(running=True)


async def variety(lists: Lists, campaign: int) -> list[int]:
    """Put debtors of every kind on a list."""
    plain = [await lists.debtor(f"Plain {at}", f"+7916100000{at}") for at in range(4)]
    barred = [
        await lists.debtor("Life", "+79161000010", flags=["life_support"]),
        await lists.debtor("Dead", "+79161000011", status="deceased"),
        await lists.debtor("Mute", ""),
        await lists.debtor("Listed", "+79161000012"),
        await lists.debtor("Paid", "+79161000013", owes="0.00"),
    ]
    await lists.add(tables.do_not_call, number="+79161000012")
    account = plain[0]
    await lists.add(
        tables.interactions, account_id=account, channel="phone", direction="out", number="+79161000000",
        began_at=NOW - timedelta(hours=3), answered_at=NOW - timedelta(hours=3),
    )  # fmt: skip
    for days in (3, 5):
        await lists.add(
            tables.attempts, account_id=plain[1], customer_id=await lists.customer_of(plain[1]), mode="progressive",
            number="+79161000001", call_id=f"main-9.{days}", planned_at=NOW - timedelta(days=days), state="ended",
            ended_at=NOW - timedelta(days=days), outcome="no_answer",
        )  # fmt: skip
    for one in (*plain, *barred):
        await lists.row(campaign, one)
    async with transaction(lists.base.pools) as connection:
        await account_facts.refresh(connection, [*plain, *barred], TODAY, "Europe/Moscow")
    return [*plain, *barred]


@pytest.mark.integration
@pytest.mark.parametrize("code", ["RU-230", "US", "UK", "none"])
async def test_groups_say_what_each_debtor_says_by_himself(base: Base, code: str) -> None:  # noqa: F811
    lists, profile = Lists(base), shipped(code)
    campaign = await lists.campaign()
    accounts = await variety(lists, campaign)
    since = NOW - profile.looks_back
    async with transaction(base.pools) as connection:
        groups = await outbound_preview.alike(
            connection, campaign, "overdue", Decimal("0.01"), since, by_minute=preview.by_minute(profile)
        )
    told = preview.look(groups, profile, RUNS, Mode.PROGRESSIVE, Channel.CALL, "RU", NOW)

    house = House(country="RU", caller_ids=frozenset({"+74951234567"}))
    each: Counter[str] = Counter()
    async with reading(base.pools) as connection:
        for one in await outbound_due.debtors(connection, accounts, NOW):
            heard = await outbound_due.contacts_of(connection, [one.customer_id], since)
            number = facts.best_number(one) or next((n.number for n in one.numbers), "")
            wanted = Wanted(
                debtor=facts.debtor(one, number, one.overdue), mode=Mode.PROGRESSIVE, campaign=RUNS,
                caller_id="+74951234567",
            )  # fmt: skip
            answer = ask(wanted, [facts.contacted(contact) for contact in heard], profile, house, NOW)
            kind = "now" if isinstance(answer, Allowed) else "never" if answer.next_at is None else "later"
            each[kind] += 1
            each.update([] if isinstance(answer, Allowed) else [f"{kind} {reason}" for reason in answer.reasons])
    assert (told.now, told.later, told.never) == (each["now"], each["later"], each["never"])
    assert told.total == len(accounts)
    assert {f"later {one.reason}": one.later for one in told.why if one.later} | {
        f"never {one.reason}": one.never for one in told.why if one.never
    } == {name: many for name, many in each.items() if " " in name}


@pytest.mark.unit
def test_a_preview_outlives_being_stored() -> None:
    group = Alike(
        zone="Europe/Moscow", bars=frozenset(), consents=frozenset(), usable=True, any_number=True, paid=False,
        heard=(), debtors=3, debt=Decimal("10.50"),
    )  # fmt: skip
    night = datetime(2026, 11, 24, 20, tzinfo=UTC)
    told = preview.look([group], shipped("RU-230"), RUNS, Mode.PREDICTIVE, Channel.CALL, "RU", night)
    assert (told.now, told.later, told.never) == (0, 3, 0)
    assert told.moments == ((datetime(2026, 11, 25, 5, tzinfo=UTC), 3),), "eight in Moscow"
    assert preview.read(preview.stored(told)) == told


@pytest.mark.unit
def test_a_forecast_counts_what_a_call_costs_an_operator() -> None:
    told = preview.Preview(
        at=NOW, policy="none@0", total=1000, now=600, later=300, never=100, moments=(), why=(), debt=Decimal(0)
    )
    nothing = Measured(attempts=0, answer_rate=None, talk_seconds=None)
    slow = preview.forecast(told, Mode.PROGRESSIVE, 10, nothing)
    fast = preview.forecast(told, Mode.PREDICTIVE, 10, nothing)
    assert slow is not None
    assert fast is not None
    assert (slow.calls, slow.talks, slow.measured) == (900, 270, False)
    assert slow.hours == pytest.approx(900 * (0.3 * 140 + 25) / 36_000)
    assert fast.hours == pytest.approx(900 * 0.3 * 140 / 0.85 / 36_000)
    assert preview.forecast(told, Mode.NOTICE, 10, nothing) is None
    assert preview.forecast(told, Mode.PROGRESSIVE, 0, nothing) is None
