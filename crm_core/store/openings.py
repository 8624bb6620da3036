"""Why cards were opened without a contact, and what stands behind an opening (shell)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Table, exists, false, func, literal, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import BadValue, NoSuchAccount
from crm_core.reasons import LONGEST_WORDS, Reason, is_enough, said
from crm_core.store import access_log as log
from crm_core.tables import (
    access_log,
    access_reasons,
    accounts,
    alert_rules,
    alerts,
    card_openings,
    customers,
    interactions,
    metadata,
)
from crm_core.text import storable

LASTS = timedelta(minutes=30)
"""A reason that was given opens the same card again for so long."""
LONGEST_CONTACT = timedelta(hours=4)
"""No call that is just over began earlier."""
GIVEN = "card.reason_given"
"""What the access log calls a reason that was given."""
OWNED = frozenset({"account_id", "owner_id", "closed_at"})
"""What a table of work has: of which account it is, whose it is, when it was over."""

Of = Callable[[Any], ColumnElement[bool]]
"""Whether a column that holds an account holds one of those that are asked about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What stands behind a person's wish to open a card, or all of a customer."""

    accounts: tuple[int, ...]
    """Which ones it is, in the order of their ids."""
    flags: frozenset[str]
    """Of them and of their customer."""
    reason: str
    """Given a short while ago, "" when none was."""
    own_contact: str
    """The call of this account that he had a short while ago, "" when there was none."""
    own_work: bool
    blocked: bool
    """An alert about this person, which nobody has looked at yet, keeps him from opening cards by hand."""


async def reasons(db: AsyncConnection) -> list[Reason]:
    """Return the reasons that can be chosen, in their order."""
    query = select(access_reasons).where(~access_reasons.c.retired).order_by(access_reasons.c.position)
    return [Reason(code=row.code, title=row.title, needs_words=row.needs_words) for row in await db.execute(query)]


async def standing(db: AsyncConnection, user_id: int, account_id: int, now: datetime) -> Standing | None:
    """Return what stands behind an opening, in one round trip; None when there is no such account."""
    query = (
        select(
            accounts.c.flags.label("own"),
            customers.c.flags.label("shared"),
            *_behind(user_id, lambda account: account == account_id, now),
        )
        .join(customers, customers.c.id == accounts.c.customer_id)
        .where(accounts.c.id == account_id)
    )
    row = (await db.execute(query)).one_or_none()
    return None if row is None else _standing(row, (account_id,), [*row.own, *row.shared])


async def standing_of_customer(db: AsyncConnection, user_id: int, customer_id: int, now: datetime) -> Standing | None:
    """As `standing`, for all of a customer: what opens one of his accounts opens him. None when there is none."""
    his = select(accounts.c.id).where(accounts.c.customer_id == customer_id)
    row = (
        await db.execute(
            select(customers.c.flags.label("shared"), *_behind(user_id, lambda account: account.in_(his), now)).where(
                customers.c.id == customer_id
            )
        )
    ).one_or_none()
    if row is None:
        return None
    lines = select(accounts.c.id, accounts.c.flags).where(accounts.c.customer_id == customer_id).order_by(accounts.c.id)
    owned = (await db.execute(lines)).all()
    flags = [*row.shared, *(flag for one in owned for flag in one.flags)]
    found = _standing(row, tuple(one.id for one in owned), flags)
    if found.reason or owned:
        return found
    # Nobody can name an account of somebody who has none: what was said of himself is in the log alone.
    return replace(found, reason=await _said_of(db, user_id, f"customer {customer_id}", now))


