"""Taking readings in, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from crm_core import db as way
from crm_core import tables
from crm_core.errors import BadValue, NoSuchAccount
from crm_core.readings import Policy, Verdict
from crm_core.store import readings
from tests.crm_core.conftest import TODAY, Base

pytestmark = pytest.mark.integration
POLICY = Policy(today=TODAY)


async def submit(
    db: way.Database, account: int, values: dict[int, int], on: date = TODAY, **more: Any
) -> list[Verdict]:
    exact = {register: Decimal(value) for register, value in values.items()}
    async with way.transaction(db) as connection:
        return await readings.submit(connection, account, exact, "operator", on, None, **({"policy": POLICY} | more))


async def stored(db: way.Database) -> list[tuple[Any, ...]]:
    table = tables.readings
    query = select(table.c.register_id, table.c.revision, table.c.value, table.c.quality, table.c.doubt).order_by(
        table.c.register_id, table.c.taken_on, table.c.revision
    )
    async with way.reading(db) as connection:
        return [tuple(row) for row in await connection.execute(query)]


async def metered(base: Base, *codes: str) -> tuple[int, list[int]]:
    account = await base.subscriber()
    return account, await base.meter(account, *codes)


async def test_a_submission_is_stored_and_known_afterwards(db: way.Database, base: Base) -> None:
    account, (day, night) = await metered(base, "day", "night")
    verdicts = await submit(db, account, {day: 100, night: 50})
    assert [one.decision for one in verdicts] == ["accepted", "accepted"]
    assert await stored(db) == [(day, 0, 100, "actual", None), (night, 0, 50, "actual", None)]
    async with way.reading(db) as connection:
        states = await readings.registers(connection, account)
    assert [(one.code, one.recent[0].value, one.usual) for one in states] == [("day", 100, 200), ("night", 50, 200)]


async def test_the_same_submission_again_stores_nothing_more(db: way.Database, base: Base) -> None:
    account, (single,) = await metered(base, "single")
    first = await submit(db, account, {single: 100})
    assert await submit(db, account, {single: 100}) == first
    assert len(await stored(db)) == 1


async def test_a_correction_is_a_new_revision(db: way.Database, base: Base) -> None:
    account, (single,) = await metered(base, "single")
    await submit(db, account, {single: 100})
    await submit(db, account, {single: 90})
    assert [row[1:3] for row in await stored(db)] == [(0, 100), (1, 90)]
    async with way.reading(db) as connection:
        (state,) = await readings.registers(connection, account)
    assert [one.value for one in state.recent] == [90]


async def test_a_stored_reading_cannot_be_changed(db: way.Database, base: Base) -> None:
    account, (single,) = await metered(base, "single")
    await submit(db, account, {single: 100})
    with pytest.raises(DBAPIError, match="a correction is a new revision"):
        async with way.transaction(db) as connection:
            await connection.execute(update(tables.readings).values(value=90))


async def test_the_service_of_an_accounts_only_points_decides_what_is_plausible(db: way.Database, base: Base) -> None:
    account, (single,) = await metered(base, "single")
    await base.rows(tables.service_points, {"account_id": account, "service": "water"})
    async with way.reading(db) as connection:
        (state,) = await readings.registers(connection, account)
    assert state.service == "water"
    await base.rows(tables.service_points, {"account_id": account, "service": "power"})
    async with way.reading(db) as connection:
        (state,) = await readings.registers(connection, account)
    assert (state.register_id, state.service) == (single, "")


async def test_one_refused_register_keeps_all_from_being_stored(db: way.Database, base: Base) -> None:
    account, (day, night) = await metered(base, "day", "night")
    verdicts = await submit(db, account, {day: 100, night: 10**6})
    assert [one.rule for one in verdicts] == ["", "too-many-digits"]
    await submit(db, account, {day: 100})
    assert await stored(db) == []


async def test_a_held_reading_is_stored_as_held_until_confirmed(db: way.Database, base: Base) -> None:
    account, (single,) = await metered(base, "single")
    await submit(db, account, {single: 100}, date(2026, 10, 22))
    (verdict,) = await submit(db, account, {single: 5000})
    assert (verdict.decision, verdict.rule) == ("held", "too-high")
    async with way.reading(db) as connection:
        (state,) = await readings.registers(connection, account)
    assert state.held is not None
    assert (state.held.value, [one.value for one in state.recent]) == (5000, [100])
    await submit(db, account, {single: 5000}, confirmed=True)
    assert [row[1:] for row in await stored(db)][1:] == [(0, 5000, "held", "too-high"), (1, 5000, "actual", None)]
    async with way.reading(db) as connection:
        (state,) = await readings.registers(connection, account)
    assert (state.held, state.recent[0].value) == (None, 5000)


async def test_a_held_reading_given_again_next_day_is_taken(db: way.Database, base: Base) -> None:
    account, (single,) = await metered(base, "single")
    await submit(db, account, {single: 100}, date(2026, 10, 22))
    await submit(db, account, {single: 5000}, date(2026, 11, 21))
    (verdict,) = await submit(db, account, {single: 5000})
    assert (verdict.decision, verdict.notes) == ("accepted", ("too-high", "verified"))


async def test_two_submissions_at_once_come_one_after_the_other(db: way.Database, base: Base) -> None:
    account, (single,) = await metered(base, "single")
    await asyncio.gather(*(submit(db, account, {single: 100 + number % 2}) for number in range(4)))
    rows = await stored(db)
    assert [row[1] for row in rows] == list(range(len(rows)))
    assert all(one[2] != other[2] for one, other in pairwise(rows))


async def test_use_before_an_exchange_is_carried_to_the_new_meter(db: way.Database, base: Base) -> None:
    account = await base.subscriber()
    (old,) = await base.meter(account, "single", serial="OLD", removed_on=date(2026, 11, 5))
    (new,) = await base.meter(account, "single", serial="NEW", installed_on=date(2026, 11, 5))
    reading = {"account_id": account, "source": "exchange", "taken_on": date(2026, 11, 5), "quality": "exchange"}
    await base.rows(
        tables.readings,
        reading | {"register_id": old, "value": 1120, "consumption": 120},
        reading | {"register_id": new, "value": 3},
    )
    (verdict,) = await submit(db, account, {new: 63})
    assert (verdict.decision, verdict.consumption) == ("accepted", 180)
    (verdict,) = await submit(db, account, {new: 64}, TODAY.replace(day=23), policy=Policy(today=date(2026, 11, 23)))
    assert verdict.consumption == 1


async def test_a_register_of_a_stranger_is_refused(db: way.Database, base: Base) -> None:
    account, (single,) = await metered(base, "single")
    _, (other,) = await metered(base, "single")
    verdicts = await submit(db, account, {single: 100, other: 100})
    assert verdicts[-1].rule == "unknown-register"
    assert await stored(db) == []


async def test_today_is_the_day_at_the_premises(db: way.Database, base: Base) -> None:
    account, (single,) = await metered(base, "single")
    (verdict,) = await submit(db, account, {single: 100}, date(2199, 1, 1), policy=None)
    assert verdict.rule == "in-future"


async def test_nobodys_reading_and_nobodys_source_raise(db: way.Database, base: Base) -> None:
    with pytest.raises(NoSuchAccount):
        await submit(db, 4711, {1: 1})
    async with way.transaction(db) as connection:
        with pytest.raises(BadValue):
            await readings.submit(connection, 1, {}, "hearsay", TODAY, None)
