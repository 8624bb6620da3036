"""A supervisor in a talk, and what else he wishes of the floor: every refusal, every step, and what screens show."""

from __future__ import annotations

from enum import StrEnum
from itertools import product
from pathlib import Path

import pytest

from routing import helps, leading
from routing.effects import Undisposed
from routing.hall import Rules
from routing.helps import TRANSITIONS, Stage, Step
from routing.news import HelpGone, WishAnswered
from routing.views import CallPhase, How, OperatorId, OperatorState
from routing.wishes import (
    EndHelp,
    Force,
    Help,
    LowerHand,
    MoveCall,
    PauseRecording,
    PutAway,
    RaiseHand,
    Say,
    TakeOver,
    Wish,
)
from telephony import lives
from telephony.commands import HangUp, Originate, Redirect, SetVariable
from telephony.events import (
    BridgeJoined,
    CallId,
    CallMarked,
    ChannelName,
    DeviceChanged,
    DeviceState,
    LegCreated,
    LegId,
    Mark,
)
from tests.routing.house import MAIN, House, channel_of

pytestmark = pytest.mark.unit
ANNA, SOFIA = OperatorId(101), OperatorId(9001)
CHANNEL = ChannelName("PJSIP/op301-00000001")


class Talk:
    """Anna (101) talks to a caller; Sofia's telephone (301) is there."""

    def __init__(self, rules: Rules | None = None) -> None:
        self.house = House(rules)
        self.house.operator(ANNA)
        self.call, self.leg = self.house.talk(1, ANNA)
        self.phone(DeviceState.NOT_IN_USE)
        self.house.effects.clear()

    def phone(self, state: DeviceState) -> None:
        self.house.hear(DeviceChanged(node=MAIN, device="PJSIP/op301", state=state))

    def wish(self, kind: type[Wish], **fields: object) -> str:
        """Return why it was refused, "" when it was not."""
        base = {"wish_id": self.house.name(), "operator_id": SOFIA, "at": self.house.now}
        effects = self.house.wish(kind(**base | fields))  # type: ignore[arg-type]
        return next(one.reason for one in self.house.news(effects) if isinstance(one, WishAnswered))

    def help(self, how: How = How.LISTEN, **fields: object) -> str:
        given = {"by_name": "Sofia", "extension": "301", "target": ANNA, "call_id": self.call, "how": how}
        return self.wish(Help, **given | fields)

    def come_in(self, how: How = How.LISTEN) -> LegId:
        assert self.help(how) == ""
        leg = self.house.originates()[-1].leg
        self.house.hear(
            LegCreated(
                node=MAIN, leg=leg, channel=CHANNEL, linked=CallId(leg), number="", name="", context="help", exten="s"
            )
        )
        self.mark(leg, Mark.HELPING, How=how.value)
        return leg

    def mark(self, leg: LegId, mark: Mark, **fields: str) -> None:
        self.house.hear(CallMarked(node=MAIN, leg=leg, channel=CHANNEL, linked=CallId(leg), mark=mark, fields=fields))

    def stages(self) -> list[str]:
        return [one.stage for one in self.house.supervisors.helps]


@pytest.fixture
def talk() -> Talk:
    return Talk()


def test_the_diagram_is_the_table() -> None:
    table: dict[tuple[StrEnum, StrEnum], StrEnum] = {(one, by): after for (one, by), after in TRANSITIONS.items()}
    page = lives.page("The life of a help", "routing/helps.py", table, Stage.REQUESTED)
    assert Path("docs/lives/help.md").read_text("utf-8") == page


def test_what_is_not_in_the_table_changes_nothing(talk: Talk) -> None:
    leg = talk.come_in()
    one = talk.house.floor.hall.helps.by_leg[leg]
    for stage, step in product(Stage, Step):
        was = helps.replace(one, stage=stage)
        after = helps.advance(was, step, talk.house.now)
        assert after.stage is TRANSITIONS.get((stage, step), stage)


