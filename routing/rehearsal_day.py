"""A day taken from the record and made ready to be played (shell)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.store import rehearsals
from crm_core.store.rehearsals import Kept, Line, Stood
from routing.rehearsal import TURNS, PastContact, PastPerson, PastState, Recorded, Turn
from routing.rehearsal_clock import Replay
from routing.views import OperatorState

STATES = frozenset(OperatorState)


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingRecorded:
    """Of this day, queue and team there is not one call on record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TooMuch:
    """The day has more calls than are played; a queue or a team narrows it."""

    calls: int
    most: int = rehearsals.MOST_CALLS


async def judge(db: AsyncConnection, replay: Replay) -> NothingRecorded | TooMuch | int:
    """Return how many calls there are to play, or why there is nothing that can be played."""
    who = await rehearsals.members(db, replay.team) if replay.team else None
    found = await rehearsals.count(db, replay.since, replay.until, replay.queue, who)
    if found == 0:
        return NothingRecorded()
    return TooMuch(calls=found) if found > rehearsals.MOST_CALLS else found


async def recorded(db: AsyncConnection, replay: Replay, threshold: timedelta) -> Recorded:
    """Return what is on record of a day.

    Args:
        db: a connection, `reading` will do.
        replay: which day, queue and team.
        threshold: of queues without one of their own.

    """
    since, until = replay.since, replay.until
    who = await rehearsals.members(db, replay.team) if replay.team else None
    calls = await rehearsals.calls(db, since, until, replay.queue, who)
    keys = {one.call_id: one.interaction_id for one in calls if one.call_id is not None}
    lines = await rehearsals.lines(db, tuple(keys), tuple(TURNS))
    stood = [one for one in await rehearsals.states(db, since, until) if who is None or one.operator_id in who]
    ids = sorted({one.operator_id for one in stood} | {one.operator_id for one in calls if one.operator_id is not None})
    people = await rehearsals.people(db, ids)
    own = await rehearsals.thresholds(db)
    turns = _turns(lines)
    return Recorded(
        since=since,
        until=until,
        contacts=tuple(_contact(one, turns) for one in calls),
        states=tuple(_state(one, keys) for one in stood if one.state in STATES),
        people={key: PastPerson(name=name, extension=extension) for key, (name, extension) in people.items()},
        thresholds={code: timedelta(seconds=seconds) for code, seconds in own.items()},
        threshold=threshold,
    )


def _turns(lines: Sequence[Line]) -> dict[str, list[Turn]]:
    found: dict[str, list[Turn]] = {}
    for one in lines:
        found.setdefault(one.call_id, []).append(Turn(at=one.at, phase=TURNS[one.what], operator_id=one.operator_id))
    return found


def _contact(one: Kept, turns: Mapping[str, Sequence[Turn]]) -> PastContact:
    return PastContact(
        contact_id=one.interaction_id, inward=one.direction == "in", number=one.number, queue=one.queue,
        topic=one.topic, language=one.language, outcome=one.outcome, operator_id=one.operator_id,
        began_at=one.began_at, waiting_since=one.waiting_since, answered_at=one.answered_at, ended_at=one.ended_at,
        turns=tuple(turns.get(one.call_id or "", ())),
    )  # fmt: skip


def _state(one: Stood, keys: Mapping[str, int]) -> PastState:
    return PastState(
        operator_id=one.operator_id, state=OperatorState(one.state), reason=one.reason, at=one.at,
        contact_id=keys.get(one.call_id or ""),
    )  # fmt: skip
