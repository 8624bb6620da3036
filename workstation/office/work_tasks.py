"""Pages of tasks, teams and working time (shell)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, time, timedelta
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import clock
from crm_core.access import Action, hidden
from crm_core.db import Writing, reading
from crm_core.errors import WorkRefused
from crm_core.store import application_work, tasks, teams, work_log, working_time
from crm_core.store.tasks import KINDS, OPEN_STATES, Filter, NewTask
from crm_core.store.working_time import OwnDay
from crm_core.text import one_line
from crm_core.work.lives import Mover, TaskState, TaskStep, task_steps
from crm_core.work.sla import Span
from workstation import sight
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, number, translate
from workstation.facts import facts_told
from workstation.forms import Form
from workstation.office.base import cut, form_of, go, show
from workstation.office.work_base import (
    PAGE,
    Ask,
    account_named,
    key,
    moment,
    mover,
    people_and_teams,
    site,
    words_missing,
)
from workstation.sentences import N_

router = APIRouter(prefix="/office")
MINE, TEAM, NOBODY, ALL = "mine", "team", "nobody", "all"
NO_ACCOUNT = N_("There is no such account. Type its number.")
NOT_MOMENT = N_("A day and a time are needed here, like 2026-11-30 09:30.")
MIDNIGHT = re.compile("^24:")
NOT_HOURS = N_("Hours are needed here, like 09:00-13:00, 14:00-18:00.")


@router.get("/tasks")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """List tasks: one's own, one's teams', what nobody has, or all; what is due first comes first."""
    return await _list(request, parts, who, form_of(request, who, dict(request.query_params)))


async def _list(request: Request, parts: Parts, who: Person, form: Form) -> Response:
    asked, now = request.query_params, clock.now()
    whose = asked.get("whose", MINE if mover(who).leads is False else TEAM)
    async with reading(parts.engine) as db:
        lists = await people_and_teams(db, who)
        wanted = _filter(asked.get("state", ""), whose, who, lists["my_teams"], late=asked.get("late") == "1")
        rows = await tasks.listing(db, wanted, now, number(asked.get("after")), PAGE + 1)
        counts = await tasks.counts(db, who.user_id, lists["my_teams"], now)
    shown, more = cut(rows, PAGE, lambda row: row.task_id)
    kept = {name: value for name, value in asked.items() if value and name not in {"after", "done"}}
    return show(
        request, who, "work_tasks.html", status=200 if form.fine else 422, form=form, counts=counts, whose=whose,
        rows=[(row, _why(row, request, parts, who), _steps(row, mover(who))) for row in shown],
        more=f"/office/tasks?{urlencode({**kept, 'after': more})}" if more else "", kinds=KINDS, **lists,
    )  # fmt: skip


def _filter(state: str, whose: str, who: Person, my_teams: list[str], *, late: bool) -> Filter:
    return Filter(
        owner_id=who.user_id if whose == MINE else None,
        teams=tuple(my_teams) if whose == TEAM else None,
        nobodys=whose == NOBODY,
        late=late,
        states=(state,) if state in set(TaskState) else OPEN_STATES,
    )


def _why(task: tasks.Task, request: Request, parts: Parts, who: Person) -> str:
    return facts_told(task.facts, translate(request, who), parts.templates.formats(who.language))


def _steps(task: tasks.Task, who: Mover) -> list[tuple[str, str]]:
    return [(step.value, needs.value) for step, needs in task_steps(TaskState(task.state), who, task.owner_id)]


