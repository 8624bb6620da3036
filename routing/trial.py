"""Trying rules on the calls of a day: played again under those in force and under those that are tried (shell)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from crm_core.db import reading
from crm_core.errors import BadValue
from crm_core.jobs import Progress, perform
from crm_core.settings import Settings
from crm_core.store import dispatch, replays, working_time
from crm_core.store.replays import Stood, Waited
from crm_core.work.forms import Site
from routing import policy as policies
from routing import rulebook
from routing.policy import Asked, Policy, PolicyError
from routing.replay import LONGEST, PastCall, PastDay, Replayed, Shift, as_it_was, replay
from routing.simulation import Tally
from routing.skills import ANYBODY, Profile, profile
from routing.views import OperatorId

KIND = "routing.trial"
"""Kind of the job; `detail` has `version_id` (what is tried), `day` (ISO 8601) and `seed`."""
OFFLINE = frozenset({"offline"})
AWAY = frozenset({"offline", "not_ready"})
TOP = 30
"""Rows of each table that are kept."""
MOST_SHOWN = 500
"""Calls that overflowed, the first ones, that are kept one by one; all are counted."""


def run(job_id: int) -> None:
    """Try a version of the rules on a day."""
    settings = Settings()  # type: ignore[call-arg]  # the environment brings them
    perform(settings, job_id, lambda progress: tried(settings, progress))


async def tried(settings: Settings, progress: Progress) -> Mapping[str, Any]:
    """Play the day under the rules in force and under those that are tried; return both, side by side."""
    asked = progress.job.detail
    day, seed = date.fromisoformat(asked["day"]), int(asked["seed"])
    since, until = span(day, settings.time_zone)
    async with reading(progress.engine) as db:
        wanted = await dispatch.one(db, int(asked["version_id"]))
        old = await rulebook.in_force(db, settings.run_dir / "routing")
        people = {
            OperatorId(one.operator_id): profile(one.skills, one.languages) for one in await dispatch.operators(db)
        }
        calls = await replays.calls(db, since, until)
        states = await replays.states(db, since, until)
        site = Site(country=settings.country, time_zone=settings.time_zone)
        terms = rulebook.every_terms(await dispatch.every_queue(db), await working_time.calendar(db, site))
    try:
        new = policies.parse(wanted.body)
    except PolicyError as error:
        raise BadValue(f"these rules cannot be used: {error}") from error
    past = PastDay(
        calls=tuple(map(past_call, calls)),
        shifts=shifts(states, people, until),
        threshold=timedelta(seconds=settings.service_level_seconds),
        terms=terms,
    )
    before, after = [await _played(past, policy, seed, progress, turn) for turn, policy in enumerate((old, new))]
    names = sorted({rule.name for rule in (*old.rules, *new.rules)})
    return {
        "calls": len(past.calls),
        "operators": len(past.shifts),
        "was": figures(as_it_was(past)),
        "old": shown(before),
        "new": shown(after),
        "rules": [[name, before.rules[name], after.rules[name]] for name in names][:100],
    }


async def _played(past: PastDay, policy: Policy, seed: int, progress: Progress, turn: int) -> Replayed:
    done, total = turn * len(past.calls), 2 * len(past.calls)
    for step in replay(past, policy, seed):
        if isinstance(step, Replayed):
            await progress.advance(done + len(past.calls), total, now=True)
            return step
        await progress.advance(done + step, total)
        await asyncio.sleep(0)
    raise AssertionError("a replay ends with its result")


def span(day: date, zone: str) -> tuple[datetime, datetime]:
    """Return when a day of the utility's begins and ends."""
    begins, ends = (datetime.combine(one, time(), ZoneInfo(zone)) for one in (day, day + timedelta(days=1)))
    return begins.astimezone(UTC), ends.astimezone(UTC)


def past_call(one: Waited) -> PastCall:
    """Return a call on record as it is played again: asked anew in the main queue, whatever rule it was under."""
    answered = None if one.answered_at is None else max(one.answered_at - one.waiting_since, timedelta())
    lasted = None
    if one.answered_at is not None and one.free_at is not None:
        lasted = min(max(one.free_at - one.answered_at, timedelta(seconds=1)), LONGEST)
    gave_up = answered is None and one.ended_at is not None and one.outcome == "abandoned"
    return PastCall(
        call_id=one.call_id,
        at=one.waiting_since,
        asked=Asked(
            topic=one.topic, language=one.language, flags=frozenset(one.flags), dialled=one.dialled, path=one.path
        ),
        number=one.number,
        account_id=one.account_id,
        answered=answered,
        lasted=lasted,
        left=max(one.ended_at - one.waiting_since, timedelta()) if gave_up and one.ended_at is not None else None,
    )


def shifts(states: Sequence[Stood], people: Mapping[OperatorId, Profile], until: datetime) -> tuple[Shift, ...]:
    """Return when each operator was at work, with and without pauses; what he can do is as it is written down now."""
    working, signed_in = _spans(states, AWAY, until), _spans(states, OFFLINE, until)
    return tuple(
        Shift(
            operator_id=key,
            profile=people.get(key, ANYBODY),
            spans=tuple(working.get(key, ())),
            signed_in=tuple(signed_in[key]),
        )
        for key in sorted(signed_in)
    )


def _spans(
    states: Sequence[Stood], away: frozenset[str], until: datetime
) -> dict[OperatorId, list[tuple[datetime, datetime]]]:
    """Return when each operator was in none of some states."""
    since: dict[OperatorId, datetime] = {}
    spans: dict[OperatorId, list[tuple[datetime, datetime]]] = {}
    for one in states:
        key = OperatorId(one.operator_id)
        if one.state not in away:
            since.setdefault(key, one.at)
        elif key in since:
            spans.setdefault(key, []).append((since.pop(key), one.at))
    for key, at in since.items():
        spans.setdefault(key, []).append((at, until))
    return spans


def figures(tally: Tally) -> dict[str, float | int]:
    """Return what is told of a tally: shares from 0 to 1, waits in seconds."""
    return {
        "offered": tally.offered,
        "answered": tally.answered,
        "abandoned": tally.abandoned,
        "service_level": round(tally.service_level, 4),
        "p50": round(tally.longest(0.5), 1),
        "p95": round(tally.longest(0.05), 1),
    }


def shown(one: Replayed) -> dict[str, Any]:
    """Return what is kept of a replay."""
    by_size = lambda item: (-item[1].offered, item[0])  # noqa: E731 - the order of both tables
    ways = Counter((over.queue, over.cause.value, over.way) for over in one.overflowed)
    return {
        "all": figures(one.total),
        "queues": [
            [name, figures(tally) | {"most": one.most.get(name, 0)}]
            for name, tally in sorted(one.queues.items(), key=by_size)[:TOP]
        ],
        "topics": [[name, figures(tally)] for name, tally in sorted(one.topics.items(), key=by_size)[:TOP]],
        "operators": [[who, queue, calls] for (who, queue), calls in sorted(one.operators.items())][:300],
        "ways": [[*way, calls] for way, calls in sorted(ways.items(), key=lambda item: (-item[1], item[0]))[:TOP]],
        "overflowed": [
            [
                over.at.isoformat(),
                over.call_id,
                over.queue,
                over.cause.value,
                over.way,
                round(over.waited.total_seconds()),
            ]
            for over in one.overflowed[:MOST_SHOWN]
        ],
    }
