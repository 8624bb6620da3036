"""Tasks on a real base: made once, taken by one, listed by what is due."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm_core import db as way
from crm_core.access import Role
from crm_core.errors import NoSuchAccount, NoSuchWork, WorkRefused
from crm_core.store import tasks, work_log
from crm_core.store.tasks import Filter, NewTask, Task
from crm_core.work.lives import Mover, TaskState, TaskStep
from tests.crm_core.conftest import Base

pytestmark = pytest.mark.integration
NOW = datetime(2026, 11, 25, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)


async def add(db: way.Database, **more: Any) -> int | None:
    new = NewTask(**({"kind": "call", "title": "Call Anna"} | more))
    async with way.transaction(db) as connection:
        made = await tasks.add(connection, [new], NOW)
    return made[0] if made else None


async def step(db: way.Database, key: int, wanted: TaskStep, mover: Mover, said: str = "") -> TaskState:
    async with way.transaction(db) as connection:
        return await tasks.step(connection, key, wanted, mover, said, NOW)


async def listing(db: way.Database, **more: Any) -> list[Task]:
    async with way.reading(db) as connection:
        return await tasks.listing(connection, Filter(**more), NOW)


async def people(base: Base) -> tuple[Mover, Mover, Mover]:
    return (
        Mover(user_id=await base.user("olga"), role=Role.OPERATOR),
        Mover(user_id=await base.user("pavel"), role=Role.OPERATOR),
        Mover(user_id=await base.user("irina", "supervisor"), role=Role.SUPERVISOR),
    )


async def test_what_makes_a_task_may_ask_again_and_gets_one(db: way.Database) -> None:
    assert await add(db, once="signal:1:1")
    assert await add(db, once="signal:1:1") is None
    assert await add(db, kind="nonsense")
    assert await add(db)
    async with way.transaction(db) as connection:
        assert await tasks.add(connection, [], NOW) == []
    assert [one.kind for one in await listing(db)] == ["call", "other", "call"]


async def test_of_two_people_at_once_one_takes_a_task_and_the_other_hears_so(db: way.Database, base: Base) -> None:
    olga, pavel, _ = await people(base)
    key = await add(db)
    assert key
    found = await asyncio.gather(
        step(db, key, TaskStep.TAKE, olga), step(db, key, TaskStep.TAKE, pavel), return_exceptions=True
    )
    (refused,) = [one for one in found if isinstance(one, BaseException)]
    assert isinstance(refused, WorkRefused)
    assert refused.code == "task-taken"
    async with way.reading(db) as connection:
        task = await tasks.by_id(connection, key, NOW)
        lines = await work_log.told(connection, "task", key)
    assert task.state == "in_work"
    assert task.owner_id in {olga.user_id, pavel.user_id}
    assert [one.after for one in lines] == ["in_work", ""]


async def test_a_task_is_finished_by_who_has_it_and_given_on_by_a_lead(db: way.Database, base: Base) -> None:
    olga, pavel, irina = await people(base)
    key = await add(db, owner_id=olga.user_id)
    assert key
    await step(db, key, TaskStep.TAKE, olga)
    with pytest.raises(WorkRefused, match="step-not-yours"):
        await step(db, key, TaskStep.FINISH, pavel)
    async with way.transaction(db) as connection:
        with pytest.raises(WorkRefused, match="task-taken"):
            await tasks.assign(connection, key, pavel, owner_id=pavel.user_id, team=None, now=NOW)
        await tasks.assign(connection, key, irina, owner_id=pavel.user_id, team="billing", now=NOW)
    (task,) = await listing(db, owner_id=pavel.user_id)
    assert (task.state, task.team) == ("open", "billing"), "whom it is given to takes it himself"
    await step(db, key, TaskStep.TAKE, pavel)
    assert await step(db, key, TaskStep.FINISH, pavel, "Called, will pay") is TaskState.DONE
    async with way.transaction(db) as connection:
        with pytest.raises(WorkRefused, match="step-not-now"):
            await tasks.assign(connection, key, irina, owner_id=None, team=None, now=NOW)
    assert await step(db, key, TaskStep.REOPEN, pavel, "Did not pay") is TaskState.OPEN
    assert await step(db, key, TaskStep.CANCEL, pavel, "Paid") is TaskState.CANCELLED
    assert await listing(db) == []


async def test_lists_show_what_is_due_first_and_page_through_everything_once(db: way.Database, base: Base) -> None:
    olga, _, _ = await people(base)
    account = await base.subscriber("Иванов Иван")
    for place in range(5):
        due = None if place == 3 else NOW + (2 - place // 2) * HOUR
        await add(db, title=f"T{place}", due_at=due, account_id=account, team="billing")
    await add(db, title="mine", owner_id=olga.user_id, due_at=NOW - HOUR)
    seen: list[int] = []
    async with way.reading(db) as connection:
        while page := await tasks.listing(connection, Filter(), NOW, seen[-1] if seen else None, 2):
            seen += [one.task_id for one in page]
        everything = await tasks.listing(connection, Filter(), NOW)
        counts = await tasks.counts(connection, olga.user_id, ["billing"], NOW)
    assert seen == [one.task_id for one in everything]
    assert [one.title for one in everything] == ["mine", "T4", "T2", "T0", "T1", "T3"]
    assert counts == {"mine": 1, "team": 5, "late": 1}
    assert [one.title for one in await listing(db, late=True)] == ["mine"]
    assert await listing(db, teams=()) == []
    assert len(await listing(db, teams=("billing",), nobodys=True, kind="call", source="person")) == 5
    assert (await listing(db, account_id=account))[0].customer == "Иванов Иван"


async def test_what_is_not_there_is_said_to_be(db: way.Database, base: Base) -> None:
    olga, _, _ = await people(base)
    with pytest.raises(NoSuchWork):
        await step(db, 4711, TaskStep.TAKE, olga)
    async with way.reading(db) as connection:
        with pytest.raises(NoSuchWork):
            await tasks.by_id(connection, 4711, NOW)
        with pytest.raises(NoSuchAccount):
            await tasks.require_account(connection, 4711)
        await tasks.require_account(connection, await base.subscriber())
