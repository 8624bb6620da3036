"""A base for segments: a few dozen accounts of every sort, the same each time."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, insert, text

from crm_core import fields, names, tables
from crm_core.db import address
from crm_core.fields import Entity, FieldDefinition, Option, Type
from crm_core.segments.facts import Catalogue, Choice
from crm_core.segments.own import facts_of
from tests.crm_core.segments.trees import TODAY
from tests.support.servers import PostgresServer

ACCOUNTS = 60
OWN = (
    FieldDefinition(field_id=1, entity=Entity.ACCOUNT, code="points", title="Points", type=Type.WHOLE),
    FieldDefinition(field_id=2, entity=Entity.CUSTOMER, code="since", title="Member since", type=Type.DATE),
    FieldDefinition(field_id=3, entity=Entity.ACCOUNT, code="gold", title="Gold", type=Type.FLAG),
    FieldDefinition(
        field_id=4,
        entity=Entity.ACCOUNT,
        code="likes",
        title="Likes",
        type=Type.SEVERAL,
        options=(Option(code="tea", title="Tea"), Option(code="beer", title="Beer")),
    ),
    FieldDefinition(field_id=5, entity=Entity.PREMISES, code="key", title="Key", type=Type.TEXT),
)
CATALOGUE = Catalogue(facts_of(OWN), {"tariff": (Choice(code="S", title="Household"), Choice(code="N", title="Night"))})


class World:
    """The base, and what is in it as plain values: what an oracle judges by."""

    def __init__(self, engine: Engine) -> None:
        dice = random.Random(3)
        self.engine = engine
        self.facts = {number: _facts(dice, number) for number in range(1, ACCOUNTS + 1)}
        self.own = {number: _own(dice) for number in self.facts}


def _some(dice: random.Random, choices: list[Any]) -> Any:
    return dice.choice(choices)


def _facts(dice: random.Random, number: int) -> dict[str, Any]:
    def day(back: int = 900, ahead: int = 200) -> date | None:
        return _some(dice, [None, TODAY - timedelta(dice.randint(-ahead, back)), TODAY])  # type: ignore[no-any-return]

    paid, read = day(ahead=0), day(ahead=0)
    return {
        "account_id": number,
        "customer_id": number,
        "opened_on": TODAY - timedelta(dice.randint(0, 3000)),
        "closed_on": day(),
        "oldest_due_on": day(),
        "next_due_on": None,
        "paid_on": paid,
        "paid_amount": None if paid is None else Decimal(dice.randint(0, 50_000)) / 100,
        "paid_channel": None if paid is None else _some(dice, ["bank", "post"]),
        "read_on": read,
        "actual_on": _some(dice, [None, read]),
        "read_source": None if read is None else _some(dice, ["ivr", "amr"]),
        "read_quality": None if read is None else _some(dice, ["actual", "estimate"]),
        "verification_due": day(),
        "application_due_on": day(),
        "promise_due_on": day(),
        "contacted_on": day(ahead=0),
        "disposition": _some(dice, [None, "PTP", "BALANCE"]),
        "open_applications": dice.randint(0, 3),
        "broken_promises": dice.randint(0, 2),
        "disputed": _some(dice, [True, False]),
        "multi_tariff": _some(dice, [True, False]),
        "balance": Decimal(dice.randint(-50_000, 50_000)) / 100,
        "overdue": Decimal(dice.randint(0, 40_000)) / 100,
        "kind": _some(dice, ["person", "organisation"]),
        "language": _some(dice, ["", "ru", "en"]),
        "status": _some(dice, ["active", "closed", "cut_off"]),
        "tariff": _some(dice, ["S", "N"]),
        "time_zone": _some(dice, ["Europe/Moscow", "Asia/Omsk"]),
        "flags": _some(dice, [[], ["vip"], ["legal", "vip"]]),
    }


def _own(dice: random.Random) -> dict[str, tuple[Any, ...]]:
    return {
        "points": _some(dice, [(), (Decimal(dice.randint(-3, 300)),)]),
        "since": _some(dice, [(), (TODAY - timedelta(dice.randint(-30, 500)),)]),
        "gold": _some(dice, [(), (True,), (False,)]),
        "likes": _some(dice, [(), ("tea",), ("tea", "beer")]),
        "key": _some(dice, [(), ("under the mat",), ("100%_sure",)]),
    }


@pytest.fixture(scope="session")
def world(postgres: PostgresServer) -> Iterator[World]:
    """The base; nothing in it changes while tests ask it."""
    name = "segments"
    postgres.plan.provide(name)
    from crm_core import migrate  # noqa: PLC0415

    migrate.upgrade(postgres.plan.url(name))
    world = World(create_engine(address(postgres.plan.url(name))))
    with world.engine.begin() as db:
        _fill(db, world.facts, world.own)
    yield world
    world.engine.dispose()


def _fill(db: Any, facts: dict[int, dict[str, Any]], own: dict[int, dict[str, tuple[Any, ...]]]) -> None:
    from crm_core.store.fields import rows_of  # noqa: PLC0415

    db.execute(text("set local busbar.facts = 'off'"))
    db.execute(insert(tables.tariffs).values(id=1, code="S", name="Household", valid_from=date(2020, 1, 1), prices={}))
    for number in facts:
        name, place = f"Ivan {number}", f"Tver, Lenina {number}"
        db.execute(insert(tables.customers).values(id=number, kind="person", name=name, name_key=names.key(name)))
        db.execute(
            insert(tables.premises).values(
                id=number, address=place, address_key=names.address_key(place), time_zone="Europe/Moscow"
            )
        )
        db.execute(
            insert(tables.accounts).values(
                id=number, number=f"{number:012}", customer_id=number, premises_id=number, tariff_id=1,
                currency="RUB", opened_on=date(2020, 1, 1),
            )
        )  # fmt: skip
    db.execute(insert(tables.account_facts), list(facts.values()))
    for one in OWN:
        db.execute(
            insert(tables.custom_fields).values(
                id=one.field_id, entity=one.entity.value, code=one.code, title=one.title, type=one.type.value
            )
        )
    rows = []
    for number, values in own.items():
        for one in OWN:
            value: Any = values[one.code]
            if value:
                rows += rows_of(one, number, value if one.type is fields.Type.SEVERAL else value[0])
    db.execute(insert(tables.custom_values), rows)
