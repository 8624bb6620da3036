"""Finding subscribers: by number, by account, by anything typed; only along indexes (shell)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    String,
    Text,
    and_,
    bindparam,
    cast,
    func,
    literal,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, REGCONFIG, TSQUERY, distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.card import Candidate
from crm_core.lookup import BEYOND, Questions, Words, questions
from crm_core.tables import accounts, contact_numbers, contacts, customers, meters, premises

_highest = select(func.max(contacts.c.id))
Ranked = Select[tuple[int, int, str]]
# Spelled as in the index: a bound parameter would keep the planner from using it.
SIMPLE: ColumnElement[str] = literal_column("'simple'::regconfig", REGCONFIG)
NUMBERS_WINDOW = 4000
"""Neighbouring telephone numbers looked through for shared ones."""

_base = (
    select(
        accounts.c.id,
        accounts.c.number,
        customers.c.name,
        customers.c.kind,
        premises.c.address,
        accounts.c.balance,
    )
    .join(customers, customers.c.id == accounts.c.customer_id)
    .join(premises, premises.c.id == accounts.c.premises_id)
)


def _candidate(row: Row[*tuple[Any, ...]], why: str, contact: str = "") -> Candidate:
    return Candidate(
        account_id=row.id,
        account_number=row.number,
        customer=row.name,
        kind=row.kind,
        contact="" if contact == row.name else contact,
        address=row.address,
        balance=row.balance,
        why=why,
    )


async def by_phone(db: AsyncConnection, e164: str, limit: int = 9) -> list[Candidate]:
    """Return the accounts of everyone reached under a number, open ones first; each account once.

    Args:
        db: a connection, `reading` will do.
        e164: number as `crm_core.phones.e164` returns it; "" finds nothing.
        limit: at most this many (a keypad has nine digits to choose with).
    """
    if not e164:
        return []
    living = select(contacts.c.customer_id, contacts.c.name).where(contacts.c.ended_at.is_(None))
    further = contact_numbers.c.number == e164, contact_numbers.c.ended_at.is_(None)
    reached = union_all(
        living.where(contacts.c.phone == e164),
        living.join(contact_numbers, contact_numbers.c.contact_id == contacts.c.id).where(*further),
    ).subquery()
    query = (
        _base.add_columns(func.min(reached.c.name).label("contact"))
        .join(reached, reached.c.customer_id == customers.c.id)
        .group_by(accounts.c.id, customers.c.id, premises.c.id)
        .order_by(accounts.c.closed_on.is_not(None), accounts.c.id)
        .limit(limit)
    )
    return [_candidate(row, "phone", row.contact) for row in await db.execute(query)]


async def by_account_number(db: AsyncConnection, digits: str) -> Candidate | None:
    """Return the account of exactly this number, check digit included, or None."""
    row = (await db.execute(_base.where(accounts.c.number == digits))).one_or_none()
    return None if row is None else _candidate(row, "account")


async def candidates(db: AsyncConnection, ids: Sequence[int]) -> list[Candidate]:
    """Return these accounts in the order asked for; unknown ids are left out."""
    rows = await db.execute(_base.where(accounts.c.id == func.any(_array(ids))))
    found = {row.id: _candidate(row, "phone") for row in rows}
    return [found[one] for one in dict.fromkeys(ids) if one in found]


def _array(ids: Sequence[int]) -> ColumnElement[Any]:
    return bindparam(None, list(ids), ARRAY(Integer))


async def search(
    db: AsyncConnection, text: str, limit: int = 20, *, region: str = "RU", area: str = ""
) -> list[Candidate]:
    """Find accounts by whatever was typed, the surest first; `why` says what matched.

    Understood: account number with or without its check digit, or its beginning; telephone in any spelling; meter's
    serial number; words of a name or an address in any order, by their beginnings, in Latin or Cyrillic.

    Args:
        db: a connection, `reading` will do.
        text: as typed; fewer than three letters and digits find nothing.
        limit: at most this many; ask for one more than shown to know whether there are more.
        region: where telephone numbers without country code are dialled.
        area: area code of telephone numbers without one.
    """
    asked = questions(text, region, area)
    if asked is None:
        return []
    found = await _answers(db, _sure(asked), limit)
    if len(found) < limit:
        # Only now: gathering every "ivan" of 6.2 million takes longer than all of the above.
        found += await _answers(db, _worded(asked), limit)
    unique = {one.account_id: one for one in reversed(found)}
    return [unique[key] for key in dict.fromkeys(one.account_id for one in found)][:limit]


async def _answers(db: AsyncConnection, parts: Sequence[Ranked], limit: int) -> list[Candidate]:
    if not parts:
        return []
    hits = union_all(*(select(part.limit(limit).subquery()) for part in parts)).subquery("hits")
    # Each account once, under the surest of the reasons.
    surest = distinct_on(hits.c.id)
    best = select(hits.c.id, hits.c.rank, hits.c.why).ext(surest).order_by(hits.c.id, hits.c.rank).subquery("best")
    query = (
        _base.add_columns(best.c.why)
        .join(best, best.c.id == accounts.c.id)
        .order_by(best.c.rank, accounts.c.closed_on.is_not(None), customers.c.name_key, accounts.c.id)
        .limit(limit)
    )
    return [_candidate(row, row.why) for row in await db.execute(query)]


def _sure(asked: Questions) -> list[Ranked]:
    """Return what is found along one short range of an index each."""
    parts: list[Ranked] = []
    if asked.account is not None:
        parts.append(_hit(1, "account").where(accounts.c.number == asked.account))
    if asked.phone is not None:
        number = contacts.c.phone == asked.phone
        parts.append(_hit(2, "phone").join(contacts, contacts.c.customer_id == accounts.c.customer_id).where(number))
    if asked.serial is not None:
        parts.append(_hit(3, "meter").join(meters, meters.c.account_id == accounts.c.id).where(_serial(asked.serial)))
    if asked.account_from is not None:
        # Digits sort alike in every collation, so a range finds what begins with them.
        digits = asked.account_from
        parts.append(_hit(4, "account").where(accounts.c.number.between(digits, digits.ljust(12, "9"))))
    if asked.name is not None:
        parts.append(_named(5).where(_begins(customers.c.name_key, asked.name)))
    if asked.address is not None:
        parts.append(_placed(6).where(_begins(premises.c.address_key, asked.address)))
    return parts


def _worded(asked: Questions) -> list[Ranked]:
    """Return what is found by words in any order."""
    parts: list[Ranked] = []
    if asked.name is not None and asked.name.query:
        parts.append(_named(7).where(*_holds(customers.c.name_key, asked.name)))
    if asked.address is not None and asked.address.query:
        parts.append(_placed(8).where(*_holds(premises.c.address_key, asked.address)))
    return parts


def _named(rank: int) -> Ranked:
    return _hit(rank, "name").join(customers, customers.c.id == accounts.c.customer_id)


def _placed(rank: int) -> Ranked:
    return _hit(rank, "address").join(premises, premises.c.id == accounts.c.premises_id)


def _hit(rank: int, why: str) -> Ranked:
    return select(accounts.c.id, literal(rank, Integer).label("rank"), literal(why, Text).label("why")).select_from(
        accounts
    )


def _serial(serial: str) -> ColumnElement[bool]:
    return meters.c.serial == func.any(bindparam(None, [serial, serial.lower()], ARRAY(String)))


def _begins(column: ColumnElement[str], words: Words) -> ColumnElement[bool]:
    """Whether a key begins with the words as typed.

    The operators of text_pattern_ops compare bytes: a plain range uses the index in every collation, and in a
    prepared statement, where LIKE with a parameter cannot.
    """
    low, high = cast(words.beginning, Text), cast(words.beginning + BEYOND, Text)
    return and_(column.op("~>=~", is_comparison=True)(low), column.op("~<~", is_comparison=True)(high))


def _holds(column: ColumnElement[str], words: Words) -> list[ColumnElement[bool]]:
    """Whether a key holds the words in any order, each by its beginning."""
    query = cast(func.to_tsquery(SIMPLE, words.query), TSQUERY)
    matches = func.to_tsvector(SIMPLE, column).op("@@", is_comparison=True)(query)
    # Short words are letters and digits only (`lookup`), so no sign of LIKE can be among them.
    return [matches, *((literal(" ") + column).like(f"% {word}%") for word in words.short)]


async def sample_numbers(db: AsyncConnection, n: int) -> list[str]:
    """Return up to `n` different telephone numbers of subscribers, picked at random, about a fifth of them shared.

    For callers of demonstrations and benches: shared numbers are those under which more than one customer is known.
    """
    shared = await _shared_numbers(db, max(1, n // 5))
    top = (await db.execute(_highest)).scalar_one()
    if top is None:
        return shared
    ids = random.sample(range(1, top + 1), min(top, n * 3))
    rows = await db.execute(
        select(contacts.c.phone).where(contacts.c.id == func.any(_array(ids)), contacts.c.phone != "")
    )
    numbers = list(dict.fromkeys([*shared, *rows.scalars()]))[:n]
    random.shuffle(numbers)
    return numbers


async def _shared_numbers(db: AsyncConnection, n: int) -> list[str]:
    """Look through neighbouring numbers from a random one on: all of 6.2 million would take seconds."""
    top = (await db.execute(_highest)).scalar_one()
    if top is None:
        return []
    start = (
        select(contacts.c.phone)
        .where(contacts.c.id >= random.randint(1, max(1, top - NUMBERS_WINDOW)))  # noqa: S311 -- no secret
        .order_by(contacts.c.id)
        .limit(1)
        .scalar_subquery()
    )
    window = (
        select(contacts.c.phone, contacts.c.customer_id)
        .where(contacts.c.phone >= start, contacts.c.phone != "")
        .order_by(contacts.c.phone)
        .limit(NUMBERS_WINDOW)
        .subquery("window")
    )
    query = (
        select(window.c.phone)
        .group_by(window.c.phone)
        .having(func.count(window.c.customer_id.distinct()) > 1)
        .order_by(func.random())
        .limit(n)
    )
    return list((await db.execute(query)).scalars())
