"""One masked value of one card, in full, for who may see it (shell)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.access import Field
from crm_core.tables import accounts, contacts, customers

CONTACTS = {Field.PHONE: contacts.c.phone, Field.EMAIL: contacts.c.email}
REVEALED = frozenset({*CONTACTS, Field.TAX_NUMBER})
"""Fields that can be revealed."""


async def value(db: AsyncConnection, account_id: int, field: Field, place: int = 0) -> str | None:
    """Return a value in full, None when there is none.

    Args:
        db: a connection, `reading` will do.
        account_id: whose card.
        field: one of `REVEALED`.
        place: which of the customer's contacts, in the order of the card, from 0.
    """
    mine = select(accounts.c.customer_id).where(accounts.c.id == account_id).scalar_subquery()
    if field in CONTACTS:
        query = (
            select(CONTACTS[field]).where(contacts.c.customer_id == mine).order_by(contacts.c.id).offset(place).limit(1)
        )
    else:
        query = select(customers.c.tax_number).where(customers.c.id == mine)
    found = (await db.execute(query)).scalar_one_or_none()
    return found or None
