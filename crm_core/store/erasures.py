"""Making a subscriber a pseudonym, and looking whether anything of him is left (shell).

What is his is found by the columns that point at customers and accounts, in every table there is: a table added later
is looked through from its first day.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    String,
    Table,
    Text,
    and_,
    cast,
    delete,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import clock
from crm_core.db import Writing
from crm_core.erasure import Found, Known, Move, State, is_second_person, moved, pseudonym, telling
from crm_core.errors import BadValue, NoSuchCustomer, NoSuchErasure, NotYours, OnHold
from crm_core.fields import Entity
from crm_core.names import key
from crm_core.rights import GROWING
from crm_core.store import evaluations, fields, his, phone_service, recording_ends, retention
from crm_core.tables import (
    accounts,
    application_files,
    attempts,
    campaign_rows,
    contact_numbers,
    contacts,
    customer_changes,
    customers,
    erasures,
    merges,
    metadata,
    subject_exports,
    users,
)
from crm_core.text import storable

BLANK = "***"
SPOKEN = ("phone", "email", "number", "verified", "tax_number")
"""Changes of what somebody is reached or known by."""
LAWFUL = frozenset(GROWING)
"""Logs that only grow: kept by law for their own time, and left out of the search for old values."""
REFUSED = frozenset({"42501", "P0001"})
"""A table whose rows may not be changed says so; what is in it is then found, and told."""
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """One erasure, as its page shows it."""

    erasure_id: int
    customer_id: int
    state: State
    reason: str
    asked_by: int
    asker: str
    asked_at: datetime
    decider: str
    decided_at: datetime | None
    finished_at: datetime | None
    found: tuple[Found, ...]


async def ask(db: Writing, customer_id: int, reason: str, by: int, now: datetime) -> int:
    """Ask that a subscriber be forgotten; returns the erasure's id.

    Raises:
        BadValue: no reason was given.
        NoSuchCustomer: there is no such customer.
        OnHold: a legal hold keeps him, or it was asked for already.
    """
    said = storable(reason.strip(), LONGEST_REASON)
    if not said:
        raise BadValue("reason: say who asked and when, the number of the letter")
    if not await retention.is_customer(db, customer_id):
        raise NoSuchCustomer(f"there is no customer {customer_id}")
    if await retention.is_held(db, customer_id):
        raise OnHold(f"customer {customer_id} is on legal hold: lift it first")
    row = insert(erasures).values(
        customer_id=customer_id, state=State.ASKED.value, reason=said, asked_by=by, asked_at=now
    )
    try:
        async with db.begin_nested():
            return int((await db.execute(row.returning(erasures.c.id))).scalar_one())
    except IntegrityError as error:
        raise OnHold(f"the erasure of customer {customer_id} was asked for already") from error


async def decide(db: Writing, erasure_id: int, move: Move, by: int, now: datetime) -> Erasure:
    """Approve or refuse an erasure.

    Raises:
        NoSuchErasure: there is none of that id, or it is not where this could be done.
        NotYours: who asked does not decide.
    """
    row = await _locked(db, erasure_id, move)
    if not is_second_person(row.asked_by, by):
        raise NotYours("an erasure is approved by somebody else than who asked")
    return await _moved(db, row, move, decided_by=by, decided_at=now)


async def carried(db: Writing, erasure_id: int, move: Move, found: Sequence[Found], now: datetime) -> Erasure:
    """Write down how the worker left an erasure.

    Raises:
        NoSuchErasure: it is not where this could be done.
    """
    row = await _locked(db, erasure_id, move)
    return await _moved(db, row, move, finished_at=now, found=[asdict(one) for one in found])


async def by_id(db: AsyncConnection, erasure_id: int) -> Erasure | None:
    """Return one erasure, None when there is none of that id."""
    found = await _listed(db, erasures.c.id == erasure_id, 1)
    return found[0] if found else None


async def listing(db: AsyncConnection, *, before_id: int | None = None, limit: int = 50) -> list[Erasure]:
    """Return erasures, the newest first."""
    return await _listed(db, literal(True) if before_id is None else erasures.c.id < before_id, limit)


async def known(db: AsyncConnection, customer_id: int) -> Known | None:
    """Return what must not be found of a customer afterwards, None when there is no such customer."""
    ids = await _merged_into(db, customer_id)
    rows = (await db.execute(select(customers).where(customers.c.id.in_(ids)))).all()
    if not rows:
        return None
    people = (await db.execute(select(contacts).where(contacts.c.customer_id.in_(ids)))).all()
    mine = select(accounts.c.id).where(accounts.c.customer_id.in_(ids))
    further = select(contact_numbers.c.number).where(his.through(contact_numbers, ids, ()))
    # What he had before: a number that was changed for another stands in his history.
    earlier = select(customer_changes.c.before, customer_changes.c.after).where(
        customer_changes.c.customer_id.in_(ids), customer_changes.c.what.in_(SPOKEN)
    )
    numbers = [*(await db.execute(further)).scalars(), *(one for row in await db.execute(earlier) for one in row)]
    # Also as the keys they are found under: merges remember those too.
    names = dict.fromkeys(said for row in (*rows, *people) for said in (row.name, key(row.name)))
    values = [*(row.tax_number for row in rows), *(value for row in people for value in (row.phone, row.email))]
    values += [value for value in numbers if value not in {"yes", "no"}]
    return Known(
        customer_id=customer_id,
        customer_ids=ids,
        account_ids=tuple((await db.execute(mine)).scalars()),
        names=tuple(name for name in names if name and name != pseudonym(customer_id)),
        telling=telling(values),
    )


async def _merged_into(db: AsyncConnection, customer_id: int) -> tuple[int, ...]:
    """Return a customer's id and those of customers that were merged into it, one after the other."""
    found = {customer_id: None}
    asked = [customer_id]
    while asked:
        losers = select(merges.c.loser_id).where(merges.c.survivor_id.in_(asked), merges.c.undone_at.is_(None))
        asked = [one for one in (await db.execute(losers)).scalars() if one not in found]
        found |= dict.fromkeys(asked)
    return tuple(found)


