"""Values of custom fields for many entities at once: one statement, for imports (shell)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, LiteralString

from crm_core.db import Writing
from crm_core.fields import FieldDefinition, Value
from crm_core.store.fields import row_of, rows_of

Judged = tuple[FieldDefinition, int, Value | None]
"""A field, the key of an entity, and what `crm_core.fields.judge` made of what was given; None takes a value away."""
COLUMNS: Final = ("entity_id", "field_id", "position", "text", "number", "day")
BULK: Final[LiteralString] = """
with given as (
    select * from unnest(%(entity_id)s::int[], %(field_id)s::int[], %(position)s::smallint[], %(text)s::text[],
                         %(number)s::numeric[], %(day)s::date[])
                      as g (entity_id, field_id, position, text, number, day)),
wanted as (select * from given where num_nonnulls(text, number, day) = 1),
gone as (
    delete from custom_values v using (select distinct entity_id, field_id from given) g
     where v.entity_id = g.entity_id and v.field_id = g.field_id
       and not exists (select from wanted w where w.entity_id = v.entity_id and w.field_id = v.field_id
                          and w.position = v.position)
    returning 1),
stored as (
    insert into custom_values as v (entity_id, field_id, position, text, number, day)
    select entity_id, field_id, position, text, number, day from wanted
    on conflict (entity_id, field_id, position) do update
       set text = excluded.text, number = excluded.number, day = excluded.day
     where (v.text, v.number, v.day) is distinct from (excluded.text, excluded.number, excluded.day)
    returning 1)
select (select count(*) from gone) + (select count(*) from stored)
"""
"""Stores many values in one statement; its parameters are made by `bulk`. Answers how many rows it changed."""


def bulk(judged: Iterable[Judged]) -> dict[str, list[Any]]:
    """Return the parameters of `BULK`: for imports, whose connections are of another kind.

    Args:
        judged: a field comes once for each entity; some thousands at a time.

    """
    rows = [
        row for one, key, value in judged for row in rows_of(one, key, value) or [row_of(one.field_id, key, 0, None)]
    ]
    return {
        name: [row[name] for row in rows] for name in ("entity_id", "field_id", "position", "text", "number", "day")
    }


async def put_many(db: Writing, judged: Iterable[Judged]) -> int:
    """Store values of many entities in one statement; return how many rows changed.

    What was done by whom is for the caller to write down, once for all of them.
    """
    return int((await db.exec_driver_sql(BULK, bulk(judged))).scalar_one())
