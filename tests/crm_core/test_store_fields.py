"""Custom fields in a real base: definitions, values, the card, the access log."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select

from crm_core import tables
from crm_core.db import Database, reading, transaction
from crm_core.errors import FieldChanged, NoSuchField
from crm_core.fields import Entity, FieldDefinition, Option, Type
from crm_core.store import access_log
from crm_core.store import fields as store
from tests.crm_core.conftest import Base

pytestmark = pytest.mark.integration


async def define(db: Database, kind: Type, code: str = "loyalty", **more: object) -> FieldDefinition:
    values: dict[str, object] = {"entity": Entity.ACCOUNT, "title": code.title()} | more
    async with transaction(db) as writing:
        made = await store.save(writing, FieldDefinition(code=code, type=kind, **values), None)  # type: ignore[arg-type]
    assert isinstance(made, FieldDefinition), made
    return made


async def put(db: Database, account: int, entity: Entity = Entity.ACCOUNT, **typed: str) -> list[str]:
    async with transaction(db) as writing:
        found = await store.set_values(writing, entity, account, {name: [one] for name, one in typed.items()}, None)
    return [one.code for one in found]


async def values(db: Database, account: int, entity: Entity = Entity.ACCOUNT) -> dict[str, tuple[str, ...]]:
    async with reading(db) as seen:
        return {one.code: one.values for one in await store.fields_of(seen, {entity: [account]})}


async def log(db: Database, object_: str) -> list[str]:
    async with reading(db) as seen:
        return [one.reason for one in await access_log.recent(seen, object_=object_)]


async def test_a_field_is_defined_changed_and_retired_and_each_is_in_the_log(db: Database) -> None:
    made = await define(db, Type.CHOICE, options=(Option(code="gold", title="Gold"),))
    changed = await define(
        db, Type.CHOICE, title="Loyalty class", field_id=made.field_id, version=made.version, retired=True
    )
    assert [one.retired for one in changed.options] == [True]
    async with reading(db) as seen:
        assert await store.definitions(seen) == []
        assert await store.definitions(seen, Entity.ACCOUNT, retired=True) == [changed]
    reasons = await log(db, "field account.loyalty")
    assert len(reasons) == 2
    assert "title: Loyalty -> Loyalty class" in reasons[0]


async def test_two_who_change_one_field_do_not_overwrite_each_other(db: Database) -> None:
    made = await define(db, Type.TEXT)
    await define(db, Type.TEXT, title="First", field_id=made.field_id, version=made.version)
    with pytest.raises(FieldChanged):
        await define(db, Type.TEXT, title="Second", field_id=made.field_id, version=made.version)


async def test_a_wrong_definition_is_not_stored(db: Database) -> None:
    await define(db, Type.TEXT)
    async with transaction(db) as writing:
        wrong = FieldDefinition(entity=Entity.ACCOUNT, code="loyalty", title="", type=Type.TEXT)
        found = await store.save(writing, wrong, None)
    assert isinstance(found, list)
    assert [one.code for one in found] == ["field-code-taken", "field-title"]
    async with reading(db) as seen:
        assert len(await store.definitions(seen)) == 1
        with pytest.raises(NoSuchField):
            await store.definition(seen, 99)


async def test_the_same_code_may_belong_to_several_entities(db: Database, base: Base) -> None:
    account = await base.subscriber()
    await define(db, Type.TEXT, entity=Entity.ACCOUNT)
    await define(db, Type.WHOLE, entity=Entity.CUSTOMER)
    assert await put(db, account, loyalty="a") == []
    assert await put(db, account, Entity.CUSTOMER, loyalty="7") == []
    assert await values(db, account) == {"loyalty": ("a",)}
    assert await values(db, account, Entity.CUSTOMER) == {"loyalty": ("7",)}


async def test_values_are_stored_typed_and_every_change_is_in_the_log(db: Database, base: Base) -> None:
    account = await base.subscriber()
    await define(db, Type.AMOUNT, "credit")
    await define(db, Type.FLAG, "gold")
    await define(db, Type.DATE, "since")
    await define(
        db, Type.SEVERAL, "likes", options=(Option(code="tea", title="Tea"), Option(code="beer", title="Beer"))
    )
    async with transaction(db) as writing:
        typed = {"credit": ["1 200,50"], "gold": ["yes"], "since": ["2026-01-02"], "likes": ["beer", "tea"]}
        assert await store.set_values(writing, Entity.ACCOUNT, account, typed, None) == []
    assert await values(db, account) == {
        "credit": ("1200.5",), "gold": ("1",), "since": ("2026-01-02",), "likes": ("tea", "beer"),
    }  # fmt: skip
    async with reading(db) as seen:
        stored = (await seen.execute(select(tables.custom_values.c.number).order_by("field_id"))).scalars().all()
    assert Decimal("1200.5") in stored
    assert await put(db, account, credit="1200.50") == []
    assert await put(db, account, credit="") == []
    assert (await values(db, account))["credit"] == ()
    reasons = await log(db, f"account {account}")
    assert reasons[0] == "credit: 1200.5 -> -"
    assert set(reasons[1:]) == {
        "credit: - -> 1200.5", "gold: - -> 1", "since: - -> 2026-01-02", "likes: - -> tea, beer",
    }  # fmt: skip


async def test_one_wrong_value_stores_none(db: Database, base: Base) -> None:
    account = await base.subscriber()
    await define(db, Type.WHOLE, "points")
    await define(db, Type.TEXT, "note")
    assert await put(db, account, note="fine", points="many", other="x") == ["value-unknown-field", "value-whole"]
    assert await values(db, account) == {"points": (), "note": ()}


async def test_values_of_what_is_not_there_are_refused(db: Database) -> None:
    await define(db, Type.TEXT, "note")
    with pytest.raises(NoSuchField):
        await put(db, 77, note="x")


async def test_a_field_that_was_retired_keeps_its_values_out_of_sight(db: Database, base: Base) -> None:
    account = await base.subscriber()
    made = await define(db, Type.TEXT, "note")
    await put(db, account, note="x")
    async with transaction(db) as writing:
        await store.save(writing, replace(made, retired=True), None)
    assert await values(db, account) == {}
    async with reading(db) as seen:
        assert await store.uses(seen, made.field_id) == 1
