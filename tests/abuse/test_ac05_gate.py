"""AC05: no mode of the dialler, dialling by hand included, lets a premium, short, foreign or own number out."""

from __future__ import annotations

import pytest

from outbound.gate import House, ask
from outbound.law.text import shipped
from outbound.terms import Blocked, Channel, Mode, Reason
from tests.abuse.test_ac05 import ALL, OURS, WIDE
from tests.outbound.people import at, debtor, wanted

pytestmark = pytest.mark.unit
NOON = at("2026-11-24 12:00")
NARROW = House(country="RU", ours=frozenset({OURS}), caller_ids=frozenset({OURS}))
BROAD = House(country="RU", countries=frozenset(WIDE), ours=frozenset({OURS}), caller_ids=frozenset({OURS}))
SPELLED_OTHERWISE = (
    "8 916 123-45-67",
    "89161234567",
    "+7 916 1234567",
    "+79161234567 ",
    "+7916123456\u0667",
    "79161234567",
)


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(("kind", "number"), ALL)
def test_no_mode_lets_it_out(kind: str, number: str, mode: Mode) -> None:
    wish = wanted(debtor=debtor(number=number), mode=mode, caller_id=OURS)
    for law in ("none", "RU-230"):
        answer = ask(wish, [], shipped(law), NARROW, NOON)
        assert isinstance(answer, Blocked), kind
        assert (answer.reasons, answer.next_at) == ((Reason.NUMBER_NOT_ALLOWED,), None), kind


@pytest.mark.parametrize(("kind", "number"), [one for one in ALL if one[0] != "abroad"])
def test_a_house_that_calls_many_countries_lets_none_of_the_costly_ones_out(kind: str, number: str) -> None:
    wish = wanted(debtor=debtor(number=number), caller_id=OURS)
    assert isinstance(ask(wish, [], shipped("none"), BROAD, NOON), Blocked), kind


@pytest.mark.parametrize("number", SPELLED_OTHERWISE)
def test_only_a_number_as_it_is_dialled_is_dialled(number: str) -> None:
    """What is judged is what goes on the wire, not what it might have meant."""
    answer = ask(wanted(debtor=debtor(number=number)), [], shipped("none"), NARROW, NOON)
    assert isinstance(answer, Blocked)
    assert answer.reasons == (Reason.NUMBER_NOT_ALLOWED,)


def test_no_message_goes_to_such_a_number_either() -> None:
    wish = wanted(debtor=debtor(number="+79995550199,"), mode=Mode.MESSAGE, channel=Channel.SMS)
    assert isinstance(ask(wish, [], shipped("none"), NARROW, NOON), Blocked)
