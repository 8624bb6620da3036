"""Which numbers of the public network we call."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.outward import MayCall, NoCall, judge

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "number"),
    [("8 (495) 123-45-67", "+74951234567"), ("+7 916 123-45-67", "+79161234567"), ("9161234567", "+79161234567")],
)
def test_ordinary_numbers_of_our_country_are_called_in_any_spelling(text: str, number: str) -> None:
    assert judge(text, "RU") == MayCall(number)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", NoCall.NOT_A_NUMBER),
        ("112", NoCall.NOT_A_NUMBER),
        ("PJSIP/op101", NoCall.NOT_A_NUMBER),
        ("+74951234567&PJSIP/op101", NoCall.NOT_A_NUMBER),
        ("8 809 505 00 00", NoCall.KIND),  # premium rate
        ("8 800 555 35 35", NoCall.KIND),  # toll free: somebody else's centre
        ("+12125551234", NoCall.COUNTRY),
        ("+77017654321", NoCall.COUNTRY),  # Kazakhstan shares our country code
        ("+881612345678", NoCall.COUNTRY),  # satellite: nobody's country
        ("+74951234500", NoCall.OURS),
    ],
)
def test_others_are_not_and_the_reason_is_said(text: str, why: NoCall) -> None:
    assert judge(text, "RU", ours={"+74951234500"}) == why


def test_further_countries_are_called_when_the_house_says_so() -> None:
    assert judge("+77017654321", "RU", ("RU", "KZ")) == MayCall("+77017654321")


@given(st.text(max_size=60))
def test_whatever_comes_out_is_plus_and_digits(text: str) -> None:
    verdict = judge(text, "RU", ("RU", "US", "GB"))
    assert isinstance(verdict, NoCall) or (verdict.number[0] == "+" and verdict.number[1:].isdigit())
