"""Where alerts are told, each word about one, and what became of it (shell)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.access import Action
from crm_core.alerting import TRANSITIONS, Channel, Delivery, DeliveryStep, Word
from crm_core.db import Writing
from crm_core.errors import NoSuchAlertWay
from crm_core.store import access_log
from crm_core.tables import alert_deliveries, alert_ways, users
from crm_core.text import one_line

ACTION = Action.MANAGE_ROUTING
MOST_WAYS = 100
BATCH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWay:
    """Where alerts of some kinds shall be told."""

    channel: Channel
    address: str
    kinds: tuple[str, ...]
    secret: str = ""
    """Bodies to a program are signed with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way(NewWay):
    """One that is on record."""

    way_id: int
    enabled: bool
    made_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One word on record, with its way."""

    delivery_id: int
    word: Word
    state: Delivery
    tries: int
    next_at: datetime
    changed_at: datetime | None
    trouble: str
    channel: Channel
    address: str
    secret: str


async def ways(db: AsyncConnection) -> list[Way]:
    """Return every way, the oldest first."""
    query = (
        select(alert_ways, users.c.name.label("maker"))
        .outerjoin(users, users.c.id == alert_ways.c.made_by)
        .order_by(alert_ways.c.id)
        .limit(MOST_WAYS)
    )
    return [
        Way(
            way_id=row.id,
            channel=Channel(row.channel),
            address=row.address,
            secret=row.secret,
            kinds=tuple(row.kinds),
            enabled=row.enabled,
            made_by=row.maker or "",
        )
        for row in await db.execute(query)
    ]


async def add(db: Writing, new: NewWay, by: int | None) -> None:
    """Add a way."""
    values = asdict(new) | {"kinds": list(new.kinds), "made_by": by}
    await db.execute(insert(alert_ways).values(values))
    await access_log.record(db, by, ACTION, f"alerts to {one_line(new.address, 100)}", "added")


async def turn(db: Writing, way_id: int, by: int | None, *, enabled: bool) -> None:
    """Turn a way on or off; what waits goes on.

    Raises:
        NoSuchAlertWay: there is none of this key.

    """
    change = update(alert_ways).where(alert_ways.c.id == way_id).values(enabled=enabled)
    row = (await db.execute(change.returning(alert_ways.c.address))).one_or_none()
    await _log(db, row, way_id, by, "turned on" if enabled else "turned off")


async def drop(db: Writing, way_id: int, by: int | None) -> None:
    """Take a way away, with what is on record of it.

    Raises:
        NoSuchAlertWay: there is none of this key.

    """
    gone = delete(alert_ways).where(alert_ways.c.id == way_id).returning(alert_ways.c.address)
    await _log(db, (await db.execute(gone)).one_or_none(), way_id, by, "taken away")


async def _log(db: Writing, row: Row[*tuple[Any, ...]] | None, way_id: int, by: int | None, what: str) -> None:
    if row is None:
        raise NoSuchAlertWay(f"there is no way {way_id} to tell alerts")
    await access_log.record(db, by, ACTION, f"alerts to {one_line(row.address, 100)}", what)


async def note(db: Writing, word: Word) -> None:
    """Have a word told on every way that is for its kind; the same word again changes nothing.

    A way hears that something is over only when it heard of it, and of what stands only once: a floor that was started
    anew raises its alerts anew.
    """
    mine = (
        select(alert_ways.c.id)
        .where(alert_ways.c.enabled, alert_ways.c.kinds.contains([word.kind]))
        .order_by(alert_ways.c.id)
    )
    keys = list((await db.execute(mine)).scalars())
    last = (
        select(alert_deliveries.c.way_id, alert_deliveries.c.over)
        .where(
            alert_deliveries.c.way_id.in_(keys),
            alert_deliveries.c.kind == word.kind,
            alert_deliveries.c.subject == word.subject,
        )
        .ext(distinct_on(alert_deliveries.c.way_id))
        .order_by(alert_deliveries.c.way_id, alert_deliveries.c.id.desc())
    )
    standing = {row.way_id for row in await db.execute(last) if not row.over} if keys else set()
    news = [key for key in keys if (key in standing) == word.over]
    if news:
        values = {"kind": word.kind, "subject": one_line(word.subject, 120), "over": word.over, "at": word.at}
        new = upsert(alert_deliveries).values([{"way_id": key, **values} for key in news])
        await db.execute(new.on_conflict_do_nothing())


def _told() -> Any:
    return select(alert_deliveries, alert_ways.c.channel, alert_ways.c.address, alert_ways.c.secret).join(
        alert_ways, alert_ways.c.id == alert_deliveries.c.way_id
    )


def _row(row: Row[*tuple[Any, ...]]) -> Told:
    return Told(
        delivery_id=row.id,
        word=Word(kind=row.kind, subject=row.subject, over=row.over, at=row.at),
        state=Delivery(row.state),
        tries=row.tries,
        next_at=row.next_at,
        changed_at=row.changed_at,
        trouble=row.trouble,
        channel=Channel(row.channel),
        address=row.address,
        secret=row.secret,
    )


async def due(db: AsyncConnection, now: datetime) -> list[Told]:
    """Return what is to be told now, the longest due first."""
    waits = (alert_deliveries.c.state == Delivery.WAITING.value) & (alert_deliveries.c.next_at <= now)
    query = _told().where(waits).order_by(alert_deliveries.c.next_at, alert_deliveries.c.id).limit(BATCH)
    return [_row(row) for row in await db.execute(query)]


async def stepped(  # noqa: PLR0913 -- what a try came to
    db: Writing, one: Told, step: DeliveryStep, now: datetime, *, next_at: datetime | None = None, trouble: str = ""
) -> bool:
    """Note what a try came to; False when another worker has noted one meanwhile."""
    change = (
        update(alert_deliveries)
        .where(
            alert_deliveries.c.id == one.delivery_id,
            alert_deliveries.c.state == one.state.value,
            alert_deliveries.c.tries == one.tries,
        )
        .values(
            state=TRANSITIONS[one.state, step].value,
            tries=one.tries + 1,
            next_at=next_at or one.next_at,
            changed_at=now,
            trouble=one_line(trouble, 200),
        )
    )
    return bool((await db.execute(change)).rowcount)


async def log(db: AsyncConnection, *, before: int | None = None, limit: int = 50) -> list[Told]:
    """Return what was told, the newest first."""
    query = _told().order_by(alert_deliveries.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(alert_deliveries.c.id < before)
    return [_row(row) for row in await db.execute(query)]
