"""How contacts were written up: every line of it, the latest shown; and contacts recorded by hand (shell).

`interactions` holds what is shown, `interaction_entries` every line that was ever written, and those only grow. Who may
correct what is decided in `crm_core.work.corrections`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import AlreadyClosed, BadValue, NoSuchAccount, NoSuchCall, NoSuchWork, WorkRefused
from crm_core.store import dispositions, follow_ups
from crm_core.tables import (
    accounts,
    applications,
    call_events,
    interaction_entries,
    interactions,
    promises,
    readings,
)
from crm_core.text import one_line, storable
from crm_core.work.corrections import Entry, Now, correct, settle
from crm_core.work.fields import Evidence
from crm_core.work.forms import Fault, Site, Stored, judge
from crm_core.work.lives import Barred, Mover
from crm_core.work.results import Result

UNDISPOSED = "UNDISPOSED"
LONGEST_NOTE = 4000
BY_HAND = ("phone", "email", "web", "office", "letter", "sms")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteUp:
    """How somebody writes a contact up."""

    disposition: str
    note: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    """What the disposition needs, by field."""
    account_id: int | None = None
    """Whose contact it was; None leaves what is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """What the disposition needs is not there; nothing was stored."""

    faults: Mapping[str, Fault]


async def close(  # noqa: PLR0913, PLR0917 -- which call, by whom, how, where and when
    db: Writing, call_id: str, operator_id: int, how: WriteUp, site: Site, now: datetime, role: str = ""
) -> Lacking | None:
    """Write a call up for the first time; sending the same again changes nothing.

    Raises:
        NoSuchCall: the floor has not recorded such a call (yet).
        NoSuchDisposition: the code does not exist, is retired, or is not for this person to choose.
        NoSuchAccount: there is no such account.
        AlreadyClosed: another operator has written it up.
        WorkRefused: he himself has, otherwise: from then on it takes a correction with a reason.

    """
    row = (
        await db.execute(select(interactions).where(interactions.c.call_id == call_id).with_for_update())
    ).one_or_none()
    if row is None:
        raise NoSuchCall(f"there is no call {one_line(call_id, 80)} on record")
    written = row.disposition not in {None, UNDISPOSED}
    if written and row.operator_id not in {None, operator_id}:
        raise AlreadyClosed("another operator has written this contact up")
    result = await dispositions.choosable(db, how.disposition, role)
    account_id = await _account(db, how.account_id)
    whose = row.account_id if account_id is None else account_id
    known = await _evidence(db, result, call_id, whose, now)
    filled = judge(result.needs, how.values, site.place(now), known)
    if not filled.fine:
        return Lacking(faults=filled.faults)
    note = storable(how.note, LONGEST_NOTE)
    if written:
        typed = {name: value for name, value in filled.values.items() if how.values.get(name)}
        same = (row.disposition, row.note) == (result.code, note) and typed.items() <= (row.data or {}).items()
        if not same or (account_id is not None and account_id != row.account_id):
            raise WorkRefused("correct-with-reason")
        return None
    faults = await follow_ups.promise(db, result, filled.values, whose, operator_id, call_id)
    if faults:
        return Lacking(faults=faults)
    await _show(db, row.id, result.code, note, filled.values, operator_id=operator_id, account_id=account_id, at=now)
    entry = await _add(db, row.id, operator_id, Entry.WRITTEN, now, result.code, note, filled.values)
    await follow_ups.follow(db, result, filled.values, entry, operator_id, whose, now)
    await db.execute(
        insert(call_events).values(
            call_id=call_id, at=now, what="disposed", operator_id=operator_id, detail=result.code
        )
    )
    return None


async def _account(db: AsyncConnection, account_id: int | None) -> int | None:
    if account_id is not None:
        known = select(accounts.c.id).where(accounts.c.id == account_id)
        if (await db.execute(known)).one_or_none() is None:
            raise NoSuchAccount(f"there is no account {account_id}")
    return account_id


