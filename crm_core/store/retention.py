"""What is thrown away when its time is over, and legal holds that keep it (shell)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Table, and_, delete, func, insert, literal_column, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import accounts as numbers
from crm_core.db import Writing
from crm_core.errors import BadValue, NoSuchCustomer, NoSuchHold, OnHold
from crm_core.retention import KINDS, Rule, Sweep, before, too_short
from crm_core.store import chain
from crm_core.tables import (
    access_log,
    accounts,
    alert_deliveries,
    alerts,
    card_openings,
    customers,
    desk_messages,
    evaluations,
    flow_walks,
    imports,
    interactions,
    legal_holds,
    operator_states,
    password_links,
    retention_rules,
    sessions,
    subject_exports,
    users,
    voice_messages,
)
from crm_core.text import storable

BATCH = 5_000
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A rule as its page shows it."""

    rule: Rule
    changed_by: str
    changed_at: datetime | None
    swept_at: datetime | None
    swept_rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A legal hold on everything that is a customer's."""

    hold_id: int
    customer_id: int
    customer: str
    reason: str
    placed_by: str
    placed_at: datetime
    lifted_by: str
    lifted_at: datetime | None
    lift_reason: str


held_accounts = (
    select(accounts.c.id)
    .join(legal_holds, legal_holds.c.customer_id == accounts.c.customer_id)
    .where(legal_holds.c.lifted_at.is_(None))
)
_old: Mapping[str, tuple[Table, Callable[[datetime], ColumnElement[bool]]]] = {
    "interactions": (interactions, lambda at: interactions.c.began_at < at),
    "sessions": (sessions, lambda at: sessions.c.expires_at < at),
    "operator_states": (operator_states, lambda at: operator_states.c.at < at),
    "card_openings": (card_openings, lambda at: card_openings.c.opened_at < at),
    "alerts": (alerts, lambda at: and_(alerts.c.cleared_at < at, alerts.c.acknowledged_at < at)),
    "imports": (imports, lambda at: imports.c.created_at < at),
    "subject_exports": (
        subject_exports,
        lambda at: and_(subject_exports.c.asked_at < at, subject_exports.c.file.is_not(None)),
    ),
    "messages": (voice_messages, lambda at: and_(voice_messages.c.at < at, ~voice_messages.c.erased)),
    "flow_walks": (flow_walks, lambda at: flow_walks.c.began_at < at),
    "evaluations": (evaluations, lambda at: evaluations.c.made_at < at),
    "desk_messages": (desk_messages, lambda at: desk_messages.c.at < at),
    "alert_deliveries": (alert_deliveries, lambda at: alert_deliveries.c.at < at),
    "password_links": (password_links, lambda at: password_links.c.expires_at < at),
}
"""Where a kind lies and what of it is old; the access log goes link by link (`chain.cut`)."""


async def rules(db: AsyncConnection) -> list[Kept]:
    """Return how long each kind is kept, in the order of `KINDS`."""
    query = select(retention_rules, func.coalesce(users.c.name, "").label("by")).outerjoin(
        users, users.c.id == retention_rules.c.changed_by
    )
    found = {
        row.kind: Kept(
            rule=Rule(kind=row.kind, days=row.days, enabled=row.enabled),
            changed_by=row.by,
            changed_at=row.changed_at,
            swept_at=row.swept_at,
            swept_rows=row.swept_rows,
        )
        for row in await db.execute(query)
    }
    return [found[code] for code in KINDS if code in found]


async def set_rule(db: Writing, rule: Rule, by: int, now: datetime) -> None:
    """Say how long a kind is kept from now on.

    Raises:
        BadValue: there is no such kind, or the law keeps it longer.
    """
    kind = KINDS.get(rule.kind)
    if kind is None:
        raise BadValue(f"kind: one of {', '.join(KINDS)}")
    if too_short(kind, rule.days):
        raise BadValue(f"days: at least {kind.least_days}")
    change = update(retention_rules).where(retention_rules.c.kind == rule.kind)
    await db.execute(change.values(days=rule.days, enabled=rule.enabled, changed_by=by, changed_at=now))


async def due(db: AsyncConnection, now: datetime) -> list[Sweep]:
    """Return what would go now, kind by kind: the dry run."""
    found = []
    for kept in await rules(db):
        moment = before(kept.rule, now)
        if moment is not None:
            found.append(await _due(db, kept.rule.kind, moment))
    return found


async def sweep(db: Writing, kind: str, moment: datetime, now: datetime) -> int:
    """Throw away one batch of a kind; returns how many rows. Call until it returns 0.

    Args:
        db: a transaction of its own.
        kind: a key of `KINDS`.
        moment: what is older goes.
        now: the present moment, noted with the rule.
    """
    gone = await chain.cut(db, moment, now) if kind == "access_log" else await _swept(db, kind, moment)
    change = update(retention_rules).where(retention_rules.c.kind == kind)
    await db.execute(change.values(swept_at=now, swept_rows=retention_rules.c.swept_rows + gone))
    return gone


async def place_hold(db: Writing, customer_id: int, reason: str, by: int, now: datetime) -> int:
    """Keep everything that is a customer's until the hold is lifted; returns its id.

    Raises:
        BadValue: no reason was given.
        NoSuchCustomer: there is no such customer.
        OnHold: there is a standing hold already.
    """
    said = storable(reason.strip(), LONGEST_REASON)
    if not said:
        raise BadValue("reason: say why, the file number of the court or of the claim")
    if not await is_customer(db, customer_id):
        raise NoSuchCustomer(f"there is no customer {customer_id}")
    row = insert(legal_holds).values(customer_id=customer_id, reason=said, placed_by=by, placed_at=now)
    try:
        async with db.begin_nested():
            return int((await db.execute(row.returning(legal_holds.c.id))).scalar_one())
    except IntegrityError as error:
        raise OnHold(f"customer {customer_id} is on hold already") from error


