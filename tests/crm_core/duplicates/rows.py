"""Rows for whatever points at a customer, made from the tables themselves: a table added later is filled too."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from sqlalchemy import ARRAY, Boolean, Column, Date, DateTime, LargeBinary, Numeric, String, Table, insert, select
from sqlalchemy import Integer as Whole
from sqlalchemy.dialects.postgresql import JSONB

from crm_core.db import Writing
from crm_core.duplicates.references import REFERENCES, Treatment
from crm_core.tables import custom_fields, metadata

DAY = date(2026, 11, 1)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
KNOWN: dict[str, dict[str, Any]] = {
    "erasures": {"state": "done"},
    "allocations": {"paid_on": DAY, "seq": 0, "period": DAY},
    "consents": {"kind": "calls", "how": "office"},
    "custom_values": {"text": "x"},
    "outbox": {"channel": "sms"},
    "attempts": {"ended_at": NOW},
}
"""What the tables' own checks ask for."""
SELF = {"merges", "duplicate_pairs"}
numbers = count(1)


async def fill(db: Writing, customer_id: int, accounts: list[int], contacts: list[int], by: int) -> None:
    """Put a row into every table that points at a customer, at each of his accounts, at each of his contacts."""
    whose = {"customers": [customer_id], "accounts": accounts, "contacts": contacts}
    for one in REFERENCES:
        made_before = one.place in {"accounts.customer_id", "contacts.customer_id"}
        if one.treatment is Treatment.DERIVED or one.table in SELF or made_before:
            continue
        for key in whose[one.target]:
            more: dict[str, Any] = {one.column: key}
            if one.of_entity:
                more["field_id"] = await _field(db, one.of_entity)
            if one.place == "consents.contact_id":
                more["customer_id"] = customer_id
            await put(db, metadata.tables[one.table], by, **more)


async def put(db: Writing, table: Table, by: int, **known: Any) -> Any:
    """Insert a row with something in every column that must have it; return its first key."""
    values = KNOWN.get(table.name, {}) | known
    for column in table.columns:
        if column.name not in values and not column.nullable and column.server_default is None and not column.identity:
            values[column.name] = await _value(db, column, by)
    first = next(iter(table.primary_key.columns))
    return (await db.execute(insert(table).values(values).returning(first))).scalar_one()


async def _value(db: Writing, column: Column[Any], by: int) -> Any:
    for key in column.foreign_keys:
        other = key.column.table
        if other.name == "users":
            return by
        found = (await db.execute(select(key.column).order_by(key.column).limit(1))).scalar_one_or_none()
        return found if found is not None else await put(db, other, by)
    kind = column.type
    number = next(numbers)
    if isinstance(kind, String):
        return str(number)[-(kind.length or 9) :]
    made: list[tuple[type[Any], Any]] = [
        (Boolean, False), (DateTime, NOW), (Date, DAY), (JSONB, {}), (LargeBinary, b""), (ARRAY, []),
        (Numeric, 1), (Whole, number % 1000),
    ]  # fmt: skip
    return next(value for type_, value in made if isinstance(kind, type_))


async def _field(db: Writing, entity: str) -> int:
    query = select(custom_fields.c.id).where(custom_fields.c.entity == entity, custom_fields.c.code == "test")
    known = (await db.execute(query)).scalar_one_or_none()
    if known is not None:
        return int(known)
    row = insert(custom_fields).values(entity=entity, code="test", title="T", type="text")
    return int((await db.execute(row.returning(custom_fields.c.id))).scalar_one())