def _behind(user_id: int, of: Of, now: datetime) -> list[Any]:
    """Return the columns of what stands behind an opening of those accounts that `of` finds."""
    given = (
        select(card_openings.c.reason)
        .where(
            card_openings.c.user_id == user_id,
            of(card_openings.c.account_id),
            card_openings.c.opened_at > now - LASTS,
        )
        .order_by(card_openings.c.opened_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    return [
        given.label("reason"),
        _own_contact(user_id, of, now).label("own_contact"),
        _own_work(user_id, of).label("own_work"),
        _blocked(user_id).label("blocked"),
    ]


def _standing(row: Any, owned: tuple[int, ...], flags: Iterable[str]) -> Standing:
    return Standing(
        accounts=owned,
        flags=frozenset(flags),
        reason=row.reason or "",
        own_contact=row.own_contact or "",
        own_work=row.own_work,
        blocked=row.blocked,
    )


async def _said_of(db: AsyncConnection, user_id: int, object_: str, now: datetime) -> str:
    query = (
        select(access_log.c.reason)
        .where(
            access_log.c.object == object_,
            access_log.c.action == GIVEN,
            access_log.c.user_id == user_id,
            access_log.c.at > now - LASTS,
        )
        .order_by(access_log.c.at.desc())
        .limit(1)
    )
    return said((await db.execute(query)).scalar_one_or_none() or "")[0]


async def reason_of(db: AsyncConnection, code: str, words: str) -> Reason:
    """Return the reason that is given by its code, with enough words.

    Raises:
        BadValue: there is no such reason, or it needs a sentence of one's own.
    """
    known = {reason.code: reason for reason in await reasons(db)}
    if code not in known:
        raise BadValue(f"reason: choose one of {', '.join(known)}")
    if not is_enough(known[code], words):
        raise BadValue(f"words: say in a sentence why, at most {LONGEST_WORDS} characters")
    return known[code]


async def give_of_customer(db: Writing, user_id: int, customer_id: int, code: str, words: str) -> None:
    """Keep the reason a person gives for looking at a customer who has no account: the log itself keeps it.

    Raises:
        BadValue: as in `reason_of`.
    """
    text = storable(words.strip(), LONGEST_WORDS + 1)
    await reason_of(db, code, text)
    await log.record(db, user_id, GIVEN, f"customer {customer_id}", f"{code} {text}".strip())


async def give(  # noqa: PLR0913, PLR0917 -- one row, column by column
    db: Writing, user_id: int, account_id: int, code: str, words: str, now: datetime
) -> Reason:
    """Keep the reason a person gives for opening a card, and log it; returns it.

    Raises:
        BadValue: there is no such reason, or it needs a sentence of one's own.
        NoSuchAccount: there is no such account.
    """
    text = storable(words.strip(), LONGEST_WORDS + 1)
    reason = await reason_of(db, code, text)
    there = (await db.execute(select(accounts.c.id).where(accounts.c.id == account_id))).one_or_none()
    if there is None:
        raise NoSuchAccount(f"there is no account {account_id}")
    row = insert(card_openings).values(user_id=user_id, account_id=account_id, reason=code, words=text, opened_at=now)
    await db.execute(
        row.on_conflict_do_update(
            index_elements=["user_id", "account_id"],
            set_={name: row.excluded[name] for name in ("reason", "words", "opened_at")},
        )
    )
    await log.record(db, user_id, GIVEN, f"account {account_id}", f"{code} {text}".strip())
    return reason


def _own_contact(user_id: int, of: Of, now: datetime) -> ScalarSelect[str | None]:
    """Return the newest call of this account that was his and is not long over."""
    over = func.coalesce(interactions.c.closed_at, interactions.c.ended_at, interactions.c.began_at)
    return (
        select(interactions.c.call_id)
        .where(
            of(interactions.c.account_id),
            interactions.c.began_at > now - LONGEST_CONTACT,
            interactions.c.operator_id == user_id,
            over > now - LASTS,
        )
        .order_by(interactions.c.began_at.desc())
        .limit(1)
        .scalar_subquery()
    )


def _own_work(user_id: int, of: Of) -> ColumnElement[bool]:
    """Whether an open application or task of this account is his: every table that says whose its rows are."""
    work = [table for table in metadata.tables.values() if set(table.c.keys()) >= OWNED]
    return or_(false(), *(_open_in(table, user_id, of) for table in work))


def _open_in(table: Table, user_id: int, of: Of) -> ColumnElement[bool]:
    mine = (of(table.c.account_id), table.c.owner_id == user_id, table.c.closed_at.is_(None))
    return exists(select(literal(1)).where(*mine))


def _blocked(user_id: int) -> ColumnElement[bool]:
    blocking = (
        select(literal(1))
        .select_from(alerts.join(alert_rules, alert_rules.c.code == alerts.c.rule))
        .where(
            alerts.c.user_id == user_id,
            alerts.c.cleared_at.is_(None),
            alerts.c.acknowledged_at.is_(None),
            alert_rules.c.blocks,
        )
    )
    return exists(blocking)
