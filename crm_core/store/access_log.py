"""Who looked at what: a log that can only grow; looking counts as doing (shell).

Rows are written unchained by anybody, side by side; `crm_core.store.chain` chains them a moment later (ADR 0012).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Select, bindparam, func, insert, literal, or_, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.asking import asking
from crm_core.db import Writing
from crm_core.tables import access_log, accounts, users
from crm_core.text import one_line

DONE, REFUSED = "done", "refused"
PAGE = 100
_columns = (
    access_log.c.id,
    access_log.c.at,
    access_log.c.user_id,
    func.coalesce(users.c.name, "").label("user"),
    access_log.c.role,
    access_log.c.ip,
    access_log.c.session,
    access_log.c.action,
    access_log.c.object,
    access_log.c.fields,
    access_log.c.reason,
    access_log.c.contact_id,
    access_log.c.result,
)
# Many rows in one statement; the role is that of the user at the moment of writing.
MANY = text(
    "insert into access_log (at, user_id, role, ip, session, action, object, fields, reason, contact_id, result) "
    "select r.at, r.user_id, coalesce(nullif(r.role, ''), u.role, ''), r.ip, r.session, r.action, r.object, r.fields, "
    "       r.reason, r.contact_id, r.result "
    "  from rows from (jsonb_to_recordset(cast(:rows as jsonb)) as (at timestamptz, user_id int, role text, ip text, "
    "       session text, action text, object text, fields text, reason text, contact_id text, result text)) "
    "       with ordinality as r(at, user_id, role, ip, session, action, object, fields, reason, contact_id, result, "
    "       place) left join users u on u.id = r.user_id order by r.place"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One line of the log."""

    access_id: int
    at: datetime
    user_id: int | None
    user: str
    role: str
    ip: str
    session: str
    action: str
    object: str
    fields: str
    reason: str
    contact_id: str
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line to be written: what somebody saw, did, or was refused."""

    at: datetime
    user_id: int | None
    action: str
    """`card.viewed`, `search`, `sign_in`, `sign_in.refused`, `refused`, `reading.submitted`, `contact.closed`, …"""
    object: str
    reason: str
    ip: str
    role: str = ""
    session: str = ""
    fields: str = ""
    """Names of the fields that were shown or changed, separated by commas."""
    contact_id: str = ""
    """The call it was done for."""
    result: str = DONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which lines are asked for; what is None or "" does not matter."""

    user_id: int | None = None
    object: str = ""
    account_id: int | None = None
    """What was done to an account, and to all of its customer, to which it belongs."""
    action: str = ""
    since: datetime | None = None
    until: datetime | None = None


async def record(  # noqa: PLR0913, PLR0917 -- one row, column by column
    db: Writing,
    user_id: int | None,
    action: str,
    object_: str = "",
    reason: str = "",
    ip: str = "",
    *,
    fields: Sequence[str] = (),
    contact_id: str = "",
    result: str = DONE,
) -> None:
    """Add a line, at the server's present moment; session, role and address of the request in hand come with it.

    Args:
        db: the transaction of what is logged, so that neither stays without the other.
        user_id: who; None before anybody signed in.
        action: `crm_core.access.Action`, or `sign_in`, `sign_in.refused`, `sign_out`.
        object_: what it was done to, `account 17`, a login, a search text.
        reason: why, `call 1732300000.17`, or what the person gave as a reason.
        ip: from where; of the request in hand when "".
        fields: names of the fields that were shown or changed.
        contact_id: the call it was done for.
        result: `done` or `refused`.
    """
    by = asking.get()
    role = select(users.c.role).where(users.c.id == user_id).scalar_subquery()
    await db.execute(
        insert(access_log).values(
            user_id=user_id,
            role=by.role or func.coalesce(role, literal("")),
            action=one_line(action, 40),
            object=one_line(object_, 80),
            reason=one_line(reason, 500),
            ip=one_line(ip or by.ip, 45),
            session=by.session,
            fields=one_line(",".join(fields), 200),
            contact_id=one_line(contact_id, 80),
            result=result,
        )
    )


