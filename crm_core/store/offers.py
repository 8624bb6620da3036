"""Offers for subscribers: written on a page of the office, chosen by `crm_core.advice` (shell)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.advice import Offer, OfferKind
from crm_core.db import Writing
from crm_core.errors import ChangedMeanwhile, NoSuchOffer
from crm_core.store import access_log
from crm_core.tables import offers
from crm_core.text import one_line, storable

LONGEST_TITLE, LONGEST_TEXT, MOST_RUNNING = 120, 600, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An offer as its page shows it."""

    offer: Offer
    kind: OfferKind
    retired: bool
    version: int
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An offer as it was typed; `offer_id` 0 is a new one."""

    offer_id: int
    kind: OfferKind
    title: str
    texts: Mapping[str, str]
    priority: int
    valid_from: date
    valid_to: date | None
    quiet_days: int
    customer_kind: str
    tariff: str
    without_debt: bool
    without_email_bills: bool
    opens: str
    retired: bool
    version: int


async def running(db: AsyncConnection, today: date) -> list[Offer]:
    """Return offers that are made on a day or will be, those that go first before the others."""
    holds = or_(offers.c.valid_to.is_(None), offers.c.valid_to >= today)
    query = select(offers).where(~offers.c.retired, holds).order_by(offers.c.priority.desc(), offers.c.id)
    return [_offer(row) for row in await db.execute(query.limit(MOST_RUNNING))]


async def listing(db: AsyncConnection, *, retired: bool, before: int | None = None, limit: int = 50) -> list[Kept]:
    """Return offers, newest first, from behind `before` on."""
    query = select(offers).order_by(offers.c.id.desc()).limit(limit)
    if not retired:
        query = query.where(~offers.c.retired)
    if before is not None:
        query = query.where(offers.c.id < before)
    return [_kept(row) for row in await db.execute(query)]


async def one(db: AsyncConnection, offer_id: int) -> Kept:
    """Return an offer.

    Raises:
        NoSuchOffer: there is none of this key.

    """
    row = (await db.execute(select(offers).where(offers.c.id == offer_id))).one_or_none()
    if row is None:
        raise NoSuchOffer(f"there is no offer {offer_id}")
    return _kept(row)


async def save(db: Writing, draft: Draft, by: int | None, now: datetime) -> int:
    """Store a new offer, or change one; returns its key.

    Raises:
        NoSuchOffer: what should be changed is not there.
        ChangedMeanwhile: somebody else changed it.

    """
    values: dict[str, Any] = {
        "kind": draft.kind.value, "title": one_line(draft.title, LONGEST_TITLE), "priority": draft.priority,
        "texts": {code: storable(said, LONGEST_TEXT) for code, said in draft.texts.items()},
        "valid_from": draft.valid_from, "valid_to": draft.valid_to, "quiet_days": draft.quiet_days,
        "customer_kind": draft.customer_kind, "tariff": one_line(draft.tariff, 120), "retired": draft.retired,
        "without_debt": draft.without_debt, "without_email_bills": draft.without_email_bills,
        "opens": draft.opens, "changed_by": by, "changed_at": now,
    }  # fmt: skip
    key = await _changed(db, draft, values) if draft.offer_id else await _added(db, values)
    await access_log.record(db, by, "advice.managed", f"offer {key}", one_line(draft.title, LONGEST_TITLE))
    return key


async def _added(db: Writing, values: dict[str, Any]) -> int:
    return int((await db.execute(insert(offers).values(values).returning(offers.c.id))).scalar_one())


async def _changed(db: Writing, draft: Draft, values: dict[str, Any]) -> int:
    known = await one(db, draft.offer_id)
    change = update(offers).where(offers.c.id == draft.offer_id, offers.c.version == draft.version)
    if not (await db.execute(change.values(values | {"version": draft.version + 1}))).rowcount:
        raise ChangedMeanwhile(f"offer {known.offer.offer_id} was changed by somebody else")
    return draft.offer_id


def _offer(row: Row[*tuple[Any, ...]]) -> Offer:
    return Offer(
        offer_id=row.id, title=row.title, texts=row.texts, priority=row.priority, valid_from=row.valid_from,
        valid_to=row.valid_to, quiet_days=row.quiet_days, customer_kind=row.customer_kind, tariff=row.tariff,
        without_debt=row.without_debt, without_email_bills=row.without_email_bills, opens=row.opens,
    )  # fmt: skip


def _kept(row: Row[*tuple[Any, ...]]) -> Kept:
    return Kept(
        offer=_offer(row), kind=OfferKind(row.kind), retired=row.retired, version=row.version,
        changed_at=row.changed_at,
    )  # fmt: skip
