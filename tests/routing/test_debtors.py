"""Calls to debtors on the floor: joined to who stands ready, let go, withdrawn, lost (pure)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from routing.dials import Answer, ByHand, Campaigns, Dial, DialNews, Go, Place, Progress, Show, Staff, Withdraw, leg_of
from routing.effects import CallHappened, Report, Tell
from routing.news import CampaignChanged, CampaignGone, WishAnswered
from routing.resync import Past
from routing.views import CallPhase, CampaignView, DebtStage, OperatorId, OperatorState
from routing.wishes import DialBack, DialDebtor, SkipDebtor, VerifyDebtor, WishBase
from telephony.commands import HangUp, Originate, Redirect, SetVariable
from telephony.events import (
    CallId,
    CallMarked,
    ChannelName,
    DeviceState,
    LegAnswered,
    LegCreated,
    LegEnded,
    LegId,
    LegRinging,
    LegSeen,
    LinkUp,
    Mark,
    OriginateFinished,
    SnapshotEnded,
)
from tests.routing.house import MAIN, NOON, House

pytestmark = pytest.mark.unit
DEBTOR = "+79161234567"


def dialled(attempt: int = 1, **more: object) -> Dial:
    values: dict[str, object] = {
        "attempt_id": attempt, "leg": leg_of(MAIN, str(attempt)), "node": MAIN, "trunk": "city",
        "endpoint": "trunk-city", "number": DEBTOR,
        "shown": "+74951110000", "campaign_id": 7, "campaign": "Autumn", "account_id": 42, "placed_at": NOON,
    }  # fmt: skip
    return Dial(**(values | more))  # type: ignore[arg-type]


class Campaign(House):
    """A floor with a campaign; what it says of attempts is kept."""

    def news(self) -> list[DialNews]:  # type: ignore[override]
        return [one.news for one in self.effects if isinstance(one, Report) and isinstance(one.news, DialNews)]

    def what(self) -> list[Progress]:
        return [one.what for one in self.news()]

    def wishes_of(self, wish: object) -> None:
        self._take(self.floor.dial(wish, self.now))  # type: ignore[arg-type]

    def serves(self, *who: int) -> None:
        self.wishes_of(Staff(serves={OperatorId(one): frozenset({7}) for one in who}))

    def stands(self, who: int) -> LegId:
        """The operator's telephone answers the leg on which he stands ready."""
        order = self.originates()[-1]
        assert order.context == "standing"
        assert order.variables["PJSIP_HEADER(add,X-Busbar-Answer)"] == "auto"
        channel = self.created(order.leg, OperatorId(who))
        self.device(who, DeviceState.IN_USE)
        self.hear(CallMarked(node=MAIN, leg=order.leg, channel=channel, linked=CallId(order.leg), mark=Mark.STANDING))
        return order.leg

    def place(self, attempt: int = 1, **more: object) -> LegId:
        one = dialled(attempt, **more)
        self.wishes_of(Place(dial=one))
        return one.leg

    def leg(self, leg: LegId) -> dict[str, object]:
        return {"node": MAIN, "leg": leg, "channel": ChannelName(f"PJSIP/trunk-city-{leg[-4:]}"), "linked": CallId(leg)}

    def rings(self, leg: LegId) -> None:
        self.hear(LegCreated(**self.leg(leg), number="", name="", context="debtor", exten="s"))  # type: ignore[arg-type]
        self.hear(LegRinging(**self.leg(leg)))  # type: ignore[arg-type]

    def answers(self, leg: LegId, mark: Mark = Mark.REACHED) -> None:
        self.rings(leg)
        self.hear(LegAnswered(**self.leg(leg)))  # type: ignore[arg-type]
        self.hear(OriginateFinished(node=MAIN, leg=leg, answered=True, reason=4))
        self.says(leg, mark)

    def says(self, leg: LegId, mark: Mark) -> None:
        self.hear(CallMarked(**self.leg(leg), mark=mark))  # type: ignore[arg-type]

    def ends(self, leg: LegId, cause: int = 16, tech: str = "") -> None:
        self.hear(LegEnded(**self.leg(leg), cause=cause, tech_cause=tech))  # type: ignore[arg-type]


@pytest.fixture
def house() -> Campaign:
    here = Campaign()
    here.operator(1)
    here.serves(1)
    return here


