"""The life of a call: recordings end where they should, and no order of events does harm."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony import lives
from telephony.call import (
    TRANSITIONS,
    Call,
    Phase,
    Trigger,
    advance,
    begin,
    closed,
    offered,
    recovered,
    trigger,
    withdrawn,
)
from telephony.events import (
    BridgeJoined,
    CallEvent,
    CallId,
    CallMarked,
    ChannelName,
    LegCreated,
    LegEnded,
    LegHeld,
    LegId,
    LegResumed,
    LegRinging,
    LegSeen,
    Mark,
    Node,
    OriginateFinished,
)
from tests.telephony.test_events import replay

pytestmark = pytest.mark.unit
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CALLER = {
    "node": Node("cc"),
    "leg": LegId("cc-1.1"),
    "channel": ChannelName("PJSIP/anonymous-1"),
    "linked": CallId("cc-1.1"),
}
PHONE = {**CALLER, "leg": LegId("offer-1"), "channel": ChannelName("PJSIP/op101-1")}


def created() -> LegCreated:
    return LegCreated(**CALLER, number="79990000001", name="", context="inbound", exten="100")  # type: ignore[arg-type]


def mark(which: Mark, leg: dict[str, object] = CALLER, **fields: str) -> CallMarked:  # type: ignore[assignment]
    return CallMarked(**leg, mark=which, fields=fields)  # type: ignore[arg-type]


RING = LegRinging(**PHONE)  # type: ignore[arg-type]
JOIN = BridgeJoined(**CALLER, bridge="b", members=2)  # type: ignore[arg-type]
HOLD = LegHeld(**PHONE)  # type: ignore[arg-type]
RESUME = LegResumed(**PHONE)  # type: ignore[arg-type]
PHONE_GONE = LegEnded(**PHONE, cause=19, tech_cause="")  # type: ignore[arg-type]
CALLER_GONE = LegEnded(**CALLER, cause=16, tech_cause="")  # type: ignore[arg-type]


def lived(*events: CallEvent, offer: str = "offer-1") -> Call:
    call = begin(created(), NOW)
    for event in events:
        call = advance(call, event, NOW)
        if call.phase is Phase.WAITING and offer:
            call = offered(call, LegId(offer))
    return call


def test_an_answered_call_goes_through_its_phases() -> None:
    call = lived(mark(Mark.ARRIVED, Dialled="100"), mark(Mark.WAITING, Queue="main", Account="17", Since="1795348790"))
    assert (call.phase, call.waiting_since) == (Phase.WAITING, datetime(2026, 11, 22, 11, 59, 50, tzinfo=UTC))
    call = advance(call, RING, NOW)
    assert (call.phase, call.offered_at) == (Phase.RINGING, NOW)
    call = advance(call, JOIN, NOW + timedelta(seconds=4))
    assert (call.phase, call.answered_at) == (Phase.TALKING, NOW + timedelta(seconds=4))
    call = advance(call, HOLD, NOW)
    assert (call.phase, call.held_since) == (Phase.HELD, NOW)
    call = advance(call, RESUME, NOW)
    assert (call.phase, call.held_since) == (Phase.TALKING, None)
    call = advance(call, CALLER_GONE, NOW + timedelta(seconds=60))
    assert (call.phase, call.cause) == (Phase.WRAP_UP, 16)
    assert closed(call, NOW).phase is Phase.ENDED
    assert call.fields == {"Dialled": "100", "Queue": "main", "Account": "17", "Since": "1795348790"}


def test_no_answer_goes_back_to_waiting_and_forgets_the_offer() -> None:
    call = lived(mark(Mark.WAITING), RING)
    for end in (PHONE_GONE, OriginateFinished(node=Node("cc"), leg=LegId("offer-1"), answered=False, reason=3),
                mark(Mark.STALE_OFFER, PHONE)):  # fmt: skip
        after = advance(call, end, NOW)
        assert (after.phase, after.offer, after.offered_at) == (Phase.WAITING, None, None)
    assert withdrawn(call, NOW).phase is Phase.WAITING


def test_another_operators_leg_means_nothing() -> None:
    call = lived(mark(Mark.WAITING), RING)
    stranger = {**PHONE, "leg": LegId("offer-2")}
    assert advance(call, LegEnded(**stranger, cause=16, tech_cause=""), NOW) is call  # type: ignore[arg-type]


def test_a_caller_who_is_recognised_is_known_and_stays_in_the_menu() -> None:
    call = lived(mark(Mark.ARRIVED, Dialled="100"), mark(Mark.RECOGNISED, Account="17", Path="identify=1"))
    assert (call.phase, call.fields["Account"], call.fields["Path"]) == (Phase.IVR, "17", "identify=1")
    for phase in Phase:
        assert trigger(replace(call, phase=phase), mark(Mark.RECOGNISED, Account="17")) is None


def test_a_lost_operator_leads_to_rejoining_and_back() -> None:
    call = lived(mark(Mark.WAITING), RING, JOIN, mark(Mark.PARTED, Cause="41"))
    assert call.phase is Phase.REJOINING
    assert advance(call, JOIN, NOW).phase is Phase.TALKING
    assert advance(call, mark(Mark.WAITING), NOW).phase is Phase.WAITING
    assert advance(call, CALLER_GONE, NOW).phase is Phase.WRAP_UP


def test_an_operator_who_hangs_up_begins_the_wrap_up() -> None:
    assert lived(mark(Mark.WAITING), RING, JOIN, mark(Mark.PARTED, Cause="16")).phase is Phase.WRAP_UP


def test_the_fallback_queue_serves_without_the_floor() -> None:
    call = lived(mark(Mark.WAITING), RING, mark(Mark.FALLBACK), JOIN)
    assert call.phase is Phase.FALLBACK
    assert advance(call, CALLER_GONE, NOW).phase is Phase.ENDED


def test_a_caller_may_be_served_or_leave_before_anybody_answers() -> None:
    served = lived(mark(Mark.SERVED), CALLER_GONE)
    assert (served.phase, served.served) == (Phase.ENDED, True)
    assert lived(mark(Mark.WAITING), CALLER_GONE).phase is Phase.ENDED
    assert lived(mark(Mark.WAITING), RING, CALLER_GONE).phase is Phase.ENDED


def test_a_renamed_channel_is_followed() -> None:
    renamed = BridgeJoined(**{**CALLER, "channel": ChannelName("PJSIP/anonymous-1<new>")}, bridge="b", members=1)  # type: ignore[arg-type]
    assert lived(renamed).channel == "PJSIP/anonymous-1<new>"


@pytest.mark.parametrize(
    ("bridge", "variables", "phase"),
    [
        ("", {}, Phase.IVR),
        ("", {"BUSBAR_SINCE": "1795348790", "BUSBAR_QUEUE": "main"}, Phase.WAITING),
        ("b-1", {"BUSBAR_SINCE": "1795348790"}, Phase.TALKING),
    ],
)
def test_a_call_is_recovered_from_its_living_channel(bridge: str, variables: dict[str, str], phase: Phase) -> None:
    seen = LegSeen(**CALLER, number="7999", name="", context="queue", exten="s", up=True, bridge=bridge, seconds=30,
                   variables=variables)  # type: ignore[arg-type]  # fmt: skip
    call = recovered(seen, NOW)
    assert (call.phase, call.arrived_at) == (phase, NOW - timedelta(seconds=30))


EVENTS = [
    *(mark(which, leg, Cause=cause) for which in Mark for leg in (CALLER, PHONE) for cause in ("16", "41")),  # type: ignore[arg-type]
    RING, JOIN, HOLD, RESUME, PHONE_GONE, CALLER_GONE,
]  # fmt: skip


@given(st.lists(st.sampled_from(EVENTS), max_size=30))
def test_no_order_of_events_breaks_a_call(events: list[CallEvent]) -> None:
    call = begin(created(), NOW)
    for number, event in enumerate(events):
        before, call = call, advance(call, event, NOW + timedelta(seconds=number))
        if call.phase is Phase.WAITING:
            call = offered(call, LegId("offer-1"))
        assert call.phase is before.phase or (before.phase, call.phase) in {(a, b) for (a, _), b in TRANSITIONS.items()}
        assert (call.ended_at is not None) == (call.phase in (Phase.WRAP_UP, Phase.ENDED))
        assert (call.held_since is not None) == (call.phase is Phase.HELD)
        assert (call.offered_at is not None) == (call.phase is Phase.RINGING)


def test_every_phase_is_reached_and_left() -> None:
    assert set(TRANSITIONS.values()) | {Phase.IVR} == set(Phase)
    assert {before for before, _ in TRANSITIONS} | {Phase.ENDED} == set(Phase)
    assert {trigger for _, trigger in TRANSITIONS} == set(Trigger)


def test_the_drawing_is_up_to_date() -> None:
    """`python -m telephony.lives > docs/lives/call.md` draws it anew."""
    page = Path(__file__).parents[2] / "docs" / "lives" / "call.md"
    assert page.read_text(encoding="utf-8") == lives.call_page()


CALLERS_CONTEXTS = {"in", "ivr", "hold"}
ENDS = {
    "routed_hold_blindxfer": ["wrap_up"],
    "routed_ami_redirect": ["wrap_up"],
    "routed_attendedxfer": ["wrap_up"],
    "resync_status": [],
}


def followed(name: str) -> list[Call]:
    """Live through a recording as a floor would: offers are the legs the trial's router originated."""
    calls: dict[LegId, Call] = {}
    for event in replay(name):
        if (
            isinstance(event, LegCreated)
            and event.leg.startswith("cc-")
            and event.channel.startswith("PJSIP/anonymous")
        ):
            calls[event.leg] = begin(event, NOW)
        elif isinstance(event, LegCreated) and not event.leg.startswith("cc-"):
            for leg, call in calls.items():
                if call.phase is Phase.WAITING:
                    calls[leg] = offered(call, event.leg)
        for leg, call in calls.items():
            calls[leg] = advance(call, event, NOW)
    return list(calls.values())


@pytest.mark.parametrize("name", ENDS)
def test_a_recording_ends_in_the_right_phase(name: str) -> None:
    assert [call.phase.value for call in followed(name)] == ENDS[name]
