"""A merge is planned before it is done."""

# ruff: noqa: RUF001 -- people have Russian names.
from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crm_core.duplicates.merging import Plan, Record, Take, likelier_survivor, plan
from crm_core.duplicates.pairlife import DECISIONS, TRANSITIONS, PairState, before
from crm_core.duplicates.scoring import Veto
from tests.crm_core.duplicates.conftest import subscriber

pytestmark = pytest.mark.unit


def record(name: str, number: int = 1, **known: object) -> Record:
    values: dict[str, object] = {
        "language": known.pop("language", ""),
        "flags": known.pop("flags", ()),
        "status": known.pop("status", "active"),
        "priority": known.pop("priority", "normal"),
        "special_need": known.pop("special_need", ""),
        "counts": known.pop("counts", {}),
        "created_at": known.pop("created_at", datetime(2020, 1, 1, tzinfo=UTC)),
    }
    return Record(subscriber=subscriber(name, number, **known), name=name, **values)  # type: ignore[arg-type]


def planned(survivor: Record, loser: Record, **choices: Take) -> Plan:
    found = plan(survivor, loser, choices)
    assert isinstance(found, Plan)
    return found


def test_the_survivor_keeps_what_it_says_and_learns_what_it_did_not() -> None:
    survivor = record("Иванов И.", language="", tax_number="77")
    loser = record("Иванов Иван Петрович", 2, language="ru", tax_number="")
    found = planned(survivor, loser)
    assert found.values == {"language": "ru"}
    assert [one.field for one in found.fields if one.in_conflict] == ["name"]


def test_a_person_may_choose_the_other_s_value_but_nothing_is_lost_to_an_empty_one() -> None:
    survivor, loser = record("Иванов И.", language="en"), record("Иванов Иван", 2, language="")
    assert planned(survivor, loser, name=Take.LOSER, language=Take.LOSER).values == {"name": "Иванов Иван"}
    assert planned(survivor, loser, name=Take.SURVIVOR).values == {}


def test_flags_of_both_are_kept_each_is_a_warning() -> None:
    survivor, loser = record("А", flags=("vip",)), record("А", 2, flags=("life_support", "vip"))
    found = planned(survivor, loser, flags=Take.LOSER)
    assert found.values == {"flags": ("vip", "life_support")}


def test_what_is_more_urgent_and_every_special_need_is_kept_whoever_stays() -> None:
    plain = record("А", special_need="Слабый слух")
    urgent = record("А", 2, priority="critical", special_need="Аппарат ИВЛ")
    for survivor, loser in ((plain, urgent), (urgent, plain)):
        values = planned(survivor, loser, priority=Take.SURVIVOR, special_need=Take.SURVIVOR).values
        assert values.get("priority", survivor.priority) == "critical"
        assert values["special_need"] == f"{survivor.special_need}; {loser.special_need}"
    assert planned(plain, record("А", 4, special_need="Слабый слух")).values == {}


def test_a_status_is_chosen_by_a_person() -> None:
    survivor, loser = record("А", status="active"), record("А", 2, status="bankrupt")
    assert planned(survivor, loser).values == {}
    assert [one.field for one in planned(survivor, loser).fields if one.in_conflict] == ["status"]
    assert planned(survivor, loser, status=Take.LOSER).values == {"status": "bankrupt"}


@pytest.mark.parametrize(
    ("loser", "veto"),
    [
        (record("А", 2, kind="organisation"), Veto.KIND),
        (record("А", 2, tax_number="78"), Veto.TAX_NUMBER),
        (record("А", 1), Veto.SAME_RECORD),
    ],
)
def test_who_is_never_one_has_no_plan(loser: Record, veto: Veto) -> None:
    assert plan(record("А", tax_number="77"), loser, {}) is veto


def test_the_likelier_survivor_has_more_rows_then_the_fuller_name_then_the_older_row() -> None:
    plain = record("Иванов Иван")
    busy = record("Иванов", 2, counts={"accounts.customer_id": 2})
    fuller = record("Иванов Иван Петрович", 3)
    younger = record("Иванов Иван", 4, created_at=datetime(2024, 1, 1, tzinfo=UTC))
    assert likelier_survivor(plain, busy) is busy
    assert likelier_survivor(plain, fuller) is fuller
    assert likelier_survivor(younger, plain) is plain
    assert planned(plain, busy).moves == {"accounts.customer_id": 2}


def test_a_merged_pair_opens_again_only_by_undoing_and_nothing_else_leads_there() -> None:
    assert before(PairState.MERGED) == {PairState.OPEN, PairState.LATER}
    assert PairState.MERGED not in DECISIONS
    assert set(TRANSITIONS) == set(PairState)
    assert TRANSITIONS[PairState.DIFFERENT] == {PairState.OPEN}
