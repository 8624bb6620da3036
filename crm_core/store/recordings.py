"""Recordings of calls as they are kept: stored once, found, shredded; rules and what callers were told (shell)."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, exists, func, literal, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import NoSuchRecording, RecordingOutOfTurn
from crm_core.recordings import AGREED, TRANSITIONS, Answer, Fault, Move, State
from crm_core.store import access_log, trouble_news
from crm_core.tables import accounts, call_events, customers, interactions, recording_notices, recordings, users
from crm_core.text import storable
from crm_core.vault import Sealed

LONGEST_FINDING = 500
ENDS = ("parted", "ended", "waiting", "fallback", "recording stopped", "passed-on", "consults")
"""Lines of a call's history at which an operator's leg has no more to record."""
JOINS = ("answered", "joined again", "conference", "consult-over")
WITHIN = timedelta(seconds=1)
GRACE = timedelta(minutes=2)
"""So long after a call its file may still be on its way."""
LOOK_BACK = timedelta(days=2)
"""Lost recordings are looked for among calls of so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the house knows of the call of a file."""

    account_id: int | None = None
    operator_id: int | None = None
    queue: str = ""
    direction: str = "in"
    answer: Answer | None = None
    """What the caller was told or said; None when nothing is on record."""
    ended_at: datetime | None = None
    lines: tuple[tuple[datetime, str], ...] = ()
    """Of the call's history, oldest first."""

    def joined(self, began_at: datetime) -> datetime:
        """Return when the leg of a file was bridged, which is when the file begins.

        The file's name says it in whole seconds; the call's history to the millisecond, where the floor was there.
        """
        near = [at for at, what in self.lines if what in JOINS and began_at - WITHIN <= at <= began_at + 3 * WITHIN]
        return min(near, default=began_at)

    def talked(self, began_at: datetime) -> timedelta | None:
        """Return how long a leg that was recorded from a moment on talked, None where nobody wrote it down."""
        ends = [at for at, what in self.lines if what in ENDS and at > began_at]
        end = min(ends, default=self.ended_at)
        return None if end is None or end < began_at else end - began_at


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """A recording that was sealed, or that should be there and is not."""

    call_id: str
    leg: str
    state: State
    fault: Fault
    rule_id: int | None
    began_at: datetime
    keep_until: datetime
    about: About
    seconds: float = 0.0
    pauses: tuple[tuple[float, float], ...] = ()
    peaks: bytes = b""
    sha256: str = ""
    sealed: Sealed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A recording as its page shows it."""

    recording_id: int
    call_id: str
    interaction_id: int | None
    account_id: int | None
    account_number: str
    customer: str
    operator_id: int | None
    operator: str
    queue: str
    direction: str
    disposition: str
    state: State
    fault: Fault
    began_at: datetime
    seconds: float
    pauses: tuple[tuple[float, float], ...]
    peaks: bytes
    sha256: str
    sealed: Sealed | None
    """None when there is nothing to hear."""
    keep_until: datetime
    looked_at: bool
    finding: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which recordings a list shows; an empty part shows all."""

    since: datetime | None = None
    until: datetime | None = None
    operator_id: int | None = None
    account_id: int | None = None
    call_id: str = ""
    queue: str = ""
    disposition: str = ""
    least_seconds: int | None = None
    most_seconds: int | None = None
    faulty: bool = False
    """Only those that somebody has to look at."""


async def about(db: AsyncConnection, call_id: str, extension: str) -> About:
    """Return what is known of a call, and who sits at a telephone."""
    i, n = interactions.c, recording_notices.c
    query = (
        select(i.account_id, i.operator_id, i.queue, i.direction, i.ended_at, n.answer)
        .select_from(
            select(literal(call_id).label("call_id")).subquery("asked")
            .outerjoin(interactions, i.call_id == call_id)
            .outerjoin(recording_notices, n.call_id == call_id)
        )
    )  # fmt: skip
    row = (await db.execute(query)).one()
    history = select(call_events.c.at, call_events.c.what).where(call_events.c.call_id == call_id)
    lines = [(line.at, line.what) for line in await db.execute(history.order_by(call_events.c.at, call_events.c.id))]
    sits = None
    if extension:
        at_phone = select(users.c.id).where(users.c.extension == extension).order_by(users.c.id.desc()).limit(1)
        sits = (await db.execute(at_phone)).scalar_one_or_none()
    return About(
        account_id=row.account_id,
        operator_id=sits or row.operator_id,
        queue=row.queue or "",
        direction=row.direction or "in",
        answer=None if row.answer is None else Answer(row.answer),
        ended_at=row.ended_at,
        lines=tuple(lines),
    )


