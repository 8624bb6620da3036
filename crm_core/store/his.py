"""Which rows of a table are a subscriber's, whatever way they point at him (shell).

A column that points at a customer or an account says so by itself, in tables that are added later too. Rows that are
his by way of another row (a contact's second number, a line about his application) are named here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, Table, and_, or_, select

from crm_core.fields import Entity
from crm_core.tables import (
    accounts,
    application_files,
    applications,
    contact_numbers,
    contact_parts,
    contacts,
    custom_fields,
    custom_values,
    customers,
    interaction_entries,
    interactions,
    meters,
    premises,
    registers,
    tasks,
    work_history,
)

Ids = Sequence[int]
Way = Callable[[Ids, Ids], ColumnElement[bool]]


def rows(table: Table, customer_ids: Ids, account_ids: Ids) -> ColumnElement[bool] | None:
    """Return what tells his rows of a table; None where rows belong to no customer."""
    if table in THROUGH:
        return through(table, customer_ids, account_ids)
    found = [column.in_(customer_ids if kind == "customer" else account_ids) for kind, column in owners(table)]
    return or_(*found) if found else None


def through(table: Table, customer_ids: Ids, account_ids: Ids) -> ColumnElement[bool]:
    """As `rows`, for one of `THROUGH`."""
    return THROUGH[table](customer_ids, account_ids)


def owners(table: Table) -> list[tuple[str, Column[Any]]]:
    """Return the columns that say whose a row is, each with what it points at: `customer` or `account`."""
    found: list[tuple[str, Column[Any]]] = [("customer", customers.c.id)] if table is customers else []
    for column in table.c:
        aims = {key.column.table.name for key in column.foreign_keys}
        # The bulk tables have no foreign keys; their columns bear the same names.
        if customers.name in aims or column.name == "customer_id":
            found.append(("customer", column))
        elif accounts.name in aims or column.name == "account_id":
            found.append(("account", column))
    return found


def _of(table: Table, account_ids: Ids) -> Select[tuple[int]]:
    return select(table.c.id).where(table.c.account_id.in_(account_ids))


def _values(customer_ids: Ids, account_ids: Ids) -> ColumnElement[bool]:
    places = select(accounts.c.premises_id).where(accounts.c.id.in_(account_ids))
    whose: Mapping[Entity, Any] = {
        Entity.CUSTOMER: customer_ids,
        Entity.ACCOUNT: account_ids,
        Entity.PREMISES: places,
        Entity.METER: _of(meters, account_ids),
    }
    of = {entity: select(custom_fields.c.id).where(custom_fields.c.entity == entity.value) for entity in whose}
    found = [
        and_(custom_values.c.entity_id.in_(keys), custom_values.c.field_id.in_(of[entity]))
        for entity, keys in whose.items()
    ]
    return or_(*found)


def _history(_: Ids, account_ids: Ids) -> ColumnElement[bool]:
    about = {"application": applications, "task": tasks}
    found = [
        and_(work_history.c.subject == subject, work_history.c.subject_id.in_(_of(table, account_ids)))
        for subject, table in about.items()
    ]
    return or_(*found)


THROUGH: Mapping[Table, Way] = {
    contact_numbers: lambda mine, _: contact_numbers.c.contact_id.in_(
        select(contacts.c.id).where(contacts.c.customer_id.in_(mine))
    ),
    interaction_entries: lambda _, mine: interaction_entries.c.interaction_id.in_(_of(interactions, mine)),
    contact_parts: lambda _, mine: contact_parts.c.call_id.in_(
        select(interactions.c.call_id).where(interactions.c.account_id.in_(mine))
    ),
    application_files: lambda _, mine: application_files.c.application_id.in_(_of(applications, mine)),
    work_history: _history,
    custom_values: _values,
    premises: lambda _, mine: premises.c.id.in_(select(accounts.c.premises_id).where(accounts.c.id.in_(mine))),
    registers: lambda _, mine: registers.c.meter_id.in_(_of(meters, mine)),
}
"""Tables whose rows are his by way of rows of others."""