def test_it_is_asked_for_until_the_switch_says_it_is_so(talk: Talk) -> None:
    assert talk.help(How.WHISPER) == ""
    order = talk.house.originates()[-1]
    assert (order.device, order.context, order.leg[:5]) == ("PJSIP/op301", "help", "help-")
    assert order.variables["BUSBAR_SPIED"] == talk.leg
    assert talk.stages() == ["requested"]
    talk.house.hear(
        LegCreated(
            node=MAIN, leg=order.leg, channel=CHANNEL, linked=CallId(order.leg), number="", name="", context="help",
            exten="s",
        )
    )  # fmt: skip
    assert talk.stages() == ["requested"]
    talk.mark(order.leg, Mark.HELPING, How="listen")
    assert talk.stages() == ["requested"], "the word is of another way"
    talk.mark(order.leg, Mark.HELPING, How="whisper")
    assert talk.stages() == ["confirmed"]


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda talk: talk.help(call_id="main-9"), "no-such-call"),
        (lambda talk: talk.help(target=102), "no-such-call"),
        (lambda talk: talk.phone(DeviceState.UNAVAILABLE) or talk.help(), "no-phone-to-help"),
        (lambda talk: talk.help(extension=""), "no-phone-to-help"),
        (lambda talk: talk.phone(DeviceState.IN_USE) or talk.help(), "phone-busy"),
        (lambda talk: talk.house.end(talk.call) or talk.help(), "no-talk-to-help"),
        (lambda talk: talk.wish(EndHelp), "not-helping"),
        (lambda talk: talk.wish(TakeOver, call_id=talk.call), "not-helping"),
        (lambda talk: talk.wish(Force, target=102, state="ready"), "not-signed-in"),
        (lambda talk: talk.wish(MoveCall, call_id=talk.call, queue="main"), "not-waiting"),
        (lambda talk: talk.wish(Say, by_name="S", targets=(102,), text="Hello"), "nobody-there"),
        (lambda talk: talk.wish(LowerHand, target=102), "not-signed-in"),
    ],
)
def test_what_cannot_be_is_refused_with_a_code(talk: Talk, spoil: object, code: str) -> None:
    assert spoil(talk) == code  # type: ignore[operator]
    assert not talk.house.originates()
    assert talk.stages() == []


def test_a_payment_keeps_supervisors_out_and_sends_those_away_who_are_in(talk: Talk) -> None:
    talk.come_in()
    talk.house.effects.clear()
    assert talk.wish(PauseRecording, operator_id=ANNA, call_id=talk.call) == ""
    orders = talk.house.orders()
    assert orders[0] == Redirect(node=MAIN, channel=CHANNEL, context="help", exten="paused")
    paused = SetVariable(node=MAIN, channel=channel_of(talk.call), name="SHARED(BUSBAR_RECORD)", value="paused")
    assert paused in orders
    assert talk.help(How.BARGE) == "payment-pause"
    assert talk.wish(TakeOver, call_id=talk.call) == "payment-pause"


def test_a_word_of_the_switch_that_crosses_a_payment_opens_nothing(talk: Talk) -> None:
    assert talk.help() == ""
    leg = talk.house.originates()[-1].leg
    talk.house.hear(
        LegCreated(
            node=MAIN, leg=leg, channel=CHANNEL, linked=CallId(leg), number="", name="", context="help", exten="s"
        )
    )
    talk.wish(PauseRecording, operator_id=ANNA, call_id=talk.call)
    talk.house.effects.clear()
    talk.mark(leg, Mark.HELPING, How="listen")
    assert talk.stages() == ["requested"]
    assert Redirect(node=MAIN, channel=CHANNEL, context="help", exten="paused") in talk.house.orders()


def test_nobody_answers_and_it_is_over(talk: Talk) -> None:
    assert talk.help() == ""
    talk.house.wait(30)
    assert talk.stages() == []
    assert [one.reason for one in talk.house.news() if isinstance(one, HelpGone)] == ["no-answer"]


@pytest.mark.parametrize("told", [True, False])
def test_the_operator_sees_it_as_the_house_has_settled(told: bool) -> None:
    talk = Talk(Rules(help_told=told))
    talk.come_in()
    desk = talk.house.floor.desk(ANNA)
    assert desk is not None
    assert [one.by_name for one in desk.helped] == (["Sofia"] if told else [])
    assert talk.house.screens[ANNA].helped == desk.helped


def test_the_caller_is_his_once_the_two_are_together(talk: Talk) -> None:
    leg = talk.come_in()
    assert talk.wish(TakeOver, call_id=talk.call) == ""
    assert talk.house.phase(talk.call) is CallPhase.TALKING
    assert talk.stages() == ["taking"]
    talk.house.leave(LegId(talk.call), talk.call)
    for one, channel in ((leg, CHANNEL), (LegId(talk.call), channel_of(talk.call))):
        talk.house.hear(BridgeJoined(node=MAIN, leg=one, channel=channel, linked=talk.call, bridge="b2", members=2))
    assert talk.house.phase(talk.call) is CallPhase.OUTSIDE
    assert talk.house.state(ANNA) is OperatorState.WRAP_UP
    assert talk.stages() == ["taken"]
    talk.house.end(talk.leg)
    talk.house.end(leg)
    assert talk.stages() == []
    talk.house.end(talk.call)
    assert talk.house.phase(talk.call) is None


