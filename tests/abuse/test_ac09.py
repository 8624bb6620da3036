"""AC09: a desk wishes something about a call of another desk, in every state of it: refused, nothing is ordered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from routing.effects import Order
from routing.news import WishAnswered
from routing.views import OperatorId
from routing.wishes import (
    Consult,
    EndHelp,
    Force,
    Help,
    Leading,
    LowerHand,
    MoveCall,
    Say,
    TakeOver,
    Wish,
)
from telephony.events import CallId, DeviceState
from tests.routing.house import House
from tests.routing.test_transfers import ANNA, BORIS, in_talk

pytestmark = pytest.mark.unit
CAROL = OperatorId(103)
REFUSED = {
    "end_call": "no-such-call",
    "close_wrap_up": "not-in-wrap-up",
    "extend_wrap_up": "not-in-wrap-up",
    "choose_account": "no-such-call",
    "pass_on": "no-such-call",
    "consult": "no-such-call",
    "settle": "no-consultation",
    "dial_back": "no-such-call",
    "skip_debtor": "no-such-call",
    "verify_debtor": "no-such-call",
    "pause_recording": "no-such-call",
    "resume_recording": "no-such-call",
}
MORE: dict[str, list[dict[str, Any]]] = {
    "choose_account": [{"account_id": 7}],
    "pass_on": [
        {"to": "operator", "operator": CAROL},
        {"to": "queue", "queue": "main"},
        {"to": "number", "number": "+79161234567"},
    ],
    "consult": [{"to": "operator", "operator": CAROL}, {"to": "number", "number": "+79161234567"}],
    "settle": [{"what": what} for what in ("complete", "take_back", "swap", "join")],
}
KINDS: dict[str, type[BaseModel]] = {
    kind.model_fields["type"].default: kind
    for kind in get_args(Wish)
    if "call_id" in kind.model_fields and kind not in get_args(Leading)
}


def talking() -> tuple[House, CallId]:
    house, call, _ = in_talk()
    return house, call


def ringing() -> tuple[House, CallId]:
    house = House()
    call = house.caller(1)
    house.operator(101)
    house.ring(house.originates()[-1])
    return house, call


def waiting() -> tuple[House, CallId]:
    house = House()
    return house, house.caller(1)


def in_wrap_up() -> tuple[House, CallId]:
    house, call, leg = in_talk()
    house.end(leg)
    house.device(101, DeviceState.NOT_IN_USE)
    house.end(call)
    return house, call


def asking() -> tuple[House, CallId]:
    house, call, _ = in_talk()
    house.wish(Consult(wish_id="a", operator_id=ANNA, at=house.now, call_id=call, to="operator", operator=BORIS))
    return house, call


LEADING: dict[type[BaseModel], dict[str, Any]] = {
    Help: {"by_name": "C", "extension": "103", "target": ANNA, "how": "listen"},
    TakeOver: {},
    EndHelp: {},
    Force: {"target": ANNA, "state": "not_ready"},
    Say: {"by_name": "C", "targets": (ANNA,), "text": "Hello"},
    LowerHand: {"target": ANNA},
    MoveCall: {"queue": "main"},
}


STATES = (talking, ringing, waiting, in_wrap_up, asking)


def test_every_wish_about_a_call_is_tried() -> None:
    assert KINDS.keys() == REFUSED.keys()


@pytest.mark.parametrize("state", STATES, ids=lambda one: one.__name__)
@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("busy", [False, True], ids=["idle", "with a call of his own"])
def test_it_is_refused_and_nothing_happens(state: Callable[[], tuple[House, CallId]], kind: str, *, busy: bool) -> None:
    house, call = state()
    house.operator(103, ready=busy)
    if busy:
        other = house.caller(2)
        house.join(other, house.ring(house.originates()[-1]))
        assert house.floor.hall.calls[other].operator_id in {BORIS, CAROL}
    before = (house.supervisors, dict(house.floor.hall.calls), dict(house.floor.hall.consults))
    for more in MORE.get(kind, [{}]):
        asked = {"wish_id": "w", "operator_id": CAROL, "at": house.now, "call_id": call, **more}
        effects = house.wish(KINDS[kind].model_validate(asked))  # type: ignore[arg-type]
        assert house.news(effects) == [WishAnswered(wish_id="w", done=False, reason=REFUSED[kind])]
        assert not [one for one in effects if isinstance(one, Order)]
    assert (house.supervisors, house.floor.hall.calls, house.floor.hall.consults) == before


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize(
    "call_id", ["", "main-999", "../x", "main-1\r\nAction: Hangup", "x" * 500, "offer-000000000001"]
)
def test_a_call_that_was_guessed_is_no_call(kind: str, call_id: str) -> None:
    house, _ = talking()
    for more in MORE.get(kind, [{}]):
        asked = {"wish_id": "w", "operator_id": BORIS, "at": house.now, "call_id": call_id, **more}
        effects = house.wish(KINDS[kind].model_validate(asked))  # type: ignore[arg-type]
        assert house.news(effects) == [WishAnswered(wish_id="w", done=False, reason=REFUSED[kind])]
        assert not [one for one in effects if isinstance(one, Order)]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_who_is_not_signed_in_wishes_nothing(kind: str) -> None:
    house, call = talking()
    for more in MORE.get(kind, [{}]):
        asked = {"wish_id": "w", "operator_id": 999, "at": house.now, "call_id": call, **more}
        effects = house.wish(KINDS[kind].model_validate(asked))  # type: ignore[arg-type]
        assert house.news(effects) == [WishAnswered(wish_id="w", done=False, reason="not-signed-in")]
        assert not [one for one in effects if isinstance(one, Order)]


def test_every_wish_of_supervisors_is_tried() -> None:
    assert set(get_args(Leading)) == LEADING.keys()


@pytest.mark.parametrize("kind", LEADING, ids=lambda one: one.__name__)
def test_who_sits_at_a_desk_listens_to_nobody_and_leads_nobody(kind: type[BaseModel]) -> None:
    house, call = talking()
    house.operator(103)
    before = house.supervisors
    asked = {"wish_id": "w", "operator_id": CAROL, "at": house.now, **LEADING[kind]}
    if "call_id" in kind.model_fields:
        asked["call_id"] = call
    effects = house.wish(kind.model_validate(asked))  # type: ignore[arg-type]
    assert house.news(effects) == [WishAnswered(wish_id="w", done=False, reason="not-your-team")]
    assert not [one for one in effects if isinstance(one, Order)]
    assert house.supervisors == before
