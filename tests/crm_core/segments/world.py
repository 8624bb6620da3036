"""A base for segments, made up: a few dozen accounts of every sort, as plain values and as rows, the same each time."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, insert, text

from crm_core import fields, names, tables
from crm_core.fields import Entity, FieldDefinition, Option, Type
from crm_core.segments.bits import BITS, mask
from crm_core.store.fields import rows_of
from tests.crm_core.segments.trees import TODAY

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
    FieldDefinition(field_id=6, entity=Entity.METER, code="place", title="Place", type=Type.TEXT),
)
Row = dict[str, Any]
WORDS = ("", "owner", "100%_sure", "иванов")


class World:
    """The base as plain values: what an oracle judges by."""

    def __init__(self) -> None:
        dice = random.Random(3)
        self.facts = {number: _facts(dice, number) for number in range(1, ACCOUNTS + 1)}
        self.own = {number: _own(dice) for number in self.facts}
        self.rows = {number: _histories(dice) for number in self.facts}
        self.pairs = [(1, 2, "open"), (3, 4, "later"), (5, 6, "different"), (7, 60, "open")]


def _some(dice: random.Random, choices: Sequence[Any]) -> Any:
    return dice.choice(choices)


def _day(dice: random.Random, back: int = 900, ahead: int = 0) -> date:
    return _some(dice, [TODAY - timedelta(dice.randint(-ahead, back)), TODAY - timedelta(dice.randint(0, 60))])  # type: ignore[no-any-return]


def _maybe(dice: random.Random, back: int = 900, ahead: int = 200) -> date | None:
    return _some(dice, [None, _day(dice, back, ahead), TODAY])  # type: ignore[no-any-return]


def _cents(dice: random.Random, low: int, high: int) -> Decimal:
    return Decimal(dice.randint(low, high)) / 100


def _facts(dice: random.Random, number: int) -> Row:
    paid, read, noticed = _maybe(dice, ahead=0), _maybe(dice, ahead=0), _maybe(dice, ahead=0)
    days = ("closed_on", "oldest_due_on", "invoiced_on", "installed_on", "verification_due", "agreed_on",
            "agreement_ends_on", "application_due_on", "task_due_on", "promise_due_on", "warned_on")  # fmt: skip
    flags = ("special_need", "prepay", "budget_bill", "three_phase", "multi_tariff", "amr", "disputed")
    counts = ("meters", "open_invoices", "open_applications", "open_tasks", "kept_promises", "broken_promises")
    bits = {fact: mask(fact, [code for code in codes if dice.random() < 0.3]) for fact, codes in BITS.items()}
    # One customer has two accounts.
    return {
        "account_id": number,
        "customer_id": 10 if number == 11 else number,
        "opened_on": TODAY - timedelta(dice.randint(0, 3000)),
        "next_due_on": None,
        **{name: _maybe(dice) for name in days},
        **{name: dice.random() < 0.5 for name in flags},
        **{name: dice.randint(0, 3) for name in counts},
        **bits,
        "paid_on": paid,
        "paid_amount": None if paid is None else _cents(dice, 0, 50_000),
        "paid_channel": None if paid is None else _some(dice, ["bank", "post"]),
        "read_on": read,
        "actual_on": _some(dice, [None, read]),
        "read_source": None if read is None else _some(dice, ["ivr", "amr"]),
        "read_quality": None if read is None else _some(dice, ["actual", "estimate"]),
        "noticed_on": noticed,
        "notice_kind": None if noticed is None else _some(dice, ["debt", "reminder"]),
        "notice_status": None if noticed is None else _some(dice, ["sent", "delivered"]),
        "contacted_on": _maybe(dice, ahead=0),
        "disposition": _some(dice, [None, "PTP", "BALANCE"]),
        "contact_channel": _some(dice, [None, "phone", "letter"]),
        "contact_direction": _some(dice, [None, "in", "out"]),
        "balance": _cents(dice, -50_000, 50_000),
        "overdue": _cents(dice, 0, 40_000),
        "disputed_amount": _cents(dice, 0, 400),
        "invoiced_amount": _some(dice, [None, _cents(dice, 0, 40_000)]),
        "promise_amount": _some(dice, [None, _cents(dice, 0, 40_000)]),
        "promise_status": _some(dice, [None, "open", "kept"]),
        "max_kw": _some(dice, [None, Decimal("5.50"), Decimal("15.00")]),
        "kind": _some(dice, ["person", "organisation"]),
        "language": _some(dice, ["", "ru", "en"]),
        "customer_status": _some(dice, ["active", "former", "deceased"]),
        "priority": _some(dice, ["normal", "high"]),
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
        "place": _some(dice, [(), ("cellar",)]),
    }


def _histories(dice: random.Random) -> dict[str, list[Row]]:
    """What happened to one account, by table; a moment is noon of its day."""

    def rows(most: int, make: Any) -> list[Row]:
        return [make() for _ in range(dice.randint(0, most))]

    def one(**row: Any) -> Row:
        return {name: value() if callable(value) else value for name, value in row.items()}

    def day() -> date:
        return _day(dice)

    def of(*choices: Any) -> Any:
        return lambda: _some(dice, choices)

    return {
        "applications": rows(2, lambda: one(kind=of("seal", "outage"), stage=of("filed", "done"), filed_on=day)),
        "interactions": rows(
            3,
            lambda: one(
                began_at=day, channel=of("phone", "email"), direction=of("in", "out"), topic=of(*WORDS),
                disposition=of(None, "PTP", "BALANCE"),
            ),
        ),
        "tasks": rows(
            2, lambda: one(kind=of("call", "check"), team=of(None, "billing"), state=of("open", "in_work", "done"))
        ),
        "notices": rows(2, lambda: one(kind=of("debt", "reminder"), sent_at=day)),
        "adjustments": rows(
            2, lambda: one(kind=of("penalty", "fee"), amount=lambda: _cents(dice, 1, 9000), posted_on=day)
        ),
        "payments": rows(
            3, lambda: one(amount=lambda: _cents(dice, -5000, 9000) or Decimal(1), paid_on=day, back=of(True, False))
        ),
        "invoices": rows(2, lambda: one(amount=lambda: _cents(dice, 0, 9000), issued_on=day)),
        "promises": rows(2, lambda: one(created_at=day)),
        "plans": rows(1, lambda: one(status=of("open", "kept", "broken"), made_on=day)),
        "disputes": rows(1, lambda: one(raised_at=day)),
        "no_reads": rows(2, lambda: one(why=of("no_access", "danger"), taken_on=day)),
        "held_readings": rows(1, lambda: one(status=of("waiting", "accepted"))),
        "approvals": rows(1, lambda: one(status=of("waiting", "refused"))),
        "service_points": rows(2, lambda: one(node=of(*WORDS))),
        "contacts": rows(2, lambda: one(role=of(*WORDS), ended=of(True, False))),
        "meters": rows(2, lambda: one(model=of(*WORDS), seal=of("", "S-1"), removed=of(True, False))),
        "signal_hits": rows(1, lambda: one(rule_id=of(1, 2), at=day)),
        "documents": rows(2, lambda: one(template_id=of(1, 2), made_at=day)),
        "snapshot_members": rows(1, lambda: one(snapshot_id=of(1, 2))),
        "import_changes": rows(2, lambda: one(import_id=of(1, 2), tbl=of("accounts", "payments", "customers"))),
        "legal_holds": rows(1, lambda: one(lifted=of(True, False))),
        "merges": rows(1, lambda: one(undone=of(True, False))),
        "customers": [one(tax_number=of("", "7701"))],
        "readings": rows(
            6, lambda: one(taken_on=day, quality=of("actual", "estimate", "refused"), consumption=of(None, Decimal(7)))
        ),
    }  # fmt: skip


def noon(day: date) -> datetime:
    """The moment that stands for a day."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def fill(world: World, engine: Engine) -> None:
    """Write it all down."""
    with engine.begin() as db:
        db.execute(text("set local busbar.facts = 'off'"))
        db.execute(text("set local busbar.bulk = 'on'"))
        _parents(db)
        for number, facts in world.facts.items():
            _people(db, number, facts["customer_id"], world.rows[number])
        db.execute(insert(tables.account_facts), list(world.facts.values()))
        for table, rows in _rows_by_table(world).items():
            for row in rows:
                db.execute(insert(tables.metadata.tables[table]).values(row))
        db.execute(
            insert(tables.duplicate_pairs),
            [{"left_id": left, "right_id": right, "score": 9, "state": state} for left, right, state in world.pairs],
        )
        _fields(db, world)


