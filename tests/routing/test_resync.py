"""What is known after a link was down or the floor was: snapshots of a node, and what was shown before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from routing.calls import TALKING, Call
from routing.operator import Operator
from routing.resync import Past, refreshed
from routing.views import CallPhase, FloorView, OperatorId, OperatorState, OperatorView
from telephony.commands import AskSnapshot
from telephony.events import (
    CallId,
    ChannelName,
    DeviceState,
    LegId,
    LegSeen,
    LinkLost,
    LinkUp,
    SnapshotEnded,
)
from tests.routing.house import MAIN, House, channel_of

MIDDAY = datetime(2026, 11, 22, 12, tzinfo=UTC)
READY, WRAP_UP = OperatorState.READY, OperatorState.WRAP_UP

pytestmark = pytest.mark.unit


def test_while_a_node_is_not_known_nobody_of_it_is_offered() -> None:
    house = House()
    house.operator(101)
    house.hear(LinkLost(node=MAIN, reason="test"))
    house.caller(1)
    assert not house.originates()
    house.hear(LinkUp(node=MAIN))
    house.device(101, DeviceState.NOT_IN_USE)
    assert not house.originates()
    assert isinstance(next(one for one in reversed(house.orders()) if isinstance(one, AskSnapshot)), AskSnapshot)


def test_a_restarted_asterisk_ends_its_calls_and_frees_its_operators() -> None:
    house = House()
    anna = house.operator(101)
    boris = house.operator(102, ready=False)
    talked, _ = house.talk(1, 101)
    house.make_ready(boris)
    rung = house.caller(2)
    house.hear(LinkLost(node=MAIN, reason="gone"))
    assert house.phase(talked) is CallPhase.TALKING
    house.hear(LinkUp(node=MAIN))
    house.hear(SnapshotEnded(node=MAIN))
    assert (house.state(anna), house.state(boris)) == (WRAP_UP, READY)
    assert house.phase(rung) is None
    assert house.floor.hall.calls[talked].ended_at is not None


def test_who_left_the_bridge_unseen_is_not_taken_for_the_one_who_talks() -> None:
    house = House()
    anna = house.operator(101)
    boris = house.operator(102, ready=False)
    call, left = house.talk(1, 101)
    caller, came = LegId(call), LegId("offer-999999999999")
    bridge, telephone = f"b-{call}", ChannelName("PJSIP/op102-00000009")
    house.hear(LinkLost(node=MAIN, reason="test"))
    house.hear(LinkUp(node=MAIN))
    for leg, channel, context in ((caller, channel_of(call), "queue"), (came, telephone, "connect")):
        house.hear(
            LegSeen(
                node=MAIN,
                leg=leg,
                channel=channel,
                linked=call,
                number="",
                name="",
                context=context,
                exten="s",
                up=True,
                bridge=bridge,
                seconds=9,
                variables={},
            )
        )
    house.hear(SnapshotEnded(node=MAIN))
    assert left not in house.floor.hall.legs
    assert house.phase(call) is CallPhase.TALKING
    assert house.floor.hall.calls[call].leg == came
    assert house.state(boris) is OperatorState.TALKING
    assert house.floor.hall.operators[anna].call_id is None


def test_what_was_shown_but_not_on_record_is_known_after_a_restart() -> None:
    shown = FloorView(
        operators=(
            OperatorView(
                operator_id=OperatorId(5),
                name="Anna",
                extension="105",
                state=OperatorState.READY,
                reason="",
                since=MIDDAY + timedelta(seconds=9),
                until=None,
                phone_ok=True,
                call_id=None,
                calls_today=3,
            ),
        ),
        calls=(),
        queues=(),
        nodes={},
    )
    old = Operator(operator_id=OperatorId(5), name="Anna", extension="105", since=MIDDAY)
    newer = replace(old, since=MIDDAY + timedelta(minutes=1), reason="break", state=OperatorState.NOT_READY)
    assert refreshed(Past(operators=(old,)), shown, "2026-11-22").operators[0].state is OperatorState.READY
    assert refreshed(Past(), shown, "2026-11-22").operators[0].calls_today == 3
    assert refreshed(Past(operators=(newer,)), shown, "2026-11-22").operators == (newer,)


def test_what_is_on_no_record_is_taken_from_the_last_screen() -> None:
    written = Call(call_id=CallId("main-1"), node=MAIN, channel=ChannelName(""), arrived_at=MIDDAY, phase=TALKING,
                   operator_id=OperatorId(5))  # fmt: skip
    seen = replace(written, name="Ivan", candidates=(7, 8), offered_at=MIDDAY + timedelta(seconds=3))
    shown = FloorView(operators=(), calls=(seen.view,), queues=(), nodes={})
    assert refreshed(Past(calls=(written,)), shown, "2026-11-22").calls == (seen,)
    other = replace(written, operator_id=OperatorId(6))
    (call,) = refreshed(Past(calls=(other,)), shown, "2026-11-22").calls
    assert (call.name, call.offered_at) == ("Ivan", None), (
        "when it was offered to somebody else is not when it was to him"
    )
