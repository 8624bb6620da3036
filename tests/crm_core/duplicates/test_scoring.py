"""Pairs are weighed by evidence, explained, and some are never one."""

# ruff: noqa: RUF001 -- people have Russian names.
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.duplicates.scoring import Veto, judge
from crm_core.duplicates.traits import Subscriber
from crm_core.duplicates.weights import SHARES, SURE, THRESHOLD, WEIGHTS, Feature, Level
from tests.crm_core.duplicates.conftest import LENINA, PHONE, born, subscriber

pytestmark = pytest.mark.long
ELSEWHERE = ("Тверь, Мира 7-3",)
OTHER_PHONE = frozenset({"+79990000000"})


def name_level(left: str, right: str, kind: str = "person") -> Level:
    verdict = judge(subscriber(left, kind=kind), subscriber(right, 2, kind=kind))
    return next(one.level for one in verdict.evidence if one.feature is Feature.NAME)


def place_level(left: str, right: str) -> Level:
    verdict = judge(subscriber(addresses=(left,)), subscriber(number=2, addresses=(right,)))
    return next(one.level for one in verdict.evidence if one.feature is Feature.ADDRESS)


@pytest.mark.parametrize(
    ("left", "right", "level"),
    [
        ("Иванов Иван Петрович", "ИВАН ПЕТРОВИЧ ИВАНОВ", Level.SAME),
        ("Иванов Иван Петрович", "Ivanov Ivan Petrovich", Level.SAME),
        ("Щукин Юрий", "Yuri Shchukin", Level.SAME),
        ("Иванов Иван Петрович", "Иваонв Иван Петрович", Level.NEAR),
        ("Иванов Иван Петрович", "Иванов Иваан Петровч", Level.NEAR),
        ("Anton Tarrant", "Tarant Antom", Level.NEAR),
        ("Иванов Иван Петрович", "Иванов Иван", Level.SHORTER),
        ("Иванов Иван Петрович", "Иванов И. П.", Level.SHORTER),
        ("Иванов Иван Петрович", "И. П. Иванов", Level.SHORTER),
        ("Юдина Юлия Яковлевна", "Юдина Ю. Я.", Level.SHORTER),
        ("Рябчук Олег Ильич", "Рсбчук Олг Ильич", Level.NEAR),
        ("Иванова Анна Петровна", "Сидорова Анна Петровна", Level.NEW_SURNAME),
        ("Иванов Иван Петрович", "Иванов Иван Иванович", Level.OTHER_FATHER),
        ("Иванов Иван Петрович", "Иванов Сергей Петрович", Level.OTHER_GIVEN),
        ("Иванова Анна Петровна", "Иванова Алла Петровна", Level.OTHER_GIVEN),
        ("Иванова Мария Петровна", "Иванова Марина Петровна", Level.OTHER_GIVEN),
        ("Иванов Александр Петрович", "Иванова Александра Петровна", Level.OTHER_GIVEN),
        ("Иванов И. П.", "Иванов С. П.", Level.OTHER_GIVEN),
        ("Иванов Иван Петрович", "Сидоров Иван Петрович", Level.DIFFERENT),
        ("Иванов Иван Петрович", "Иван Петрович", Level.DIFFERENT),
        ("Иванов Иван Петрович", "Иванов", Level.DIFFERENT),
        ("Anna Holm", "Karina Stark", Level.DIFFERENT),
    ],
)  # fmt: skip
def test_names_are_compared_part_by_part(left: str, right: str, level: Level) -> None:
    assert name_level(left, right) is level
    assert name_level(right, left) is level


@pytest.mark.parametrize(
    ("left", "right", "level"),
    [
        ("ООО «Ромашка»", "Ромашка, ООО", Level.SAME), ("ООО «Ромашка»", "АО Ромашка", Level.SAME),
        ("ООО «Ромашка»", "ООО Рамашка", Level.NEAR), ("Школа № 5", "Школа № 7", Level.DIFFERENT),
        ("ООО «Ромашка»", "ООО «Ромашка Плюс»", Level.DIFFERENT), ("ООО Маяк", "ООО Вектор", Level.DIFFERENT),
    ],
)  # fmt: skip
def test_firms_are_compared_without_their_legal_form_and_number_by_number(left: str, right: str, level: Level) -> None:
    assert name_level(left, right, "organisation") is level


@pytest.mark.parametrize(
    ("left", "right", "level"),
    [
        (LENINA, "Ленина 5-12, Тверь", Level.SAME), (LENINA, "Тверь, Ленена 5, 12", Level.NEAR),
        (LENINA, "Тверь, ул. Ленина, 5", Level.SHORTER), (LENINA, "Тверь, Ленина 5, кв. 13", Level.SAME_HOUSE),
        (LENINA, "Тверь, Ленина 7, кв. 12", Level.DIFFERENT), (LENINA, "Рязань, Ленина 5, кв. 12", Level.DIFFERENT),
        (LENINA, "Тверская область, Тверь, Ленина 5, кв. 12", Level.NEAR),
        ("без номера", "без номера", Level.DIFFERENT),
    ],
)  # fmt: skip
def test_places_are_compared_by_numbers_and_words(left: str, right: str, level: Level) -> None:
    assert place_level(left, right) is level