async def lift_hold(db: Writing, hold_id: int, reason: str, by: int, now: datetime) -> int:
    """Lift a hold; returns whose it was.

    Raises:
        BadValue: no reason was given.
        NoSuchHold: there is no such standing hold.
    """
    said = storable(reason.strip(), LONGEST_REASON)
    if not said:
        raise BadValue("reason: say why it is lifted")
    change = (
        update(legal_holds)
        .where(legal_holds.c.id == hold_id, legal_holds.c.lifted_at.is_(None))
        .values(lifted_by=by, lifted_at=now, lift_reason=said)
        .returning(legal_holds.c.customer_id)
    )
    customer_id = (await db.execute(change)).scalar_one_or_none()
    if customer_id is None:
        raise NoSuchHold(f"there is no standing hold {hold_id}")
    return int(customer_id)


async def is_held(db: AsyncConnection, customer_id: int) -> bool:
    """Whether a legal hold keeps what is this customer's."""
    query = select(legal_holds.c.id).where(legal_holds.c.customer_id == customer_id, legal_holds.c.lifted_at.is_(None))
    return (await db.execute(query)).first() is not None


async def is_customer(db: AsyncConnection, customer_id: int) -> bool:
    """Whether there is such a customer."""
    return (await db.execute(select(customers.c.id).where(customers.c.id == customer_id))).first() is not None


async def account_of(db: AsyncConnection, number: str) -> int | None:
    """Return the account of a number as people type it, with or without its check digit; None when there is none."""
    digits = "".join(sign for sign in number if sign in numbers.ASCII_DIGITS)
    ways = {digits, numbers.with_check_digit(digits) if len(digits) == numbers.DIGITS - 1 else digits}
    query = select(accounts.c.id).where(accounts.c.number.in_(sorted(ways)))
    return (await db.execute(query.limit(1))).scalar_one_or_none()


async def customer_of(db: AsyncConnection, number: str) -> int | None:
    """Return the customer of an account's number, None when there is no such account."""
    account_id = await account_of(db, number)
    query = select(accounts.c.customer_id).where(accounts.c.id == account_id)
    return None if account_id is None else (await db.execute(query)).scalar_one_or_none()


async def holds(db: AsyncConnection, *, before_id: int | None = None, limit: int = 50) -> list[Hold]:
    """Return holds, the newest first, lifted ones too."""
    placed, lifted = users.alias("placed"), users.alias("lifted")
    query = (
        select(
            legal_holds,
            customers.c.name.label("customer"),
            placed.c.name.label("by"),
            func.coalesce(lifted.c.name, "").label("lifter"),
        )
        .join(customers, customers.c.id == legal_holds.c.customer_id)
        .join(placed, placed.c.id == legal_holds.c.placed_by)
        .outerjoin(lifted, lifted.c.id == legal_holds.c.lifted_by)
        .order_by(legal_holds.c.id.desc())
        .limit(limit)
    )
    if before_id is not None:
        query = query.where(legal_holds.c.id < before_id)
    return [
        Hold(
            hold_id=row.id,
            customer_id=row.customer_id,
            customer=row.customer,
            reason=row.reason,
            placed_by=row.by,
            placed_at=row.placed_at,
            lifted_by=row.lifter,
            lifted_at=row.lifted_at,
            lift_reason=row.lift_reason,
        )
        for row in await db.execute(query)
    ]


async def _due(db: AsyncConnection, kind: str, moment: datetime) -> Sweep:
    if kind == "access_log":
        query = select(func.count()).select_from(access_log).where(access_log.c.at < moment)
        return Sweep(kind=kind, before=moment, rows=int((await db.execute(query)).scalar_one()))
    table, is_old = _old[kind]
    rows = int((await db.execute(select(func.count()).select_from(table).where(is_old(moment)))).scalar_one())
    held = 0
    if KINDS[kind].of_customers:
        query = select(func.count()).select_from(table).where(is_old(moment), table.c.account_id.in_(held_accounts))
        held = int((await db.execute(query)).scalar_one())
    return Sweep(kind=kind, before=moment, rows=rows - held, held=held)


async def _swept(db: Writing, kind: str, moment: datetime) -> int:
    table, is_old = _old[kind]
    if kind == "subject_exports":
        # That he was answered stays on record; the copy of his data goes.
        return (await db.execute(update(table).where(is_old(moment)).values(file=None))).rowcount
    if kind == "messages":
        # That he called stays on record; what he said goes, the file soon after (`crm_core.recording_jobs`).
        free = table.c.account_id.is_(None) | ~table.c.account_id.in_(held_accounts)
        return (await db.execute(update(table).where(is_old(moment), free).values(erased=True, number=""))).rowcount
    # By place on disk: not every table has one running number.
    place: ColumnElement[str] = literal_column("ctid")
    chosen = select(place).select_from(table).where(is_old(moment)).limit(BATCH)
    if KINDS[kind].of_customers:
        held = table.c.account_id.in_(held_accounts)
        chosen = chosen.where(table.c.account_id.is_(None) | ~held)
    return (await db.execute(delete(table).where(place == func.any(func.array(chosen.scalar_subquery()))))).rowcount
