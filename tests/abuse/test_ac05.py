"""AC05: premium, satellite, shared cost, short, emergency and foreign numbers: dialled by no door, for nobody."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crm_core import outward
from crm_core.callback_desk import CallbackWish, Promise
from crm_core.callback_desk import judge as judge_callback
from crm_core.callbacks import Limits
from crm_core.outward import MayCall, NoCall
from crm_core.settings import Settings
from crm_core.store.lines import Outward
from crm_core.work.sla import WorkCalendar
from tests.abuse.test_ac02_outward import keyed
from workstation import passing

pytestmark = pytest.mark.unit
NOON = datetime(2026, 11, 24, 9, tzinfo=UTC)
OURS = "+74951110000"
COSTLY = {
    "premium": ("8 809 505 00 00", "+1 900 555 0199", "+44 909 879 0000", "+49 900 1234567"),
    "shared cost": ("8 804 333 00 00", "+44 845 123 4567", "+49 180 1 123456"),
    "toll free of others": ("8 800 555 35 35", "+1 800 555 0100", "+44 800 123 4567"),
    "satellite": ("+881612345678", "+8816 3123 4567", "+870 773 123456", "+88213123456"),
    "international premium": ("+979 123 456 789", "+883 5100 0000 0000", "+800 1234 5678", "+808 1234 5678"),
    "short": ("100", "0", "1", "12345", "*21#", "0611", "60"),
    "emergency": ("112", "911", "01", "02", "03", "101", "102", "103", "104", "+7 112"),
    "abroad": ("+12125551234", "+77017654321", "+375291234567", "+5355123456", "+252612345678", "+6744441234"),
    "prefix of a carrier": ("810 1 212 555 1234", "8~10 44 20 7946 0000", "00 44 20 7946 0000", "011 44 20 7946 0000"),
    "ours": (OURS, "8 495 111-00-00"),
}
ALL = [(kind, number) for kind, numbers in COSTLY.items() for number in numbers]
WIDE = ("RU", "US", "GB", "DE", "KZ")
"""A house that calls many countries does not call their costly numbers either."""


def settings(*countries: str) -> Settings:
    return Settings.model_construct(
        outward_uri="127.0.0.1:9", outward_number=OURS, country="RU", outward_countries=countries,
        callback_window_minutes=60,
    )  # fmt: skip


def listed(house: Settings, number: str) -> str:
    """What the list of numbers to pass on to makes of one, "" when it does not take it."""
    judged = passing.judge_number(house, Outward(nodes={"main": ()}, numbers=frozenset({OURS})), number)
    return judged.number if isinstance(judged, MayCall) else ""


def callback(number: str, *countries: str) -> object:
    wish = CallbackWish(call_id="main-1.1", number=number, caller="", account_id=None, topic="", language="ru")
    return judge_callback(wish, settings(*countries), WorkCalendar(time_zone="Europe/Moscow"), NOON, Limits())


@pytest.mark.parametrize(("kind", "number"), ALL)
def test_it_is_no_number_to_be_called_back_at_and_none_of_the_list(kind: str, number: str) -> None:
    assert isinstance(outward.judge(number, "RU", ours={OURS}), NoCall), kind
    assert isinstance(callback(number), NoCall), kind
    # The list of numbers to pass on to and to ask holds nothing else, and is judged anew at each wish.
    assert listed(settings(), number) == "", kind


@pytest.mark.parametrize(
    ("kind", "number"), [one for one in ALL if one[0] not in {"abroad", "prefix of a carrier", "ours"}]
)
def test_a_house_that_calls_many_countries_calls_no_costly_number_of_them(kind: str, number: str) -> None:
    assert isinstance(outward.judge(number, "RU", WIDE), NoCall), kind
    assert isinstance(callback(number, *WIDE), NoCall), kind
    assert listed(settings(*WIDE), number) == "", kind


@pytest.mark.parametrize(("kind", "number"), [one for one in ALL if one[0] != "ours" and one[1].isdigit()])
def test_keyed_on_a_telephone_it_is_no_number(kind: str, number: str) -> None:
    assert keyed(number) == "", kind


def test_an_ordinary_number_is_called() -> None:
    assert outward.judge("8 916 123-45-67", "RU") == MayCall("+79161234567")
    assert isinstance(callback("89161234567"), Promise)
    assert listed(settings(), "+79161234567") == "+79161234567"
