"""REST of custom fields: definitions, and an account's values (shell)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from crm_core.access import Action, hidden
from crm_core.db import Writing, reading
from crm_core.fields import LONGEST_TEXT, MOST_FIELDS, MOST_OPTIONS, Entity, FieldDefinition, Option, Type
from crm_core.fields import Fault as FieldFault
from crm_core.store import fields as store
from crm_core.store import owners
from workstation import sight
from workstation.deps import parts_of
from workstation.errors import Refused
from workstation.rest.caller import Caller, allowed
from workstation.rest.once import OnceDep
from workstation.segment_words import field_sentence

router = APIRouter(tags=["fields"])
KEY = Path(ge=1, lt=2**31)
Short = Annotated[str, Field(max_length=40)]
Manager = Annotated[Caller, allowed(Action.MANAGE_FIELDS)]
Reader = Annotated[Caller, allowed(Action.SEE_CARD)]
Editor = Annotated[Caller, allowed(Action.CHANGE_CUSTOMER)]


class OptionIn(BaseModel):
    """One choice."""

    model_config = ConfigDict(extra="forbid")

    code: Short
    title: Annotated[str, Field(max_length=80)]
    retired: bool = False


class NewField(BaseModel):
    """A field to be defined."""

    model_config = ConfigDict(extra="forbid")

    entity: Entity
    code: Short
    title: Annotated[str, Field(max_length=80)]
    help: Annotated[str, Field(max_length=300)] = ""
    type: Type
    required: bool = False
    least: Short = ""
    most: Short = ""
    options: Annotated[list[OptionIn], Field(max_length=MOST_OPTIONS)] = []
    position: Annotated[int, Field(ge=0, le=999)] = 0


class ChangedField(NewField):
    """A field to be changed; `version` is the one you read, entity, code and type are those it has."""

    retired: bool = False
    version: Annotated[int, Field(ge=1, lt=2**31)]


class FieldOut(ChangedField):
    """A field's definition."""

    field_id: int

    @classmethod
    def of(cls, one: FieldDefinition) -> FieldOut:
        """Show a definition."""
        options = [OptionIn(code=each.code, title=each.title, retired=each.retired) for each in one.options]
        return cls(
            field_id=one.field_id,
            entity=one.entity,
            code=one.code,
            title=one.title,
            help=one.help,
            type=one.type,
            required=one.required,
            least=one.least,
            most=one.most,
            options=options,
            position=one.position,
            retired=one.retired,
            version=one.version,
        )


class FieldsOut(BaseModel):
    """Every field, in the order they are shown."""

    items: list[FieldOut]


class ValueOut(BaseModel):
    """One field's value on a card."""

    entity: Entity
    entity_id: int
    code: str
    title: str
    type: Type
    values: list[str]


class ValuesOut(BaseModel):
    """Every field of an account, its customer, premises and meters."""

    items: list[ValueOut]


class NewValues(BaseModel):
    """Values of one entity by field code; an empty list takes a value away."""

    model_config = ConfigDict(extra="forbid")

    entity: Entity
    entity_id: Annotated[int, Field(ge=1, lt=2**31)]
    values: Annotated[
        dict[Short, Annotated[list[Annotated[str, Field(max_length=LONGEST_TEXT)]], Field(max_length=MOST_OPTIONS)]],
        Field(max_length=MOST_FIELDS),
    ]


@router.get("/fields", operation_id="list_fields")
async def list_fields(
    request: Request,
    caller: Reader,  # noqa: ARG001 -- the right
    entity: Annotated[Entity | None, Query(description="Only of this one.")] = None,
) -> FieldsOut:
    """List custom fields, retired ones too."""
    async with reading(parts_of(request).engine) as db:
        return FieldsOut(items=[FieldOut.of(one) for one in await store.definitions(db, entity, retired=True)])


@router.post("/fields", operation_id="define_field", status_code=201, response_model=FieldOut)
async def define_field(request: Request, body: NewField, caller: Manager, once: OnceDep) -> Response:
    """Define a field."""
    return await once.run(caller, lambda db: _saved(request, caller, db, _wanted(body)), 201)


@router.put("/fields/{field_id}", operation_id="change_field", response_model=FieldOut)
async def change_field(
    request: Request, field_id: Annotated[int, KEY], body: ChangedField, caller: Manager, once: OnceDep
) -> Response:
    """Change a field, or retire it."""
    return await once.run(caller, lambda db: _saved(request, caller, db, _wanted(body, field_id)))


def _wanted(body: NewField, field_id: int = 0) -> FieldDefinition:
    changed = body if isinstance(body, ChangedField) else None
    return FieldDefinition(
        field_id=field_id,
        entity=body.entity,
        code=body.code,
        title=body.title,
        help=body.help,
        type=body.type,
        required=body.required,
        least=body.least,
        most=body.most,
        options=tuple(Option(code=one.code, title=one.title, retired=one.retired) for one in body.options),
        position=body.position,
        retired=changed.retired if changed else False,
        version=changed.version if changed else 0,
    )


async def _saved(request: Request, caller: Caller, db: Writing, wanted: FieldDefinition) -> FieldOut:
    made = await store.save(db, wanted, caller.user_id)
    if isinstance(made, list):
        raise _refused(request, caller, made)
    return FieldOut.of(made)


def _refused(request: Request, caller: Caller, faults: list[FieldFault]) -> Refused:
    say = parts_of(request).templates.translation(caller.language)
    return Refused({fault.field: field_sentence(fault, say) for fault in reversed(faults)})


@router.get("/accounts/{account_id}/fields", operation_id="read_field_values")
async def read_values(request: Request, account_id: Annotated[int, KEY], caller: Reader) -> ValuesOut:
    """Return the custom fields on an account's card."""
    async with reading(parts_of(request).engine) as db:
        return await _values(db, await owners.of_account(db, account_id), caller)


@router.put("/accounts/{account_id}/fields", operation_id="set_field_values", response_model=ValuesOut)
async def set_values(
    request: Request, account_id: Annotated[int, KEY], body: NewValues, caller: Editor, once: OnceDep
) -> Response:
    """Store values of the account, or of its customer, premises or one of its meters: all of them or none."""

    async def work(db: Writing) -> ValuesOut:
        theirs = await owners.of_account(db, account_id)
        if body.entity_id not in theirs.keys[body.entity]:
            raise Refused({"entity_id": str(body.entity_id)})
        hides = hidden(caller.role, reason=True)
        stored = {
            one.code: one.values
            for one in await store.fields_of(db, theirs.keys)
            if (one.entity, one.entity_id) == (body.entity, body.entity_id)
        }
        meant = {code: sight.as_meant(sent, stored.get(code, ()), hides) for code, sent in body.values.items()}
        faults = await store.set_values(db, body.entity, body.entity_id, meant, caller.user_id)
        if faults:
            raise _refused(request, caller, faults)
        return await _values(db, theirs, caller)

    return await once.run(caller, work)


async def _values(db: AsyncConnection, theirs: owners.Owners, caller: Caller) -> ValuesOut:
    hides = hidden(caller.role, reason=True)
    shown = await store.fields_of(db, theirs.keys)
    return ValuesOut(
        items=[
            ValueOut(
                entity=one.entity,
                entity_id=one.entity_id,
                code=one.code,
                title=one.title,
                type=one.type,
                values=[sight.told(value, hides) for value in one.values],
            )
            for one in shown
        ]
    )
