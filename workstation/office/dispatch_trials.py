"""Pages: what if: a version of the rules tried on the calls of a day, beside the rules in force (shell)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import clock
from crm_core.access import Action
from crm_core.db import reading, transaction
from crm_core.errors import NoSuchJob, NoSuchPolicy
from crm_core.store import access_log, jobs, users
from crm_core.store import dispatch as store
from routing import trial
from routing.terms import Cause
from workstation import dispatch_words
from workstation.deps import Parts, PartsDep, Sent, Who, number
from workstation.office.base import done_sentences, go, once, show, words
from workstation.office.segments import hand_over
from workstation.sentences import N_, Translate

router = APIRouter(prefix="/office")
SEED = 7
PAGE = 50
"""Calls that overflowed on a page."""
done_sentences({"trying": N_("The day is being played again.")})


def yesterday(parts: Parts) -> date:
    """Return the utility's yesterday."""
    return clock.now().astimezone(ZoneInfo(parts.settings.time_zone)).date() - timedelta(days=1)


def day_of(parts: Parts, typed: str) -> date:
    """Return the day that was asked for; yesterday when none was, or one that is not over."""
    last = yesterday(parts)
    try:
        return min(date.fromisoformat(typed), last)
    except ValueError:
        return last


@router.post("/routing/{version_id}/trial")
async def ask(parts: PartsDep, who: Who, sent: Sent, version_id: str) -> Response:
    """Have a version tried on the calls of a day."""
    key = number(version_id)
    if key is None:
        raise NoSuchPolicy(f"there is no version {version_id[:20]}")
    day = day_of(parts, sent.get("day", ""))
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        wanted = await store.one(db, key)
        detail = {"version_id": key, "version": wanted.version, "day": day.isoformat(), "seed": SEED}
        job = await jobs.create(db, trial.KIND, f"Rules {wanted.version} on {day.isoformat()}", who.user_id, detail)
        await access_log.record(
            db, who.user_id, Action.MANAGE_ROUTING, f"routing rules version {wanted.version}", "tried"
        )
    await hand_over(parts, job)
    return go(f"/office/routing/trials/{job.job_id}", "trying")


@router.get("/routing/trials/{job_id}")
async def one(request: Request, parts: PartsDep, who: Who, job_id: str) -> Response:
    """Show how far a trial is, and what came of it: both sets of rules side by side."""
    key = number(job_id)
    async with reading(parts.engine) as db:
        job = None if key is None else await jobs.by_id(db, key)
        if job is None or job.kind != trial.KIND:
            raise NoSuchJob(f"there is no trial {job_id[:20]}")
        names = {str(one.user_id): one.name for one in await users.everyone(db)}
    found = job.detail if "new" in job.detail else None
    tables = {} if found is None else {name: _beside(found, name) for name in ("queues", "topics")}
    served = {} if found is None else _served(found)
    begins = number(request.query_params.get("from")) or 0
    overflowed = [] if found is None else found["new"].get("overflowed", [])
    say = words(request, who)
    return show(
        request, who, "routing_trial.html", job=job, found=found, tables=tables, served=served, names=names,
        mine=job.asked_by == who.user_id, ways=[] if found is None else _ways(found, say),
        overflowed=[_overflowed(row, say) for row in overflowed[begins : begins + PAGE]], begins=begins,
        more=begins + PAGE if begins + PAGE < len(overflowed) else None,
    )  # fmt: skip


def _ways(found: Mapping[str, Any], say: Translate) -> list[dict[str, object]]:
    """Return how many overflowed from where to where, under both sides."""
    old, new = ({tuple(way): calls for *way, calls in found[side].get("ways", ())} for side in ("old", "new"))
    return [
        {"queue": key[0], **_led(key[1], key[2], say), "old": old.get(key, 0), "new": new.get(key, 0)}
        for key in dict.fromkeys([*old, *new])
    ]


def _overflowed(row: Sequence[Any], say: Translate) -> dict[str, object]:
    at, call_id, queue, cause, way, waited = row
    return {
        "at": datetime.fromisoformat(at), "call_id": call_id, "queue": queue, **_led(cause, way, say), "waited": waited
    }  # fmt: skip


def _led(cause: str, way: str, say: Translate) -> dict[str, str]:
    return {"cause": say(dispatch_words.CAUSES[Cause(cause)]), "way": dispatch_words.way(way, say)}


def _beside(found: Mapping[str, object], name: str) -> list[tuple[str, object, object]]:
    """Return the rows of a table of both sides, in the order of the rules in force, then what is new."""
    old, new = (dict(found[side][name]) for side in ("old", "new"))  # type: ignore[index]
    return [(row, old.get(row), new.get(row)) for row in dict.fromkeys([*old, *new])]


def _served(found: Mapping[str, object]) -> dict[str, dict[str, tuple[int, int]]]:
    """Return contacts under both sides, by operator and queue."""
    table: dict[str, dict[str, tuple[int, int]]] = {}
    for turn, side in enumerate(("old", "new")):
        for who, queue, calls in found[side]["operators"]:  # type: ignore[index]
            row = table.setdefault(str(who), {})
            before, after = row.get(queue, (0, 0))
            row[queue] = (calls, after) if turn == 0 else (before, calls)
    return table