async def erase(db: Writing, who: Known, erasure_id: int | None = None) -> list[str]:
    """Put a pseudonym in the place of a person, and blanks wherever his values stand in what is his or nobody's.

    Args:
        db: a transaction of its own.
        who: as `known` returned it.
        erasure_id: approved by a second person: for it histories that only grow let a value be blanked. Without one
            (after a restore) the owner of the tables has let them himself.

    Returns:
        What attachments are known by that nobody refers to any more: the caller has the shelf forget them afterwards.

    """
    await db.execute(text("set local statement_timeout = 0"))
    if erasure_id is not None:
        await db.execute(text("select set_config('busbar.erasing', :erasure, true)"), {"erasure": str(erasure_id)})
    new = pseudonym(who.customer_id)
    mine = update(customers).where(customers.c.id.in_(who.customer_ids))
    await db.execute(mine.values(name=new, name_key="", tax_number="", language="", flags=["erased"]))
    people = update(contacts).where(contacts.c.customer_id.in_(who.customer_ids))
    await db.execute(people.values(name=new, role="", phone="", email="", verified=False))
    await db.execute(delete(contact_numbers).where(his.through(contact_numbers, who.customer_ids, ())))
    # When he was called stays, as the law wants it counted; at which number, and why he was taken off a list, does not.
    await db.execute(update(attempts).where(attempts.c.customer_id.in_(who.customer_ids)).values(number=""))
    listed = update(campaign_rows).where(campaign_rows.c.account_id.in_(who.account_ids), campaign_rows.c.note != "")
    await db.execute(listed.values(note=""))
    answers = update(subject_exports).where(subject_exports.c.customer_id.in_(who.customer_ids))
    await db.execute(answers.values(file=None))
    await fields.forget(db, Entity.CUSTOMER, who.customer_ids)
    await fields.forget(db, Entity.ACCOUNT, who.account_ids)
    # His voice goes with its keys; the files that nothing opens any more are swept (`crm_core.recording_jobs`).
    await recording_ends.shred(db, await recording_ends.of_accounts(db, who.account_ids), None, "erased", clock.now())
    await phone_service.forget_messages(db, who.account_ids)
    await evaluations.forget(db, who.account_ids)
    for table in _tables():
        if table is application_files:
            continue
        try:
            async with db.begin_nested():
                await _scrub(db, table, who)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", "") not in REFUSED:
                raise
    return await _attachments(db, who)


async def _attachments(db: Writing, who: Known) -> list[str]:
    """Take away what was attached to his applications: passports, letters, photographs."""
    mine = his.through(application_files, who.customer_ids, who.account_ids)
    gone = set(
        (await db.execute(delete(application_files).where(mine).returning(application_files.c.digest))).scalars()
    )
    held = select(application_files.c.digest).where(application_files.c.digest.in_(gone))
    return sorted(gone - set((await db.execute(held)).scalars()))


