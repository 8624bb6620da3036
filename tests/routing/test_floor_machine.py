"""Whatever the switch reports and desks wish, in any order: screens are right and the floor agrees with itself.

The events need not make sense (lost, doubled, out of order, of channels nobody knows): the floor has to survive an AMI
link that drops things. What always holds is asserted by `House.check` after every single step.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from routing.hall import Rules
from routing.policy import Policy, parse
from routing.views import OperatorId, OperatorState
from routing.wishes import ChooseAccount, CloseWrapUp, EndCall, ExtendWrapUp, SetState, SignIn, SignOut
from telephony.events import (
    BridgeJoined,
    BridgeLeft,
    CallId,
    ChannelName,
    DeviceState,
    LegEnded,
    LegHeld,
    LegId,
    LegResumed,
    LegRinging,
    LegSeen,
    LinkLost,
    LinkUp,
    Mark,
    OriginateFinished,
    SnapshotEnded,
)
from tests.routing.house import MAIN, House, channel_of

OPERATORS = (101, 102, 103)
operators = st.sampled_from(OPERATORS)
callers = st.integers(1, 4)
OFFERS = ("create", "ring", "join", "end", "fail", "timeout", "unknown")
causes = st.sampled_from([0, 16, 17, 19, 21, 26, 41])


class Chaos(RuleBasedStateMachine):
    """A house with three operators, four callers and a switch that says anything."""

    policy = Policy()
    skills: Mapping[int, tuple[str, ...]] = {}

    @initialize()
    def open(self) -> None:
        self.house = House(Rules(policy=self.policy))
        for number in OPERATORS:
            self.house.operator(number, *self.skills.get(number, ()))

    @rule(number=callers, seconds=st.integers(0, 40), topic=st.sampled_from(["", "debt"]))
    def a_caller_comes(self, number: int, seconds: int, topic: str) -> None:
        self.house.wait(seconds)
        self.house.caller(number, Topic=topic)

    @rule(number=callers, mark=st.sampled_from(Mark), cause=causes)
    def the_dialplan_marks(self, number: int, mark: Mark, cause: int) -> None:
        self.house.mark(CallId(f"main-{number}"), mark, Cause=str(cause), Since="1795348800", Account="7")

    @rule(
        data=st.data(),
        what=st.sampled_from(["create", "ring", "join", "end", "fail", "timeout", "unknown"]),
        cause=causes,
    )
    def an_offer_goes_on(self, data: st.DataObject, what: str, cause: int) -> None:
        orders = self.house.originates()[-6:]
        if not orders:
            return
        order = data.draw(st.sampled_from(orders))
        call = CallId(order.variables["BUSBAR_CALL"])
        who = OperatorId(int(order.variables["BUSBAR_OPERATOR"]))
        match what:
            case "create":
                self.house.created(order.leg, who)
            case "ring":
                leg, channel = order.leg, self.house.channel(order.leg)
                self.house.hear(LegRinging(node=MAIN, leg=leg, channel=channel, linked=call))
            case "join":
                self.house.join(call, order.leg)
            case "end":
                self.house.end(order.leg, cause)
            case "timeout":
                self.house.hear(OriginateFinished(node=MAIN, leg=order.leg, answered=False, reason=cause % 4))
            case _:
                self.house.fail(order, "outcome-unknown" if what == "unknown" else "switch-refused")

    @rule(data=st.data(), kind=st.sampled_from([LegHeld, LegResumed, BridgeLeft, LegEnded]), cause=causes)
    def a_leg_reports(self, data: st.DataObject, kind: type, cause: int) -> None:
        hall = self.house.floor.hall
        legs = [*hall.legs, *map(LegId, hall.calls)]
        if not legs:
            return
        leg = data.draw(st.sampled_from(sorted(legs)))
        more = {"cause": cause, "tech_cause": ""} if kind is LegEnded else {"bridge": "b"} if kind is BridgeLeft else {}
        channel = self.house.channel(leg)
        self.house.hear(kind(node=MAIN, leg=leg, channel=channel, linked=CallId(leg), **more))

    @rule(number=callers, who=operators)
    def the_fallback_queue_connects(self, number: int, who: int) -> None:
        call, leg = CallId(f"main-{number}"), LegId(f"main-9{who}")
        channel = ChannelName(f"PJSIP/op{who}-0000{who}")
        for one, name in ((leg, channel), (LegId(call), channel_of(call))):
            self.house.hear(BridgeJoined(node=MAIN, leg=one, channel=name, linked=call, bridge=f"q{number}", members=2))

    @rule(who=operators, state=st.sampled_from(DeviceState))
    def a_telephone_changes(self, who: int, state: DeviceState) -> None:
        self.house.device(who, state)

    @rule(who=operators, ready=st.booleans())
    def an_operator_says(self, who: int, ready: bool) -> None:
        state = OperatorState.READY if ready else OperatorState.NOT_READY
        self.house.wish(
            SetState(wish_id="w", operator_id=OperatorId(who), at=self.house.now, state=state, reason="break")  # type: ignore[arg-type]
        )

    @rule(who=operators, kind=st.sampled_from([SignIn, SignOut, EndCall, CloseWrapUp, ExtendWrapUp, ChooseAccount]))
    def an_operator_wishes(self, who: int, kind: type) -> None:
        operator = self.house.floor.hall.operators.get(OperatorId(who))
        call = operator.call_id if operator is not None and operator.call_id else "main-1"
        fields: dict[str, object] = {"wish_id": "w", "operator_id": who, "at": self.house.now}
        if kind is SignIn:
            fields |= {"name": f"Op {who}", "extension": str(who)}
        elif kind is not SignOut:
            fields["call_id"] = call
        if kind is ChooseAccount:
            fields["account_id"] = 5
        self.house.wish(kind(**fields))

    @rule(seconds=st.sampled_from([0.3, 1, 5, 20, 70]))
    def time_passes(self, seconds: float) -> None:
        self.house.wait(seconds)

    @rule(data=st.data())
    def the_link_drops_and_comes_back(self, data: st.DataObject) -> None:
        self.house.hear(LinkLost(node=MAIN, reason="test"))
        self.house.hear(LinkUp(node=MAIN))
        hall = self.house.floor.hall
        for leg in data.draw(
            st.lists(st.sampled_from(sorted([*hall.legs, *map(LegId, hall.calls)]) or ["x"]), unique=True)
        ):
            known = hall.legs.get(LegId(leg))
            self.house.hear(
                LegSeen(
                    node=MAIN, leg=LegId(leg), channel=self.house.channel(LegId(leg)), linked=CallId(leg), number="",
                    name="", context="connect" if known else data.draw(st.sampled_from(["queue", "inbound", "parted"])),
                    exten="s", up=data.draw(st.booleans()), bridge=data.draw(st.sampled_from(["", "b-1"])), seconds=9,
                    variables={} if known is None else {"BUSBAR_OPERATOR": str(known.operator_id)},
                )
            )  # fmt: skip
        for who in OPERATORS:
            self.house.device(who, DeviceState.NOT_IN_USE)
        self.house.hear(SnapshotEnded(node=MAIN))

    @invariant()
    def nothing_is_heaped_up(self) -> None:
        if hasattr(self, "house"):
            hall = self.house.floor.hall
            assert set(hall.lineup.held_back) <= set(hall.calls)
            self.house.effects[:] = self.house.effects[-200:]


class ChaosByRules(Chaos):
    """The same, where not everybody may serve everybody."""

    policy = parse("""
rules:
  - {name: all, last_operator: 10}
  - {name: debts, when: {topics: [debt]}, queue: debts, needs: {law: 2}, steps: [{after: 20, needs: {law: 1}}]}
""")
    skills = MappingProxyType({101: ("law:2",), 102: ("law", "queue/debts:2", "queue/main"), 103: ("smalltalk",)})


CHAOS = settings(
    max_examples=60,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
    phases=(Phase.generate,),
)
Chaos.TestCase.settings = ChaosByRules.TestCase.settings = CHAOS
TestChaos = pytest.mark.long(Chaos.TestCase)
TestChaosByRules = pytest.mark.long(ChaosByRules.TestCase)
