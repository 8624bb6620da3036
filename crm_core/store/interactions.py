"""Contacts with subscribers: what the floor reports of a call, how it was written up, the timeline (shell).

The floor reports the same call many times; each report is an upsert by `call_id`, so that repeating one after a
fault does no harm. What a person wrote (disposition, note) is never touched by a report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    bindparam,
    case,
    cast,
    exists,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, Insert
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import clock
from crm_core.card import InteractionRow
from crm_core.db import Writing
from crm_core.store import write_ups
from crm_core.store.write_ups import UNDISPOSED, Lacking, WriteUp
from crm_core.tables import accounts, call_events, interactions, recordings, users
from crm_core.text import one_line
from crm_core.work.forms import Site

OUTCOMES = {"abandoned": "ABANDON", "served": "SERVED", "failed": "TECH_ERROR"}
"""What a contact that no operator had is called in the timeline, by its outcome; `store.cards` says the same."""
LONGEST_PATH = 60
ANYWHERE = Site(country="", time_zone="UTC")
"""Where the utility is, for who does not ask for days and telephone numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """A call as the floor knows it at a moment; times in UTC."""

    call_id: str
    phase: str
    """`routing.views.CallPhase`."""
    began_at: datetime
    number: str = ""
    dialled: str = ""
    direction: str = "in"
    """`in` or `out`."""
    language: str = ""
    topic: str = ""
    path: tuple[str, ...] = ()
    queue: str = ""
    account_id: int | None = None
    operator_id: int | None = None
    outcome: str = ""
    """`answered`, `abandoned`, `served`, `failed`; "" while it is open."""
    waiting_since: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None


async def call_began(db: Writing, record: CallRecord) -> None:
    """Note a call that arrived; noting it again is `call_changed`."""
    await call_changed(db, record)


async def call_changed(db: Writing, record: CallRecord) -> None:
    """Note how a call stands now.

    What the report does not know (an empty text, None) leaves what was known, because a floor that was restarted
    knows less than the one before it. Phase and end are always taken: a call thought lost may turn out alive.
    Account and operator that do not exist are left out rather than the whole record lost.
    """
    await calls_changed(db, [record])


async def calls_changed(db: Writing, records: Sequence[CallRecord]) -> None:
    """Note how several calls stand now, as `call_changed`; of one call at most one record."""
    if records:
        await db.execute(_CHANGE, [_values(record) for record in records])


def _existing(key: ColumnElement[int], name: str) -> ScalarSelect[Any]:
    return select(key).where(key == bindparam(name, type_=key.type)).scalar_subquery()


def _change() -> Insert:
    """Draw up the upsert, once: drawing it up takes longer than sending it."""
    ids = {
        "account_id": _existing(accounts.c.id, "of_account"),
        "operator_id": _existing(users.c.id, "of_operator"),
    }
    new = upsert(interactions).values(ids)
    given = new.excluded
    kept = {
        name: func.coalesce(func.nullif(given[name], ""), interactions.c[name])
        for name in ("number", "dialled", "language", "topic", "queue", "outcome")
    }
    later = {
        name: func.coalesce(given[name], interactions.c[name])
        for name in ("waiting_since", "answered_at", "operator_id")
    }
    # An account that the operator chose in closing stays, whatever the switch says afterwards.
    account = case(
        (interactions.c.closed_at.is_not(None), func.coalesce(interactions.c.account_id, given.account_id)),
        else_=func.coalesce(given.account_id, interactions.c.account_id),
    )
    return new.on_conflict_do_update(
        index_elements=[interactions.c.call_id],
        set_={
            **kept,
            **later,
            "account_id": account,
            "path": func.coalesce(func.nullif(given.path, cast([], JSONB)), interactions.c.path),
            "phase": given.phase,
            "ended_at": given.ended_at,
            "began_at": func.least(given.began_at, interactions.c.began_at),
        },
    )


_CHANGE = _change()


