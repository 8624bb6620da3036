"""Names of contacts folded for the search, a little at a time (shell).

Triggers note in `contact_names_due` whose names changed; `catch_up` takes notes off, oldest first, and folds. A name
that changed is found no more from that moment on, and by its new spelling when a worker has been here: within half a
minute.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Integer, Text, bindparam, column, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import names
from crm_core.db import Writing
from crm_core.tables import contact_names, contact_names_due, contacts, customers

LOCK = 0x6E616D65
"""Advisory lock of whoever folds names ("name")."""
MOST_NOTES = 50
"""Taken at once, of at most 5,000 contacts each; a single change is a note of its own."""
MOST_CONTACTS = 5_000
NEW_WORDS = text(
    "insert into search_words (kind, word) select 'name', w.word from unnest(cast(:words as text[])) as w (word)"
    " where not exists (select from search_words s where s.kind = 'name' and s.word = w.word)"
)


async def waiting(db: AsyncConnection) -> int:
    """Return how many notes wait."""
    return int((await db.execute(select(func.count()).select_from(contact_names_due))).scalar_one())


async def catch_up(db: Writing) -> int:
    """Fold names that wait, as many as one transaction bears; return of how many contacts, 0 when none is left."""
    if not (await db.execute(select(func.pg_try_advisory_xact_lock(LOCK)))).scalar_one():
        return 0
    due = contact_names_due.c
    oldest = select(due.id, func.cardinality(due.contacts).label("n")).order_by(due.id).limit(MOST_NOTES).subquery()
    upto = func.sum(oldest.c.n).over(order_by=oldest.c.id)
    summed = select(oldest.c.id, upto.label("upto"), oldest.c.n).subquery()
    # The first note is taken whatever its size; no note holds more than one transaction bears.
    taken = select(summed.c.id).where((summed.c.upto <= MOST_CONTACTS) | (summed.c.upto == summed.c.n))
    rows = await db.execute(delete(contact_names_due).where(due.id.in_(taken)).returning(due.contacts))
    changed = sorted({contact for (some,) in rows for contact in some})
    if changed:
        await fold(db, changed)
    return len(changed)


async def fold(db: Writing, ids: list[int]) -> None:
    """Fold the names of these contacts; who is called as his customer is, or is no contact any more, has none."""
    await db.execute(delete(contact_names).where(contact_names.c.contact_id == func.any(_ids(ids))))
    query = (
        select(contacts.c.id, contacts.c.name, customers.c.name_key)
        .join(customers, customers.c.id == contacts.c.customer_id)
        # A customer without a key was made a pseudonym: nobody is to find him by a name.
        .where(contacts.c.id == func.any(_ids(ids)), contacts.c.ended_at.is_(None), customers.c.name_key != "")
    )
    folded = {row.id: key for row in await db.execute(query) if (key := names.key(row.name)) not in {"", row.name_key}}
    if not folded:
        return
    both = func.unnest(_ids(list(folded)), bindparam(None, list(folded.values()), ARRAY(Text)))
    rows = both.table_valued(column("contact_id", Integer), column("name_key", Text), name="folded").render_derived()
    new = upsert(contact_names).from_select(["contact_id", "name_key"], select(rows.c.contact_id, rows.c.name_key))
    await db.execute(new.on_conflict_do_nothing())
    words = {word for key in folded.values() for word in key.split() if len(word) > 2 and not word.isdecimal()}
    if words:
        await db.execute(NEW_WORDS, {"words": sorted(words)})


def _ids(numbers: list[int]) -> ColumnElement[Any]:
    return bindparam(None, numbers, ARRAY(Integer))