async def _evidence(
    db: AsyncConnection, result: Result, call_id: str | None, account_id: int | None, now: datetime
) -> dict[Evidence, str]:
    """Look up what the house knows by itself, only what this result asks for."""
    wanted = {one.evidence for one in result.needs}
    found: dict[Evidence, str] = {}
    if call_id and Evidence.READING in wanted:
        r = readings.c
        query = select(r.value, r.taken_on).where(r.call_id == call_id, r.account_id == account_id)
        taken = (await db.execute(query.order_by(r.taken_on, r.register_id).limit(9))).all()
        if taken:
            found[Evidence.READING] = ", ".join(f"{one.value.normalize():f}" for one in taken)[:60]
    if call_id and Evidence.APPLICATION in wanted:
        query = select(applications.c.number).where(applications.c.call_id == call_id)
        filed = (await db.execute(query.order_by(applications.c.id).limit(2))).scalars().all()
        if filed:
            found[Evidence.APPLICATION] = ", ".join(filed)[:40]
    if wanted & {Evidence.PROMISED_AMOUNT, Evidence.PROMISED_DATE} and account_id is not None:
        p = promises.c
        promise = (
            await db.execute(
                select(p.amount, p.due_on)
                .where(p.account_id == account_id, p.status == "open", p.created_at > now - DAY)
                .order_by(p.id.desc())
                .limit(1)
            )
        ).one_or_none()
        if promise is not None:
            found[Evidence.PROMISED_AMOUNT] = f"{promise.amount:f}"
            found[Evidence.PROMISED_DATE] = promise.due_on.isoformat()
    return found


async def _show(  # noqa: PLR0913 -- what is shown from now on, column by column
    db: Writing,
    interaction_id: int,
    disposition: str,
    note: str,
    values: Mapping[str, Stored],
    *,
    at: datetime,
    operator_id: int | None = None,
    account_id: int | None = None,
) -> None:
    await db.execute(
        update(interactions)
        .where(interactions.c.id == interaction_id)
        .values(
            disposition=disposition,
            note=note,
            data=dict(values),
            operator_id=func.coalesce(operator_id, interactions.c.operator_id),
            account_id=func.coalesce(account_id, interactions.c.account_id),
            closed_at=func.coalesce(interactions.c.closed_at, at) if operator_id is None else at,
        )
    )


async def _add(  # noqa: PLR0913, PLR0917 -- one row, column by column
    db: Writing,
    interaction_id: int,
    user_id: int | None,
    what: Entry,
    at: datetime,
    disposition: str,
    note: str,
    values: Mapping[str, Stored],
    reason: str = "",
    of_entry: int | None = None,
) -> int:
    new = insert(interaction_entries).values(
        interaction_id=interaction_id, user_id=user_id, what=what.value, at=at, disposition=disposition, note=note,
        data=dict(values), reason=storable(reason, 1000), of_entry=of_entry,
    )  # fmt: skip
    return int((await db.execute(new.returning(interaction_entries.c.id))).scalar_one())


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """A contact that no machine saw: an e-mail, a letter, somebody in the office."""

    channel: str
    direction: str
    at: datetime
    account_id: int
    subject: str = ""
    number: str = ""
    """Telephone number or address it came from or went to."""


async def record(  # noqa: PLR0913, PLR0917 -- what, by whom, how, where and when
    db: Writing, contact: ByHand, user_id: int, how: WriteUp, site: Site, now: datetime
) -> int | Lacking:
    """Record a contact by hand, written up at once. Returns its key, or what is lacking.

    Raises:
        BadValue: no such channel or direction, or it lies ahead.
        NoSuchAccount: there is no such account.
        NoSuchDisposition: the code is none to choose.

    """
    if contact.channel not in BY_HAND:
        raise BadValue(f"channel: one of {', '.join(BY_HAND)}")
    if contact.direction not in {"in", "out"}:
        raise BadValue("direction: in or out")
    if not now - 370 * DAY <= contact.at <= now + timedelta(minutes=5):
        raise BadValue("at: when it was, not in the future and not more than a year ago")
    await _account(db, contact.account_id)
    result = await dispositions.choosable(db, how.disposition)
    known = await _evidence(db, result, None, contact.account_id, now)
    filled = judge(result.needs, how.values, site.place(now), known)
    if not filled.fine:
        return Lacking(faults=filled.faults)
    faults = await follow_ups.promise(db, result, filled.values, contact.account_id, user_id, None)
    if faults:
        return Lacking(faults=faults)
    note = storable(how.note, LONGEST_NOTE)
    new = insert(interactions).values(
        account_id=contact.account_id, channel=contact.channel, direction=contact.direction, phase="ended",
        number=one_line(contact.number, 40), subject=one_line(contact.subject, 300) or None, began_at=contact.at,
        ended_at=contact.at, operator_id=user_id, disposition=result.code, note=note, data=dict(filled.values),
        closed_at=now,
    )  # fmt: skip
    key = int((await db.execute(new.returning(interactions.c.id))).scalar_one())
    entry = await _add(db, key, user_id, Entry.WRITTEN, now, result.code, note, filled.values)
    await follow_ups.follow(db, result, filled.values, entry, user_id, contact.account_id, now)
    return key


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """What became of a correction."""

    entry_id: int
    what: Entry


