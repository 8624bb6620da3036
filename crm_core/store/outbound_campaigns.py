"""Campaigns on record: what they are, where they stand, who moved them (shell).

What is wrong with a campaign, and which step is in turn, `outbound.campaign` says; here a change is compared with what
is on record, and whoever comes too late changes nothing. Every change is told on the channel `busbar_outbound`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import CampaignChanged, CampaignOutOfTurn, NoSuchCampaign
from crm_core.store import access_log
from crm_core.tables import campaign_steps, campaigns, segments, trunks, users
from crm_core.text import one_line, storable

ACTION, RUN = "campaign.managed", "campaign.run"
"""What the access log calls it."""
TELL = text("select pg_notify('busbar_outbound', 'campaigns')")
LONGEST_REASON = 300
SETTABLE = (
    "name", "note", "mode", "channel", "priority", "segment_id", "feeds", "counts", "least_debt", "profile",
    "starts_on", "ends_on", "hours", "skills", "lines", "caller_id", "language", "cap", "grace_ms", "ring_seconds",
    "read_seconds", "detects_machines", "most_tries", "message",
)  # fmt: skip
"""Columns that people set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A campaign; codes are those of `outbound`."""

    campaign_id: int
    name: str
    note: str
    state: str
    mode: str
    channel: str
    priority: int
    segment_id: int | None
    segment: str
    """Its name."""
    feeds: bool
    fed_at: datetime | None
    counts: str
    least_debt: Decimal
    profile: str
    starts_on: date | None
    ends_on: date | None
    hours: tuple[tuple[int, str, str], ...]
    """Weekday (0 Monday), opens, closes as HH:MM; empty: always."""
    skills: tuple[str, ...]
    lines: int
    """At most so many calls at once; 0: as many as the trunks and the pacing allow."""
    caller_id: str
    language: str
    cap: Decimal
    grace_ms: int
    ring_seconds: int
    read_seconds: int
    detects_machines: bool
    most_tries: int
    retries: Mapping[str, Any]
    message: str
    preview: Mapping[str, Any] | None
    previewed_at: datetime | None
    version: int
    halted_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A step of a campaign's life."""

    at: datetime
    before: str
    after: str
    by: str
    """Who; "" the house itself."""
    reason: str


_all = (
    select(campaigns, segments.c.name.label("segment"), users.c.name.label("person"))
    .outerjoin(segments, segments.c.id == campaigns.c.segment_id)
    .outerjoin(users, users.c.id == campaigns.c.changed_by)
)


async def listing(
    db: AsyncConnection, *, states: Collection[str] = (), before: int | None = None, limit: int = 50
) -> list[Campaign]:
    """Return campaigns, newest first; `before` is the key of the last one shown, no states are all states."""
    query = _all.order_by(campaigns.c.id.desc()).limit(limit)
    if states:
        query = query.where(campaigns.c.state.in_(sorted(states)))
    if before is not None:
        query = query.where(campaigns.c.id < before)
    return [_campaign(row) for row in await db.execute(query)]


async def running(db: AsyncConnection) -> list[Campaign]:
    """Return the campaigns that run, in the order in which they are served."""
    query = _all.where(campaigns.c.state == "running").order_by(campaigns.c.priority, campaigns.c.id)
    return [_campaign(row) for row in await db.execute(query)]


async def one(db: AsyncConnection, campaign_id: int) -> Campaign:
    """Return a campaign.

    Raises:
        NoSuchCampaign: there is none of this key.

    """
    row = (await db.execute(_all.where(campaigns.c.id == campaign_id))).one_or_none()
    if row is None:
        raise NoSuchCampaign(f"there is no campaign {campaign_id}")
    return _campaign(row)


def _campaign(row: Row[Any]) -> Campaign:
    same = {name: getattr(row, name) for name in SETTABLE if name not in {"hours", "skills"}}
    return Campaign(
        **same,
        campaign_id=row.id,
        state=row.state,
        segment=row.segment or "",
        fed_at=row.fed_at,
        hours=tuple((int(day), str(opens), str(closes)) for day, opens, closes in row.hours),
        skills=tuple(row.skills),
        retries=row.retries,
        preview=row.preview,
        previewed_at=row.previewed_at,
        version=row.version,
        halted_at=row.halted_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        changed_by=row.person or "",
        changed_at=row.changed_at,
    )


async def steps(db: AsyncConnection, campaign_id: int, limit: int = 50) -> list[Moved]:
    """Return what happened to a campaign, newest first."""
    query = (
        select(campaign_steps, users.c.name.label("person"))
        .outerjoin(users, users.c.id == campaign_steps.c.by_user)
        .where(campaign_steps.c.campaign_id == campaign_id)
        .order_by(campaign_steps.c.id.desc())
        .limit(limit)
    )
    return [
        Moved(at=row.at, before=row.before, after=row.after, by=row.person or "", reason=row.reason)
        for row in await db.execute(query)
    ]


async def caller_ids(db: AsyncConnection) -> list[str]:
    """Return the numbers that calls of ours may show: those of trunks that are in use."""
    rows = await db.execute(select(trunks.c.number, trunks.c.numbers).where(trunks.c.enabled))
    return sorted({number for row in rows for number in (row.number, *row.numbers) if number})