def test_who_answers_is_joined_to_who_stands_ready(house: Campaign) -> None:
    stands = house.stands(1)
    leg = house.place()
    order = house.originates()[-1]
    assert (order.leg, order.device, order.caller_number) == (leg, f"PJSIP/{DEBTOR}@trunk-city", "+74951110000")
    assert order.variables["GROUP(trunk)"] == "city"
    assert (order.variables["BUSBAR_TELL"], order.variables["BUSBAR_CAMPAIGN"]) == ("no", "7")
    house.answers(leg)
    moved = [one for one in house.orders() if isinstance(one, Redirect)]
    assert [(one.channel, one.context) for one in moved] == [(house.channel(stands), "standing-join")]
    assert house.state(OperatorId(1)) is OperatorState.RESERVED
    house.join(CallId(leg), stands)
    assert house.phase(CallId(leg)) is CallPhase.TALKING
    call = house.floor.hall.calls[CallId(leg)]
    assert call.debt is not None
    assert (call.debt.stage, call.debt.verified, call.account_id) == (DebtStage.REACHED, False, 42)
    house.ends(leg)
    assert house.state(OperatorId(1)) is OperatorState.WRAP_UP
    assert house.what() == [
        Progress.PLACED, Progress.RINGING, Progress.ANSWERED, Progress.REACHED, Progress.MATCHED, Progress.TALKING,
        Progress.ENDED,
    ]  # fmt: skip


def test_callers_who_wait_are_served_first_and_by_the_standing_leg(house: Campaign) -> None:
    stands = house.stands(1)
    caller = house.caller(5)
    assert house.phase(caller) is CallPhase.RINGING
    house.join(caller, stands)
    assert house.phase(caller) is CallPhase.TALKING
    leg = house.place()
    house.answers(leg)
    assert house.phase(CallId(leg)) is CallPhase.IVR
    house.says(leg, Mark.ABANDONED)
    house.ends(leg)
    assert house.what()[-2:] == [Progress.ABANDONED, Progress.ENDED]
    assert CallId(leg) not in house.floor.hall.calls


def test_who_becomes_ready_within_the_grace_gets_who_answered(house: Campaign) -> None:
    leg = house.place()
    house.answers(leg)
    assert house.phase(CallId(leg)) is CallPhase.IVR
    stands_order = next(one for one in house.originates() if one.context == "standing")
    channel = house.created(stands_order.leg, OperatorId(1))
    house.device(1, DeviceState.IN_USE)
    house.hear(CallMarked(node=MAIN, leg=stands_order.leg, channel=channel, linked=CallId("x"), mark=Mark.STANDING))
    assert house.phase(CallId(leg)) is CallPhase.RINGING


def test_the_message_began_so_nobody_is_joined_any_more(house: Campaign) -> None:
    house.stands(1)
    leg = house.place()
    house.answers(leg)
    house.says(leg, Mark.ABANDONED)
    assert any(isinstance(one, HangUp) for one in house.orders())
    assert house.state(OperatorId(1)) is OperatorState.READY
    assert house.phase(CallId(leg)) is CallPhase.IVR


@pytest.mark.parametrize("order", ["hangup first", "response first"])
def test_an_end_is_told_once_with_both_words_of_the_switch(house: Campaign, order: str) -> None:
    leg = house.place()
    house.rings(leg)
    if order == "hangup first":
        house.ends(leg, 17, "486")
        assert Progress.ENDED not in house.what()
        house.hear(OriginateFinished(node=MAIN, leg=leg, answered=False, reason=0))
    else:
        house.hear(OriginateFinished(node=MAIN, leg=leg, answered=False, reason=3))
        house.ends(leg, 19, "480")
    (ended,) = [one for one in house.news() if one.what is Progress.ENDED]
    assert (ended.cause, ended.timed_out) == ((17, False) if order == "hangup first" else (19, True))


def test_paid_while_it_rings_is_hung_up_and_a_talk_is_told(house: Campaign) -> None:
    house.stands(1)
    first, second = house.place(1), house.place(2, number="+79160000002")
    house.rings(first)
    house.answers(second)
    house.wishes_of(Withdraw(attempt_ids=frozenset({1, 2}), why="paid"))
    hung = [one for one in house.orders() if isinstance(one, HangUp)]
    assert [one.channel for one in hung] == [house.leg(first)["channel"]]
    house.ends(first, 16)
    house.hear(OriginateFinished(node=MAIN, leg=first, answered=False, reason=0))
    assert house.news()[-1].cancelled == "paid"
    debt = house.floor.hall.calls[CallId(second)].debt
    assert debt is not None
    assert debt.paid


def test_withdrawn_before_it_left_it_never_leaves(house: Campaign) -> None:
    leg = house.place()
    house.wishes_of(Withdraw(attempt_ids=frozenset({1}), why="stopped"))
    order = next(one for one in house.originates() if one.leg == leg)
    assert not house.floor.wants(order)
    house.wait(5)
    assert (house.news()[-1].what, house.news()[-1].made, house.news()[-1].cancelled) == (
        Progress.ENDED, False, "stopped",
    )  # fmt: skip