async def record_many(db: Writing, entries: Sequence[Entry]) -> None:
    """Add lines, many at once, each at its own moment."""
    await db.execute(MANY, {"rows": to_json([asdict(entry) for entry in entries]).decode()})


async def recent(
    db: AsyncConnection, *, user_id: int | None = None, object_: str | None = None, limit: int = PAGE
) -> list[Access]:
    """Return the newest lines, of one user or about one object when asked."""
    return await page(db, Filter(user_id=user_id, object=object_ or ""), limit=limit)


async def page(db: AsyncConnection, wanted: Filter, *, before: int | None = None, limit: int = PAGE) -> list[Access]:
    """Return lines, the newest first.

    Args:
        db: a connection, `reading` will do.
        wanted: which.
        before: only lines older than this one (its `access_id`): where the last page ended.
        limit: at most this many.
    """
    query = _chosen(wanted).order_by(access_log.c.at.desc(), access_log.c.id.desc()).limit(limit)
    if before is not None:
        then = select(access_log.c.at).where(access_log.c.id == before).scalar_subquery()
        query = query.where(tuple_(access_log.c.at, access_log.c.id) < tuple_(then, literal(before)))
    return [_access(*tuple(row)) for row in await db.execute(query)]


async def who_viewed(db: AsyncConnection, account_id: int, *, limit: int = 1000) -> list[Access]:
    """Return everything that was done to an account's card, or to its customer's whole record, the newest first."""
    return await page(db, Filter(account_id=account_id), limit=limit)


async def numbers(db: AsyncConnection, objects: Iterable[str]) -> dict[str, str]:
    """Return the number of the account that an object of the log is, of a customer his first one's; no others."""
    keys: dict[str, list[int]] = {"account": [], "customer": []}
    for object_ in objects:
        kind, _, key = object_.partition(" ")
        if kind in keys and key.isascii() and key.isdecimal() and len(key) < 10:
            keys[kind].append(int(key))
    own = select(literal("account ").concat(accounts.c.id), accounts.c.number).where(accounts.c.id.in_(keys["account"]))
    first = (
        select(literal("customer ").concat(accounts.c.customer_id), func.min(accounts.c.number))
        .where(accounts.c.customer_id.in_(keys["customer"]))
        .group_by(accounts.c.customer_id)
    )
    return {row[0]: row[1] for row in await db.execute(own.union_all(first))}


async def actions(db: AsyncConnection) -> list[str]:
    """Return every action that is in the log, along its index one by one: the log may hold millions of lines."""
    found: list[str] = []
    least = select(func.min(access_log.c.action)).where(access_log.c.action > bindparam("after"))
    after: str | None = ""
    while len(found) < 200:
        after = (await db.execute(least, {"after": after})).scalar_one()
        if after is None:
            break
        found.append(after)
    return found


def _chosen(wanted: Filter) -> Select[tuple[Any, ...]]:
    query: Select[tuple[Any, ...]] = select(*_columns).outerjoin(users, users.c.id == access_log.c.user_id)
    if wanted.user_id is not None:
        query = query.where(access_log.c.user_id == wanted.user_id)
    if wanted.object:
        query = query.where(access_log.c.object == wanted.object)
    if wanted.account_id is not None:
        owner = select(func.concat("customer ", accounts.c.customer_id)).where(accounts.c.id == wanted.account_id)
        own = access_log.c.object == f"account {wanted.account_id}"
        query = query.where(or_(own, access_log.c.object == owner.scalar_subquery()))
    if wanted.action:
        query = query.where(access_log.c.action == wanted.action)
    if wanted.since is not None:
        query = query.where(access_log.c.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(access_log.c.at < wanted.until)
    return query


def _access(access_id: Any, *rest: Any) -> Access:
    names = ("at", "user_id", "user", "role", "ip", "session", "action", "object", "fields", "reason", "contact_id")
    return Access(access_id=access_id, **dict(zip((*names, "result"), rest, strict=True)))
