"""Telephone numbers from every spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core import phones

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "spelling",
    [
        "+7 495 123-45-67",
        "8 (495) 123-45-67",
        "84951234567",
        "74951234567",
        "4951234567",
        "+7(495)1234567",
        "8–495–123–45–67",  # noqa: RUF001 -- people paste dashes
        "8 495 123 45 67 доб. 12",
        "84951234567 ext 12",
        "84951234567#12",
        "+7495123456７",  # noqa: RUF001 -- full-width digits come from phones set to Japanese
        "\u00a08 495\u00a01234567 ",
    ],
)
def test_every_spelling_of_a_number_is_one_number(spelling: str) -> None:
    assert phones.e164(spelling, "RU") == "+74951234567"


def test_a_number_without_its_area_code_is_completed_when_there_is_one_to_assume() -> None:
    assert phones.e164("123-45-67", "RU", "495") == "+74951234567"
    assert phones.e164("123-45-67", "RU") is None


def test_a_foreign_number_stays_foreign() -> None:
    assert phones.e164("+44 20 7946 0958", "RU") == "+442079460958"
    assert phones.e164("020 7946 0958", "GB") == "+442079460958"


@pytest.mark.parametrize(
    "text",
    ["", " ", "anonymous", "100", "+7", "8" * 400, "84951234567;ext=1", "8495123456\r\nAction: Originate", "'; drop--",
     "84951234567\x00", "tel:+74951234567", "++74951234567", "(", "+(+)"],
)  # fmt: skip
def test_what_is_no_number_is_none(text: str) -> None:
    assert phones.e164(text, "RU") is None


@given(st.text(max_size=60))
def test_no_text_breaks_it_and_what_comes_out_is_clean(text: str) -> None:
    number = phones.e164(text, "RU", "495")
    if number is not None:
        assert number[0] == "+"
        assert number[1:].isascii()
        assert number[1:].isdigit()
        assert phones.e164(number, "RU") == number


@given(st.integers(9_000_000_000, 9_999_999_999))
def test_what_people_read_is_the_same_number_again(number: int) -> None:
    once = phones.e164(str(number), "RU")
    if once is not None:
        assert phones.e164(phones.spoken(once, "RU"), "RU") == once
        assert phones.e164(phones.spoken(once, "GB"), "GB") == once


def test_what_is_no_number_is_shown_as_it_is() -> None:
    assert phones.spoken("anonymous", "RU") == "anonymous"
    assert phones.spoken("100", "RU") == "100"
