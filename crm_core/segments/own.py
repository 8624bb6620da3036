"""Custom fields as facts that segments may ask (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from crm_core.fields import Entity, FieldDefinition, Type
from crm_core.segments.facts import FIELDS
from crm_core.segments.kinds import Choice, Fact, Kind

KINDS: Mapping[Type, Kind] = {
    Type.TEXT: Kind.TEXT,
    Type.WHOLE: Kind.NUMBER,
    Type.NUMBER: Kind.NUMBER,
    Type.AMOUNT: Kind.MONEY,
    Type.DATE: Kind.DAY,
    Type.FLAG: Kind.YES_NO,
    Type.CHOICE: Kind.CHOICE,
    Type.SEVERAL: Kind.SET,
}


def fact_name(definition: FieldDefinition) -> str:
    """Return the name by which conditions know a field: `field.account.loyalty`."""
    return f"field.{definition.entity.value}.{definition.code}"


def facts_of(definitions: Iterable[FieldDefinition]) -> list[Fact]:
    """Return a fact for every field; a retired one stays, for segments and values may name it."""
    return [
        Fact(
            fact_name(one),
            one.title,
            FIELDS,
            kind=KINDS[one.type],
            help=one.help,
            choices=tuple(Choice(code=option.code, title=option.title, named=True) for option in one.options),
            maybe=True,
            # What belongs to premises or meters is looked up through them.
            ready=one.entity in {Entity.CUSTOMER, Entity.ACCOUNT},
            field_id=one.field_id,
            entity=one.entity.value,
        )
        for one in definitions
    ]
