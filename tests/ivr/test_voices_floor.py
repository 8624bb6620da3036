"""A caller in the survey is nobody's contact any more, also for a floor that comes anew."""

from __future__ import annotations

import pytest

from routing.views import CallPhase, OperatorState
from telephony.events import LegId, LegSeen, LinkLost, LinkUp, Mark, SnapshotEnded
from tests.routing.house import MAIN, House, channel_of

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("written_up", [False, True], ids=["while the operator writes up", "after he wrote up"])
@pytest.mark.parametrize("told", [True, False], ids=["the floor heard it", "the floor was away"])
def test_who_is_asked_after_his_talk_is_never_taken_for_one_who_waits(*, told: bool, written_up: bool) -> None:
    house = House()
    anna = house.operator(101)
    call, leg = house.talk(1, 101)
    if told:
        house.leave(leg, call)
        house.end(leg)
        house.mark(call, Mark.PARTED, Cause="16")
        assert house.state(anna) is OperatorState.WRAP_UP
        assert house.phase(call) is CallPhase.WRAP_UP
        if written_up:
            house.wait(61)
            assert house.phase(call) is None
    house.hear(LinkLost(node=MAIN, reason="gone"))
    house.hear(LinkUp(node=MAIN))
    house.hear(
        LegSeen(
            node=MAIN,
            leg=LegId(call),
            channel=channel_of(call),
            linked=call,
            number="+79991110001",
            name="",
            context="survey",
            exten="s",
            up=True,
            bridge="",
            seconds=90,
            variables={"BUSBAR_CALL": "", "BUSBAR_SINCE": "", "BUSBAR_QUEUE": "main"},
        )
    )
    house.hear(SnapshotEnded(node=MAIN))
    house.wait(5)
    assert house.phase(call) is (CallPhase.WRAP_UP if not (told and written_up) else None)
    assert house.state(anna) is (OperatorState.WRAP_UP if not (told and written_up) else OperatorState.READY)
    assert not [one for one in house.originates() if one.leg != leg]
    house.end(LegId(call))
    assert house.phase(call) in {None, CallPhase.WRAP_UP}
