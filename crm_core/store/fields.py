"""Custom fields in PostgreSQL: definitions and values (shell).

Every value is a row of its own in a typed, indexed table beside the entities (docs/adr/0019): a new field needs no
change of the schema, an imported value no new version of a customer's row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import FieldChanged, NoSuchField
from crm_core.fields import Entity, Fault, FieldDefinition, Option, Type, Value, define, judge, spelled
from crm_core.store import access_log
from crm_core.tables import accounts, custom_fields, custom_values, customers, meters, premises

OWNERS: Mapping[Entity, Any] = {
    Entity.CUSTOMER: customers,
    Entity.ACCOUNT: accounts,
    Entity.PREMISES: premises,
    Entity.METER: meters,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldValue:
    """One field of one entity with its value, as a card shows it."""

    entity: Entity
    entity_id: int
    code: str
    title: str
    type: Type
    values: tuple[str, ...]
    """As stored; several for several choices, none where nothing is set."""


async def definitions(
    db: AsyncConnection, entity: Entity | None = None, *, retired: bool = False
) -> list[FieldDefinition]:
    """Return custom fields in the order they are shown.

    Args:
        db: a connection.
        entity: only of this one.
        retired: those that are retired too.

    """
    query = select(custom_fields).order_by(custom_fields.c.entity, custom_fields.c.position, custom_fields.c.id)
    if entity is not None:
        query = query.where(custom_fields.c.entity == entity.value)
    if not retired:
        query = query.where(~custom_fields.c.retired)
    return [_definition(row) for row in await db.execute(query)]


async def definition(db: AsyncConnection, field_id: int) -> FieldDefinition:
    """Return one field.

    Raises:
        NoSuchField: there is none of this key.

    """
    row = (await db.execute(select(custom_fields).where(custom_fields.c.id == field_id))).one_or_none()
    if row is None:
        raise NoSuchField(f"there is no field {field_id}")
    return _definition(row)


def _definition(row: Row[Any]) -> FieldDefinition:
    return FieldDefinition(
        field_id=row.id,
        entity=Entity(row.entity),
        code=row.code,
        title=row.title,
        help=row.help,
        type=Type(row.type),
        required=row.required,
        least=row.least or "",
        most=row.most or "",
        options=tuple(
            Option(code=one["code"], title=one["title"], retired=one.get("retired", False)) for one in row.options
        ),
        position=row.position,
        retired=row.retired,
        version=row.version,
    )


async def save(db: Writing, wanted: FieldDefinition, by: int | None) -> FieldDefinition | list[Fault]:
    """Store a new field (`field_id` 0) or a changed one; every change is in the access log.

    Args:
        db: a transaction.
        wanted: as typed; its `version` is the one the person saw.
        by: who.

    Returns:
        What is stored now, or every fault of it: then nothing is.

    Raises:
        NoSuchField: what should be changed is not there.
        FieldChanged: somebody else changed it meanwhile.

    """
    before = await definition(db, wanted.field_id) if wanted.field_id else None
    others = [one for one in await definitions(db, wanted.entity, retired=True) if one.field_id != wanted.field_id]
    made = define(wanted, before=before, others=others)
    if isinstance(made, list):
        return made
    values = _columns(made)
    if before is None:
        try:
            async with db.begin_nested():
                key = (
                    await db.execute(insert(custom_fields).values(values).returning(custom_fields.c.id))
                ).scalar_one()
        except IntegrityError:
            return [Fault(field="code", code="field-code-taken")]
    else:
        key = before.field_id
        changed = (
            update(custom_fields)
            .where(custom_fields.c.id == key, custom_fields.c.version == wanted.version)
            .values(values | {"version": custom_fields.c.version + 1})
        )
        if not (await db.execute(changed)).rowcount:
            raise FieldChanged(f"field {before.code} was changed by somebody else")
    await access_log.record(db, by, "fields.managed", f"field {made.entity.value}.{made.code}", _told(before, made))
    return await definition(db, key)


def _columns(made: FieldDefinition) -> dict[str, object]:
    return {
        "entity": made.entity.value,
        "code": made.code,
        "title": made.title,
        "help": made.help,
        "type": made.type.value,
        "required": made.required,
        "least": made.least or None,
        "most": made.most or None,
        "options": [
            {"code": one.code, "title": one.title} | ({"retired": True} if one.retired else {}) for one in made.options
        ],
        "position": made.position,
        "retired": made.retired,
    }


def _told(before: FieldDefinition | None, made: FieldDefinition) -> str:
    """Say what a change of a definition was, for the access log."""
    if before is None:
        return f"new: {made.title} ({made.type.value})"
    old, new = _columns(before), _columns(made)
    return "; ".join(f"{name}: {old[name]} -> {new[name]}" for name in new if old[name] != new[name]) or "unchanged"


# --- values ---------------------------------------------------------------------------------------


async def fields_of(db: AsyncConnection, owners: Mapping[Entity, Sequence[int]]) -> list[FieldValue]:
    """Return every field of these entities with its value, unset ones too: for forms and for cards of other pages.

    Args:
        db: a connection.
        owners: keys by entity.

    """
    pairs = [(entity.value, key) for entity, keys in owners.items() for key in keys]
    if not pairs:
        return []
    query = (
        select(custom_values, custom_fields.c.entity)
        .join(custom_fields, custom_fields.c.id == custom_values.c.field_id)
        .where(tuple_(custom_fields.c.entity, custom_values.c.entity_id).in_(pairs))
        .order_by(custom_values.c.position)
    )
    stored: dict[tuple[int, int], list[str]] = {}
    for row in await db.execute(query):
        stored.setdefault((row.field_id, row.entity_id), []).append(_stored(row))
    return [
        FieldValue(
            entity=one.entity,
            entity_id=key,
            code=one.code,
            title=one.title,
            type=one.type,
            values=tuple(stored.get((one.field_id, key), ())),
        )
        for one in await definitions(db)
        for key in owners.get(one.entity, ())
    ]


def _stored(row: Row[Any]) -> str:
    if row.text is not None:
        return str(row.text)
    if row.day is not None:
        return str(row.day.isoformat())
    return f"{row.number.normalize():f}"


async def set_values(
    db: Writing, entity: Entity, entity_id: int, typed: Mapping[str, Sequence[str]], by: int | None
) -> list[Fault]:
    """Judge and store values of one entity, all of them or none; each change is in the access log with old and new.

    Args:
        db: a transaction.
        entity: whose fields.
        entity_id: its key; the caller saw to it that this person may change it.
        typed: by field code, one text or one for each choice; nothing takes the value away.
        by: who.

    Returns:
        What is not taken; empty when everything is stored.

    Raises:
        NoSuchField: there is no entity of this key.

    """
    owner = OWNERS[entity]
    # The row's lock makes two who edit one card come one after the other.
    if (await db.execute(select(owner.c.id).where(owner.c.id == entity_id).with_for_update())).first() is None:
        raise NoSuchField(f"there is no {entity.value} {entity_id}")
    known = {one.code: one for one in await definitions(db, entity)}
    judged: list[tuple[FieldDefinition, Value | None]] = []
    faults = [Fault(field=code, code="value-unknown-field", detail=code) for code in typed if code not in known]
    for code in typed:
        if code in known:
            value = judge(known[code], typed[code])
            if isinstance(value, Fault):
                faults.append(value)
            else:
                judged.append((known[code], value))
    if not faults:
        before = {one.code: one.values for one in await fields_of(db, {entity: [entity_id]})}
        for one, value in judged:
            await _put(db, one, entity_id, value)
            old, new = ", ".join(before.get(one.code, ())), _as_stored(value)
            if old != new:
                reason = f"{one.code}: {old or '-'} -> {new or '-'}"
                await access_log.record(db, by, "customer.changed", f"{entity.value} {entity_id}", reason)
    return faults


def _as_stored(value: Value | None) -> str:
    if isinstance(value, bool):
        return str(int(value))
    return f"{value.normalize():f}" if isinstance(value, Decimal) else spelled(value)


async def _put(db: Writing, one: FieldDefinition, entity_id: int, value: Value | None) -> None:
    theirs = (custom_values.c.entity_id == entity_id, custom_values.c.field_id == one.field_id)
    await db.execute(delete(custom_values).where(*theirs))
    rows = rows_of(one, entity_id, value)
    if rows:
        await db.execute(insert(custom_values), rows)


def rows_of(one: FieldDefinition, entity_id: int, value: Value | None) -> list[dict[str, Any]]:
    """Return the rows of `custom_values` that hold a judged value."""
    if value is None:
        return []
    parts = value if isinstance(value, tuple) else (value,)
    return [_row(one.field_id, entity_id, position, part) for position, part in enumerate(parts)]


def _row(field_id: int, entity_id: int, position: int, part: str | Decimal | date | bool) -> dict[str, Any]:
    row: dict[str, Any] = {
        "field_id": field_id, "entity_id": entity_id, "position": position, "text": None, "number": None, "day": None,
    }  # fmt: skip
    if isinstance(part, bool):
        row["number"] = int(part)
    elif isinstance(part, Decimal):
        row["number"] = part
    elif isinstance(part, date):
        row["day"] = part
    else:
        row["text"] = part
    return row


async def uses(db: AsyncConnection, field_id: int, most: int = 10_000) -> int:
    """Return how many values a field has, at most `most`: told before it is retired."""
    some = select(custom_values.c.entity_id).where(custom_values.c.field_id == field_id).limit(most).subquery()
    return int((await db.execute(select(func.count()).select_from(some))).scalar_one())


async def forget(db: Writing, entity: Entity, keys: Sequence[int]) -> None:
    """Take away every value of entities that are erased."""
    theirs = select(custom_fields.c.id).where(custom_fields.c.entity == entity.value)
    gone = delete(custom_values).where(custom_values.c.entity_id.in_(keys), custom_values.c.field_id.in_(theirs))
    await db.execute(gone)
