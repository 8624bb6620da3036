"""The floor's memory in the database: how a call is written down, and read back at a start (shell)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.alerting import Word
from crm_core.db import Writing
from crm_core.store import access_log, alerting, call_facts, callbacks, interactions, operators
from crm_core.store.interactions import CallRecord
from routing.backs import is_back
from routing.calls import WRAP_UP, Call
from routing.dials import is_out
from routing.effects import (
    AlertFact,
    CallerSpoke,
    CallFact,
    CallHappened,
    Fact,
    OperatorFact,
    OutsideRefused,
    Undisposed,
)
from routing.lately import REMEMBERED, Spoken
from routing.operator import SERVED, Operator
from routing.resync import Past
from routing.skills import profile
from routing.views import CallPhase, OperatorId, OperatorState
from telephony.events import CallId, ChannelName, Node

OUTSIDE_REFUSED = "call.outside_refused"
"""What the access log calls it."""
YESTERDAY = timedelta(days=1)
"""Before today's midnight: contacts since then are remembered for the last operator's sake."""


async def write(db: Writing, facts: Sequence[Fact]) -> None:
    """Write facts, each kind at once; how calls stand comes first, for the others belong to calls on record.

    Writing them again after a fault does no harm.

    Raises:
        DatabaseUnavailable: nothing is known to be written.

    """
    happened = [fact for fact in facts if isinstance(fact, CallHappened)]
    await interactions.calls_changed(db, [record(fact.call) for fact in facts if isinstance(fact, CallFact)])
    await interactions.events(db, [_happened(fact) for fact in happened])
    await operators.states_changed(db, [_changed(fact) for fact in facts if isinstance(fact, OperatorFact)])
    await call_facts.settle(db, {fact.call_id for fact in happened if fact.what in call_facts.ENDS})
    refused = [_refused(fact) for fact in facts if isinstance(fact, OutsideRefused)]
    if refused:
        await access_log.record_many(db, refused)
    for fact in facts:
        if isinstance(fact, Undisposed):
            await interactions.undisposed(db, fact.call_id)
        if isinstance(fact, CallerSpoke):
            await callbacks.came(db, fact.number, fact.call_id, fact.at)
        if isinstance(fact, AlertFact):
            await alerting.note(db, Word(kind=fact.kind, subject=fact.subject, over=fact.over, at=fact.at))


def _happened(fact: CallHappened) -> interactions.Happened:
    return interactions.Happened(
        call_id=fact.call_id, at=fact.at, what=fact.what, operator_id=fact.operator_id, detail=fact.detail
    )


def _refused(fact: OutsideRefused) -> access_log.Entry:
    return access_log.Entry(
        at=fact.at, user_id=fact.operator_id, action=OUTSIDE_REFUSED, object=fact.number, reason=fact.reason, ip="",
        contact_id=fact.call_id, result=access_log.REFUSED,
    )  # fmt: skip


def _changed(fact: OperatorFact) -> operators.Changed:
    return operators.Changed(
        operator_id=fact.operator_id, state=fact.state, reason=fact.reason, at=fact.at, call_id=fact.call_id
    )


def record(call: Call) -> CallRecord:
    """Return the call as the timeline keeps it."""
    return CallRecord(
        call_id=call.call_id,
        phase=call.phase,
        began_at=call.arrived_at,
        number=call.number,
        dialled=call.dialled,
        language=call.language,
        topic=call.topic,
        path=call.path,
        queue=call.queue,
        direction="out" if is_back(call.call_id) or is_out(call.call_id) else "in",
        account_id=call.account_id,
        operator_id=call.operator_id,
        outcome=call.outcome,
        waiting_since=call.waiting_since,
        answered_at=call.answered_at,
        ended_at=call.ended_at,
    )


async def read(db: AsyncConnection, midnight: datetime) -> Past:
    """Return what is on record: calls without an end, contacts being written up, and how operators were last.

    Args:
        db: a connection, `reading` will do.
        midnight: when the utility's day began, in its time zone; contacts are counted from then.

    """
    talks = await operators.talks_since(db, midnight)
    day = midnight.date().isoformat()
    calls = {one.call_id: _call(one) for one in await interactions.open_calls(db)}
    people = []
    for last in await operators.latest(db):
        person = replace(_operator(last), calls_today=talks.get(last.operator_id, 0), day=day)
        people.append(person)
        if person.call_id is not None and person.call_id not in calls:
            written = await interactions.by_call_id(db, person.call_id)
            if written is not None and person.state is OperatorState.WRAP_UP:
                calls[written.call_id] = _call(written, phase=WRAP_UP, operator_id=person.operator_id)
    spoken = [
        Spoken(operator_id=OperatorId(one.operator_id), number=one.number, account_id=one.account_id)
        for one in await interactions.answered_since(db, midnight - YESTERDAY, REMEMBERED // 2)
    ]
    return Past(
        calls=tuple(calls.values()),
        operators=tuple(people),
        spoken=tuple(reversed(spoken)),
        backs=tuple(await callbacks.standing(db)),
    )


def _operator(last: operators.LastState) -> Operator:
    state = OperatorState(last.state)
    return Operator(
        operator_id=OperatorId(last.operator_id),
        name=last.name,
        extension=last.extension,
        state=state,
        reason=last.reason,
        since=last.at,
        call_id=last.call_id if state in SERVED else None,
        profile=profile(last.skills, last.languages),
    )


def _call(written: CallRecord, phase: CallPhase | None = None, operator_id: OperatorId | None = None) -> Call:
    known = operator_id if operator_id is not None or written.operator_id is None else OperatorId(written.operator_id)
    return Call(
        call_id=CallId(written.call_id),
        node=Node(written.call_id.rpartition("-")[0]),
        channel=ChannelName(""),
        phase=phase or CallPhase(written.phase),
        number=written.number,
        dialled=written.dialled,
        queue=written.queue or "main",
        language=written.language,
        account_id=written.account_id,
        topic=written.topic,
        path=written.path,
        arrived_at=written.began_at,
        waiting_since=written.waiting_since,
        answered_at=written.answered_at,
        ended_at=written.ended_at,
        operator_id=known,
    )