def test_of_what_nothing_is_heard_the_end_is_unknown(house: Campaign) -> None:
    leg = house.place(ring=timedelta(seconds=20))
    house.fail(next(one for one in house.originates() if one.leg == leg), "outcome-unknown")
    house.wait(60)
    assert house.what() == [Progress.LOST]


def test_after_a_start_attempts_are_taken_up_or_lost() -> None:
    rings, gone = dialled(1), dialled(2, number="+79160000002")
    house = Campaign(past=Past(dials=(rings, gone)), linked=False)
    house.hear(LinkUp(node=MAIN))
    seen = LegSeen(
        **house.leg(leg_of(MAIN, "1")), number="", name="", context="default", exten="s", up=False, bridge="",
        seconds=3, variables={},
    )  # type: ignore[arg-type]  # fmt: skip
    house.hear(seen)
    house.hear(SnapshotEnded(node=MAIN))
    assert [(one.attempt_id, one.what) for one in house.news()] == [(2, Progress.LOST)]
    house.ends(rings.leg, 17, "486")
    house.wait(3)
    assert house.news()[-1].cause == 17


def test_a_leg_that_nobody_knows_of_is_ended(house: Campaign) -> None:
    house.says(leg_of(MAIN, "99"), Mark.REACHED)
    assert isinstance(house.orders()[-1], HangUp)


def test_a_telephone_that_does_not_answer_by_itself_makes_its_operator_not_ready(house: Campaign) -> None:
    house.wait(60)
    rung = [one for one in house.originates() if one.context == "standing"]
    assert len(rung) == 3
    assert house.state(OperatorId(1)) is OperatorState.NOT_READY


def test_who_pauses_is_let_go_of(house: Campaign) -> None:
    stands = house.stands(1)
    house.make_ready(OperatorId(1), ready=False, reason="break")
    assert [one.channel for one in house.orders() if isinstance(one, HangUp)] == [house.channel(stands)]


def test_nobody_is_dialled_who_is_on_the_line_already(house: Campaign) -> None:
    house.caller(5)
    call = next(iter(house.floor.hall.calls.values()))
    before = len(house.originates())
    house.place(3, number=call.number)
    assert len(house.originates()) == before
    assert (house.news()[-1].made, house.news()[-1].cancelled) == (False, "calling")


def test_the_same_attempt_is_placed_once(house: Campaign) -> None:
    house.stands(1)
    house.place()
    house.place()
    assert sum(isinstance(one, Originate) and one.context == "debtor" for one in house.orders()) == 1
    assert replace(dialled(), attempt_id=1) == dialled()


# --- a card first ---------------------------------------------------------------------------------------------------


def shown(house: Campaign, read: float = 10) -> LegId:
    """Operator 1 gets a debtor's card."""
    one = dialled(5, operator_id=OperatorId(1))
    house.wishes_of(Show(dial=one, read=timedelta(seconds=read)))
    return one.leg


def hand(house: Campaign, kind: type[WishBase], **more: object) -> str:
    """The operator wishes something; return why it was refused."""
    told = house.wish(kind(wish_id=house.name(), operator_id=OperatorId(1), at=house.now, **more))  # type: ignore[arg-type]
    (said,) = [one for one in House.news(house, told) if isinstance(one, WishAnswered)]
    return said.reason


def test_a_card_is_read_before_anything_is_dialled(house: Campaign) -> None:
    stands = house.stands(1)
    leg = shown(house)
    call = house.floor.hall.calls[CallId(leg)]
    assert call.debt is not None
    assert (call.phase, call.debt.stage, call.debt.dial_at) == (
        CallPhase.RINGING, DebtStage.CARD, house.now + timedelta(seconds=10),
    )  # fmt: skip
    assert not [one for one in house.originates() if one.context == "debtor"]
    house.wait(10)
    assert house.what() == [Progress.ASKED]
    house.wishes_of(Go(attempt_id=5))
    assert [one.leg for one in house.originates() if one.context == "debtor"] == [leg]
    house.answers(leg)
    house.join(CallId(leg), stands)
    assert house.phase(CallId(leg)) is CallPhase.TALKING
    assert hand(house, VerifyDebtor, call_id=leg, proof="account") == ""
    noted = [one.detail for one in house.facts() if isinstance(one, CallHappened) and one.what == "verified"]
    assert noted == ["account"]
    debt = house.floor.hall.calls[CallId(leg)].debt
    assert debt is not None
    assert debt.verified


