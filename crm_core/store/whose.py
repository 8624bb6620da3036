"""Whose a thing is that an address or a request names: an account's, a customer's, nobody's (shell)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.tables import (
    accounts,
    agreements,
    applications,
    contact_numbers,
    contacts,
    customers,
    interactions,
    meters,
    premises,
    recordings,
    service_points,
    tasks,
)


class Kind(StrEnum):
    """Things that belong to one subscriber."""

    ACCOUNT = "account"
    CUSTOMER = "customer"
    CONTACT = "contact"
    """A person who may speak for a customer."""
    NUMBER = "number"
    """Another telephone number of such a person."""
    AGREEMENT = "agreement"
    POINT = "service point"
    APPLICATION = "application"
    INTERACTION = "interaction"
    TASK = "task"
    METER = "meter"
    PREMISES = "premises"
    RECORDING = "recording"
    """Of whoever has an account there now, or had the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """Whose a thing is; both are None for what is nobody's, like a task about no account."""

    account_id: int | None = None
    customer_id: int | None = None
    """Set where a thing is of the customer and of no single account of his."""

    @property
    def nobodys(self) -> bool:
        """Whether no subscriber stands behind it."""
        return self.account_id is None and self.customer_id is None

    @property
    def object(self) -> str:
        """What the access log calls it."""
        return f"account {self.account_id}" if self.account_id is not None else f"customer {self.customer_id}"


_ACCOUNT: Mapping[Kind, tuple[Column[int], Column[int]]] = {
    Kind.ACCOUNT: (accounts.c.id, accounts.c.id),
    Kind.AGREEMENT: (agreements.c.id, agreements.c.account_id),
    Kind.POINT: (service_points.c.id, service_points.c.account_id),
    Kind.APPLICATION: (applications.c.id, applications.c.account_id),
    Kind.INTERACTION: (interactions.c.id, interactions.c.account_id),
    Kind.TASK: (tasks.c.id, tasks.c.account_id),
    Kind.METER: (meters.c.id, meters.c.account_id),
    Kind.RECORDING: (recordings.c.id, recordings.c.account_id),
}
"""By which key a thing is found, and whose account it says."""
_CUSTOMER: Mapping[Kind, tuple[Column[int], Column[int]]] = {
    Kind.CUSTOMER: (customers.c.id, customers.c.id),
    Kind.CONTACT: (contacts.c.id, contacts.c.customer_id),
}


async def whose(db: AsyncConnection, kind: Kind, key: int) -> Whose | None:
    """Return whose a thing is; None when there is no such thing."""
    if kind in _ACCOUNT:
        own, account = _ACCOUNT[kind]
        row = (await db.execute(select(account).where(own == key))).one_or_none()
        return None if row is None else Whose(account_id=row[0])
    if kind is Kind.PREMISES:
        there = premises.outerjoin(accounts, accounts.c.premises_id == premises.c.id)
        order = accounts.c.closed_on.is_not(None), accounts.c.opened_on.desc(), accounts.c.id.desc()
        last = select(accounts.c.id).select_from(there).where(premises.c.id == key).order_by(*order).limit(1)
        row = (await db.execute(last)).one_or_none()
        return None if row is None else Whose(account_id=row[0])
    if kind is Kind.NUMBER:
        through = contact_numbers.join(contacts, contacts.c.id == contact_numbers.c.contact_id)
        query = select(contacts.c.customer_id).select_from(through).where(contact_numbers.c.id == key)
    else:
        own, customer = _CUSTOMER[kind]
        query = select(customer).where(own == key)
    found = (await db.execute(query)).scalar_one_or_none()
    return None if found is None else Whose(customer_id=found)