@router.post("/tasks")
async def make(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Make a task."""
    form = form_of(request, who, sent)
    title = form.text("title", 300, required=True)
    due_at = moment(sent.get("due_at", ""), parts, clock.now())
    if due_at is None and sent.get("due_at", "").strip():
        form.refuse("due_at", NOT_MOMENT)
    async with reading(parts.engine) as db:
        account = await account_named(db, sent["account"]) if sent.get("account", "").strip() else None
    if account is None and sent.get("account", "").strip():
        form.refuse("account", NO_ACCOUNT)
    if not form.fine:
        return await _list(request, parts, who, form)
    owner, team = number(sent.get("owner_id")), one_line(sent.get("team", ""), 30) or None
    new = NewTask(
        kind=sent.get("kind", ""), title=title, due_at=due_at, owner_id=owner, team=team, made_by=who.user_id,
        note=sent.get("note", ""), account_id=None if account is None else account.account_id,
    )  # fmt: skip

    async def work(db: Writing) -> None:
        await application_work.fit(db, owner, team)
        await tasks.add(db, [new], clock.now())

    done = await Ask(request=request, parts=parts, who=who, sent=sent).do(work, Action.WORK_TASK, "task", title)
    return go("/office/tasks", "made", whose=ALL) if done.fine else await _list(request, parts, who, done)


@router.get("/tasks/{task_id}")
async def one(request: Request, parts: PartsDep, who: Who, task_id: str) -> Response:
    """Show a task with its history."""
    return await _page(request, parts, who, key(task_id), form_of(request, who, {}))


async def _page(request: Request, parts: Parts, who: Person, task_id: int, form: Form) -> Response:
    before = number(request.query_params.get("before"))
    async with reading(parts.engine) as db:
        task = await tasks.by_id(db, task_id, clock.now())
        history = await work_log.told(db, work_log.TASK, task_id, before, PAGE + 1)
        lists = await people_and_teams(db, who)
    hides = hidden(who.role, reason=True)
    lines, more = cut([sight.line(line, hides) for line in history], PAGE, lambda line: line.line_id)
    task = replace(task, note=sight.told(task.note, hides), result=sight.told(task.result, hides))
    form.values = {"owner_id": str(task.owner_id or ""), "team": task.team, **form.values}
    return show(
        request, who, "work_task.html", status=200 if form.fine else 422, form=form, one=task, history=lines,
        more=f"?before={more}" if more else "", steps=_steps(task, mover(who)),
        why=_why(task, request, parts, who), open=task.state in OPEN_STATES,
        names={str(user): name for user, name in lists["people"]}, **lists,
    )  # fmt: skip


@router.post("/tasks/{task_id}/steps")
async def step(request: Request, parts: PartsDep, who: Who, sent: Sent, task_id: str) -> Response:
    """Take a task a step on; of two who take it at once one has it."""
    wanted, said, one = sent.get("step", ""), sent.get("said", ""), key(task_id)
    if wanted not in set(TaskStep):
        raise WorkRefused("step-not-now")

    async def work(db: Writing) -> None:
        await tasks.step(db, one, TaskStep(wanted), mover(who), said, clock.now())

    ask = Ask(request=request, parts=parts, who=who, sent=sent)
    form = await ask.do(work, Action.WORK_TASK, f"task {one}", f"{wanted} {said}")
    if not form.fine:
        words_missing(form)
        return await _page(request, parts, who, one, form)
    return go(f"/office/tasks/{one}", "saved")


@router.post("/tasks/{task_id}/assignment")
async def assign(request: Request, parts: PartsDep, who: Who, sent: Sent, task_id: str) -> Response:
    """Give a task to somebody or to a team."""
    one, owner, team = key(task_id), number(sent.get("owner_id")), one_line(sent.get("team", ""), 30) or None

    async def work(db: Writing) -> None:
        await application_work.fit(db, owner, team)
        await tasks.assign(db, one, mover(who), owner_id=owner, team=team, now=clock.now())

    ask = Ask(request=request, parts=parts, who=who, sent=sent)
    form = await ask.do(work, Action.WORK_TASK, f"task {one}", f"given to {owner or team or 'nobody'}")
    if not form.fine:
        return await _page(request, parts, who, one, form)
    return go("/office/tasks", "saved") if sent.get("from") == "list" else go(f"/office/tasks/{one}", "saved")


@router.get("/teams")
async def team_list(request: Request, parts: PartsDep, who: Who) -> Response:
    """Show the teams, the hours of the week and the utility's own days."""
    return await _teams(request, parts, who, form_of(request, who, {}))


async def _teams(request: Request, parts: Parts, who: Person, form: Form) -> Response:
    async with reading(parts.engine) as db:
        found = await teams.everyone(db, retired=True)
        calendar = await working_time.calendar(db, site(parts))
        days = await working_time.own_days(db, site(parts).today(clock.now()) - timedelta(days=31))
        lists = await people_and_teams(db, who)
    chosen = next((one for one in found if one.code == request.query_params.get("team", "")), None)
    week = {day: ", ".join(f"{span.opens:%H:%M}-{span.closes:%H:%M}" for span in spans)
            for day, spans in calendar.week.items()}  # fmt: skip
    known = {f"hours_{day}": week.get(day, "") for day in range(7)}
    if chosen is not None:
        known |= {
            "code": chosen.code, "title_en": chosen.titles.get("en", ""), "title_ru": chosen.titles.get("ru", ""),
            "lead_id": str(chosen.lead_id or ""), "retired": "1" if chosen.retired else "",
            **{f"member_{user}": "1" for user in chosen.members},
        }  # fmt: skip
    form.values = {**known, **form.values}
    return show(
        request, who, "work_teams.html", status=200 if form.fine else 422, form=form, found=found, days=days,
        chosen=chosen, calendar=calendar, names=dict(lists["people"]), **lists,
    )  # fmt: skip


@router.post("/teams")
async def save_team(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Make a team or change it."""
    members = [found for name in sent if name.startswith("member_") and (found := number(name.removeprefix("member_")))]
    titles = {language: sent.get(f"title_{language}", "") for language in ("en", "ru")}
    code = sent.get("code", "").strip()

    async def work(db: Writing) -> None:
        lead = number(sent.get("lead_id"))
        await teams.save(db, code, titles, lead_id=lead, members=members, retired=sent.get("retired") == "1")

    ask = Ask(request=request, parts=parts, who=who, sent=sent)
    form = await ask.do(work, Action.MANAGE_FORMS, f"team {one_line(code, 30)}", "saved")
    return go("/office/teams", "saved") if form.fine else await _teams(request, parts, who, form)


@router.post("/teams/hours")
async def save_hours(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Set the hours of the week; deadlines that are laid down already stay."""
    ask = Ask(request=request, parts=parts, who=who, sent=sent)
    form = ask.form
    week = {day: spans for day in range(7) if (spans := _spans(form, f"hours_{day}"))}
    if not form.fine:
        return await _teams(request, parts, who, form)

    async def work(db: Writing) -> None:
        await working_time.set_week(db, week)

    form = await ask.do(work, Action.MANAGE_FORMS, "working week", "saved")
    return go("/office/teams", "saved") if form.fine else await _teams(request, parts, who, form)


def _spans(form: Form, name: str) -> list[Span]:
    try:
        return [
            Span(
                opens=time.fromisoformat(opens.strip()), closes=time.fromisoformat(closes.strip().replace("24:", "00:"))
            )
            for opens, _, closes in (part.partition("-") for part in form.text(name, 60).split(",") if part.strip())
        ]
    except ValueError:
        form.refuse(name, NOT_HOURS)
        return []


@router.post("/teams/days")
async def save_day(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Say of a day whether it is worked, or leave it to the week and the holidays again."""
    ask = Ask(request=request, parts=parts, who=who, sent=sent)
    form = ask.form
    day = form.day("day", date(2000, 1, 1), date(2100, 1, 1), required=True)
    title = form.text("day_title", 120)
    if day is None or not form.fine:
        return await _teams(request, parts, who, form)

    async def work(db: Writing) -> None:
        if sent.get("works") == "forget":
            await working_time.forget_day(db, day)
        else:
            await working_time.set_day(db, OwnDay(day=day, works=sent.get("works") == "yes", title=title))

    form = await ask.do(work, Action.MANAGE_FORMS, f"working day {day}", sent.get("works", "")[:10])
    return go("/office/teams", "saved") if form.fine else await _teams(request, parts, who, form)
