"""Whatever the switch reports of debtors and of who stands ready, in any order: the floor agrees with itself.

Each attempt is ordered once at most and ends once at most; what else always holds `House.check` asserts at each step.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import hypothesis.strategies as st
import pytest
from hypothesis.stateful import initialize, invariant, rule

from routing.dials import DialNews, Go, Place, Progress, Show, Staff, Withdraw, leg_of
from routing.effects import Report
from routing.views import OperatorId
from routing.wishes import DialBack, SkipDebtor, VerifyDebtor
from telephony.commands import Originate
from telephony.events import (
    BridgeJoined,
    CallId,
    CallMarked,
    ChannelName,
    LegAnswered,
    LegCreated,
    LegEnded,
    LegId,
    LegRinging,
    Mark,
    OriginateFinished,
)
from tests.routing.house import MAIN, channel_of
from tests.routing.test_debtors import dialled
from tests.routing.test_floor_machine import CHAOS, Chaos, causes, operators

OVER = {Progress.ENDED, Progress.LOST}


class ChaosOfCampaigns(Chaos):
    """A house whose operators also call debtors."""

    @initialize()
    def begin(self) -> None:
        self.serial = 0

    def act(self, wish: object) -> None:
        self.house._take(self.house.floor.dial(wish, self.house.now))  # type: ignore[arg-type]

    @rule(who=st.sets(operators))
    def campaigns_are_staffed(self, who: set[int]) -> None:
        self.act(Staff(serves={OperatorId(one): frozenset({7}) for one in who}))

    @rule(who=st.one_of(st.none(), operators), card=st.booleans())
    def a_debtor_is_to_be_called(self, who: int | None, card: bool) -> None:
        self.serial += 1
        owner = None if who is None else OperatorId(who)
        one = dialled(self.serial, number=f"+7916000{self.serial:04}", operator_id=owner, ring=timedelta(seconds=20))
        self.act(Show(dial=one, read=timedelta(seconds=5)) if card else Place(dial=one))

    @rule(data=st.data(), why=st.sampled_from(["paid", "stopped"]))
    def the_book_says(self, data: st.DataObject, why: str) -> None:
        key = data.draw(st.integers(1, self.serial + 1))
        self.act(data.draw(st.sampled_from([Withdraw(attempt_ids=frozenset({key}), why=why), Go(attempt_id=key)])))

    @rule(
        data=st.data(),
        what=st.sampled_from(["create", "ring", "answer", "end", "finish", "timeout", "fail", "unknown", "join"]),
        mark=st.sampled_from([Mark.REACHED, Mark.MACHINE, Mark.ABANDONED, Mark.NOTICE, Mark.SERVED, Mark.WAITING]),
        cause=causes,
    )
    def a_debtors_leg_reports(self, data: st.DataObject, what: str, mark: Mark, cause: int) -> None:
        if not self.serial:
            return
        leg = leg_of(MAIN, str(data.draw(st.integers(1, self.serial))))
        about = {"node": MAIN, "leg": leg, "channel": channel_of(CallId(leg)), "linked": CallId(leg)}
        match what:
            case "create":
                self.house.hear(LegCreated(**about, number="", name="", context="debtor", exten="s"))  # type: ignore[arg-type]
            case "ring":
                self.house.hear(LegRinging(**about))  # type: ignore[arg-type]
            case "answer":
                self.house.hear(LegAnswered(**about))  # type: ignore[arg-type]
                self.house.hear(CallMarked(**about, mark=mark))  # type: ignore[arg-type]
            case "end":
                self.house.hear(LegEnded(**about, cause=cause, tech_cause="486"))  # type: ignore[arg-type]
            case "join":
                call = self.house.floor.hall.calls.get(CallId(leg))
                if call is not None and call.leg is not None:
                    self.house.join(CallId(leg), call.leg, "d")
            case "finish" | "timeout":
                self.house.hear(OriginateFinished(node=MAIN, leg=leg, answered=False, reason=3 * (what == "timeout")))
            case _:
                order = next((one for one in self.house.originates() if one.leg == leg), None)
                if order is not None:
                    self.house.fail(order, "outcome-unknown" if what == "unknown" else "switch-refused")

    @rule(data=st.data(), what=st.sampled_from(["create", "up", "end", "fail", "bridge"]), cause=causes)
    def a_standing_leg_reports(self, data: st.DataObject, what: str, cause: int) -> None:
        legs = sorted(leg.leg for leg in self.house.floor.hall.legs.values() if leg.stands)
        if not legs:
            return
        leg = data.draw(st.sampled_from(legs))
        known = self.house.floor.hall.legs[leg]
        channel = ChannelName(f"PJSIP/op{known.operator_id}-{leg[-8:]}")
        match what:
            case "create":
                self.house.created(leg, known.operator_id)
            case "up":
                marked = CallMarked(node=MAIN, leg=leg, channel=channel, linked=CallId(leg), mark=Mark.STANDING)
                self.house.hear(marked)
            case "end":
                self.house.end(leg, cause)
            case "bridge":
                self.house.hear(
                    BridgeJoined(node=MAIN, leg=leg, channel=channel, linked=CallId(leg), bridge="s", members=1)
                )
            case _:
                self.house.hear(OriginateFinished(node=MAIN, leg=leg, answered=False, reason=0))

    @rule(who=operators, kind=st.sampled_from([DialBack, SkipDebtor, VerifyDebtor]))
    def an_operator_of_a_campaign_wishes(self, who: int, kind: type) -> None:
        operator = self.house.floor.hall.operators[OperatorId(who)]
        self.house.wish(kind(wish_id="w", operator_id=who, at=self.house.now, call_id=operator.call_id or "x"))

    @invariant()
    def each_attempt_leaves_once_and_ends_once(self) -> None:
        if not hasattr(self, "serial"):
            return
        hall = self.house.floor.hall
        told = [one for one in self.house.effects if isinstance(one, Report) and isinstance(one.news, DialNews)]
        over = Counter(one.news.attempt_id for one in told if one.news.what in OVER)
        left = Counter(one.leg for one in self.house.orders() if isinstance(one, Originate) and "-out" in one.leg)
        assert not [key for key, many in over.items() if many > 1]
        assert not [leg for leg, many in left.items() if many > 1]
        assert {LegId(one) for one in hall.dials.waiting} <= set(hall.dials.by_leg)
        assert set(hall.dials.cards.values()) <= {CallId(leg) for leg in hall.dials.by_leg}
        for operator_id, leg in hall.stands.legs.items():
            assert hall.legs[leg].operator_id == operator_id
        for operator in hall.operators.values():
            assert operator.stands is None or operator.operator_id in hall.stands.legs


ChaosOfCampaigns.TestCase.settings = CHAOS
TestChaosOfCampaigns = pytest.mark.long(ChaosOfCampaigns.TestCase)
