"""AC07: the dialler shows a number of our own list or does not call, in every mode."""

from __future__ import annotations

from dataclasses import replace

import pytest

from outbound.gate import ask
from outbound.law.text import shipped
from outbound.terms import Allowed, Blocked, Mode, Reason
from tests.outbound.people import HOUSE, OURS, at, debtor, wanted

pytestmark = pytest.mark.unit
NOON = at("2026-11-24 12:00")
SPOOFED = (
    "+79160000666",
    "",
    "anonymous",
    "+79161234567",
    f"{OURS} ",
    f"Sberbank <{OURS}>",
    f"{OURS}\r\nX: y",
    OURS[1:],
)


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("shown", SPOOFED)
def test_a_number_that_is_not_of_the_list_is_not_shown(shown: str, mode: Mode) -> None:
    answer = ask(wanted(caller_id=shown, mode=mode), [], shipped("none"), HOUSE, NOON)
    assert isinstance(answer, Blocked)
    assert answer.reasons == (Reason.CALLER_ID,)


def test_nor_is_the_debtors_own_number_shown_to_him() -> None:
    wish = wanted(debtor=debtor(number="+79161234567"), caller_id="+79161234567")
    assert isinstance(ask(wish, [], shipped("none"), HOUSE, NOON), Blocked)


def test_a_house_without_numbers_calls_nobody() -> None:
    assert isinstance(ask(wanted(), [], shipped("none"), replace(HOUSE, caller_ids=frozenset()), NOON), Blocked)
    assert isinstance(ask(wanted(), [], shipped("none"), HOUSE, NOON), Allowed)
