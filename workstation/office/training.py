"""Pages: a recorded day played again on a floor of its own (shell)."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from redis.exceptions import RedisError
from starlette.responses import HTMLResponse, Response

from crm_core import clock
from crm_core.access import Action
from crm_core.db import reading, transaction
from crm_core.store import access_log, dispatch, teams
from crm_core.work.fields import named
from crm_core.work.jobs import site_of
from routing.rehearsal_clock import FASTEST, SLOWEST, Replay, clock_time
from routing.rehearsal_day import NothingRecorded, TooMuch, judge
from routing.trial import span
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who
from workstation.errors import Away, Missing
from workstation.forms import Form
from workstation.office.base import done_sentences, form_of, go, show
from workstation.pages import config_of
from workstation.sentences import N_

router = APIRouter(prefix="/office/training")
PAGE = "/office/training"
LONGEST_AGO = timedelta(days=731)
"""States of operators are kept so long."""
STEPS = ("pause", "go_on", "speed", "jump", "stop")
NOT_TIME = N_("This is no time of day: write it as 08:00.")
NOTHING = N_("Nothing is on record of this day and choice. Choose another day, or leave queue and team open.")
TOO_MANY = N_("There are {calls} calls on record of this day, and at most {most} are played. Choose a queue or a team.")
FULL = N_("Too many replays are going on. Stop one that is not needed any more.")
done_sentences({"stopped": N_("The replay was stopped.")})


@router.get("")
async def replays(request: Request, parts: PartsDep, who: Who) -> Response:
    """Show the replays that are going on, and a form for another."""
    yesterday = site_of(parts.settings).today(clock.now()) - timedelta(days=1)
    return await _page(
        request, parts, who, form_of(request, who, {"day": str(yesterday), "from": "08:00", "speed": "10"})
    )


async def _page(request: Request, parts: Parts, who: Person, form: Form) -> Response:
    now = clock.now()
    async with reading(parts.engine) as db:
        queues = [(one.code, one.title) for one in await dispatch.every_queue(db)]
        known = [(one.code, named(one.titles, who.language)) for one in await teams.everyone(db)]
    try:
        going = await parts.board.all(now)
    except RedisError as error:
        raise Away("floor-away") from error
    today = site_of(parts.settings).today(now)
    return show(
        request, who, "training.html", status=200 if form.fine else 422, form=form, going=going, now=now,
        queues=queues, teams=known, titles=dict([*queues, *known]), least=today - LONGEST_AGO,
        most=today - timedelta(days=1), slowest=SLOWEST, fastest=FASTEST,
    )  # fmt: skip


@router.post("")
async def start(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Have a day played."""
    form, now = form_of(request, who, sent), clock.now()
    replay = _wanted(form, parts, who, now)
    if replay is not None:
        async with reading(parts.engine) as db:
            found = await judge(db, replay)
        if isinstance(found, NothingRecorded):
            form.refuse("day", NOTHING)
        elif isinstance(found, TooMuch):
            form.refuse("day", TOO_MANY, calls=found.calls, most=found.most)
        elif await _put(parts, replay):
            async with transaction(parts.engine) as db:
                await access_log.record(db, who.user_id, Action.LEAD, "training", f"{replay.day} replayed")
            return go(f"{PAGE}/floor", replay=replay.replay_id)
        else:
            form.refuse("form", FULL)
    return await _page(request, parts, who, form)


def _wanted(form: Form, parts: Parts, who: Person, now: datetime) -> Replay | None:
    """Read the form; None when something in it is not right."""
    today = site_of(parts.settings).today(now)
    day = form.day("day", today - LONGEST_AGO, today - timedelta(days=1), required=True)
    begins = _time(form, "from")
    speed = form.whole("speed", SLOWEST, FASTEST, required=True)
    queue, team = form.text("queue", 40), form.text("team", 40)
    if day is None or begins is None or speed is None or not form.fine:
        return None
    since, until = span(day, parts.settings.time_zone)
    return Replay(
        replay_id=secrets.token_urlsafe(9), day=day, since=since, until=until, queue=queue, team=team,
        by=who.user_id, by_name=who.name[:80], touched_at=now, speed=speed,
        stood_at=_moment(day, begins, parts.settings.time_zone),
    )  # fmt: skip


def _time(form: Form, name: str) -> time | None:
    found = clock_time(form.values.get(name, ""))
    if found is None:
        form.refuse(name, NOT_TIME)
    return found


def _moment(day: date, at: time, zone: str) -> datetime:
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)


async def _put(parts: Parts, replay: Replay) -> bool:
    try:
        return await parts.board.put(replay)
    except RedisError as error:
        raise Away("floor-away") from error


async def _found(parts: Parts, replay_id: str) -> Replay:
    try:
        replay = await parts.board.find(replay_id)
    except RedisError as error:
        raise Away("floor-away") from error
    if replay is None:
        raise Missing("no-such-replay")
    return replay


@router.get("/floor")
async def floor(request: Request, parts: PartsDep, who: Who, replay: str = "") -> Response:
    """Show a replay's floor; what is on it comes by a websocket of its own."""
    return _floor(parts, who, await _found(parts, replay), form_of(request, who, {}))


def _floor(parts: Parts, who: Person, replay: Replay, form: Form) -> Response:
    begins = replay.shows(clock.now()).astimezone(ZoneInfo(parts.settings.time_zone))
    values: dict[str, Any] = {"at": begins.strftime("%H:%M"), "speed": str(replay.speed), **form.values}
    html = parts.templates.render(
        "training_floor.html", who.language, user=who, csrf=who.csrf, replay=replay, form=form, values=values,
        slowest=SLOWEST, fastest=FASTEST,
        config=config_of(parts, who, f"/ws/training?replay={replay.replay_id}") | {"replay": True},
    )  # fmt: skip
    return HTMLResponse(html, status_code=200 if form.fine else 422)


@router.post("/clock")
async def touch(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Touch a replay's clock, or stop it."""
    form, now = form_of(request, who, sent), clock.now()
    replay = await _found(parts, sent.get("replay", ""))
    step = form.choice("step", STEPS, required=True)
    if step == "stop":
        try:
            await parts.board.drop(replay.replay_id)
        except RedisError as error:
            raise Away("floor-away") from error
        return go(PAGE, "stopped")
    touched = _touched(form, replay, step, parts.settings.time_zone, now)
    if touched is None:
        return _floor(parts, who, replay, form)
    await _put(parts, touched)
    return go(f"{PAGE}/floor", replay=replay.replay_id)


def _touched(form: Form, replay: Replay, step: str, zone: str, now: datetime) -> Replay | None:
    """Return the clock after a step; None when something typed is not right."""
    if step == "pause":
        return replay.pause(now)
    if step == "go_on":
        return replay.go_on(now)
    if step == "speed":
        speed = form.whole("speed", SLOWEST, FASTEST, required=True)
        return None if speed is None else replay.at_speed(speed, now)
    at = _time(form, "at") if step == "jump" else None
    return None if at is None else replay.jump(_moment(replay.day, at, zone), now)