async def amend(  # noqa: PLR0913, PLR0917 -- what, by whom, how, why, where and when
    db: Writing, interaction_id: int, mover: Mover, how: WriteUp, reason: str, site: Site, now: datetime
) -> Corrected | Lacking:
    """Correct a contact that is written up: shown at once, or proposed to a second pair of eyes.

    Raises:
        NoSuchWork: there is no such contact, or it was never written up.
        NoSuchDisposition: the code is none to choose.
        WorkRefused: not yours, or without a reason.

    """
    row = await _locked(db, interaction_id)
    if row.disposition in {None, UNDISPOSED}:
        raise WorkRefused("write-up-first")
    found = correct(await _now(db, row), mover, how.disposition, reason)
    if isinstance(found, Barred):
        raise WorkRefused(found.code)
    result = await dispositions.choosable(db, how.disposition, mover.role)
    known = await _evidence(db, result, row.call_id, row.account_id, now)
    filled = judge(result.needs, how.values, site.place(now), known)
    if not filled.fine:
        return Lacking(faults=filled.faults)
    note = storable(how.note, LONGEST_NOTE)
    entry = await _add(db, row.id, mover.user_id, found, now, result.code, note, filled.values, reason)
    if found is Entry.CORRECTED:
        await _show(db, row.id, result.code, note, filled.values, at=now)
    return Corrected(entry_id=entry, what=found)


async def decide(  # noqa: PLR0913 -- which proposal, by whom, yes or no, why and when
    db: Writing, interaction_id: int, entry_id: int, mover: Mover, *, approved: bool, reason: str, now: datetime
) -> Entry:
    """Approve or decline what somebody proposed; once, and never one's own.

    Raises:
        NoSuchWork: there is no such contact or proposal.
        WorkRefused: not yours to decide, or decided already.

    """
    row = await _locked(db, interaction_id)
    query = select(interaction_entries).where(
        interaction_entries.c.id == entry_id,
        interaction_entries.c.interaction_id == interaction_id,
        interaction_entries.c.what == Entry.PROPOSED.value,
    )
    proposal = (await db.execute(query)).one_or_none()
    if proposal is None:
        raise NoSuchWork(f"there is no proposal {entry_id} for contact {interaction_id}")
    barred = settle(proposal.user_id, await _now(db, row), mover)
    if barred is not None:
        raise WorkRefused(barred.code)
    # The contact's row is locked: nobody answers between this look and ours.
    answered = select(interaction_entries.c.id).where(interaction_entries.c.of_entry == entry_id)
    if (await db.execute(answered)).one_or_none() is not None:
        raise WorkRefused("decided-already")
    what = Entry.APPROVED if approved else Entry.DECLINED
    await _add(
        db, row.id, mover.user_id, what, now, proposal.disposition, proposal.note, proposal.data, reason, entry_id
    )
    if approved:
        await _show(db, row.id, proposal.disposition, proposal.note, proposal.data, at=now)
    return what


async def _locked(db: Writing, interaction_id: int) -> Row[*tuple[Any, ...]]:
    query = select(interactions).where(interactions.c.id == interaction_id).with_for_update()
    row = (await db.execute(query)).one_or_none()
    if row is None:
        raise NoSuchWork(f"there is no contact {interaction_id}")
    return row


async def _now(db: AsyncConnection, row: Row[*tuple[Any, ...]]) -> Now:
    writer = await db.scalar(
        select(interaction_entries.c.user_id)
        .where(
            interaction_entries.c.interaction_id == row.id,
            interaction_entries.c.what.in_([Entry.WRITTEN.value, Entry.CORRECTED.value]),
        )
        .order_by(interaction_entries.c.id.desc())
        .limit(1)
    )
    return Now(disposition=row.disposition, writer_id=writer, operator_id=row.operator_id)