async def leftovers(db: AsyncConnection, who: Known) -> AsyncIterator[tuple[str, list[Found]]]:
    """Look through every text column of the base, table by table; yields each table's name with what was found.

    In what is his every old value counts; in what is nobody's those that tell who it is. What is another customer's is
    that customer's: a family shares a telephone.
    """
    for table in _tables():
        found = []
        for column in _texts(table):
            values = who.telling if _owner(table, who) is None else (*who.telling, *who.names)
            rows = await _count(db, table, column, who, values)
            if rows:
                found.append(Found(table=table.name, column=column.name, rows=rows))
        yield table.name, found


def tables_looked_through() -> int:
    """Return how many tables `leftovers` looks through."""
    return len(_tables())


def _tables() -> list[Table]:
    return [table for table in metadata.sorted_tables if table.name not in LAWFUL and _texts(table)]


def _texts(table: Table) -> list[Column[Any]]:
    return [column for column in table.c if isinstance(column.type, String | Text | JSONB)]


def _owner(table: Table, who: Known) -> ColumnElement[bool] | None:
    """Return what tells his rows of a table; None where rows belong to no customer."""
    return his.rows(table, who.customer_ids, who.account_ids)


def _nobodys(table: Table) -> ColumnElement[bool]:
    """Return what tells rows that are nobody's: calls that were tied to no account, and whole tables without owners."""
    columns = [column for _, column in his.owners(table)]
    if table in his.THROUGH or not all(column.nullable for column in columns):
        return false()
    return and_(true(), *(column.is_(None) for column in columns))


def _holds(column: Column[Any], values: Sequence[str]) -> ColumnElement[bool]:
    said = cast(column, Text)
    return or_(false(), *(func.strpos(said, value) > 0 for value in values))


async def _count(db: AsyncConnection, table: Table, column: Column[Any], who: Known, values: Sequence[str]) -> int:
    owner = _owner(table, who)
    his = false() if owner is None else and_(owner, _holds(column, values))
    nobodys = and_(_nobodys(table), _holds(column, who.telling))
    query = select(func.count()).select_from(table).where(or_(his, nobodys))
    return int((await db.execute(query)).scalar_one())


async def _scrub(db: Writing, table: Table, who: Known) -> None:
    """Blank old values in rows that are his, and in those that are nobody's (calls of his that were tied to no one)."""
    owner = _owner(table, who)
    if owner is None:
        return
    for column in _texts(table):
        values = (*who.telling, *who.names)
        where = or_(and_(owner, _holds(column, values)), and_(_nobodys(table), _holds(column, who.telling)))
        blanked: ColumnElement[Any] = cast(column, Text)
        for value in values:
            blanked = func.replace(blanked, value, BLANK)
        await db.execute(update(table).where(where).values({column: cast(blanked, column.type)}))


async def _locked(db: Writing, erasure_id: int, move: Move) -> Any:
    query = select(erasures).where(erasures.c.id == erasure_id).with_for_update()
    row = (await db.execute(query)).one_or_none()
    if row is None or moved(State(row.state), move) is None:
        raise NoSuchErasure(f"there is no erasure {erasure_id} that could be moved by {move.value}")
    return row


async def _moved(db: Writing, row: Any, move: Move, **values: Any) -> Erasure:
    to = moved(State(row.state), move)
    if to is None:
        raise NoSuchErasure(f"erasure {row.id} is {row.state}")
    await db.execute(update(erasures).where(erasures.c.id == row.id).values(state=to.value, **values))
    found = await by_id(db, row.id)
    if found is None:
        raise NoSuchErasure(f"there is no erasure {row.id}")
    return found


async def _listed(db: AsyncConnection, where: ColumnElement[bool], limit: int) -> list[Erasure]:
    asker, decider = users.alias("asker"), users.alias("decider")
    query = (
        select(erasures, asker.c.name.label("asker"), func.coalesce(decider.c.name, "").label("decider"))
        .join(asker, asker.c.id == erasures.c.asked_by)
        .outerjoin(decider, decider.c.id == erasures.c.decided_by)
        .where(where)
        .order_by(erasures.c.id.desc())
        .limit(limit)
    )
    return [
        Erasure(
            erasure_id=row.id,
            customer_id=row.customer_id,
            state=State(row.state),
            reason=row.reason,
            asked_by=row.asked_by,
            asker=row.asker,
            asked_at=row.asked_at,
            decider=row.decider,
            decided_at=row.decided_at,
            finished_at=row.finished_at,
            found=tuple(Found(**one) for one in row.found),
        )
        for row in await db.execute(query)
    ]