def test_he_dials_as_soon_as_he_has_read(house: Campaign) -> None:
    house.stands(1)
    leg = shown(house)
    assert hand(house, DialBack, call_id=leg) == ""
    assert house.what() == [Progress.ASKED]
    assert hand(house, DialBack, call_id=leg) == "no-such-call"
    house.wishes_of(Withdraw(attempt_ids=frozenset({5}), why="hours"))
    assert house.state(OperatorId(1)) is OperatorState.READY
    assert (house.news()[-1].made, house.news()[-1].cancelled) == (False, "hours")


@pytest.mark.parametrize("rings", [False, True])
def test_skipped_the_operator_is_ready_again(house: Campaign, rings: bool) -> None:
    house.stands(1)
    leg = shown(house)
    if rings:
        house.wishes_of(Go(attempt_id=5))
        house.rings(leg)
    assert hand(house, SkipDebtor, call_id=leg, reason="spoke yesterday") == ""
    if rings:
        house.ends(leg)
        house.hear(OriginateFinished(node=MAIN, leg=leg, answered=False, reason=0))
    assert house.state(OperatorId(1)) is OperatorState.READY
    assert house.news()[-1].cancelled == "skipped: spoke yesterday"
    assert CallId(leg) not in house.floor.hall.calls


def test_nobody_answers_and_the_operator_is_ready_again(house: Campaign) -> None:
    house.stands(1)
    leg = shown(house, read=0)
    house.wait(0)
    house.wishes_of(Go(attempt_id=5))
    house.rings(leg)
    house.ends(leg, 17, "486")
    house.hear(OriginateFinished(node=MAIN, leg=leg, answered=False, reason=0))
    assert house.state(OperatorId(1)) is OperatorState.READY
    assert house.news()[-1].cause == 17


def test_who_serves_no_campaign_is_rung_when_he_calls_by_hand() -> None:
    house = Campaign()
    house.operator(1)
    wish = DialDebtor(wish_id="w", operator_id=OperatorId(1), at=house.now, account_id=42, number=DEBTOR)
    (asked,) = [one.news for one in house.wish(wish) if isinstance(one, Report)]
    assert isinstance(asked, ByHand)
    assert (asked.account_id, asked.number) == (42, DEBTOR)
    shown(house, read=0)
    stands = house.stands(1)
    told = house._take(house.floor.dial(Answer(operator_id=OperatorId(1), wish_id="w", refusal=""), house.now))
    assert [one.done for one in House.news(house, told) if isinstance(one, WishAnswered)] == [True]
    house.wishes_of(Go(attempt_id=5))
    leg = leg_of(MAIN, "5")
    house.answers(leg)
    house.join(CallId(leg), stands)
    assert house.state(OperatorId(1)) is OperatorState.TALKING


def test_who_is_gone_already_is_not_offered_to_one_after_the_other(house: Campaign) -> None:
    house.stands(1)
    house.operator(2)
    house.serves(1, 2)
    house.stands(2)
    leg = house.place()
    house.answers(leg)
    first = next(one for one in house.orders() if isinstance(one, SetVariable) and one.name.startswith("SHARED"))
    house.fail(first, "switch-refused")
    house.wait(0.1)
    assert sum(isinstance(one, Redirect) for one in house.orders()) == 1
    assert [house.state(OperatorId(who)) for who in (1, 2)] == [OperatorState.READY] * 2
    house.mark(CallId(leg), Mark.ABANDONED)
    house.ends(leg)
    assert house.what()[-1] is Progress.ENDED
    again = house.place(2)
    house.answers(again)
    assert sum(isinstance(one, Redirect) for one in house.orders()) == 2


def test_two_who_were_not_joined_in_time_are_no_fault_of_the_operator(house: Campaign) -> None:
    house.stands(1)
    leg = house.place()
    house.answers(leg)
    house.wait(4)
    assert house.state(OperatorId(1)) is OperatorState.READY


def test_supervisors_see_what_campaigns_do_and_only_what_changed_is_told(house: Campaign) -> None:
    autumn, winter = (
        CampaignView(
            campaign_id=key, name=str(key), mode="predictive", operators=1, idle=1, ringing=0, waiting=0, talking=0,
            cap=0.03, why="pace",
        )
        for key in (7, 9)
    )  # fmt: skip
    house.wishes_of(Campaigns(running=(winter, autumn)))
    busy = autumn.model_copy(update={"ringing": 2})
    house.wishes_of(Campaigns(running=(busy, winter)))
    assert house.floor.floor().campaigns == (busy, winter)
    house.wishes_of(Campaigns(running=(busy,)))
    told = [one.news for one in house.effects if isinstance(one, Tell)]
    assert [one.campaign for one in told if isinstance(one, CampaignChanged)] == [autumn, winter, busy]
    assert [one.campaign_id for one in told if isinstance(one, CampaignGone)] == [9]
