"""The line-up: what the floor's present means for the router, brought to it once before each decision (pure).

Calls and operators change several times within one event; what the router is told is how they stand in the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from routing.calls import QUEUED, Call
from routing.lately import Lately, Spoken
from routing.operator import NOT_READY, OFFLINE, READY, Operator
from routing.pairs import Caller, Free, Offer
from routing.policy import Asked, Policy, Ticket, ticket
from routing.router import Router
from routing.views import OperatorId
from telephony.events import CallId, Node


class Lineup:
    """Who waits and may be offered, who is at work.

    Args:
        policy: how to route.
        calls: the floor's, by id.
        operators: the floor's, by id.

    """

    def __init__(self, policy: Policy, calls: Mapping[CallId, Call], operators: Mapping[OperatorId, Operator]) -> None:
        self.lately = Lately()
        self.synced: set[Node] = set()
        """Nodes of which we know all channels; nobody of another node is offered."""
        self.held_back: dict[CallId, datetime] = {}
        """Calls the switch would not let us offer just now, and until when they are let be."""
        self._router = Router(policy)
        self._calls, self._operators = calls, operators
        self._waiting: dict[CallId, Caller] = {}
        """As the router knows them."""
        self._held: dict[CallId, str] = {}
        """Why those were not served who came under earlier rules, until the router knows them."""
        self._moved: dict[CallId, None] = {}
        self._changed: dict[OperatorId, None] = {}

    # --- changes ------------------------------------------------------------------------------------------------

    def touch_call(self, call_id: CallId) -> None:
        """Say that a call may have changed."""
        self._moved[call_id] = None

    def touch_operator(self, operator_id: OperatorId) -> None:
        """Say that an operator may have changed."""
        self._changed[operator_id] = None

    def sync(self, node: Node, *, known: bool) -> None:
        """Say whether we know all channels of a node."""
        (self.synced.add if known else self.synced.discard)(node)
        for call in self._calls.values():
            if call.node == node:
                self.touch_call(call.call_id)

    def hold_back(self, call_id: CallId, until: datetime) -> None:
        """Do not offer a call before that moment."""
        self.held_back[call_id] = until
        self.touch_call(call_id)

    def let_go(self, call_id: CallId) -> None:
        """Offer a call again that was held back, if it was."""
        if self.held_back.pop(call_id, None) is not None:
            self.touch_call(call_id)

    # --- asking -------------------------------------------------------------------------------------------------

    @property
    def policy(self) -> Policy:
        """The rules in force."""
        return self._router.policy

    def rule(self, policy: Policy) -> None:
        """Go by other rules from now on; why somebody was not served as he came stays as it was."""
        self._held |= {call_id: self._router.held(call_id) for call_id in self._waiting}
        self._router = Router(policy)
        self._waiting = {}
        self._moved = dict.fromkeys(self._calls)
        self._changed = dict.fromkeys(self._operators)

    def ticket(self, call: Call) -> Ticket:
        """Return what the rules make of a call."""
        asked = Asked(
            queue=call.queue,
            sent=call.chosen or call.sent,
            topic=call.topic,
            language=call.language,
            flags=frozenset(call.flags),
            dialled=call.dialled,
            path=call.path,
        )
        return ticket(self._router.policy, asked)

    def ruled(self, call: Call) -> Call:
        """Return the call in the queue where the rules want it."""
        queue = self.ticket(call).queue
        return call if queue == call.queue else replace(call, queue=queue)

    def spoke(self, call: Call) -> None:
        """Remember who has this call."""
        if call.operator_id is not None:
            spoken = Spoken(operator_id=call.operator_id, number=call.number, account_id=call.account_id)
            self.lately.note(spoken)

    def decide(self, now: datetime, day: str) -> list[Offer]:
        """Return who is to be rung for whom.

        Args:
            now: UTC.
            day: the utility's, ISO 8601; contacts of another day do not count.

        """
        for operator_id in self._changed:
            self._tell_operator(self._operators[operator_id], day)
        for call_id in self._moved:
            self._tell_call(call_id, now)
        self._moved, self._changed, self._held = {}, {}, {}
        offers = self._router.decide(now)
        for offer in offers:
            del self._waiting[offer.call_id]
        return offers

    def next_step(self) -> datetime | None:
        """Return when a decision is wanted though nothing happens."""
        return self._router.next_step()

    def waiting(self) -> list[Caller]:
        """Return everybody who waits and may be offered, in order; looks at all of them."""
        return self._router.waiting()

    # --- telling the router -------------------------------------------------------------------------------------

    def _tell_call(self, call_id: CallId, now: datetime) -> None:
        call = self._calls.get(call_id)
        wants = self._caller(call) if call is not None and self._offerable(call) else None
        if self._waiting.get(call_id) == wants:
            return
        if wants is not None:
            self._waiting[call_id] = wants
            self._router.wait(wants, now, held=self._held.pop(call_id, ""))
        else:
            del self._waiting[call_id]
            self._router.leave(call_id)

    def _offerable(self, call: Call) -> bool:
        waits = call.phase in QUEUED and not call.leaving
        return waits and call.node in self.synced and call.call_id not in self.held_back

    def _caller(self, call: Call) -> Caller:
        since = call.waiting_since or call.arrived_at
        last = self.lately.whom(call.number, call.account_id)
        return Caller(since, call.call_id, call.node, self.ticket(call), last)

    def _tell_operator(self, operator: Operator, day: str) -> None:
        if operator.state in {OFFLINE, NOT_READY} or operator.next_reason is not None:
            self._router.away(operator.operator_id)
            return
        idle = operator.idle_nodes if operator.state is READY else frozenset()
        free = Free(
            operator.since,
            operator.operator_id,
            idle or operator.nodes,
            operator.profile,
            operator.calls_today if operator.day == day else 0,
        )
        (self._router.ready if idle else self._router.busy)(free)
