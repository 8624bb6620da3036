"""Values in words: genders, plurals, cases."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.spoken import TONGUES, Day, Digits, Energy, Key, Money, Value, Words, render, say
from ivr.wording import Wording

pytestmark = pytest.mark.unit

NEAR = date(2026, 11, 20)
EN, RU = TONGUES["en"], TONGUES["ru"]


@pytest.mark.parametrize(
    ("value", "english", "russian"),
    [
        (Money(Decimal("1021.50"), "RUB"), "one thousand and twenty-one rubles fifty kopecks",
         "одна тысяча двадцать один рубль пятьдесят копеек"),
        (Money(Decimal("2.01"), "RUB"), "two rubles one kopeck", "два рубля одна копейка"),
        (Money(Decimal("1.02"), "RUB"), "one ruble two kopecks", "один рубль две копейки"),
        (Money(Decimal("111.11"), "RUB"), "one hundred and eleven rubles eleven kopecks",
         "сто одиннадцать рублей одиннадцать копеек"),
        (Money(Decimal("-0.005"), "RUB"), "zero rubles", "ноль рублей"),
        (Money(Decimal(5), "USD"), "five dollars", "пять долларов"),
        (Money(Decimal("5.50"), "XTS"), "five XTS fifty", "пять XTS пятьдесят"),
        (Day(date(2026, 12, 5), NEAR), "the fifth of December", "пятого декабря"),
        (Day(date(2026, 12, 31), NEAR), "the thirty-first of December", "тридцать первого декабря"),
        (Day(date(2025, 1, 2), NEAR), "the second of January twenty twenty-five",
         "второго января две тысячи двадцать пятого года"),
        (Digits("0407"), "zero, four, zero, seven", "ноль, четыре, ноль, семь"),
        (Energy(1), "one kilowatt-hour", "один киловатт-час"),
        (Energy(22), "twenty-two kilowatt-hours", "двадцать два киловатт-часа"),
        (Energy(112), "one hundred and twelve kilowatt-hours", "сто двенадцать киловатт-часов"),
        (Key(2), "two", "два"),
        (Words("Sample Energy"), "Sample Energy", "Sample Energy"),
    ],
)  # fmt: skip
def test_a_value_is_spoken_as_people_say_it(value: Value, english: str, russian: str) -> None:
    assert say(value, EN) == english
    assert say(value, RU) == russian


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2), st.sampled_from(["RUB", "USD", "EUR", "GBP", "KZT"]))
def test_any_amount_has_words_without_digits(amount: Decimal, currency: str) -> None:
    for tongue in TONGUES.values():
        words = say(Money(amount, currency), tongue)
        assert words == words.strip()
        assert not any(char.isdigit() for char in words)


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2100, 1, 1)))
def test_any_day_has_words_without_digits(day: date) -> None:
    for tongue in TONGUES.values():
        assert not any(char.isdigit() for char in say(Day(day, NEAR), tongue))


def test_a_sentence_is_rendered_whole() -> None:
    wording = Wording(language="ru", prompts={"b": "Долг {amount}, до {due}."})
    values: dict[str, Value] = {"amount": Money(Decimal(21), "RUB"), "due": Day(date(2026, 12, 3), NEAR)}
    assert render(wording, "b", values, RU) == "Долг двадцать один рубль, до третьего декабря."
    with pytest.raises(KeyError):
        render(wording, "b", {}, RU)