@pytest.mark.parametrize(
    "other",
    [
        subscriber("Иван Петрович Иванов", 2, phones=frozenset()),
        subscriber("Ivanov Ivan Petrovich", 2, phones=OTHER_PHONE),
        subscriber("Иванов Иван", 2, addresses=ELSEWHERE),
        subscriber("Иваонв Иван Петрович", 2, addresses=ELSEWHERE),
        subscriber("Иванов И. П.", 2),
    ],
)
def test_what_a_clerk_would_call_one_person_is_a_candidate(other: Subscriber) -> None:
    assert judge(subscriber(), other).is_candidate


@pytest.mark.parametrize(
    "other",
    [
        subscriber("Иванова Анна Сергеевна", 2),  # his wife
        subscriber("Иванов Пётр Иванович", 2),  # his son
        subscriber("Иванов Иван Иванович", 2),  # his son of the same name
        subscriber("Иванов Сергей Петрович", 2),  # his brother
        subscriber("Кузнецов Олег Ильич", 2),  # who lived there before
        subscriber("Иванов Сергей Иванович", 2, addresses=("Тверь, Ленина 5-13",)),
    ],
)
def test_family_and_neighbours_are_not_candidates(other: Subscriber) -> None:
    assert not judge(subscriber(), other).is_candidate


def test_a_name_alone_is_borne_by_many() -> None:
    homonym = subscriber(number=2, phones=OTHER_PHONE, addresses=ELSEWHERE)
    assert not judge(subscriber(), homonym).is_candidate
    unknown = subscriber(number=2, phones=frozenset(), addresses=())
    assert not judge(subscriber(), unknown).is_candidate


@pytest.mark.parametrize(
    ("left", "right", "veto"),
    [
        (subscriber(), subscriber(number=2, kind="organisation"), Veto.KIND),
        (subscriber(tax_number="1"), subscriber(number=2, tax_number="2"), Veto.TAX_NUMBER),
        (subscriber(born_on=born(1960)), subscriber(number=2, born_on=born(1985)), Veto.BORN_ON),
        (subscriber(), subscriber(), Veto.SAME_RECORD),
    ],
)
def test_some_are_never_one_whatever_else_agrees(left: Subscriber, right: Subscriber, veto: Veto) -> None:
    verdict = judge(left, right)
    assert (verdict.veto, verdict.is_candidate, verdict.is_sure) == (veto, False, False)


def test_the_verdict_says_what_it_stands_on() -> None:
    left = subscriber(tax_number="7", born_on=born(1960), emails=frozenset({"a@b.org"}))
    right = subscriber("Иванов Иван", 2, tax_number="7", born_on=born(1960), emails=frozenset({"c@d.org"}))
    verdict = judge(left, right)
    assert {one.feature: one.level for one in verdict.evidence} == {
        Feature.TAX_NUMBER: Level.SAME, Feature.BORN_ON: Level.SAME, Feature.NAME: Level.SHORTER,
        Feature.ADDRESS: Level.SAME, Feature.PHONE: Level.SAME, Feature.EMAIL: Level.DIFFERENT,
    }  # fmt: skip
    assert [abs(one.weight) for one in verdict.evidence] == sorted(
        (abs(one.weight) for one in verdict.evidence), reverse=True
    )
    assert verdict.score == pytest.approx(sum(one.weight for one in verdict.evidence), abs=0.01)
    assert verdict.is_sure


def test_what_is_not_known_is_no_evidence() -> None:
    bare = Subscriber(customer_id=2, kind="person", name_key="")
    assert judge(subscriber(), bare).evidence == ()


def test_every_weight_is_of_shares_and_agreement_weighs_more_than_disagreement() -> None:
    assert all(0 < m < 1 and 0 < u < 1 for m, u in SHARES.values())
    for feature in (Feature.NAME, Feature.PHONE, Feature.ADDRESS, Feature.EMAIL):
        assert WEIGHTS[feature, Level.SAME] > 0 > WEIGHTS[feature, Level.DIFFERENT]
    assert 0 < THRESHOLD < SURE


words = st.lists(
    st.sampled_from(["иванов", "иван", "петрович", "анна", "петровна", "и", "5", "x", "тверь", "ленина"]), max_size=4
)


@st.composite
def anybody(draw: st.DrawFn, number: int) -> Subscriber:
    return subscriber(
        " ".join(draw(words)),
        number,
        kind=draw(st.sampled_from(["person", "organisation"])),
        addresses=(" ".join(draw(words)),),
        phones=draw(st.sampled_from([frozenset(), frozenset({PHONE}), OTHER_PHONE])),
    )


@given(anybody(1), anybody(2))
def test_it_does_not_matter_who_is_named_first(left: Subscriber, right: Subscriber) -> None:
    there, back = judge(left, right), judge(right, left)
    assert (there.score, there.veto, there.evidence) == (back.score, back.veto, back.evidence)
