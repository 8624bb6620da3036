"""Processes on a real base: versions, an application's way through its steps, what is late and who hears of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
from sqlalchemy import select, update

from crm_core import db as way
from crm_core import tables
from crm_core.access import Role
from crm_core.errors import BadValue, FlowOutOfTurn, NoSuchProcess, WorkRefused
from crm_core.flowlife import FlowState, FlowStep
from crm_core.processes.process import Process
from crm_core.processes.suggestions import SuggestionState, SuggestionStep
from crm_core.store import (
    application_work,
    applications,
    kinds,
    processes,
    processes_alarms,
    processes_board,
    processes_moving,
    processes_running,
    processes_suggestions,
    tasks,
    teams,
    work_log,
)
from crm_core.store.applications import Filed, Filing
from crm_core.store.processes_board import Filter
from crm_core.work.forms import Site
from crm_core.work.lives import Mover, Stage, Step
from tests.crm_core.conftest import Base
from tests.crm_core.processes.steps import made

pytestmark = pytest.mark.integration
SITE = Site(country="RU", time_zone="Europe/Moscow")
NOW = datetime(2026, 11, 25, 7, tzinfo=UTC)  # Wednesday, 10:00 in Moscow
HOUR = timedelta(hours=1)
KIND = "refund"
T = TypeVar("T")


async def do(db: way.Database, work: Callable[[way.Writing], Awaitable[T]]) -> T:
    async with way.transaction(db) as connection:
        return await work(connection)


class People:
    """A supervisor who leads billing, two operators of whom one is in it, and a kind of application."""

    irina: Mover
    olga: Mover
    pavel: Mover


async def house(db: way.Database, base: Base) -> People:
    one = People()
    one.irina = Mover(user_id=await base.user("irina", "supervisor"), role=Role.SUPERVISOR)
    one.olga = Mover(user_id=await base.user("olga"), role=Role.OPERATOR)
    one.pavel = Mover(user_id=await base.user("pavel"), role=Role.OPERATOR)
    lead, member = one.irina.user_id, one.olga.user_id
    await do(db, lambda c: teams.save(c, "billing", {"en": "Billing"}, lead_id=lead, members=[member]))
    fields = [{"code": "amount", "kind": "amount", "titles": {"en": "Amount"}}]
    papers = [{"code": "receipt", "titles": {"en": "Receipt"}}]
    spec = {"fields": fields, "documents": papers, "team": "quality"}
    await do(db, lambda c: kinds.save(c, KIND, {"en": "Refund"}, spec, None))
    return one


async def publish(db: way.Database, process: Process, instead_of: int | None = None) -> int:
    key = await do(db, lambda c: processes.keep(c, KIND, process, "", None))
    await do(db, lambda c: processes.publish(c, key, None, NOW, instead_of=instead_of))
    return key


async def filed(db: way.Database, base: Base, by: Mover | None = None, amount: str = "50", now: datetime = NOW) -> int:
    values = {"amount": amount} if amount else {}
    filing = Filing(
        account_id=await base.subscriber(phone="+79161112233"), kind=KIND, values=values, filed_by=by and by.user_id
    )
    found = await do(db, lambda c: applications.file(c, filing, SITE, now))
    assert isinstance(found, Filed), found
    return found.application_id


async def leave(  # noqa: PLR0917 -- as the store's
    db: way.Database, key: int, to: str, mover: Mover, said: str = "", now: datetime = NOW
) -> None:
    await do(db, lambda c: processes_moving.leave(c, key, to, mover, said, SITE, now))


async def step(db: way.Database, key: int, wanted: Step, mover: Mover, said: str = "x", now: datetime = NOW) -> Stage:  # noqa: PLR0917
    return await do(db, lambda c: application_work.step(c, key, wanted, mover, said, SITE, now))


async def give(db: way.Database, key: int, to: Mover) -> None:
    owner = to.user_id
    await do(db, lambda c: application_work.assign(c, key, to, owner_id=owner, team="billing", now=NOW))


async def run(db: way.Database, key: int) -> processes_running.Run:
    async with way.reading(db) as connection:
        found = await processes_running.of(connection, key)
    assert found is not None
    return found


async def row(db: way.Database, key: int) -> Any:
    async with way.reading(db) as connection:
        return (await connection.execute(select(tables.applications).where(tables.applications.c.id == key))).one()


async def told(db: way.Database) -> list[tuple[str, int | None, str]]:
    """Open tasks that processes made: kind, whose, why."""
    async with way.reading(db) as connection:
        found = await tasks.listing(connection, tasks.Filter(source="process"), NOW)
    return sorted(((one.kind, one.owner_id, one.facts["why"]) for one in found), key=str)


async def test_an_application_walks_through_its_steps_to_the_end(db: way.Database, base: Base) -> None:
    people = await house(db, base)
    await publish(db, made())
    key = await filed(db, base, people.pavel, amount="1500")
    begun = await run(db, key)
    assert (begun.step.code, begun.due_at, (await row(db, key)).team) == ("check", NOW + 2 * HOUR, "billing")
    with pytest.raises(WorkRefused, match="process-not-your-team"):
        await leave(db, key, "boss", people.pavel)
    with pytest.raises(WorkRefused, match="process-no-way"):
        await leave(db, key, "desk", people.olga)
    await leave(db, key, "boss", people.olga, "It is a large one")
    shown = await row(db, key)
    assert (shown.stage, shown.owner_id, (await run(db, key)).role) == ("in_work", None, "supervisor")
    with pytest.raises(WorkRefused, match="process-not-your-role"):
        await leave(db, key, "desk", people.olga)
    with pytest.raises(WorkRefused, match="process-not-over"):
        await step(db, key, Step.FINISH, people.irina)
    await leave(db, key, "desk", people.irina)
    assert (await row(db, key)).owner_id == people.pavel.user_id, "it is back with who filed it"
    assert await step(db, key, Step.FINISH, people.pavel, "Told him") is Stage.DONE
    assert (await run(db, key)).ended_at == NOW
    with pytest.raises(WorkRefused, match="step-not-now"):
        await leave(db, key, "check", people.irina)
    async with way.reading(db) as connection:
        lines = await work_log.told(connection, "application", key)
    moved = [(one.before, one.after, one.said, one.user) for one in reversed(lines) if one.what == "step"]
    assert moved == [
        ("", "check", "", ""), ("check", "boss", "It is a large one", "Olga"), ("boss", "desk", "", "Irina"),
    ]  # fmt: skip


async def test_a_step_is_left_with_what_it_needs_and_papers_are_files(db: way.Database, base: Base) -> None:
    people = await house(db, base)
    await publish(db, made(check={"papers": ["receipt"]}))
    key = await filed(db, base, amount="")
    with pytest.raises(WorkRefused, match="process-fields-missing"):
        await leave(db, key, "desk", people.olga)
    await do(db, lambda c: application_work.refill(c, key, people.olga, {"amount": "5"}, "He told it", SITE, NOW))
    with pytest.raises(WorkRefused, match="documents-missing"):
        await leave(db, key, "desk", people.olga)


async def test_what_runs_ends_on_the_version_it_began_on(db: way.Database, base: Base) -> None:
    people = await house(db, base)
    old = await publish(db, made())
    first = await filed(db, base)
    shorter = made(check={"ways": [{"to": "desk"}, {"to": "boss"}], "titles": {"en": "Look"}})
    new = await publish(db, shorter, instead_of=old)
    second = await filed(db, base)
    assert ((await run(db, first)).kept.version_id, (await run(db, second)).kept.version_id) == (old, new)
    with pytest.raises(WorkRefused, match="process-no-way"):
        await leave(db, first, "boss", people.irina)
    await leave(db, second, "boss", people.irina)
    with pytest.raises(FlowOutOfTurn):
        await do(db, lambda c: processes.publish(c, old, None, NOW, instead_of=None))
    back = await do(db, lambda c: processes.publish(c, old, None, NOW, instead_of=new))
    assert back is FlowStep.ROLL_BACK
    async with way.reading(db) as connection:
        states = {one.version: one.state for one in await processes.versions(connection, KIND)}
    assert states == {1: FlowState.PUBLISHED, 2: FlowState.RETIRED}
    await do(db, lambda c: processes.end(c, old, None))
    third = await filed(db, base)
    async with way.reading(db) as connection:
        assert await processes_running.of(connection, third) is None, "without a process there are no steps"
    assert await step(db, third, Step.START, people.olga) is Stage.IN_WORK
    assert await step(db, third, Step.FINISH, people.olga) is Stage.DONE


async def test_a_process_that_cannot_run_is_not_published(db: way.Database, base: Base) -> None:
    await house(db, base)
    key = await do(db, lambda c: processes.keep(c, KIND, made(desk={"last": False}), "", None))
    with pytest.raises(WorkRefused, match="process-wrong"):
        await do(db, lambda c: processes.publish(c, key, None, NOW, instead_of=None))
    await do(db, lambda c: processes.end(c, key, None))
    with pytest.raises(FlowOutOfTurn):
        await do(db, lambda c: processes.end(c, key, None))
    with pytest.raises(NoSuchProcess):
        await do(db, lambda c: processes.keep(c, "moon", made(), "", None))
    with pytest.raises(NoSuchProcess):
        await do(db, lambda c: processes.publish(c, 999, None, NOW, instead_of=None))


async def test_who_is_late_is_told_and_so_is_his_supervisor(db: way.Database, base: Base) -> None:
    people = await house(db, base)
    await publish(db, made())
    key = await filed(db, base)
    await give(db, key, people.olga)
    sweep = processes_alarms.sweep
    assert await do(db, lambda c: sweep(c, NOW + HOUR)) == 0
    assert await do(db, lambda c: sweep(c, NOW + 1.7 * HOUR)) == 1
    assert await told(db) == [("reminder", people.olga.user_id, "step_soon")]
    assert await do(db, lambda c: sweep(c, NOW + 2 * HOUR)) == 1
    late = [("escalation", people.irina.user_id, "step_late"), ("reminder", people.olga.user_id, "step_late")]
    assert await told(db) == late, "one reminder at a time"
    assert await do(db, lambda c: sweep(c, NOW + 90 * HOUR)) == 0
    await leave(db, key, "desk", people.olga, now=NOW + 3 * HOUR)
    assert await told(db) == [], "what is over needs no word any more"


async def test_a_wait_for_the_customer_stops_the_step_s_clock(db: way.Database, base: Base) -> None:
    people = await house(db, base)
    await publish(db, made())
    key = await filed(db, base)
    await step(db, key, Step.ASK, people.olga, "Which card?", NOW + HOUR)
    assert await do(db, lambda c: processes_alarms.sweep(c, NOW + 30 * HOUR)) == 0
    with pytest.raises(WorkRefused, match="step-not-now"):
        await leave(db, key, "desk", people.olga)
    await step(db, key, Step.RESUME, people.olga, now=NOW + 24 * HOUR)
    assert (await run(db, key)).due_at == NOW + 25 * HOUR, "an hour was left"
    await step(db, key, Step.REFUSE, people.irina, "Nothing to give back", NOW + 24 * HOUR)
    await step(db, key, Step.REOPEN, people.irina, "There is", NOW + 48 * HOUR)
    again = await run(db, key)
    assert (again.step.code, again.entered_at, again.ended_at) == ("check", NOW + 48 * HOUR, None)


async def test_who_hears_of_a_beginning_and_what_the_customer_is_written(db: way.Database, base: Base) -> None:
    people = await house(db, base)
    message = {"channel": "sms", "texts": {"en": "We look at {number}.", "ru": "Мы смотрим {number}."}}
    await publish(db, made(check={"tell": [["entry", "owner"], ["entry", "lead"]], "message": message}))
    key = await filed(db, base)
    assert await told(db) == [("other", people.irina.user_id, "step_entry"), ("other", None, "step_entry")]
    number = (await row(db, key)).number
    async with way.reading(db) as connection:
        letters = (await connection.execute(select(tables.outbox.c.address, tables.outbox.c.body))).all()
    assert letters in ([("+79161112233", f"Мы смотрим {number}.")], [("+79161112233", f"We look at {number}.")])
    await do(db, lambda c: c.execute(update(tables.contacts).values(opt_out=["sms"])))
    account = (await row(db, key)).account_id
    filing = Filing(account_id=account, kind=KIND, values={"amount": "1"})
    await do(db, lambda c: applications.file(c, filing, SITE, NOW))
    async with way.reading(db) as connection:
        assert len((await connection.execute(select(tables.outbox.c.id))).all()) == 1, "he wants no messages"


async def test_a_process_is_given_to_people_who_work_here(db: way.Database, base: Base) -> None:
    people = await house(db, base)
    auditor = await base.user("anton", "auditor")
    by = people.irina.user_id
    await do(db, lambda c: processes.name_owners(c, KIND, [people.olga.user_id], by))
    async with way.reading(db) as connection:
        assert await processes.owners(connection, KIND) == [(people.olga.user_id, "Olga")]
    with pytest.raises(BadValue, match="nobody who works here"):
        await do(db, lambda c: processes.name_owners(c, KIND, [auditor], by))


async def test_the_examples_that_are_shipped_can_run_and_wait_to_be_published(db: way.Database) -> None:
    async with way.reading(db) as connection:
        for kind, steps in (("complaint", 6), ("reconnect", 4)):
            (shown,) = await processes.versions(connection, kind)
            assert (shown.origin, shown.state) == ("shipped", FlowState.DRAFT)
            process = (await processes.one(connection, shown.version_id)).process
            assert await processes.findings(connection, kind, process) == ()
            assert len(process.steps) == steps
            assert all(one.titles["ru"] and one.limit for one in process.steps)


async def test_a_complaint_goes_where_what_it_is_about_leads(db: way.Database, base: Base) -> None:
    people = await house(db, base)
    async with way.reading(db) as connection:
        (shown,) = await processes.versions(connection, "complaint")
    await do(db, lambda c: processes.publish(c, shown.version_id, None, NOW, instead_of=None))
    for about, walk in (
        ("bill", ["bill", "answer", "send"]),
        ("quality", ["supply", "answer", "send"]),
        ("person", ["answer", "approve", "answer", "approve", "send"]),
        ("other", ["answer", "send"]),
    ):
        values = {"about": about, "text": "It was so"}
        filing = Filing(account_id=await base.subscriber(), kind="complaint", values=values)
        found = await do(db, lambda c, filing=filing: applications.file(c, filing, SITE, NOW))  # type: ignore[misc]
        assert isinstance(found, Filed)
        for to in walk:
            await leave(db, found.application_id, to, people.irina)
        assert await step(db, found.application_id, Step.FINISH, people.irina, "Answered") is Stage.DONE


async def test_the_board_counts_by_step_and_by_who_has_it(db: way.Database, base: Base) -> None:
    people = await house(db, base)
    await publish(db, made())
    keys = [await filed(db, base) for _ in range(3)]
    await give(db, keys[0], people.olga)
    await step(db, keys[2], Step.ASK, people.olga, "Which card?", NOW + HOUR)
    later = NOW + 5 * HOUR
    async with way.reading(db) as connection:
        late = await processes_board.listing(connection, Filter(), later, limit=1)
        rest = await processes_board.listing(connection, Filter(), later, after=late[0].application_id)
        everything = await processes_board.listing(connection, Filter(late=False, kind=KIND, step="check"), later)
        loads = await processes_board.loads(connection, Filter(), later)
        behind = await processes_board.behind(connection, Filter(), later)
        nobodys = await processes_board.listing(connection, Filter(nobodys=True, teams=("billing",)), later)
        hers = await processes_board.listing(connection, Filter(owner_id=people.olga.user_id), later)
        found = (await processes_board.summaries(connection, later))[KIND]
    assert [one.application_id for one in late + rest] == keys[:2], "what waits for the customer is not late"
    assert len(everything) == 3
    assert [(one.step, one.running, one.late) for one in loads] == [("check", 3, 2)]
    assert sorted((one.owner, one.team, one.late) for one in behind) == [("", "billing", 1), ("Olga", "billing", 1)]
    assert ([one.application_id for one in nobodys], [one.application_id for one in hers]) == ([keys[1]], [keys[0]])
    assert (found.version, found.steps, found.running, found.late) == (1, 3, 3, 2)


async def test_a_suggestion_is_kept_with_its_thread_and_the_version_that_took_it_up(
    db: way.Database, base: Base
) -> None:
    people = await house(db, base)
    by = people.pavel.user_id
    key = await do(db, lambda c: processes_suggestions.put(c, KIND, "check", " Ask for the card ", by, NOW))
    with pytest.raises(WorkRefused, match="comment-empty"):
        await do(db, lambda c: processes_suggestions.put(c, KIND, "", " ", by, NOW))
    with pytest.raises(NoSuchProcess):
        await do(db, lambda c: processes_suggestions.put(c, "moon", "", "x", by, NOW))
    await do(db, lambda c: processes_suggestions.answer(c, key, "Why not", people.irina.user_id, NOW))
    settle = processes_suggestions.settle
    with pytest.raises(WorkRefused, match="process-not-yours"):
        await do(db, lambda c: settle(c, key, SuggestionStep.ACCEPT, people.irina, "", NOW))
    await do(db, lambda c: processes.name_owners(c, KIND, [people.olga.user_id], by))
    version = await publish(db, made())
    await do(db, lambda c: settle(c, key, SuggestionStep.ACCEPT, people.olga, "Good", NOW))
    await do(db, lambda c: settle(c, key, SuggestionStep.TAKE_UP, people.olga, "", NOW, version))
    async with way.reading(db) as connection:
        (shown,) = await processes_suggestions.listing(connection, KIND)
        assert await processes_suggestions.listing(connection, KIND, before=key) == []
    assert (shown.body, shown.state, shown.version, shown.reason) == (
        "Ask for the card", SuggestionState.TAKEN_UP, 1, "Good",
    )  # fmt: skip
    assert [(one.by, one.body) for one in shown.answers] == [("Irina", "Why not")]
