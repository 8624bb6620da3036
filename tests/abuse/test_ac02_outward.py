"""AC02: a number that is a dial string, a context or a function, wherever a number of the network is asked for.

What an Originate runs - device, context, priority - is spelled by the server alone.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core import outward
from crm_core.callback_desk import CallbackWish, Promise
from crm_core.callback_desk import judge as judge_callback
from crm_core.callbacks import Limits
from crm_core.db import open_pools
from crm_core.outward import MayCall, NoCall
from crm_core.settings import Settings
from crm_core.store.lines import Outward
from crm_core.trunks import Trunk, faults
from crm_core.work.forms import Site
from crm_core.work.sla import WorkCalendar
from ivr.base import Base
from ivr.counter import Counter
from routing.news import WishAnswered
from routing.wishes import Consult, PassOn
from telephony import actions
from telephony.commands import Originate, Redirect
from tests.crm_core.test_callbacks import NOON
from tests.routing.test_transfers import ANNA, BORIS, in_talk, pass_on
from workstation import passing

pytestmark = pytest.mark.unit
GOOD = "+79161234567"
SIGNS = "&/@,;|${}()\"'\\<>=%#*:?!_[]"
HOSTILE = (
    "500&PJSIP/itsp/1416", "Local/x@ctx", "${SHELL(id)}", f"{GOOD}&PJSIP/op101", f"{GOOD}@far",
    f"{GOOD}/n", f"{GOOD},30,A(x)",
    f"{GOOD};2", f"{GOOD}|30", "$[1+1]", "{EXTEN}", f"({GOOD}", f'"{GOOD}"&x', f"{GOOD}^s^1", "PJSIP/op101",
    "tel:+79161234567", "+7916CALLNOW", "8 916 CALL-NOW", f"{GOOD};ext=101", f"{GOOD}x5",
)  # fmt: skip
SETTINGS = Settings.model_construct(
    outward_uri="127.0.0.1:9",
    outward_number="+74951110000",
    country="RU",
    outward_countries=(),
    callback_window_minutes=60,
)

COUNTER = Counter(
    base=Base(open_pools("postgresql+psycopg://nobody@127.0.0.1:1/none")),
    site=Site(country="RU", time_zone="Europe/Moscow"),
    utility="Sample",
)
"""Of the menu; reading a number asks no base."""


def tried(number: str) -> list[object]:
    """Return what each door says of a number: the one rule, the page of the list, a call-back that is asked for."""
    wish = CallbackWish(call_id="main-1.1", number=number, caller=GOOD, account_id=None, topic="", language="ru")
    calendar = WorkCalendar(time_zone="Europe/Moscow")
    return [outward.judge(number, "RU"), judge_callback(wish, SETTINGS, calendar, NOON, Limits())]


def keyed(number: str) -> str:
    """Return what becomes of a number that a caller keys, "" for nothing."""
    return COUNTER.check(number).number


def listed(number: str) -> str:
    """What the list of numbers to pass on to makes of one, "" when it does not take it."""
    judged = passing.judge_number(SETTINGS, Outward(nodes={"main": ()}, numbers=frozenset()), number)
    return judged.number if isinstance(judged, MayCall) else ""


@pytest.mark.parametrize("number", HOSTILE)
def test_what_is_more_than_a_number_is_none_at_any_door(number: str) -> None:
    assert tried(number) == [NoCall.NOT_A_NUMBER, NoCall.NOT_A_NUMBER]
    assert (keyed(number), listed(number)) == ("", "")
    assert faults(Trunk(name="city", host="sip.example.com", number=number)).keys() >= {"number"}
    for kind in (PassOn, Consult):
        house, call, _ = in_talk()
        before = house.orders()
        wish = kind(wish_id="k", operator_id=ANNA, at=house.now, call_id=call, to="number", number=number[:16])
        assert house.wish(wish)
        assert house.news()[-1] == WishAnswered(wish_id="k", done=False, reason="no-outside-line")
        assert house.orders() == before, kind


@pytest.mark.parametrize("spelled", ["8 (916) 123-45-67", f"{GOOD})", f"{GOOD} ext. 5", " +7 916 123 45 67 "])
def test_brackets_and_blanks_of_a_spelling_do_not_come_out(spelled: str) -> None:
    first, second = tried(spelled)
    assert first == MayCall(GOOD)
    assert isinstance(second, Promise)
    assert {second.number, keyed(spelled), listed(spelled)} == {GOOD}


@given(st.text(alphabet="0123456789+ -", max_size=16), st.sampled_from(SIGNS), st.integers(0, 16))
def test_a_sign_of_the_dialplan_in_whatever_number_never_comes_out(digits: str, sign: str, at: int) -> None:
    for verdict in tried(digits[:at] + sign + digits[at:]):
        if isinstance(verdict, MayCall | Promise):
            assert re.fullmatch(r"\+[1-9][0-9]{5,14}", verdict.number)
        else:
            assert isinstance(verdict, NoCall)


@pytest.mark.parametrize(
    "device",
    [
        "PJSIP/+79161234567@outward&PJSIP/x",
        "PJSIP/a@b,30",
        "Local/1@c/n,x",
        "${X}",
        "PJSIP/a@b;2",
        "PJSIP//a",
    ],
)
def test_a_device_that_is_more_than_one_is_refused_at_the_wire(device: str) -> None:
    order = Originate(
        node="main", leg="l", device=device, context="connect", timeout_ms=1, caller_number="", caller_name=""
    )  # type: ignore[arg-type]
    with pytest.raises(actions.HostileValue):
        actions.wire(order)


def test_what_an_order_runs_is_ours_whatever_was_wished() -> None:
    house, call, _ = in_talk()
    house.wish(
        Consult(wish_id="k", operator_id=ANNA, at=house.now, call_id=call, to="number", number=GOOD, title="x,1&y")
    )
    asked = house.originates()[-1]
    assert (asked.device, asked.context) == (f"PJSIP/{GOOD}@outward", "consult")
    again, other, _ = in_talk()
    assert pass_on(again, other, "number", number=GOOD, title="${SHELL(id)}", note="a,b&c") == ""
    assert pass_on(again, other, operator=BORIS) == "no-such-call", "he has let go of the caller"
    moved = again.orders()[-1]
    assert isinstance(moved, Redirect)
    assert (moved.context, moved.exten) == ("passing-out", GOOD[1:])
