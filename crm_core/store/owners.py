"""Whose fields stand on an account's card: the account, its customer, its premises, its meters (shell)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.errors import NoSuchAccount
from crm_core.fields import Entity
from crm_core.tables import accounts, customers, meters


@dataclass(frozen=True, slots=True, kw_only=True)
class Owners:
    """Keys of one account and of what belongs to it."""

    account_id: int
    account_number: str
    customer_id: int
    customer: str
    premises_id: int
    meters: Mapping[int, str]
    """Serial numbers by key; those that are installed."""

    @property
    def keys(self) -> dict[Entity, tuple[int, ...]]:
        """Keys by entity, in the order of a card."""
        return {
            Entity.CUSTOMER: (self.customer_id,),
            Entity.ACCOUNT: (self.account_id,),
            Entity.PREMISES: (self.premises_id,),
            Entity.METER: tuple(self.meters),
        }


async def of_account(db: AsyncConnection, account_id: int) -> Owners:
    """Return whose fields stand on an account's card.

    Raises:
        NoSuchAccount: there is none of this key.

    """
    query = (
        select(accounts.c.number, accounts.c.customer_id, accounts.c.premises_id, customers.c.name)
        .join(customers, customers.c.id == accounts.c.customer_id)
        .where(accounts.c.id == account_id)
    )
    row = (await db.execute(query)).one_or_none()
    if row is None:
        raise NoSuchAccount(f"there is no account {account_id}")
    installed = (
        select(meters.c.id, meters.c.serial)
        .where(meters.c.account_id == account_id, meters.c.removed_on.is_(None))
        .order_by(meters.c.id)
        .limit(20)
    )
    return Owners(
        account_id=account_id,
        account_number=row.number,
        customer_id=row.customer_id,
        customer=row.name,
        premises_id=row.premises_id,
        meters={found.id: found.serial for found in await db.execute(installed)},
    )