async def standing_of(db: AsyncConnection, call_ids: Sequence[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Return which of some calls are on record as going on, and which as over; of the others nobody knows."""
    i = interactions.c
    rows = (await db.execute(select(i.call_id, i.ended_at).where(i.call_id.in_(call_ids)))).all()
    going_on = frozenset(str(row.call_id) for row in rows if row.ended_at is None)
    return going_on, frozenset(str(row.call_id) for row in rows) - going_on


async def store(db: Writing, new: New, now: datetime) -> int | None:
    """Write a recording down; None when this leg's is there already, whole: writing twice is writing once."""
    sealed = new.sealed
    values = {
        "call_id": new.call_id, "leg": new.leg, "account_id": new.about.account_id,
        "operator_id": new.about.operator_id, "queue": new.about.queue[:40], "direction": new.about.direction,
        "state": new.state.value, "fault": new.fault.value, "rule_id": new.rule_id, "began_at": new.began_at,
        "seconds": new.seconds, "pauses": [list(one) for one in new.pauses], "peaks": new.peaks or None,
        "sha256": new.sha256, "bytes": sealed.size if sealed else 0, "file": sealed.name if sealed else "",
        "key_id": sealed.key_id if sealed else "", "sealed_key": sealed.sealed_key if sealed else None,
        "keep_until": new.keep_until, "stored_at": now,
    }  # fmt: skip
    row = upsert(recordings).values(values).on_conflict_do_nothing(index_elements=["call_id", "leg"])
    made: int | None = (await db.execute(row.returning(recordings.c.id))).scalar_one_or_none()
    if made is not None and new.sealed is not None:
        await _found_after_all(db, new.call_id)
    if made is not None and new.fault is not Fault.NONE:
        await access_log.record(db, None, "recording.failed", f"recording {made}", new.fault.value)
        await trouble_news.tell(db)
    return made


async def _found_after_all(db: Writing, call_id: str) -> None:
    """A call whose recording was thought lost has one: nothing is to be looked for any more."""
    change = update(recordings).where(recordings.c.call_id == call_id, recordings.c.state == State.LOST.value)
    await db.execute(change.values(looked_at=True, finding="The file came later."))
    await trouble_news.tell(db)


async def by_leg(db: AsyncConnection, call_id: str, leg: str) -> Recording | None:
    """Return the recording of one leg, None when there is none."""
    row = (await db.execute(_all().where(recordings.c.call_id == call_id, recordings.c.leg == leg))).one_or_none()
    return None if row is None else _recording(row)


async def one(db: AsyncConnection, recording_id: int) -> Recording:
    """Return a recording.

    Raises:
        NoSuchRecording: there is none, or it was shredded.

    """
    wanted = recordings.c.id == recording_id, recordings.c.state != State.SHREDDED.value
    row = (await db.execute(_all().where(*wanted))).one_or_none()
    if row is None:
        raise NoSuchRecording(f"there is no recording {recording_id}")
    return _recording(row)


async def listing(
    db: AsyncConnection, wanted: Filter, before: int | None = None, limit: int = 50
) -> Sequence[Recording]:
    """Return a page of recordings, the newest first; `before` is the id of the last one shown."""
    r = recordings.c
    query = (
        _all(drawn=False)
        .where(r.state != State.SHREDDED.value)
        .order_by(r.began_at.desc(), r.id.desc())
        .limit(min(limit, 200))
    )
    for given, column, compare in (
        (wanted.since, r.began_at, operator.ge),
        (wanted.until, r.began_at, operator.lt),
        (wanted.operator_id, r.operator_id, operator.eq),
        (wanted.account_id, r.account_id, operator.eq),
        (wanted.call_id, r.call_id, operator.eq),
        (wanted.queue, r.queue, operator.eq),
        (wanted.disposition, interactions.c.disposition, operator.eq),
        (wanted.least_seconds, r.seconds, operator.ge),
        (wanted.most_seconds, r.seconds, operator.le),
    ):
        if given:
            query = query.where(compare(column, given))
    if wanted.faulty:
        query = query.where(r.fault != "", ~r.looked_at)
    if before is not None:
        mark = select(r.began_at, r.id).where(r.id == before).subquery()
        query = query.where(tuple_(r.began_at, r.id) < select(mark.c.began_at, mark.c.id).scalar_subquery())
    return [_recording(row) for row in await db.execute(query)]


async def faults(db: AsyncConnection) -> int:
    """Return how many recordings somebody has to look at."""
    query = select(func.count()).where(recordings.c.fault != "", ~recordings.c.looked_at)
    return int((await db.execute(query)).scalar_one())


def _all(*, drawn: bool = True) -> Select[Any]:
    columns = [column for column in recordings.c if drawn or column.name != "peaks"]
    return (
        select(
            *columns, interactions.c.id.label("interaction_id"), interactions.c.disposition,
            users.c.name.label("operator"), accounts.c.number.label("account_number"),
            customers.c.name.label("customer"),
        )
        .outerjoin(interactions, interactions.c.call_id == recordings.c.call_id)
        .outerjoin(users, users.c.id == recordings.c.operator_id)
        .outerjoin(accounts, accounts.c.id == recordings.c.account_id)
        .outerjoin(customers, customers.c.id == accounts.c.customer_id)
    )  # fmt: skip


def _recording(row: Row[*tuple[Any, ...]]) -> Recording:
    return Recording(
        recording_id=row.id, call_id=row.call_id, interaction_id=row.interaction_id, account_id=row.account_id,
        account_number=row.account_number or "", customer=row.customer or "", operator_id=row.operator_id,
        operator=row.operator or "", queue=row.queue, direction=row.direction, disposition=row.disposition or "",
        state=State(row.state), fault=Fault(row.fault), began_at=row.began_at, seconds=row.seconds,
        pauses=tuple((begin, end) for begin, end in row.pauses), peaks=getattr(row, "peaks", None) or b"",
        sha256=row.sha256, sealed=_sealed(row), keep_until=row.keep_until, looked_at=row.looked_at,
        finding=row.finding,
    )  # fmt: skip


def _sealed(row: Row[*tuple[Any, ...]]) -> Sealed | None:
    if row.sealed_key is None:
        return None
    return Sealed(name=row.file, key_id=row.key_id, sealed_key=bytes(row.sealed_key), size=row.bytes)


# --- what somebody decides -----------------------------------------------------------------------


async def look(db: Writing, recording_id: int, finding: str, by: int, *, release: bool = False) -> None:
    """Write down what a fault was; `release` lets a recording be heard that was kept apart.

    Raises:
        NoSuchRecording: there is none.
        RecordingOutOfTurn: it is not kept apart.

    """
    found = await one(db, recording_id)
    values: dict[str, Any] = {"looked_at": True, "finding": storable(finding.strip(), LONGEST_FINDING)}
    if release:
        after = TRANSITIONS.get((found.state, Move.RELEASE))
        if after is None:
            raise RecordingOutOfTurn(f"recording {recording_id} is {found.state}")
        values["state"] = after.value
    await db.execute(update(recordings).where(recordings.c.id == recording_id).values(values))
    await trouble_news.tell(db)
    said = "released" if release else "looked at"
    await access_log.record(db, by, "recording.managed", f"recording {recording_id}", f"{said}: {finding}"[:300])


# --- calls without one ---------------------------------------------------------------------------


async def lost(db: AsyncConnection, now: datetime, limit: int = 200) -> Sequence[New]:
    """Return calls that should have been recorded and are not: told or asked, answered, over, and no file came."""
    i, n = interactions.c, recording_notices.c
    query = (
        select(
            i.call_id, i.account_id, i.operator_id, i.queue, i.direction, i.answered_at, i.ended_at, n.rule_id, n.answer
        )
        .join(recording_notices, n.call_id == i.call_id)
        .where(
            n.at > now - LOOK_BACK, n.rule_id.is_not(None), n.answer.in_([one.value for one in AGREED]),
            i.answered_at.is_not(None), i.ended_at < now - GRACE, i.ended_at - i.answered_at > timedelta(seconds=3),
            ~exists().where(recordings.c.call_id == i.call_id),
        )
        .limit(limit)
    )  # fmt: skip
    return [
        New(
            call_id=row.call_id, leg="", state=State.LOST, fault=Fault.MISSING, rule_id=row.rule_id,
            began_at=row.answered_at, keep_until=row.ended_at + timedelta(days=30),
            about=About(
                account_id=row.account_id, operator_id=row.operator_id, queue=row.queue, direction=row.direction,
                answer=Answer(row.answer), ended_at=row.ended_at,
            ),
        )
        for row in await db.execute(query)
    ]  # fmt: skip


async def follow_accounts(db: Writing, now: datetime) -> int:
    """Take over which account a call turned out to be about: operators say so after the call as well."""
    change = (
        update(recordings)
        .where(
            recordings.c.began_at > now - LOOK_BACK,
            recordings.c.call_id == interactions.c.call_id,
            interactions.c.account_id.is_not(None),
            recordings.c.account_id.is_distinct_from(interactions.c.account_id),
        )
        .values(account_id=interactions.c.account_id)
    )
    return (await db.execute(change)).rowcount


# --- what callers are told -----------------------------------------------------------------------


async def told(db: Writing, call_id: str, rule_id: int | None, answer: Answer, language: str) -> None:
    """Keep what a caller was told or said; the first word of a call stays, a later no does not."""
    values = {"call_id": call_id[:80], "rule_id": rule_id, "answer": answer.value, "language": language[:8]}
    new = upsert(recording_notices).values(values)
    changed = {"answer": new.excluded.answer, "rule_id": new.excluded.rule_id, "language": new.excluded.language}
    await db.execute(
        new.on_conflict_do_update(
            index_elements=["call_id"], set_=changed, where=new.excluded.answer == Answer.NO.value
        )
    )


# --- keys ----------------------------------------------------------------------------------------


async def sealed_by_others(db: AsyncConnection, key_id: str, after: int, limit: int = 200) -> Sequence[Row[Any]]:
    """Return recordings whose keys another key of the house seals, by id."""
    r = recordings.c
    query = select(recordings).where(r.sealed_key.is_not(None), r.key_id != key_id, r.id > after)
    return (await db.execute(query.order_by(r.id).limit(limit))).all()


async def seal_again(db: Writing, recording_id: int, sealed: Sealed) -> None:
    """Keep a recording's key as the newest key of the house seals it."""
    values = {"key_id": sealed.key_id, "sealed_key": sealed.sealed_key}
    change = update(recordings).where(recordings.c.id == recording_id, recordings.c.sealed_key.is_not(None))
    await db.execute(change.values(values))


async def kept(db: AsyncConnection, after: int, limit: int = 200) -> Sequence[Recording]:
    """Return recordings that can be opened, by id: for who looks through all of them."""
    query = _all(drawn=False).where(recordings.c.sealed_key.is_not(None), recordings.c.id > after)
    return [_recording(row) for row in await db.execute(query.order_by(recordings.c.id).limit(limit))]


def row_sealed(row: Row[Any]) -> Sealed:
    """Return the sealed file of a row of `sealed_by_others`."""
    return Sealed(name=row.file, key_id=row.key_id, sealed_key=bytes(row.sealed_key), size=row.bytes)
