"""Applications on a real base: filed once, on their version, moved by their life, spoken up about in time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import psycopg
import pytest
from sqlalchemy import select, update

from crm_core import db as way
from crm_core import tables
from crm_core.access import Role
from crm_core.errors import BadValue, NoSuchAccount, NoSuchKind, NoSuchWork, WorkRefused
from crm_core.store import alarms, application_work, applications, kinds, tasks, teams, work_log, working_time
from crm_core.store.applications import Filed, Filing, Filter, Unfit
from crm_core.store.working_time import OwnDay
from crm_core.work.attachments import Accepted
from crm_core.work.forms import Fault, Site
from crm_core.work.kinds import dump
from crm_core.work.lives import Mover, Stage, Step
from crm_core.work.sla import Span, Term, Unit
from tests.crm_core.conftest import Base

pytestmark = pytest.mark.integration
SITE = Site(country="RU", time_zone="Europe/Moscow")
NOW = datetime(2026, 11, 25, 7, tzinfo=UTC)  # Wednesday, 10:00 in Moscow
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
T = TypeVar("T")


async def do(db: way.Database, work: Callable[[way.Writing], Awaitable[T]]) -> T:
    async with way.transaction(db) as connection:
        return await work(connection)


async def filed(db: way.Database, account: int, kind: str = "certificate", **more: Any) -> Filed:
    values = more.pop("values", {"purpose": "The bank"})
    now = more.pop("now", NOW)
    filing = Filing(account_id=account, kind=kind, values=values, **more)
    found = await do(db, lambda connection: applications.file(connection, filing, SITE, now))
    assert isinstance(found, Filed), found
    return found


async def step(  # noqa: PLR0917 -- as the store's
    db: way.Database, key: int, wanted: Step, mover: Mover, said: str = "", now: datetime = NOW
) -> Stage:
    return await do(db, lambda connection: application_work.step(connection, key, wanted, mover, said, SITE, now))


async def look(db: way.Database, key: int, now: datetime = NOW) -> applications.Application:
    async with way.reading(db) as connection:
        return await applications.by_id(connection, key, SITE, now)


async def history(db: way.Database, key: int) -> list[tuple[str, str, str]]:
    async with way.reading(db) as connection:
        lines = await work_log.told(connection, "application", key)
    return [(one.what, one.after, one.said) for one in reversed(lines)]


async def open_tasks(db: way.Database, now: datetime = NOW) -> list[tasks.Task]:
    async with way.reading(db) as connection:
        return await tasks.listing(connection, tasks.Filter(), now)


async def operator(base: Base, login: str = "olga", role: str = "operator") -> Mover:
    return Mover(user_id=await base.user(login, role), role=Role(role))


D5 = {
    "meter_fault": (5, "working_days"), "meter_replace": (5, "working_days"), "reconnect": (2, "calendar_days"),
    "recalculation": (5, "working_days"), "certificate": (3, "working_days"), "complaint": (30, "calendar_days"),
    "personal_data": (10, "working_days"),
}  # fmt: skip
"""Terms that DOMAIN D5 gives; of the others it says only that there is one."""


async def test_every_kind_that_is_shipped_makes_sense_and_knows_its_deadline(db: way.Database) -> None:
    async with way.reading(db) as connection:
        found = {one.code: one for one in await kinds.offered(connection)}
    assert set(found) == {
        "outage", "hazard", "meter_fault", "meter_replace", "verification", "seal", "reconnect", "recalculation",
        "certificate", "owner_change", "contract", "tariff_change", "disconnection_dispute", "complaint",
        "personal_data",
    }  # fmt: skip
    terms = {code: (one.term.amount, one.term.unit.value) for code, one in found.items() if one.term}
    assert {code: terms[code] for code in D5} == D5
    assert (found["outage"].accept, found["hazard"].accept) == (
        Term(amount=15, unit=Unit.MINUTES), Term(amount=0, unit=Unit.MINUTES),
    )  # fmt: skip
    assert found["reconnect"].since == "paid_on"
    assert all(one.term is not None and one.titles["ru"] and one.team for one in found.values())
    assert all(one.titles["ru"] for kind in found.values() for one in kind.fields)


async def test_an_application_is_filed_with_number_deadline_and_team(db: way.Database, base: Base) -> None:
    olga = await operator(base)
    account = await base.subscriber()
    one = await filed(db, account, filed_by=olga.user_id, call_id="main-1")
    two = await filed(db, account)
    assert one.number.startswith("A-2026-0")
    assert int(two.number[-6:]) == int(one.number[-6:]) + 1
    shown = await look(db, one.application_id)
    assert shown.due_at == datetime(2026, 11, 30, 15, tzinfo=UTC)
    assert (shown.due_on, shown.filed_on, shown.team, shown.stage) == (
        date(2026, 11, 30), date(2026, 11, 25), "billing", "filed",
    )  # fmt: skip
    assert shown.form == {"purpose": "The bank"}
    assert await history(db, one.application_id) == [("filed", one.number, "")]


@pytest.mark.parametrize(
    ("paid_on", "due_on", "alarm"),
    [("2026-11-25", date(2026, 11, 27), "soon"), ("2026-11-20", date(2026, 11, 22), "late")],
)
async def test_two_days_for_a_reconnection_run_from_the_payment_and_not_from_the_call(
    db: way.Database, base: Base, paid_on: str, due_on: date, alarm: str
) -> None:
    one = await filed(db, await base.subscriber(), "reconnect", values={"paid_on": paid_on})
    shown = await look(db, one.application_id)
    assert (shown.due_on, shown.late) == (due_on, alarm == "late")
    query = select(tables.applications.c.alarm, tables.applications.c.alarm_at)
    async with way.reading(db) as connection:
        row = (await connection.execute(query)).one()
    assert row.alarm == alarm
    assert row.alarm_at == NOW if alarm == "late" else row.alarm_at > NOW


async def test_a_form_that_is_not_right_stores_nothing_and_names_every_field(db: way.Database, base: Base) -> None:
    account = await base.subscriber()
    await base.meter(account, "single", serial="M-1")
    for values, faults in (
        ({}, {"fault": "field-required"}),
        ({"fault": "blank", "meter": "M-2", "root": "x"}, {"meter": "field-foreign-meter", "root": "field-unknown"}),
    ):
        filing = Filing(account_id=account, kind="meter_fault", values=values)
        found = await do(db, lambda connection, it=filing: applications.file(connection, it, SITE, NOW))  # type: ignore[misc]
        assert isinstance(found, Unfit)
        assert {name: one.code for name, one in found.faults.items()} == faults
    async with way.reading(db) as connection:
        assert (await connection.execute(select(tables.applications.c.id))).all() == []
    assert (await filed(db, account, "meter_fault", values={"fault": "blank", "meter": "M-1"})).number


async def test_who_and_what_must_exist(db: way.Database, base: Base) -> None:
    account = await base.subscriber()
    with pytest.raises(NoSuchAccount):
        await filed(db, 4711)
    with pytest.raises(NoSuchKind):
        await filed(db, account, "nonsense")
    await do(db, lambda connection: kinds.retire(connection, "certificate"))
    with pytest.raises(NoSuchKind):
        await filed(db, account)
    with pytest.raises(NoSuchWork):
        await look(db, 4711)
    with pytest.raises(NoSuchKind):
        await do(db, lambda connection: kinds.retire(connection, "nonsense"))


async def test_the_same_wish_sent_twice_at_once_is_one_application(db: way.Database, base: Base) -> None:
    account = await base.subscriber()
    found = await asyncio.gather(*(filed(db, account, once="call main-1 certificate") for _ in range(3)))
    assert len({one.application_id for one in found}) == 1
    assert sorted(one.again for one in found) == [False, True, True]


async def test_what_runs_ends_on_the_version_it_was_filed_on(db: way.Database, base: Base) -> None:
    account = await base.subscriber()
    old = await filed(db, account)
    async with way.reading(db) as connection:
        _, kind = await kinds.current(connection, "certificate")
    spec = dump(kind) | {"fields": [{"code": "copies", "kind": "number", "titles": {"en": "Copies"}, "required": True}]}
    saved, defects = await do(db, lambda connection: kinds.save(connection, "certificate", kind.titles, spec, None))
    assert defects == ()
    assert saved is not None
    assert saved.version == 2
    again, _ = await do(db, lambda connection: kinds.save(connection, "certificate", kind.titles, spec, None))
    assert again is not None
    assert again.version == 2, "saving what is there makes no version"
    new = await filed(db, account, values={"copies": "2"})
    async with way.reading(db) as connection:
        versions = [await application_work.kind_of(connection, one.application_id) for one in (old, new)]
    assert [one.version for one in versions if one] == [1, 2]
    olga = await operator(base)
    wrong = await do(
        db,
        lambda connection: application_work.refill(
            connection, old.application_id, olga, {"copies": "2"}, "typing error", SITE, NOW
        ),
    )
    assert wrong == {"copies": Fault(code="field-unknown"), "purpose": Fault(code="field-required")}
    assert not await do(
        db,
        lambda connection: application_work.refill(
            connection, old.application_id, olga, {"purpose": "The court"}, "typing error", SITE, NOW
        ),
    )
    assert (await history(db, old.application_id))[-1] == ("form", "purpose: The court", "typing error")


async def test_a_kind_that_makes_no_sense_is_not_saved(db: way.Database) -> None:
    saved, defects = await do(db, lambda connection: kinds.save(connection, "x", {"en": "X"}, {"fields": [1]}, None))
    assert saved is None
    assert defects[0].code == "form-not-field"
    async with way.reading(db) as connection:
        assert await kinds.latest(connection, "x") is None
        assert "x" not in await kinds.titles(connection)


async def test_an_application_lives_as_its_table_says_and_every_step_is_on_record(db: way.Database, base: Base) -> None:
    olga = await operator(base)
    key = (await filed(db, await base.subscriber())).application_id
    assert await step(db, key, Step.ACCEPT, olga) is Stage.ACCEPTED
    assert await step(db, key, Step.START, olga) is Stage.IN_WORK
    assert (await look(db, key)).owner_id == olga.user_id, "who starts what nobody has, has it"
    with pytest.raises(WorkRefused, match="result-missing"):
        await step(db, key, Step.FINISH, olga)
    assert await step(db, key, Step.FINISH, olga, "Sent by e-mail") is Stage.DONE
    shown = await look(db, key)
    assert (shown.result, shown.closed_at) == ("Sent by e-mail", NOW)
    assert await step(db, key, Step.REOPEN, olga, "Never arrived", NOW + DAY) is Stage.REOPENED
    assert (await look(db, key)).due_at == datetime(2026, 12, 1, 15, tzinfo=UTC), "its time runs anew"
    assert [one[:2] for one in await history(db, key)][1:] == [
        ("stage", "accepted"),
        ("stage", "in_work"),
        ("owner", str(olga.user_id)),
        ("stage", "done"),
        ("stage", "reopened"),
    ]


async def test_the_clock_stands_while_the_customer_is_waited_for(db: way.Database, base: Base) -> None:
    olga = await operator(base)
    key = (await filed(db, await base.subscriber())).application_id
    before = (await look(db, key)).due_at
    assert before is not None
    await step(db, key, Step.ASK, olga, "Which bank?")
    assert not (await look(db, key, before + 9 * DAY)).late
    assert await do(db, lambda connection: alarms.sweep(connection, SITE, before + 9 * DAY)) == 0
    later = datetime(2026, 12, 7, 7, tzinfo=UTC)
    await step(db, key, Step.RESUME, olga, now=later)
    shown = await look(db, key, later)
    assert shown.due_at == datetime(2026, 12, 10, 15, tzinfo=UTC), "what was left is left"
    assert not shown.late
    assert (await look(db, key, shown.due_at + HOUR)).late


async def test_nothing_is_done_before_its_documents_are_there(db: way.Database, base: Base) -> None:
    olga = await operator(base)
    values = {"what": "copy"}
    key = (await filed(db, await base.subscriber(), "personal_data", values=values)).application_id
    await step(db, key, Step.START, olga)
    with pytest.raises(WorkRefused, match="documents-missing"):
        await step(db, key, Step.FINISH, olga, "Sent")
    passport = Accepted(name="passport.pdf", media_type="application/pdf")

    async def attach(connection: way.Writing, document: str = "identity") -> int:
        return await application_work.attach(connection, key, passport, "a" * 64, 9, document, olga.user_id, NOW)

    first = await do(db, attach)
    assert await do(db, attach) == first, "the same file again is one file"
    with pytest.raises(BadValue, match="no such document"):
        await do(db, lambda connection: attach(connection, "nonsense"))
    async with way.reading(db) as connection:
        (one,) = await application_work.files(connection, key)
    assert (one.name, one.document, one.by) == ("passport.pdf", "identity", "Olga")
    assert await step(db, key, Step.FINISH, olga, "Sent") is Stage.DONE


async def test_work_is_given_to_who_works_here_and_comments_stay(db: way.Database, base: Base) -> None:
    olga, irina = await operator(base), await operator(base, "irina", "supervisor")
    auditor = await base.user("anton", "auditor")
    key = (await filed(db, await base.subscriber())).application_id

    async def give(mover: Mover, owner: int | None, team: str | None = "billing") -> None:
        await do(
            db,
            lambda connection: application_work.assign(
                connection, key, mover, owner_id=owner, team=team, now=NOW, said="your turn"
            ),
        )

    await give(irina, olga.user_id)
    for owner, team, fault in ((auditor, "billing", "owner"), (olga.user_id, "nonsense", "team")):
        with pytest.raises(BadValue, match=fault):
            await give(irina, owner, team)
    with pytest.raises(WorkRefused, match="step-not-yours"):
        await give(await operator(base, "pavel"), None)
    await do(db, lambda connection: application_work.comment(connection, key, olga.user_id, " asked twice ", NOW))
    with pytest.raises(WorkRefused, match="comment-empty"):
        await do(db, lambda connection: application_work.comment(connection, key, olga.user_id, " ", NOW))
    assert (await history(db, key))[1:] == [
        ("owner", str(olga.user_id), "your turn"),
        ("comment", "", "asked twice"),
    ]


async def test_only_a_lead_moves_a_deadline_and_says_why(db: way.Database, base: Base) -> None:
    olga, irina = await operator(base), await operator(base, "irina", "supervisor")
    key = (await filed(db, await base.subscriber())).application_id
    for mover, at, said, error in (
        (olga, NOW + 9 * DAY, "please", WorkRefused),
        (irina, NOW + 9 * DAY, " ", WorkRefused),
        (irina, NOW - HOUR, "please", BadValue),
    ):
        with pytest.raises(error):
            await do(
                db,
                lambda connection, who=mover, when=at, why=said: application_work.move_deadline(  # type: ignore[misc]
                    connection, key, who, when, why, SITE, NOW
                ),
            )
    await do(
        db,
        lambda connection: application_work.move_deadline(
            connection, key, irina, NOW + 9 * DAY, "The bank is shut", SITE, NOW
        ),
    )
    shown = await look(db, key)
    assert (shown.due_at, shown.due_on) == (NOW + 9 * DAY, date(2026, 12, 4))


async def test_the_house_reminds_then_tells_the_lead_and_each_once(db: way.Database, base: Base) -> None:
    irina = await base.user("irina", "supervisor")
    await do(
        db,
        lambda connection: teams.save(connection, "billing", {"en": "Billing"}, lead_id=irina, members=[irina]),
    )
    key = (await filed(db, await base.subscriber())).application_id
    due_at = (await look(db, key)).due_at
    assert due_at is not None
    assert await do(db, lambda connection: alarms.sweep(connection, SITE, NOW + HOUR)) == 0
    said = []
    for now in (due_at - HOUR, due_at, due_at, due_at + 2 * DAY, due_at + 2 * DAY):
        await do(db, lambda connection, at=now: alarms.sweep(connection, SITE, at))  # type: ignore[misc]
        said = [(one.kind, one.facts["why"], one.owner_id) for one in await open_tasks(db)]
    assert sorted(said, key=str) == [("escalation", "late", irina), ("reminder", "due", None)], "near is due by now"
    olga = await operator(base)
    await step(db, key, Step.START, olga)
    await step(db, key, Step.FINISH, olga, "Sent", due_at + 2 * DAY)
    assert await open_tasks(db) == [], "what reminded of it is gone with it"


async def test_a_danger_is_told_the_lead_within_the_next_sweep(db: way.Database, base: Base) -> None:
    values = {"what": "wire", "place": "Lenina 5, by the gate"}
    one = await filed(db, await base.subscriber(), "hazard", values=values)
    assert one.due_at == NOW + HOUR
    assert await do(db, lambda connection: alarms.sweep(connection, SITE, NOW + timedelta(seconds=30))) == 1
    (task,) = await open_tasks(db)
    assert (task.kind, task.facts["why"], task.team) == ("escalation", "accept", "dispatch")


async def test_two_sweeps_at_once_speak_up_once(db: way.Database, base: Base) -> None:
    account = await base.subscriber()
    for _ in range(6):
        await filed(db, account)
    later = NOW + 5 * DAY + 2 * HOUR
    found = await asyncio.gather(
        *(do(db, lambda connection: alarms.sweep(connection, SITE, later, 4)) for _ in range(2))
    )
    assert sum(found) == 6
    assert len(await open_tasks(db)) == 6


async def test_lists_page_through_everything_once_and_filter(db: way.Database, base: Base) -> None:
    olga = await operator(base)
    account, other = await base.subscriber(), await base.subscriber("Петров Пётр")
    keys = [(await filed(db, account)).application_id for _ in range(5)]
    hazard = (await filed(db, other, "hazard", values={"what": "fire", "place": "Roof"})).application_id
    await step(db, keys[0], Step.START, olga)
    await base.rows(
        tables.applications,
        {
            "number": "OLD-1", "account_id": account, "kind": "seal", "title": "Seal", "stage": "in_work",
            "filed_on": date(2026, 1, 1), "due_on": date(2026, 1, 9),
        },
    )  # fmt: skip

    async def ask(limit: int = 50, **more: Any) -> list[int]:
        seen: list[int] = []
        async with way.reading(db) as connection:
            while page := await applications.listing(
                connection, Filter(**more), SITE, NOW, seen[-1] if seen else None, limit
            ):
                seen += [one.application_id for one in page]
        return seen

    everything = await ask(2)
    assert everything == sorted(everything, reverse=True)
    assert len(everything) == 7
    by_due = await ask(2, by_due=True)
    assert len(by_due) == 7
    assert by_due[1] == hazard
    assert await ask(late=True) == [everything[0]], "what came from elsewhere has a day and no moment"
    assert await ask(kind="hazard") == [hazard]
    assert await ask(owner_id=olga.user_id) == [keys[0]]
    assert len(await ask(nobodys=True)) == 6
    assert len(await ask(teams=("billing",), stages=("filed",))) == 4
    assert await ask(account_id=other) == [hazard]
    assert await ask(number="OLD-") == [everything[0]]
    assert await ask(number="%") == []
    async with way.reading(db) as connection:
        assert await applications.by_number(connection, "OLD-1") == everything[0]


async def test_history_can_only_grow_and_no_result_is_deleted(db: way.Database, base: Base, database: str) -> None:
    await filed(db, await base.subscriber())
    for change in (
        "update work_history set said = ''",
        "delete from work_history",
        "truncate interaction_entries",
        "delete from dispositions where code = 'INFO'",
    ):
        with (
            psycopg.connect(database.replace("+psycopg", "")) as raw,
            pytest.raises(psycopg.errors.InsufficientPrivilege, match="only grow"),
        ):
            raw.execute(change.encode())


async def test_the_utility_s_own_hours_and_days_decide_a_deadline(db: way.Database, base: Base) -> None:
    thursday = date(2026, 11, 26)
    async with way.transaction(db) as connection:
        await working_time.set_day(connection, OwnDay(day=thursday, works=False, title="Stock-taking"))
        hours = (await working_time.calendar(connection, SITE)).week[2][0]
        await working_time.set_week(
            connection, dict.fromkeys(range(5), (Span(opens=hours.opens, closes=hours.closes.replace(hour=16)),))
        )
    one = await filed(db, await base.subscriber())
    assert one.due_at == datetime(2026, 12, 1, 13, tzinfo=UTC)
    async with way.transaction(db) as connection:
        assert [day.title for day in await working_time.own_days(connection, thursday)] == ["Stock-taking"]
        await working_time.forget_day(connection, thursday)
        assert await working_time.own_days(connection, thursday) == []


async def test_a_team_has_members_who_work_here(db: way.Database, base: Base) -> None:
    olga, auditor = await base.user("olga"), await base.user("anton", "auditor")

    async def save(code: str, titles: dict[str, str], members: list[int]) -> None:
        await do(db, lambda connection: teams.save(connection, code, titles, lead_id=None, members=members))

    await save("night", {"en": "Night"}, [olga])
    for code, titles, members in (("Night!", {"en": "x"}, []), ("x", {}, []), ("x", {"en": "X"}, [auditor])):
        with pytest.raises(BadValue):
            await save(code, titles, members)
    async with way.reading(db) as connection:
        found = {one.code: one.members for one in await teams.everyone(connection)}
        assert found["night"] == (olga,)
        assert await teams.of_user(connection, olga) == ["night"]
        assert [one.user_id for one in await teams.workers(connection)] == [olga]


async def test_what_somebody_broke_by_hand_is_told_and_not_guessed(db: way.Database, base: Base) -> None:
    async with way.transaction(db) as connection:
        await connection.execute(
            update(tables.application_kinds)
            .where(tables.application_kinds.c.code == "seal")
            .values(spec={"fields": "none"})
        )
    with pytest.raises(BadValue, match="seal"):
        await filed(db, await base.subscriber(), "seal")