def _parents(db: Any) -> None:
    """What other rows point at."""
    made = insert(tables.tariffs).values(id=1, code="S", name="Household", valid_from=date(2020, 1, 1), prices={})
    db.execute(made)
    db.execute(insert(tables.users).values(id=1, login="marta", name="Marta", password="!", role="manager"))
    for key in (1, 2):
        db.execute(insert(tables.signal_rules).values(id=key, title=f"Rule {key}", spec={}))
        db.execute(insert(tables.segments).values(id=key, name=f"Segment {key}", tree={}))
        db.execute(insert(tables.segment_snapshots).values(id=key, segment_id=key, tree={}))
        db.execute(insert(tables.imports).values(id=key, file_hash=f"{key}", file_name=f"{key}.csv", kind="payments"))


def _people(db: Any, number: int, customer: int, rows: dict[str, list[Row]]) -> None:
    name, place = f"Ivan {number}", f"Tver, Lenina {number}"
    tax = rows["customers"][0]["tax_number"]
    db.execute(
        insert(tables.customers).values(id=number, kind="person", name=name, name_key=names.key(name), tax_number=tax)
    )
    db.execute(
        insert(tables.premises).values(
            id=number, address=place, address_key=names.address_key(place), time_zone="Europe/Moscow"
        )
    )
    db.execute(
        insert(tables.accounts).values(
            id=number, number=f"{number:012}", customer_id=customer, premises_id=number, tariff_id=1,
            currency="RUB", opened_on=date(2020, 1, 1),
        )
    )  # fmt: skip
    meter = {"digits": 5, "installed_on": date(2020, 1, 1), "account_id": number}
    db.execute(insert(tables.meters).values(id=number, serial="M", removed_on=date(2024, 1, 1), model="", **meter))
    db.execute(insert(tables.registers).values(id=number, meter_id=number, code="single"))
    # The custom value of an installed meter is told by its key.
    db.execute(insert(tables.meters).values(id=1000 + number, serial="C", model="", **meter))