def test_a_take_over_that_the_switch_refuses_changes_nothing(talk: Talk) -> None:
    leg = talk.come_in()
    talk.wish(TakeOver, call_id=talk.call)
    gone = Redirect(node=MAIN, channel=CHANNEL, context="connect")
    effects = talk.house.fail(gone, "no-such-channel")
    assert talk.stages() == ["confirmed"]
    owner = SetVariable(node=MAIN, channel=channel_of(talk.call), name="SHARED(BUSBAR_OFFER)", value=talk.leg)
    assert owner in talk.house.orders(effects)
    assert talk.house.phase(talk.call) is CallPhase.TALKING
    assert leg in talk.house.floor.hall.helps.by_leg


def test_who_leaves_hangs_up_his_own_telephone_alone(talk: Talk) -> None:
    talk.come_in()
    talk.house.effects.clear()
    assert talk.wish(EndHelp) == ""
    assert talk.house.orders() == [HangUp(node=MAIN, channel=CHANNEL, cause=16)]


# --- states, words, hands, callers who wait --------------------------------------------------------------------------


def test_a_forced_state_waits_for_the_end_of_a_talk_and_ends_a_write_up(talk: Talk) -> None:
    assert talk.wish(Force, target=ANNA, state="not_ready", reason="meeting") == ""
    assert talk.house.state(ANNA) is OperatorState.TALKING
    talk.house.end(talk.call)
    assert talk.house.state(ANNA) is OperatorState.WRAP_UP
    assert talk.wish(Force, target=ANNA, state="ready") == ""
    assert talk.house.state(ANNA) is OperatorState.READY
    assert [one.call_id for one in talk.house.facts() if isinstance(one, Undisposed)] == [talk.call]
    assert talk.wish(Force, target=ANNA, state="not_ready") == ""
    assert talk.house.floor.hall.operators[ANNA].reason == leading.FORCED
    assert talk.wish(Force, target=ANNA, state="offline") == ""
    assert talk.house.state(ANNA) is OperatorState.OFFLINE


def test_who_is_signed_out_in_a_talk_is_not_ready_after_it(talk: Talk) -> None:
    assert talk.wish(Force, target=ANNA, state="offline") == ""
    talk.house.end(talk.call)
    talk.house.wait(61)
    assert talk.house.state(ANNA) is OperatorState.NOT_READY


def test_a_telephone_that_rings_stops_when_he_is_signed_out() -> None:
    house = House()
    house.operator(ANNA)
    call = house.caller(1)
    house.ring(house.originates()[-1])
    house.wish(Force(wish_id="f", operator_id=SOFIA, at=house.now, target=ANNA, state="offline"))  # type: ignore[arg-type]
    assert house.state(ANNA) is OperatorState.OFFLINE
    assert house.phase(call) is CallPhase.WAITING


def test_a_hand_is_raised_seen_and_lowered(talk: Talk) -> None:
    assert talk.wish(RaiseHand, operator_id=ANNA, up=True) == ""
    assert talk.house.supervisors.operators[0].hand_at == talk.house.now
    assert talk.wish(LowerHand, target=ANNA) == ""
    assert talk.house.supervisors.operators[0].hand_at is None


def test_words_reach_the_desks_they_are_for_and_stay_until_put_away(talk: Talk) -> None:
    talk.house.operator(102)
    for number in range(7):
        assert talk.wish(Say, by_name="Sofia", targets=(ANNA,), text=f"<b>{number}</b>") == ""
    said = talk.house.screens[ANNA].said
    assert [one.text for one in said] == [f"<b>{number}</b>" for number in range(2, 7)]
    assert talk.house.screens[OperatorId(102)].said == ()
    assert talk.wish(PutAway, operator_id=ANNA, said_id=said[0].said_id) == ""
    assert len(talk.house.screens[ANNA].said) == 4


def test_a_caller_who_waits_stands_elsewhere_with_the_time_he_has_waited() -> None:
    house = House()
    house.floor.hall.queue("debts")
    house.supervisors = house.floor.floor()
    call = house.caller(1)
    since = house.floor.hall.calls[call].waiting_since
    house.wait(30)
    house.wish(MoveCall(wish_id="m", operator_id=SOFIA, at=house.now, call_id=call, queue="debts"))
    moved = house.floor.hall.calls[call]
    assert (moved.queue, moved.waiting_since, moved.phase) == ("debts", since, CallPhase.WAITING)
    assert house.floor.hall.queues["main"].figures.offered == 0
    assert house.floor.hall.queues["debts"].figures.offered == 1


def test_an_order_to_ring_is_still_wanted_only_while_the_help_is(talk: Talk) -> None:
    talk.help()
    order = talk.house.originates()[-1]
    assert isinstance(order, Originate)
    assert order.codecs == ("ulaw", "alaw"), "a caller taken over must not meet a translator that counts on"
    assert talk.house.floor.wants(order)
    talk.house.wait(30)
    assert not talk.house.floor.wants(order)
