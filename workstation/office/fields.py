"""Pages of custom fields: their definitions, and an account's values (shell)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import fields
from crm_core.access import Action, hidden
from crm_core.access import may as role_may
from crm_core.db import reading, transaction
from crm_core.errors import NoSuchAccount, NoSuchField
from crm_core.fields import Entity, Fault, FieldDefinition, Option, Type
from crm_core.store import fields as store
from crm_core.store import owners
from crm_core.store.fields import FieldValue
from workstation import segment_words, sight
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, number, translate
from workstation.forms import Form
from workstation.office.base import form_of, go, once, show
from workstation.sentences import N_

router = APIRouter(prefix="/office")
ENTITIES: Mapping[Entity, str] = {
    Entity.CUSTOMER: N_("Customer"),
    Entity.ACCOUNT: N_("Account"),
    Entity.PREMISES: N_("Premises"),
    Entity.METER: N_("Meter"),
}
TYPES: Mapping[Type, str] = {
    Type.TEXT: N_("Text"),
    Type.WHOLE: N_("Whole number"),
    Type.NUMBER: N_("Number"),
    Type.AMOUNT: N_("Amount of money"),
    Type.DATE: N_("Date"),
    Type.FLAG: N_("Yes or no"),
    Type.CHOICE: N_("One choice"),
    Type.SEVERAL: N_("Several choices"),
}


@router.get("/fields")
async def listing(request: Request, parts: PartsDep, who: Who) -> Response:
    """List every field, and show the form for another one."""
    return await _list(request, parts, who, form_of(request, who, {"entity": "customer", "type": "text"}))


@router.post("/fields")
async def add(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Define a field."""
    form = form_of(request, who, sent)
    if await _saved(parts, who, sent, form, None):
        return go("/office/fields", "saved")
    return await _list(request, parts, who, form)


@router.get("/fields/{field_id}")
async def one(request: Request, parts: PartsDep, who: Who, field_id: str) -> Response:
    """Show a field's definition."""
    async with reading(parts.engine) as db:
        known = await store.definition(db, _key(field_id))
    return await _one(request, parts, who, known, form_of(request, who, typed(known)))


@router.post("/fields/{field_id}")
async def change(request: Request, parts: PartsDep, who: Who, sent: Sent, field_id: str) -> Response:
    """Change a field's definition, or retire it."""
    async with reading(parts.engine) as db:
        known = await store.definition(db, _key(field_id))
    form = form_of(request, who, sent)
    if await _saved(parts, who, sent, form, known):
        return go("/office/fields", "saved")
    return await _one(request, parts, who, known, form)


def _key(field_id: str) -> int:
    key = number(field_id)
    if key is None:
        raise NoSuchField(f"there is no field {field_id[:20]}")
    return key


def typed(known: FieldDefinition) -> dict[str, str]:
    """Return a definition as a form holds it; options are lines of `code: title`."""
    lines = [f"{one.code}: {one.title}" for one in known.options if not one.retired]
    return {
        "entity": known.entity.value, "type": known.type.value, "code": known.code, "title": known.title,
        "help": known.help, "least": known.least, "most": known.most, "position": str(known.position),
        "options": "\n".join(lines), "required": str(int(known.required)), "retired": str(int(known.retired)),
        "version": str(known.version),
    }  # fmt: skip


def read(form: Form, known: FieldDefinition | None) -> FieldDefinition | None:
    """Read a form; None when a field of it cannot be read at all. What fits together is judged by `fields.define`."""
    entity = known.entity.value if known else form.choice("entity", set(Entity), required=True)
    kind = known.type.value if known else form.choice("type", set(Type), required=True)
    position = form.whole("position", least=0, most=999)
    options = form.prose("options", 12_000)
    title, help_ = form.text("title", 100), form.text("help", 300)
    if not form.fine:
        return None
    return FieldDefinition(
        field_id=known.field_id if known else 0,
        entity=Entity(entity),
        code=known.code if known else form.values.get("code", "")[:40],
        title=title,
        help=help_,
        type=Type(kind),
        required=form.flag("required"),
        least=form.values.get("least", "")[:40],
        most=form.values.get("most", "")[:40],
        options=tuple(_option(line) for line in options.splitlines() if line.strip()),
        position=position or 0,
        retired=form.flag("retired"),
        version=number(form.values.get("version")) or 0,
    )


def _option(line: str) -> Option:
    code, _, title = line.partition(":")
    return Option(code=code.strip(), title=(title or code).strip())


async def _saved(parts: Parts, who: Person, sent: Mapping[str, str], form: Form, known: FieldDefinition | None) -> bool:
    wanted = read(form, known)
    if wanted is None:
        return False
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        made = await store.save(db, wanted, who.user_id)
    if isinstance(made, list):
        _refuse(form, made)
    return form.fine