def _values(record: CallRecord) -> dict[str, Any]:
    """Values of a row, cut and cleaned to fit: a hostile caller's name must not cost the record."""
    return {
        "call_id": record.call_id,
        "channel": "phone",
        "direction": record.direction,
        "phase": record.phase,
        "began_at": record.began_at,
        "number": one_line(record.number, 40),
        "dialled": one_line(record.dialled, 40),
        "language": one_line(record.language, 8),
        "topic": one_line(record.topic, 40),
        "queue": one_line(record.queue, 40),
        "outcome": one_line(record.outcome, 20),
        "path": [one_line(step, 120) for step in record.path[:LONGEST_PATH]],
        "of_account": record.account_id,
        "of_operator": record.operator_id,
        "waiting_since": record.waiting_since,
        "answered_at": record.answered_at,
        "ended_at": record.ended_at,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """A line of a call's history."""

    call_id: str
    at: datetime
    what: str
    operator_id: int | None = None
    detail: str = ""


async def event(  # noqa: PLR0913, PLR0917 -- one row, column by column
    db: Writing,
    call_id: str,
    at: datetime,
    what: str,
    operator_id: int | None = None,
    detail: str = "",
) -> None:
    """Add a line to a call's history (`offered`, `answered`, `held` …); lines are only ever added."""
    await events(db, [Happened(call_id=call_id, at=at, what=what, operator_id=operator_id, detail=detail)])


async def events(db: Writing, lines: Sequence[Happened]) -> None:
    """Add several lines, as `event`."""
    if lines:
        await db.execute(
            _EVENT,
            [
                {
                    "call_id": line.call_id,
                    "at": line.at,
                    "what": one_line(line.what, 30),
                    "operator_id": line.operator_id,
                    "detail": one_line(line.detail, 500),
                }
                for line in lines
            ],
        )


_EVENT = insert(call_events)


async def history(db: AsyncConnection, call_id: str) -> list[Happened]:
    """Return a call's history, in its order; empty when there is no such call."""
    query = select(call_events).where(call_events.c.call_id == call_id).order_by(call_events.c.id)
    return [
        Happened(call_id=row.call_id, at=row.at, what=row.what, operator_id=row.operator_id, detail=row.detail)
        for row in await db.execute(query)
    ]


async def close(  # noqa: PLR0913, PLR0917 -- one row, column by column
    db: Writing,
    call_id: str,
    operator_id: int,
    disposition: str,
    note: str,
    account_id: int | None,
    *,
    values: Mapping[str, object] | None = None,
    site: Site = ANYWHERE,
    role: str = "",
) -> Lacking | None:
    """Write a contact up; sending the same again changes nothing, anything else is a correction (`write_ups.amend`).

    Args:
        db: the transaction.
        call_id: which call.
        operator_id: who writes.
        disposition: a code of `store.dispositions.choices`.
        note: free text, kept up to 4,000 characters.
        account_id: whose call it was; None leaves what is known.
        values: what the disposition needs, by the code of each field.
        site: where the utility is; decides what day it is and what a telephone number is.
        role: of who writes; "" may choose every result people may choose.

    Returns:
        What the disposition needs and is not there; then nothing was stored. None when it is written up.

    Raises:
        NoSuchCall: the floor has not recorded such a call (yet).
        NoSuchDisposition: the code does not exist, is retired, or is the house's own.
        NoSuchAccount: there is no such account.
        AlreadyClosed: another operator has written it up.
        WorkRefused: it is written up otherwise; a correction needs a reason.
    """
    how = WriteUp(disposition=disposition, note=note, values=values or {}, account_id=account_id)
    return await write_ups.close(db, call_id, operator_id, how, site, clock.now(), role)


async def undisposed(db: Writing, call_id: str) -> bool:
    """Mark a contact that nobody wrote up in time; never overwrites what somebody wrote. Returns whether it did."""
    change = (
        update(interactions)
        .where(interactions.c.call_id == call_id, interactions.c.disposition.is_(None))
        .values(disposition=UNDISPOSED, closed_at=func.now())
    )
    return (await db.execute(change)).rowcount > 0


async def open_calls(db: AsyncConnection) -> list[CallRecord]:
    """Return the calls on record without an end, oldest first: what the floor compares with the switch at its start."""
    query = (
        select(interactions)
        .where(interactions.c.ended_at.is_(None), interactions.c.call_id.is_not(None))
        .order_by(interactions.c.id)
    )
    return [_record(row) for row in await db.execute(query)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Who spoke to whom."""

    operator_id: int
    number: str
    account_id: int | None


async def answered_since(db: AsyncConnection, since: datetime, limit: int) -> list[Answered]:
    """Return who spoke to whom in calls that began since a moment, newest first, at most `limit`."""
    query = (
        select(interactions.c.operator_id, interactions.c.number, interactions.c.account_id)
        .where(
            interactions.c.began_at >= since,
            interactions.c.answered_at.is_not(None),
            interactions.c.operator_id.is_not(None),
        )
        .order_by(interactions.c.began_at.desc(), interactions.c.id.desc())
        .limit(limit)
    )
    rows = await db.execute(query)
    return [Answered(operator_id=row.operator_id, number=row.number, account_id=row.account_id) for row in rows]


async def finish_lost(db: Writing, call_id: str, ended_at: datetime, outcome: str) -> bool:
    """End a call that went away while nobody watched; one that has an end keeps it. Returns whether it did."""
    change = (
        update(interactions)
        .where(interactions.c.call_id == call_id, interactions.c.ended_at.is_(None))
        .values(
            phase="ended",
            ended_at=func.greatest(ended_at, interactions.c.began_at),
            outcome=case((interactions.c.outcome == "", one_line(outcome, 20)), else_=interactions.c.outcome),
        )
    )
    return (await db.execute(change)).rowcount > 0


async def by_call_id(db: AsyncConnection, call_id: str) -> CallRecord | None:
    """Return a call as it was last reported, None when there is no record of it."""
    row = (await db.execute(select(interactions).where(interactions.c.call_id == call_id))).one_or_none()
    return None if row is None else _record(row)


async def timeline(
    db: AsyncConnection, account_id: int, before: int | None = None, limit: int = 50
) -> list[InteractionRow]:
    """Return an account's finished contacts on all channels, newest first.

    Args:
        db: a connection, `reading` will do.
        account_id: whose.
        before: `interaction_id` of the last one shown; only older ones come. None begins with the newest.
        limit: at most this many.
    """
    query = _finished().where(interactions.c.account_id == account_id).limit(limit)
    if before is not None:
        mark = select(interactions.c.began_at, interactions.c.id).where(interactions.c.id == before).subquery()
        place = tuple_(interactions.c.began_at, interactions.c.id)
        query = query.where(place < select(mark.c.began_at, mark.c.id).scalar_subquery())
    return [_row(row) for row in await db.execute(query)]


def _finished() -> Select[*tuple[Any, ...]]:
    """The same contacts, in the same order, as on the card (`store.cards`)."""
    done = or_(
        interactions.c.phase == "ended", interactions.c.ended_at.is_not(None), interactions.c.closed_at.is_not(None)
    )
    heard = exists().where(recordings.c.call_id == interactions.c.call_id, recordings.c.sealed_key.is_not(None))
    return (
        select(interactions, users.c.name.label("operator"), heard.label("recorded"))
        .outerjoin(users, users.c.id == interactions.c.operator_id)
        .where(done)
        .order_by(interactions.c.began_at.desc(), interactions.c.id.desc())
    )


def _row(row: Row[*tuple[Any, ...]]) -> InteractionRow:
    talked = row.ended_at - row.answered_at if row.ended_at and row.answered_at else None
    return InteractionRow(
        interaction_id=row.id,
        call_id=row.call_id or "",
        at=row.began_at,
        channel=row.channel,
        direction=row.direction,
        number=row.number,
        operator=row.operator or "",
        disposition=row.disposition or OUTCOMES.get(row.outcome, ""),
        note=row.note,
        seconds=max(0, round(talked.total_seconds())) if talked else 0,
        path=tuple(row.path),
        recorded=row.recorded,
    )


def _record(row: Row[*tuple[Any, ...]]) -> CallRecord:
    return CallRecord(
        call_id=row.call_id,
        phase=row.phase,
        began_at=row.began_at,
        number=row.number,
        dialled=row.dialled,
        direction=row.direction,
        language=row.language,
        topic=row.topic,
        path=tuple(row.path),
        queue=row.queue,
        account_id=row.account_id,
        operator_id=row.operator_id,
        outcome=row.outcome,
        waiting_since=row.waiting_since,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
    )
