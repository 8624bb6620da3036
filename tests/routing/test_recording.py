"""What the floor orders of a recording: silence in holds and pauses, by the switch's word only."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm_core.recordings import AfterPause
from routing import recording
from routing.effects import CallHappened
from routing.taping import USUAL_PAUSE, Recorded, recorded
from routing.views import CallView, OperatorId
from routing.wishes import PassOn, PauseRecording, ResumeRecording
from telephony.commands import MuteRecording, Redirect, SetVariable, StopRecording
from telephony.events import (
    CallId,
    CallMarked,
    ChannelName,
    DeviceState,
    LegHeld,
    LegId,
    LegResumed,
    LegSeen,
    LinkLost,
    LinkUp,
    Mark,
    RecordingMuted,
    SnapshotEnded,
)
from tests.routing.house import MAIN, House, channel_of

pytestmark = pytest.mark.unit
ANNA = OperatorId(101)


class Taped:
    """A caller who talks to Anna and is recorded."""

    def __init__(self, pauses: str = "60-resume") -> None:
        self.house = House()
        self.house.operator(101)
        self.call = self.house.caller(1)
        self.leg = self.house.ring(self.house.originates()[-1])
        self.house.device(101, DeviceState.IN_USE)
        self.begins(pauses)
        self.house.join(self.call, self.leg)
        self.house.effects.clear()

    def begins(self, pauses: str) -> None:
        fields = {"Rule": "7", "Pauses": pauses}
        self.house.hear(
            CallMarked(
                node=MAIN, leg=self.leg, channel=self.channel, linked=self.call, mark=Mark.RECORDING, fields=fields
            )
        )

    @property
    def channel(self) -> ChannelName:
        return self.house.channel(self.leg)

    @property
    def view(self) -> CallView:
        return self.house.floor.hall.calls[self.call].view

    def wish(self, kind: type[PauseRecording | ResumeRecording], who: int = 101) -> None:
        self.house.wish(
            kind(wish_id=self.house.name(), operator_id=OperatorId(who), at=self.house.now, call_id=self.call)
        )

    def switch(self, *, muted: bool) -> None:
        self.house.hear(RecordingMuted(node=MAIN, leg=self.leg, channel=self.channel, linked=self.call, muted=muted))

    def mutes(self) -> list[bool]:
        return [one.muted for one in self.house.orders() if isinstance(one, MuteRecording)]

    def happened(self) -> list[str]:
        return [fact.what for fact in self.house.facts() if isinstance(fact, CallHappened)]


def test_a_screen_says_that_it_records_only_while_they_talk() -> None:
    taped = Taped()
    assert taped.view.recording
    taped.house.end(taped.call)
    assert not taped.view.recording


def test_a_pause_is_one_when_the_switch_says_so_and_not_before() -> None:
    taped = Taped()
    taped.wish(PauseRecording)
    assert taped.mutes() == [True]
    assert taped.view.recording_paused_at is None
    taped.switch(muted=True)
    assert taped.view.recording_paused_at == taped.house.now
    taped.wish(ResumeRecording)
    assert taped.view.recording_paused_at is not None
    taped.switch(muted=False)
    assert taped.view.recording_paused_at is None
    assert taped.mutes() == [True, False]
    assert taped.happened() == ["recording paused", "recording resumed"]


def test_while_it_is_paused_the_callers_channel_says_so_for_legs_that_join() -> None:
    taped = Taped()
    taped.wish(PauseRecording)
    taped.wish(ResumeRecording)
    said = [one.value for one in taped.house.orders() if isinstance(one, SetVariable) and one.name == recording.SHARED]
    assert said == ["paused", "7"]
    assert {one.channel for one in taped.house.orders() if isinstance(one, SetVariable)} == {channel_of(taped.call)}


def test_a_pause_that_failed_is_none_and_is_on_record() -> None:
    taped = Taped()
    taped.wish(PauseRecording)
    (order,) = (one for one in taped.house.orders() if isinstance(one, MuteRecording))
    taped.house.fail(order, "refused")
    assert taped.view.recording_paused_at is None
    assert taped.happened() == ["pause-failed"]
    taped.wish(PauseRecording)
    assert taped.mutes() == [True, True], "he may try again"


def test_a_forgotten_pause_ends_by_its_rule() -> None:
    taped = Taped("60-resume")
    taped.wish(PauseRecording)
    taped.switch(muted=True)
    taped.house.wait(59)
    assert taped.mutes() == [True]
    taped.house.wait(2)
    assert taped.mutes() == [True, False]


def test_or_the_rest_is_not_recorded() -> None:
    taped = Taped("60-stop")
    taped.wish(PauseRecording)
    taped.switch(muted=True)
    taped.house.wait(61)
    assert [one.channel for one in taped.house.orders() if isinstance(one, StopRecording)] == [taped.channel]
    assert not taped.view.recording
    assert "recording stopped" in taped.happened()


def test_a_pause_that_was_ended_and_begun_anew_has_its_whole_time() -> None:
    taped = Taped("60-resume")
    taped.wish(PauseRecording)
    taped.house.wait(50)
    taped.wish(ResumeRecording)
    taped.wish(PauseRecording)
    taped.house.wait(20)
    assert taped.mutes() == [True, False, True]


def test_nobody_records_what_a_caller_says_to_the_music() -> None:
    taped = Taped()
    taped.house.hear(LegHeld(node=MAIN, leg=taped.leg, channel=taped.channel, linked=taped.call))
    taped.switch(muted=True)
    taped.house.hear(LegResumed(node=MAIN, leg=taped.leg, channel=taped.channel, linked=taped.call))
    assert taped.mutes() == [True, False]


def test_a_pause_outlives_a_hold() -> None:
    taped = Taped()
    taped.wish(PauseRecording)
    taped.switch(muted=True)
    taped.house.hear(LegHeld(node=MAIN, leg=taped.leg, channel=taped.channel, linked=taped.call))
    taped.house.hear(LegResumed(node=MAIN, leg=taped.leg, channel=taped.channel, linked=taped.call))
    assert taped.mutes() == [True]
    assert taped.view.recording_paused_at is not None


def test_a_pause_asked_for_in_a_hold_lasts_after_it() -> None:
    taped = Taped()
    taped.house.hear(LegHeld(node=MAIN, leg=taped.leg, channel=taped.channel, linked=taped.call))
    taped.switch(muted=True)
    taped.wish(PauseRecording)
    taped.house.hear(LegResumed(node=MAIN, leg=taped.leg, channel=taped.channel, linked=taped.call))
    assert taped.mutes() == [True]
    taped.wish(ResumeRecording)
    assert taped.mutes() == [True, False]


def test_only_whose_call_it_is_pauses_it() -> None:
    taped = Taped()
    taped.house.operator(102)
    taped.wish(PauseRecording, who=102)
    assert taped.mutes() == []
    refused = [news for news in taped.house.news() if getattr(news, "reason", "") == "no-such-call"]
    assert len(refused) == 1


def test_a_call_that_is_not_recorded_is_silent_as_it_is() -> None:
    house = House()
    house.operator(101)
    call, _ = house.talk(1, 101)
    house.effects.clear()
    house.wish(PauseRecording(wish_id="w", operator_id=ANNA, at=house.now, call_id=call))
    assert [one for one in house.orders() if isinstance(one, MuteRecording)] == []
    assert [news.done for news in house.news() if getattr(news, "wish_id", "") == "w"] == [True]  # type: ignore[union-attr]


def test_a_new_floor_learns_from_the_channels_what_is_recorded_and_paused() -> None:
    taped = Taped()
    house = House(linked=False)
    house.operator(101, idle=False, ready=False)
    house.hear(LinkUp(node=MAIN))
    common = {"node": MAIN, "number": "", "name": "", "exten": "s", "up": True, "bridge": "b1", "seconds": 9}
    variables = {"BUSBAR_CALL": taped.call, recording.SHARED: "paused"}
    house.hear(
        LegSeen(leg=LegId(taped.call), channel=channel_of(taped.call), linked=taped.call, context="queue",
                variables=variables, **common)
    )  # fmt: skip
    of_leg = {"BUSBAR_CALL": taped.call, "BUSBAR_OPERATOR": "101", "BUSBAR_RECORDING": "a~b~op101~1~7",
              "BUSBAR_PAUSES": "60-stop"}  # fmt: skip
    house.hear(
        LegSeen(leg=taped.leg, channel=taped.channel, linked=taped.call, context="connect", variables=of_leg, **common)
    )
    house.hear(SnapshotEnded(node=MAIN))
    call = house.floor.hall.calls[CallId(taped.call)]
    assert call.view.recording
    assert call.view.recording_paused_at == house.now
    assert house.floor.hall.legs[taped.leg].recorded == Recorded(
        rule="7", pause=timedelta(seconds=60), after=AfterPause.STOP
    )
    house.wish(ResumeRecording(wish_id="w", operator_id=ANNA, at=house.now, call_id=call.call_id))
    assert [one.muted for one in house.orders() if isinstance(one, MuteRecording)] == [False]


def test_a_link_that_is_lost_and_found_changes_nothing() -> None:
    taped = Taped()
    taped.house.hear(LinkLost(node=MAIN, reason="test"))
    assert taped.view.recording


def test_who_parts_takes_his_pause_along() -> None:
    taped = Taped()
    taped.wish(PauseRecording)
    taped.switch(muted=True)
    taped.house.mark(taped.call, Mark.PARTED, Cause="41")
    assert not taped.view.recording
    assert not taped.house.floor.hall.calls[taped.call].pause_wanted


@pytest.mark.parametrize("said", ["", "x", "0-resume", "99999-stop", "٣-stop", "-", "60"])
def test_what_the_dialplan_says_wrongly_is_as_usual(said: str) -> None:
    known = recorded("1", said)
    assert timedelta() < known.pause <= timedelta(hours=1)
    assert known.pause == (timedelta(seconds=60) if said == "60" else USUAL_PAUSE)


# --- passed on -------------------------------------------------------------------------------------------------------


def passed_on(taped: Taped, *, records: bool) -> LegId:
    """Anna passes her caller on to Boris, who answers."""
    house = taped.house
    house.operator(102)
    house.wish(
        PassOn(
            wish_id=house.name(), operator_id=ANNA, at=house.now, call_id=taped.call, to="operator",
            operator=OperatorId(102),
        )
    )  # fmt: skip
    house.end(taped.leg)
    second = house.ring(house.originates()[-1])
    house.device(102, DeviceState.IN_USE)
    if records:
        said = {"Rule": "7", "Pauses": "60-resume"}
        channel = house.channel(second)
        house.hear(
            CallMarked(node=MAIN, leg=second, channel=channel, linked=taped.call, mark=Mark.RECORDING, fields=said)
        )
    house.effects.clear()
    house.join(taped.call, second, "c")
    return second


def joined_anew(taped: Taped) -> list[tuple[str, str]]:
    return [(one.context, one.other_context) for one in taped.house.orders() if isinstance(one, Redirect)]


def test_a_pause_goes_along_with_a_caller_who_is_passed_on_and_his_record_begins_when_it_ends() -> None:
    taped = Taped()
    taped.wish(PauseRecording)
    taped.switch(muted=True)
    passed_on(taped, records=False)
    assert (taped.view.recording, taped.view.recording_paused_at is not None) == (True, True)
    assert joined_anew(taped) == []
    taped.wish(ResumeRecording, 102)
    assert [one.value for one in taped.house.orders() if isinstance(one, SetVariable) and "RECORD" in one.name] == [
        "7", "7",
    ]  # fmt: skip
    assert joined_anew(taped) == [("passing", "connect")]


def test_and_ends_by_itself_there() -> None:
    taped = Taped()
    taped.wish(PauseRecording)
    taped.switch(muted=True)
    passed_on(taped, records=False)
    taped.house.wait(61)
    assert joined_anew(taped) == [("passing", "connect")]


def test_who_was_passed_on_out_of_a_hold_is_on_record_and_his_screen_says_so() -> None:
    taped = Taped()
    taped.house.hear(LegHeld(node=MAIN, leg=taped.leg, channel=taped.channel, linked=taped.call))
    taped.switch(muted=True)
    passed_on(taped, records=True)
    assert (taped.view.recording, taped.view.recording_paused_at) == (True, None)


def test_a_leg_that_comes_past_the_dialplan_is_joined_once_more_and_only_once() -> None:
    taped = Taped()
    second = passed_on(taped, records=False)
    assert joined_anew(taped) == [("passing", "connect")]
    taped.house.leave(second, taped.call)
    taped.house.join(taped.call, second, "d")
    assert joined_anew(taped) == [("passing", "connect")]


def test_who_is_joined_once_more_is_on_his_way_before_he_is_moved() -> None:
    """The leg that is moved with him may be quicker: it waits until he has arrived."""
    taped = Taped()
    passed_on(taped, records=False)
    *_, going, redirect = taped.house.orders()
    assert going == SetVariable(node=MAIN, channel=channel_of(taped.call), name="SHARED(BUSBAR_MOVING)", value="yes")
    assert isinstance(redirect, Redirect)


def test_what_a_rule_stopped_is_not_begun_again_by_passing_on() -> None:
    taped = Taped("60-stop")
    taped.wish(PauseRecording)
    taped.switch(muted=True)
    taped.house.wait(61)
    passed_on(taped, records=False)
    assert joined_anew(taped) == []


def test_what_is_asked_meanwhile_is_on_no_record() -> None:
    taped = Taped()
    gone = {"Rule": ""}
    taped.house.hear(
        CallMarked(node=MAIN, leg=taped.leg, channel=taped.channel, linked=taped.call, mark=Mark.RECORDING, fields=gone)
    )
    assert not taped.view.recording
    taped.begins("60-resume")
    assert taped.view.recording