def _refuse(form: Form, faults: Sequence[Fault]) -> None:
    for fault in faults:
        form.refuse(fault.field, fields.RULES[fault.code], detail=fault.detail)


async def _list(request: Request, parts: Parts, who: Person, form: Form) -> Response:
    async with reading(parts.engine) as db:
        every = await store.definitions(db, retired=True)
    return show(
        request, who, "fields.html", status=200 if form.fine else 422, form=form, fields=every, **_words(request, who)
    )


async def _one(request: Request, parts: Parts, who: Person, known: FieldDefinition, form: Form) -> Response:
    async with reading(parts.engine) as db:
        uses = await store.uses(db, known.field_id)
    status = 200 if form.fine else 422
    return show(
        request, who, "fields_one.html", status=status, form=form, field_=known, uses=uses, **_words(request, who)
    )


def _words(request: Request, who: Person) -> dict[str, Mapping[str, str]]:
    say = translate(request, who)
    return {
        "entities": {entity.value: say(title) for entity, title in ENTITIES.items()},
        "types": {kind.value: say(title) for kind, title in TYPES.items()},
    }


# --- values of one account ------------------------------------------------------------------------


@router.get("/accounts/{account_id}/fields")
async def values(request: Request, parts: PartsDep, who: Who, account_id: str) -> Response:
    """Show the custom fields of an account, its customer, premises and meters."""
    async with reading(parts.engine) as db:
        theirs = await owners.of_account(db, _account(account_id))
    return await _values(request, parts, who, theirs, form_of(request, who, {}))


@router.post("/accounts/{account_id}/fields")
async def set_values(request: Request, parts: PartsDep, who: Who, sent: Sent, account_id: str) -> Response:
    """Store values, all of them or none."""
    form = form_of(request, who, sent)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        theirs = await owners.of_account(db, _account(account_id))
        shown = await store.fields_of(db, theirs.keys)
        undo = await db.begin_nested()
        for (entity, key), typed_ in _sent_values(sent, shown, hidden(who.role, reason=True)).items():
            for fault in await store.set_values(db, entity, key, typed_, who.user_id):
                sentence = segment_words.field_sentence(fault, translate(request, who))
                form.errors.setdefault(name_of(entity, key, fault.field), sentence)
        # One wrong value and nothing is stored.
        await (undo.commit() if form.fine else undo.rollback())
    if form.fine:
        return go(f"/office/accounts/{theirs.account_id}/fields", "saved")
    return await _values(request, parts, who, theirs, form)


def _account(account_id: str) -> int:
    key = number(account_id)
    if key is None:
        raise NoSuchAccount(f"there is no account {account_id[:20]}")
    return key


def name_of(entity: Entity, key: int, code: str) -> str:
    """Return the name of a value's field in the form."""
    return f"{entity.value}-{key}-{code}"


def _sent_values(
    sent: Mapping[str, str], shown: Sequence[FieldValue], hides: sight.Hidden
) -> dict[tuple[Entity, int], dict[str, list[str]]]:
    """Return what was typed for each entity; of several choices those that are ticked."""
    typed_: dict[tuple[Entity, int], dict[str, list[str]]] = {}
    for one in shown:
        name = name_of(one.entity, one.entity_id, one.code)
        if one.type is Type.SEVERAL:
            picked = [value for each, value in sent.items() if each.startswith(f"{name}--")]
        else:
            picked = sight.as_meant([sent.get(name, "")], one.values, hides)
        typed_.setdefault((one.entity, one.entity_id), {})[one.code] = picked
    return typed_


def _picks(one: FieldDefinition) -> list[tuple[str, str]]:
    """Return what can be chosen of a field."""
    return [(option.code, option.title) for option in one.options if not option.retired]


async def _values(request: Request, parts: Parts, who: Person, theirs: owners.Owners, form: Form) -> Response:
    async with reading(parts.engine) as db:
        shown = [sight.values(one, hidden(who.role, reason=True)) for one in await store.fields_of(db, theirs.keys)]
        defined = {(one.entity, one.code): one for one in await store.definitions(db)}
    if not form.values:
        form.values.update(
            {
                name_of(one.entity, one.entity_id, one.code): "".join(one.values[:1])
                for one in shown
                if one.type is not Type.SEVERAL
            }
        )
    return show(
        request,
        who,
        "fields_values.html",
        status=200 if form.fine else 422,
        form=form,
        owners=theirs,
        values=[(one, defined[one.entity, one.code], name_of(one.entity, one.entity_id, one.code)) for one in shown],
        picks={key: _picks(one) for key, one in defined.items()},
        sees_documents=role_may(who.role, Action.MAKE_DOCUMENT),
        **_words(request, who),
    )
