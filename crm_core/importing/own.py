"""Custom fields in files: what a cell says, and how values become facts (pure; SQL text).

An empty cell says nothing: a file takes no value away. Of several rows about one thing the last one says its value.
A field's rows are replaced as a whole and journalled as a whole: `before` holds those that were there.
"""

# ruff: noqa: S608 -- statements are put together of our own text.
from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from crm_core.fields import Fault, FieldDefinition, Type, Value, judge
from crm_core.importing import values
from crm_core.importing.values import Cell

TABLE = "custom_values"
Part = list[int | str | Decimal | None]
"""Position, text, number, day: as a row of `custom_values` holds them."""
_SEVERAL = re.compile(r"[,|]")
"""What parts several choices where no semicolon does: names of choices may hold commas."""
_SAID = {"истина": "yes", "ложь": "no", "x": "yes", "д": "yes", "н": "no"}
_WITH_LIMIT = {"value-too-small": "≥", "value-too-large": "≤"}


@dataclass(frozen=True, slots=True)
class Refused:
    """A cell that is no value of its field."""

    rule: str
    """A code of `rules.RULES`."""
    detail: str


def parts_of(definition: FieldDefinition, cell: Cell) -> list[Part] | Refused | None:
    """Read a cell as a value of a field.

    Returns:
        What is to be stored, None when the cell says nothing, or why it is not taken.
    """
    value = judge(definition, _typed(definition, cell))
    if isinstance(value, Fault):
        sign = _WITH_LIMIT.get(value.code)
        return Refused(value.code, definition.title if sign is None else f"{definition.title} {sign} {value.detail}")
    if value is None:
        return None
    return [[position, *_stored(one)] for position, one in enumerate(value if isinstance(value, tuple) else (value,))]


def _typed(definition: FieldDefinition, cell: Cell) -> list[str]:
    """Return a cell as somebody would type it into the field's form."""
    told = values.text(cell)
    match definition.type:
        case Type.DATE:
            day = values.date_of(cell)
            return [told if day is None else day.isoformat()]
        case Type.AMOUNT:
            amount = values.amount(cell)
            return [told if amount is None else f"{amount:f}"]
        case Type.FLAG:
            return [_SAID.get(told.casefold(), told)]
        case Type.SEVERAL if told.casefold() not in _spellings(definition):
            return [one.strip() for one in (told.split(";") if ";" in told else _SEVERAL.split(told))]
        case _:
            return [told]


def _spellings(definition: FieldDefinition) -> set[str]:
    return {spelled.casefold() for option in definition.options for spelled in (option.code, option.title)}


def _stored(value: Value) -> Part:
    if isinstance(value, bool):
        return [None, int(value), None]
    if isinstance(value, Decimal):
        return [None, value, None]
    if isinstance(value, date):
        return [None, None, value.isoformat()]
    return [str(value), None, None]


def _now(entity_id: str, field_id: str) -> str:
    """SQL of what a field holds now, in the shape of parts; null when it holds nothing."""
    return (
        "(select jsonb_agg(jsonb_build_array(v.position, v.text, v.number, v.day) order by v.position)"
        f" from {TABLE} v where v.entity_id = {entity_id} and v.field_id = {field_id})"
    )


_WRITE = (
    f"insert into {TABLE} (entity_id, field_id, position, text, number, day)"
    " select entity_id, field_id, (p->>0)::smallint, p->>1, (p->>2)::numeric, (p->>3)::date"
)

STEPS = (
    (
        "",
        f"""
create temporary table import_own on commit drop as
select * from (
    select distinct on (entity_id, field_id) row, entity_id, field_id, parts,
        {_now("said.entity_id", "said.field_id")} as before
    from (
        select w.row, (o->>'field')::int as field_id, o->'parts' as parts,
            case o->>'of' when 'account' then a.id when 'customer' then a.customer_id when 'premises' then a.premises_id
                else m.id end as entity_id
        from import_rows w join accounts a on a.id = w.account_id
            left join meters m on m.account_id = a.id and m.serial = w.data->>'serial'
            cross join lateral jsonb_array_elements(w.data->'own') o
        where w.rule is null
    ) said
    where entity_id is not null order by entity_id, field_id, row desc
) last
where parts is distinct from before
""",
    ),
    ("", "analyze import_own"),
    (
        "",
        f"delete from {TABLE} v using import_own o where (v.entity_id, v.field_id) = (o.entity_id, o.field_id)",
    ),
    ("", f"{_WRITE} from import_own, lateral jsonb_array_elements(parts) p order by 1, 2, 3"),
    (
        "custom values",
        f"""
insert into import_changes (import_id, row, tbl, key, before, mark)
select %(import_id)s, row, '{TABLE}', array[entity_id, field_id], coalesce(before, '[]'),
    md5({_now("o.entity_id", "o.field_id")}::text)::uuid
from import_own o order by entity_id, field_id
""",
    ),
)
"""What writes the values of rows that wait in `import_rows`, whose accounts and meters are in by then."""

UNDO = (
    f"""
create temporary table import_own_now on commit drop as
select c.row, c.key[1] as entity_id, c.key[2] as field_id, c.before,
    c.mark is not distinct from md5({_now("c.key[1]", "c.key[2]")}::text)::uuid as same
from import_undo c where c.tbl = '{TABLE}'
""",
    f"insert into import_kept select row, '{TABLE}', 'changed-since' from import_own_now where not same",
    f"""
delete from {TABLE} v using import_own_now n
where (v.entity_id, v.field_id) = (n.entity_id, n.field_id) and n.same
""",
    f"{_WRITE} from import_own_now, lateral jsonb_array_elements(before) p where same",
)
"""What gives fields their old values; those that somebody changed since are kept and told."""
UNDONE = "select count(*) from import_own_now where same"


def held_by(entity: str) -> str:
    """Return the SELECT that finds values of a row `t`: what somebody gave it by hand keeps it."""
    return (
        f"select from {TABLE} r join custom_fields f on f.id = r.field_id"
        f" where r.entity_id = t.id and f.entity = '{entity}'"
    )