def _rows_by_table(world: World) -> dict[str, list[Row]]:
    made: dict[str, list[Row]] = {}
    for number, histories in world.rows.items():
        for table, rows in histories.items():
            if table != "customers":
                for place, row in enumerate(rows):
                    made.setdefault(table, []).append(_whole(table, number, place, row))
    return made


def _whole(table: str, number: int, place: int, row: Row) -> Row:
    """A row with everything its table needs; `number` is the account and its customer."""
    moments = {"began_at", "sent_at", "created_at", "raised_at", "at", "made_at"}
    said = {name: noon(value) if name in moments else value for name, value in row.items()}
    day, period = date(2020, 1, 1), date(2000 + number, place % 12 + 1, 1)
    more: dict[str, Row] = {
        "applications": {"number": f"A{number}-{place}", "title": "x"},
        "tasks": {"title": "x", "source": "person"},
        "notices": {"channel": "sms", "amount": 1},
        "adjustments": {"due_on": day, "reason": "x"},
        "payments": {"seq": 10 * number + place, "channel": "bank"},
        "invoices": {"period": period, "due_on": day, "open_amount": 0},
        "promises": {"amount": 1, "due_on": day, "status": "kept"},
        "plans": {"amount": 1, "parts": 2, "first_on": day},
        "disputes": {"period": period, "amount": 1, "reason": "x", "status": "rejected"},
        "no_reads": {"meter_id": number},
        "held_readings": {"register_id": number, "taken_on": day, "value": 1, "rule": "high", "source": "ivr"},
        "approvals": {"what": "payment", "asked": {}, "amount": 1, "rule": "x", "reason": "x", "asked_by": 1},
        "contacts": {"customer_id": number, "name": "x"},
        "meters": {"id": 10_000 + 10 * number + place, "serial": "X", "digits": 5, "installed_on": day},
        "signal_hits": {"period": period, "facts": {}},
        "documents": {
            "version": 1, "title": "x", "language": "en", "format": "pdf", "sha256": "", "size": 1, "pages": 1,
        },
        "legal_holds": {"customer_id": number, "reason": "x", "placed_by": 1, "placed_at": noon(day)},
        "merges": {"survivor_id": number, "loser_id": number % 60 + 1, "merged_by": 1, "changed": {}, "moved": {}},
        "readings": {"register_id": number, "revision": place, "value": 1, "source": "ivr"},
        "import_changes": {"row": 1, "key": [number]},
    }  # fmt: skip
    whole = {"account_id": number, **said, **more.get(table, {})}
    if table in {"contacts", "legal_holds", "merges", "import_changes"}:
        del whole["account_id"]
    ended = {"contacts": "ended_at", "legal_holds": "lifted_at", "merges": "undone_at", "meters": "removed_on"}
    over = whole.pop({"contacts": "ended", "legal_holds": "lifted", "merges": "undone", "meters": "removed"}.get(table, ""), False)  # fmt: skip  # noqa: E501
    if over:
        whole[ended[table]] = noon(day) if table != "meters" else day
    if table == "payments" and whole.pop("back"):
        whole |= {"reverses_on": day, "reverses_seq": 10 * number + place}
    return whole


def _fields(db: Any, world: World) -> None:
    for one in OWN:
        db.execute(
            insert(tables.custom_fields).values(
                id=one.field_id, entity=one.entity.value, code=one.code, title=one.title, type=one.type.value
            )
        )
    rows = []
    for number, values in world.own.items():
        for one in OWN:
            value: Any = values[one.code]
            key = 1000 + number if one.entity is Entity.METER else number
            if value:
                rows += rows_of(one, key, value if one.type is fields.Type.SEVERAL else value[0])
    db.execute(insert(tables.custom_values), rows)
