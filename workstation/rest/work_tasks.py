"""REST of tasks, teams and working time (shell)."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.responses import Response

from crm_core import clock
from crm_core.access import Action
from crm_core.db import Writing, reading
from crm_core.errors import BadValue
from crm_core.store import access_log, application_work, tasks, teams, work_log, working_time
from crm_core.store.tasks import OPEN_STATES, Filter, NewTask
from crm_core.store.working_time import OwnDay
from crm_core.work.lives import TaskState
from crm_core.work.sla import Span, Term, due
from workstation.rest import task_models as m
from workstation.rest import work_shapes as shapes
from workstation.rest.caller import Caller, allowed
from workstation.rest.once import OnceDep
from workstation.rest.paging import Page, PageAsk
from workstation.rest.work_base import CODE, KEY, PartsOf, SiteDep, after, mover

router = APIRouter(tags=["tasks"])
WORKING = allowed(Action.WORK_TASK)
Working = Annotated[Caller, WORKING]
MAKER = allowed(Action.MANAGE_FORMS)
Maker = Annotated[Caller, MAKER]
Key = Annotated[int, KEY]
Day = Annotated[date, Path()]
BACK = timedelta(days=31)


@router.get("/tasks", operation_id="list_tasks")
async def listing(  # noqa: PLR0913, PLR0917 -- the filters of a list
    parts: PartsOf,
    caller: Working,
    ask: PageAsk,
    whose: Annotated[Literal["mine", "team", "nobody", "all"], Query()] = "all",
    state: Annotated[list[TaskState] | None, Query(max_length=4)] = None,
    account_id: Annotated[int | None, Query(ge=1, lt=2**31)] = None,
    *,
    late: bool = False,
) -> Page[m.TaskOut]:
    """List tasks, what is due first before the others; only open ones when no state is named."""
    now = clock.now()
    async with reading(parts.engine) as db:
        ours = tuple(await teams.of_user(db, caller.user_id)) if whose == "team" else None
        wanted = Filter(
            owner_id=caller.user_id if whose == "mine" else None, teams=ours, nobodys=whose == "nobody", late=late,
            states=tuple(one.value for one in state) if state else OPEN_STATES, account_id=account_id,
        )  # fmt: skip
        rows = await tasks.listing(db, wanted, now, after(ask), ask.more)
    return ask.page(rows, lambda row: m.TaskOut.shown(row, caller.user_id, caller.role), lambda row: (row.task_id,))


@router.post("/tasks", operation_id="make_task", status_code=201, response_model=shapes.MadeOut)
async def make(body: m.NewTaskIn, caller: Working, once: OnceDep) -> Response:
    """Make a task."""

    async def work(db: Writing) -> shapes.MadeOut:
        if body.account_id is not None:
            await tasks.require_account(db, body.account_id)
        await application_work.fit(db, body.owner_id, body.team)
        new = NewTask(**body.model_dump(), made_by=caller.user_id)
        (key,) = await tasks.add(db, [new], clock.now())
        await access_log.record(db, caller.user_id, Action.WORK_TASK, f"task {key}", "made", caller.ip)
        return shapes.MadeOut(id=key)

    return await once.run(caller, work, 201)


@router.get("/tasks/{task_id}", operation_id="read_task")
async def one(parts: PartsOf, task_id: Key, caller: Working) -> m.TaskOut:
    """Show a task."""
    async with reading(parts.engine) as db:
        found = await tasks.by_id(db, task_id, clock.now())
    return m.TaskOut.shown(found, caller.user_id, caller.role, opened=True)


@router.post("/tasks/{task_id}/steps", operation_id="move_task", response_model=m.TaskStateOut)
async def step(task_id: Key, body: m.NewTaskStep, caller: Working, once: OnceDep) -> Response:
    """Take a task a step on; of two who take it at once one has it."""

    async def work(db: Writing) -> m.TaskStateOut:
        state = await tasks.step(db, task_id, body.step, mover(caller), body.said, clock.now())
        await access_log.record(db, caller.user_id, Action.WORK_TASK, f"task {task_id}", body.step, caller.ip)
        return m.TaskStateOut(state=state)

    return await once.run(caller, work)


@router.post("/tasks/{task_id}/assignment", operation_id="assign_task", response_model=shapes.Done)
async def assign(task_id: Key, body: shapes.Assignment, caller: Working, once: OnceDep) -> Response:
    """Give a task to somebody or to a team."""

    async def work(db: Writing) -> shapes.Done:
        await application_work.fit(db, body.owner_id, body.team)
        await tasks.assign(db, task_id, mover(caller), owner_id=body.owner_id, team=body.team, now=clock.now())
        said = f"given to {body.owner_id or body.team or 'nobody'}"
        await access_log.record(db, caller.user_id, Action.WORK_TASK, f"task {task_id}", said, caller.ip)
        return shapes.Done()

    return await once.run(caller, work)


@router.get("/tasks/{task_id}/history", operation_id="list_task_history")
async def history(parts: PartsOf, task_id: Key, caller: Working, ask: PageAsk) -> Page[shapes.LineOut]:
    """List what was done to a task, the newest first."""
    async with reading(parts.engine) as db:
        await tasks.by_id(db, task_id, clock.now())
        rows = await work_log.told(db, work_log.TASK, task_id, after(ask), ask.more)
    return ask.page(rows, lambda row: shapes.LineOut.shown(row, caller.role), lambda row: (row.line_id,))


@router.get("/teams", operation_id="list_teams", dependencies=[WORKING])
async def list_teams(parts: PartsOf) -> list[m.TeamOut]:
    """List the teams, retired ones too."""
    async with reading(parts.engine) as db:
        return [m.TeamOut.model_validate(one) for one in await teams.everyone(db, retired=True)]


@router.put("/teams/{code}", operation_id="save_team", response_model=shapes.Done)
async def save_team(code: Annotated[str, CODE], body: m.TeamIn, caller: Maker, once: OnceDep) -> Response:
    """Make a team or change it."""

    async def work(db: Writing) -> shapes.Done:
        await teams.save(db, code, body.titles, lead_id=body.lead_id, members=body.members, retired=body.retired)
        await access_log.record(db, caller.user_id, Action.MANAGE_FORMS, f"team {code}", "saved", caller.ip)
        return shapes.Done()

    return await once.run(caller, work)


@router.get("/working-time", operation_id="read_working_time", dependencies=[WORKING])
async def read_time(parts: PartsOf, site: SiteDep) -> m.WorkingTimeOut:
    """Show when the utility works."""
    async with reading(parts.engine) as db:
        calendar = await working_time.calendar(db, site)
        days = await working_time.own_days(db, site.today(clock.now()) - BACK)
    return m.WorkingTimeOut(
        time_zone=calendar.time_zone,
        country=calendar.country,
        week=[
            m.SpanIO(weekday=day, opens=f"{span.opens:%H:%M}", closes=f"{span.closes:%H:%M}")
            for day, spans in sorted(calendar.week.items())
            for span in spans
        ],
        days=[m.DayIO(day=one.day, works=one.works, title=one.title) for one in days],
    )


@router.post("/working-time/due", operation_id="reckon_due", dependencies=[WORKING])
async def reckon(parts: PartsOf, site: SiteDep, body: m.DueAsk) -> m.DueOut:
    """Reckon when a term would end."""
    if not date(2000, 1, 1) <= body.start.date() <= date(2100, 1, 1):
        raise BadValue("start: between the years 2000 and 2100")
    if body.amount > _MOST[body.unit]:
        raise BadValue(f"amount: at most {_MOST[body.unit]}")
    async with reading(parts.engine) as db:
        calendar = await working_time.calendar(db, site)
    return m.DueOut(due_at=due(calendar, body.start, Term(amount=body.amount, unit=body.unit)))


_MOST = {"working_hours": 10_000, "working_days": 1_000, "calendar_days": 3_650, "minutes": 5_256_000}


@router.put("/working-time/week", operation_id="set_week", response_model=shapes.Done)
async def set_week(body: Annotated[list[m.SpanIO], Field(max_length=28)], caller: Maker, once: OnceDep) -> Response:
    """Set the hours of the week; deadlines that are laid down already stay."""
    week: dict[int, list[Span]] = {}
    for one in body:
        week.setdefault(one.weekday, []).append(
            Span(opens=time.fromisoformat(one.opens), closes=time.fromisoformat(one.closes))
        )

    async def work(db: Writing) -> shapes.Done:
        await working_time.set_week(db, week)
        await access_log.record(db, caller.user_id, Action.MANAGE_FORMS, "working week", "saved", caller.ip)
        return shapes.Done()

    return await once.run(caller, work)


@router.put("/working-time/days/{day}", operation_id="set_day", response_model=shapes.Done)
async def set_day(day: Day, body: m.DayIO, caller: Maker, once: OnceDep) -> Response:
    """Say of a day whether it is worked."""
    if day != body.day:
        raise BadValue("day: the same in the address and in the body")

    async def work(db: Writing) -> shapes.Done:
        await working_time.set_day(db, OwnDay(day=day, works=body.works, title=body.title))
        await access_log.record(db, caller.user_id, Action.MANAGE_FORMS, f"working day {day}", "saved", caller.ip)
        return shapes.Done()

    return await once.run(caller, work)


@router.delete("/working-time/days/{day}", operation_id="forget_day", response_model=shapes.Done)
async def forget_day(day: Day, caller: Maker, once: OnceDep) -> Response:
    """Leave a day to the week and the country's holidays again."""

    async def work(db: Writing) -> shapes.Done:
        await working_time.forget_day(db, day)
        await access_log.record(db, caller.user_id, Action.MANAGE_FORMS, f"working day {day}", "forgotten", caller.ip)
        return shapes.Done()

    return await once.run(caller, work)
