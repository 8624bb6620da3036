"""Facts of all accounts of the sample, worked out after the load (shell).

All of it is one transaction: whoever stops it finds the table and its indexes as they were, and no facts.
"""

from __future__ import annotations

from collections.abc import Iterator

from psycopg import sql

from crm_core.sample.plan import Plan
from crm_core.sample.session import Connection
from crm_core.store.facts_sql import FRESH

STEP = 50_000
"""Accounts of one statement: about two seconds."""
LARGE = 50_000
"""From here on the table's indexes are made after it is filled."""


def fill(db: Connection, plan: Plan, zone: str) -> Iterator[int]:
    """Work out everybody's facts anew; yield how many accounts are done.

    Args:
        db: a connection outside of any transaction.
        plan: of the sample.
        zone: time zone of the utility; decides on which day a contact was.

    """
    with db.transaction():
        db.execute("truncate account_facts, facts_due")
        aside = _set_aside(db) if plan.subscribers >= LARGE else []
        for first in range(1, plan.subscribers + 1, STEP):
            last = min(first + STEP - 1, plan.subscribers)
            db.execute(FRESH, {"first": first, "last": last, "today": plan.today, "zone": zone})
            yield last
        for statement in aside:
            db.execute(sql.SQL(statement))
    # Counting reads the indexes alone where it is known which pages hold nothing else.
    db.execute("vacuum (analyze) account_facts")


def missing(db: Connection) -> bool:
    """Tell whether nobody's facts are there: an earlier run was stopped before they were."""
    return db.execute("select exists (select from account_facts)").fetchone() != (True,)


def _set_aside(db: Connection) -> list[str]:
    """Drop the indexes that are no key; return the statements that bring them back."""
    found = db.execute(
        "select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index"
        " where indrelid = 'account_facts'::regclass and not indisprimary order by 1"
    ).fetchall()
    for name, _ in found:
        db.execute(sql.SQL("drop index {}").format(sql.Identifier(name)))
    return [definition for _, definition in found]