async def make(db: Writing, values: Mapping[str, Any], by: int | None) -> int | None:
    """Put a new campaign on record as a draft and return its key; None when the name is taken.

    Args:
        db: a transaction.
        values: by the names of `SETTABLE`, judged by `outbound.campaign.faults`.
        by: who.

    """
    row = _stored(values) | {"created_by": by, "changed_by": by}
    try:
        async with db.begin_nested():
            key = int((await db.execute(insert(campaigns).values(row).returning(campaigns.c.id))).scalar_one())
    except IntegrityError:
        return None
    await access_log.record(db, by, ACTION, f"campaign {key}", f"made: {_said(row)}")
    return key


async def change(  # noqa: PLR0913, PLR0917 -- what it was, what it becomes, who says so
    db: Writing, campaign_id: int, version: int, values: Mapping[str, Any], state: str, by: int | None
) -> bool:
    """Change a campaign and where it stands by that; False when the name is taken.

    Args:
        db: a transaction.
        campaign_id: which.
        version: the one that the person saw.
        values: by the names of `SETTABLE`, judged before.
        state: where it stands afterwards (`outbound.campaign.advance`).
        by: who.

    Raises:
        NoSuchCampaign: there is none of this key.
        CampaignChanged: somebody else changed it meanwhile.

    """
    before = await one(db, campaign_id)
    row = _stored(values)
    wanted = row | {"state": state, "version": version + 1, "changed_by": by, "changed_at": func.now()}
    this = update(campaigns).where(campaigns.c.id == campaign_id, campaigns.c.version == version)
    try:
        async with db.begin_nested():
            done = (await db.execute(this.values(wanted))).rowcount
    except IntegrityError:
        return False
    if not done:
        raise CampaignChanged(f"campaign {campaign_id} was changed by somebody else")
    if state != before.state:
        await _note(db, campaign_id, before.state, state, by, "changed")
    await access_log.record(db, by, ACTION, f"campaign {campaign_id}", f"changed: {_said(row)}")
    await db.execute(TELL)
    return True


def _stored(values: Mapping[str, Any]) -> dict[str, Any]:
    row = {name: values[name] for name in SETTABLE if name in values}
    for name, most in (("name", 80), ("caller_id", 16), ("language", 8), ("profile", 24)):
        if name in row:
            row[name] = one_line(row[name], most)
    for name, most in (("note", 500), ("message", 1000)):
        if name in row:
            row[name] = storable(row[name], most)
    for name in ("hours", "skills"):
        if name in row:
            row[name] = [list(item) if isinstance(item, tuple) else item for item in row[name]]
    return row


def _said(row: Mapping[str, Any]) -> str:
    return json.dumps({name: str(value) for name, value in row.items()}, ensure_ascii=False)[:900]


async def move(  # noqa: PLR0913 -- from where to where, who says so and why
    db: Writing, campaign_id: int, before: str, after: str, by: int | None, *, reason: str = "", halt: bool = False
) -> None:
    """Take a campaign a step on.

    Args:
        db: a transaction.
        campaign_id: which.
        before: where the person saw it.
        after: where the step leads (`outbound.campaign.advance`).
        by: who; None the house itself.
        reason: why, for who looks later.
        halt: calls that nobody answered yet are cancelled, too.

    Raises:
        NoSuchCampaign: there is none of this key.
        CampaignOutOfTurn: it stands elsewhere by now.

    """
    values: dict[str, Any] = {"state": after, "changed_by": by, "changed_at": func.now()}
    if after == "running":
        values |= {"started_at": func.coalesce(campaigns.c.started_at, func.now()), "ended_at": None}
    if after in {"finished", "archived"}:
        values["ended_at"] = func.coalesce(campaigns.c.ended_at, func.now())
    if after == "paused":
        values["ended_at"] = None
    if halt:
        values["halted_at"] = func.clock_timestamp()
    this = update(campaigns).where(campaigns.c.id == campaign_id, campaigns.c.state == before)
    if not (await db.execute(this.values(values))).rowcount:
        found = await one(db, campaign_id)
        raise CampaignOutOfTurn(f"campaign {campaign_id} is {found.state} by now")
    await _note(db, campaign_id, before, after, by, reason)
    await access_log.record(db, by, RUN, f"campaign {campaign_id}", one_line(f"{before} to {after}: {reason}", 300))
    await db.execute(TELL)


async def _note(db: Writing, campaign_id: int, before: str, after: str, by: int | None, reason: str) -> None:  # noqa: PLR0913, PLR0917
    step = {"campaign_id": campaign_id, "before": before, "after": after, "by_user": by}
    await db.execute(insert(campaign_steps).values(step | {"reason": one_line(reason, LONGEST_REASON)}))


async def keep_preview(db: Writing, campaign_id: int, preview: Mapping[str, Any], at: datetime) -> None:
    """Keep what the preview said, for the page."""
    this = update(campaigns).where(campaigns.c.id == campaign_id)
    await db.execute(this.values(preview=dict(preview), previewed_at=at))


async def fed(db: Writing, campaign_id: int, at: datetime) -> None:
    """Note that its segment was asked."""
    await db.execute(update(campaigns).where(campaigns.c.id == campaign_id).values(fed_at=at))


async def feeding(db: AsyncConnection, states: Sequence[str]) -> list[Campaign]:
    """Return the campaigns whose segment keeps feeding them."""
    query = _all.where(campaigns.c.feeds, campaigns.c.segment_id.is_not(None), campaigns.c.state.in_(states))
    return [_campaign(row) for row in await db.execute(query.order_by(campaigns.c.id))]
