"""Rules of recording: a change ends one and makes another, so that what was recorded keeps its own (shell)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import BadValue, NoSuchRecording, RecordingOutOfTurn
from crm_core.parties import ConsentKind
from crm_core.recordings import AfterPause, Mode, Rule, unfit
from crm_core.store import access_log
from crm_core.tables import accounts, consents, recording_rules, users


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A rule as its page shows it."""

    rule: Rule
    changed_by: str
    changed_at: datetime


async def standing(db: AsyncConnection) -> Sequence[Standing]:
    """Return the rules that count now, the widest first."""
    r = recording_rules.c
    query = (
        select(recording_rules, users.c.name.label("by"))
        .outerjoin(users, users.c.id == r.changed_by)
        .where(r.ended_at.is_(None))
        .order_by(r.campaign, r.queue, r.direction)
    )
    return [
        Standing(rule=_rule(row), changed_by=row.by or "", changed_at=row.changed_at) for row in await db.execute(query)
    ]


async def one(db: AsyncConnection, rule_id: int) -> Rule | None:
    """Return a rule, whether it still counts or not; None when there never was one."""
    row = (await db.execute(select(recording_rules).where(recording_rules.c.id == rule_id))).one_or_none()
    return None if row is None else _rule(row)


def _rule(row: Row[Any]) -> Rule:
    return Rule(
        rule_id=row.id, queue=row.queue, campaign=row.campaign, direction=row.direction, mode=Mode(row.mode),
        share=row.share, announced=row.announced, keep_days=row.keep_days, pause_seconds=row.pause_seconds,
        after_pause=AfterPause(row.after_pause),
    )  # fmt: skip


async def put(db: Writing, rule: Rule, by: int, now: datetime, *, instead_of: int | None) -> int:
    """Let a rule count from the next call on; returns its key.

    Args:
        db: the transaction.
        rule: what it says; its own key does not matter.
        by: who.
        now: the present moment.
        instead_of: the rule that the person changed, None for a new one.

    Raises:
        BadValue: something of it cannot be.
        RecordingOutOfTurn: the changed one was changed meanwhile, or another one speaks of the same calls.

    """
    wrong = unfit(rule)
    if wrong:
        raise BadValue(f"{next(iter(wrong))}: not possible")
    await _lock(db)
    if instead_of is not None:
        await _end(db, instead_of, now)
    r = recording_rules.c
    same = r.queue == rule.queue, r.campaign == rule.campaign, r.direction == rule.direction, r.ended_at.is_(None)
    if (await db.execute(select(r.id).where(*same))).first() is not None:
        raise RecordingOutOfTurn("another rule speaks of the same calls")
    values = {key: value for key, value in asdict(rule).items() if key != "rule_id"}
    values |= {"mode": rule.mode.value, "after_pause": rule.after_pause.value, "changed_by": by, "changed_at": now}
    key = int((await db.execute(insert(recording_rules).values(values).returning(r.id))).scalar_one())
    said = f"{rule.mode} of {rule.share} %, {rule.keep_days} days" + ("" if rule.announced else ", not announced")
    await access_log.record(db, by, "recording.managed", f"recording rule {key}", said)
    return key


async def end(db: Writing, rule_id: int, by: int, now: datetime) -> None:
    """Take a rule away: calls that only it spoke of are not recorded any more.

    Raises:
        NoSuchRecording: there never was one.
        RecordingOutOfTurn: it does not count any more.

    """
    if await one(db, rule_id) is None:
        raise NoSuchRecording(f"there is no rule {rule_id}")
    await _lock(db)
    await _end(db, rule_id, now)
    await access_log.record(db, by, "recording.managed", f"recording rule {rule_id}", "ended")


async def _end(db: Writing, rule_id: int, now: datetime) -> None:
    r = recording_rules.c
    change = update(recording_rules).where(r.id == rule_id, r.ended_at.is_(None)).values(ended_at=now)
    if not (await db.execute(change)).rowcount:
        raise RecordingOutOfTurn(f"rule {rule_id} does not count any more")


async def _lock(db: Writing) -> None:
    """Let one transaction at a time change rules."""
    await db.execute(text("select pg_advisory_xact_lock(hashtextextended('recording rules', 13))"))


async def consent(db: AsyncConnection, account_id: int) -> bool | None:
    """Return whether an account's customer agreed to be recorded: the newest word of his, None without any."""
    query = (
        select(consents.c.given)
        .join(accounts, accounts.c.customer_id == consents.c.customer_id)
        .where(accounts.c.id == account_id, consents.c.kind == ConsentKind.RECORDING.value)
        .order_by(consents.c.id.desc())
        .limit(1)
    )
    return (await db.execute(query)).scalar_one_or_none()
