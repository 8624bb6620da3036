"""Held readings as a work list, meters exchanged, rules read from the base; on a real PostgreSQL."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

from crm_core import clock, tables
from crm_core import db as way
from crm_core.errors import BadValue, HeldDecided, NoSuchHeldReading
from crm_core.meter_exchange import NewMeter
from crm_core.reading_policy import ReadingRules
from crm_core.readings import Verdict
from crm_core.store import exchanges, held, policies, readings
from tests.crm_core.conftest import TODAY, Base

pytestmark = pytest.mark.integration
OCTOBER = date(2026, 10, 22)


async def do(db: way.Database, action: Any, *values: Any, **more: Any) -> Any:
    async with way.transaction(db) as connection:
        return await action(connection, *values, **more)


async def submit(
    db: way.Database, account: int, values: dict[int, int], on: date = TODAY, **more: Any
) -> list[Verdict]:
    exact = {register: Decimal(value) for register, value in values.items()}
    return await do(  # type: ignore[no-any-return]
        db, readings.submit, account, exact, more.pop("source", "ivr"), on, None, **({"today": TODAY} | more)
    )


async def waiting(db: way.Database, **more: Any) -> list[held.Held]:
    async with way.reading(db) as connection:
        return await held.waiting(connection, **more)


async def states(db: way.Database) -> list[tuple[Any, ...]]:
    table = tables.held_readings
    async with way.reading(db) as connection:
        rows = await connection.execute(select(table.c.value, table.c.status, table.c.reason).order_by(table.c.id))
        return [tuple(row) for row in rows]


async def stored(db: way.Database) -> list[tuple[Any, ...]]:
    table = tables.readings
    query = select(table.c.taken_on, table.c.revision, table.c.value, table.c.quality, table.c.reason)
    async with way.reading(db) as connection:
        return [tuple(row) for row in await connection.execute(query.order_by(table.c.taken_on, table.c.revision))]


@pytest.fixture
async def metered(db: way.Database, base: Base) -> tuple[int, int]:
    """An account with one register that showed 100 in October."""
    account = await base.subscriber()
    (single,) = await base.meter(account, "single")
    await submit(db, account, {single: 100}, OCTOBER)
    return account, single


async def test_what_is_held_waits_with_its_rule_and_what_would_be_accepted(
    db: way.Database, metered: tuple[int, int]
) -> None:
    account, single = metered
    await submit(db, account, {single: 5000})
    (one,) = await waiting(db)
    assert (one.account_id, one.register_id, one.value, one.rule) == (account, single, 5000, "too-high")
    assert (one.least, one.most, one.serial, one.customer) == (121, 711, "A1", "Иванов Иван")
    assert await waiting(db, after=one.held_id) == []
    assert await waiting(db, rule="too-low") == []
    await submit(db, account, {single: 6000})
    assert [row.value for row in await waiting(db)] == [6000]


async def test_a_person_confirms_it_with_a_reason(db: way.Database, base: Base, metered: tuple[int, int]) -> None:
    account, single = metered
    await submit(db, account, {single: 5000})
    (one,) = await waiting(db)
    boss = await base.user("boss", "manager")
    (verdict,) = await do(db, readings.confirm, one.held_id, boss, "a sauna was built")
    assert (verdict.decision, verdict.consumption) == ("accepted", 4900)
    assert await waiting(db) == []
    assert await states(db) == [(5000, "confirmed", "a sauna was built")]
    assert (await stored(db))[-1] == (TODAY, 1, 5000, "actual", "a sauna was built")
    with pytest.raises(HeldDecided):
        await do(db, held.refuse, one.held_id, boss, "no")


async def test_a_person_refuses_it_with_a_reason(db: way.Database, base: Base, metered: tuple[int, int]) -> None:
    account, single = metered
    await submit(db, account, {single: 5000})
    (one,) = await waiting(db)
    await do(db, held.refuse, one.held_id, await base.user("boss", "manager"), "typed wrongly")
    assert await states(db) == [(5000, "refused", "typed wrongly")]
    assert (await stored(db))[-1] == (TODAY, 1, 5000, "refused", "typed wrongly")
    (verdict,) = await submit(db, account, {single: 300})
    assert verdict.decision == "accepted"


async def test_both_registers_are_confirmed_together(db: way.Database, base: Base) -> None:
    account = await base.subscriber()
    day, night = await base.meter(account, "day", "night")
    await submit(db, account, {day: 100, night: 100}, OCTOBER)
    await submit(db, account, {day: 300, night: 5000})
    (one,) = await waiting(db)
    verdicts = await do(db, readings.confirm, one.held_id, await base.user("boss"), "seen")
    assert [verdict.decision for verdict in verdicts] == ["accepted", "accepted"]
    assert len(await stored(db)) == 5


async def test_a_later_reading_overtakes_what_waits(db: way.Database, metered: tuple[int, int]) -> None:
    account, single = metered
    await submit(db, account, {single: 5000}, date(2026, 11, 20))
    await submit(db, account, {single: 300})
    assert await states(db) == [(5000, "overtaken", "")]


async def test_nobody_decides_about_what_is_not_there(db: way.Database, base: Base) -> None:
    with pytest.raises(NoSuchHeldReading):
        await do(db, readings.confirm, 4711, 1, "why")


async def test_everybody_is_judged_by_the_rules_in_the_base(db: way.Database, metered: tuple[int, int]) -> None:
    account, single = metered
    rules = ReadingRules(high=Decimal(50), window_first=1, window_last=21, outside="refuse")
    await do(db, policies.add_readings, rules, TODAY + timedelta(1), "from tomorrow", None)
    assert (await submit(db, account, {single: 5000}))[0].rule == "too-high"
    await do(db, policies.add_readings, rules, TODAY, "at once", None)
    assert (await submit(db, account, {single: 5000}))[0].rule == "outside-window"
    assert (await submit(db, account, {single: 5000}, date(2026, 11, 21)))[0].decision == "accepted"
    async with way.reading(db) as connection:
        versions = await policies.readings_versions(connection)
        older = await policies.readings_versions(connection, before=versions[1].version_id)
    assert [(one.note, one.rules.high) for one in versions] == [
        ("at once", 50), ("from tomorrow", 50), ("as delivered", 3)
    ]  # fmt: skip
    assert [one.note for one in older] == ["as delivered"]


async def test_the_last_actual_reading_counts_behind_a_long_run_of_estimates(
    db: way.Database, base: Base, metered: tuple[int, int]
) -> None:
    account, single = metered
    estimates = [
        {"account_id": account, "register_id": single, "taken_on": OCTOBER + timedelta(days), "value": 150 + days,
         "source": "system", "quality": "estimate"} for days in range(1, 9)
    ]  # fmt: skip
    await base.rows(tables.readings, *estimates)
    (verdict,) = await submit(db, account, {single: 130})
    assert (verdict.decision, verdict.notes) == ("accepted", ("true-up",))
    assert (await submit(db, account, {single: 99}))[0].rule == "went-down"


@pytest.mark.parametrize("where", ["account", "agreement"])
async def test_use_while_supply_is_cut_off_waits(
    db: way.Database, base: Base, metered: tuple[int, int], where: str
) -> None:
    """AC39."""
    account, single = metered
    if where == "account":
        await do(db, lambda connection: connection.execute(update(tables.accounts).values(status="cut_off")))
    else:
        before = {"account_id": account, "supply": "connected", "started_on": date(2020, 1, 1)}
        await base.rows(tables.agreements, before, before | {"supply": "cut_off", "started_on": date(2026, 10, 1)})
    assert (await submit(db, account, {single: 300}))[0].rule == "disconnected"


async def swap(db: way.Database, account: int, final: int, initial: int) -> tuple[list[Verdict], int]:
    async with way.reading(db) as connection:
        (state,) = await readings.registers(connection, account)
    done = exchanges.Exchange(
        meter_id=state.meter_id,
        on=clock.now().date(),
        finals={state.register_id: Decimal(final)},
        meter=NewMeter(serial="B2", digits=6, model="EM-1"),
        initials={"single": Decimal(initial)},
    )
    return await do(db, exchanges.exchange, account, done, None, "worn out"), state.meter_id


async def test_a_meter_is_exchanged_as_one_thing(db: way.Database, metered: tuple[int, int]) -> None:
    account, _ = metered
    verdicts, old = await swap(db, account, 220, 5)
    assert [one.decision for one in verdicts] == ["accepted", "accepted"]
    async with way.reading(db) as connection:
        (state,) = await readings.registers(connection, account)
        removed = (
            await connection.execute(select(tables.meters.c.removed_on).where(tables.meters.c.id == old))
        ).scalar_one()
    today = clock.now().date()
    assert (state.serial, state.digits, state.usual, state.carried, removed) == ("B2", 6, 200, 120, today)
    assert [(row[2], row[3], row[4]) for row in await stored(db)][1:] == [
        (220, "exchange", "worn out"), (5, "exchange", "worn out")
    ]  # fmt: skip
    tomorrow = today + timedelta(1)
    (verdict,) = await submit(db, account, {state.register_id: 65}, tomorrow, today=tomorrow)
    assert (verdict.decision, verdict.consumption) == ("accepted", 180)


async def test_what_was_held_of_a_meter_that_is_gone_waits_no_longer(
    db: way.Database, metered: tuple[int, int]
) -> None:
    account, single = metered
    await submit(db, account, {single: 5000})
    await swap(db, account, 220, 5)
    assert await waiting(db) == []
    assert await states(db) == [(5000, "overtaken", "")]


async def test_an_exchange_that_cannot_be_leaves_everything_as_it_was(
    db: way.Database, metered: tuple[int, int]
) -> None:
    account, single = metered
    verdicts, _ = await swap(db, account, 99, 5)
    assert [one.rule for one in verdicts] == ["went-down", ""]
    async with way.reading(db) as connection:
        assert [one.register_id for one in await readings.registers(connection, account)] == [single]
    assert len(await stored(db)) == 1


async def test_a_visit_without_a_reading_says_why(db: way.Database, metered: tuple[int, int]) -> None:
    account, _ = metered
    async with way.reading(db) as connection:
        (state,) = await readings.registers(connection, account)
    key = await do(db, exchanges.not_read, account, state.meter_id, TODAY, "no_access", "dog", None)
    assert key > 0
    for meter, why in ((state.meter_id, "bored"), (4711, "no_access")):
        with pytest.raises(BadValue):
            await do(db, exchanges.not_read, account, meter, TODAY, why, "", None)
