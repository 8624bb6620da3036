"""Standing legs: an operator of a campaign is on the line before anybody has answered (pure).

A debtor who answers shall hear an operator at once, and a telephone that only then begins to ring is too late for that.
So the floor rings who is ready for campaigns with a leg that his telephone answers by itself, and that waits in the
context `standing`. Whoever he gets, a debtor or a caller of the queue, is joined to that leg (docs/adr/0027).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from routing.calls import Call
from routing.hall import Hall, OperatorLeg
from routing.operator import READY, RESERVED, Operator, Step
from routing.views import OperatorId
from telephony.commands import AnyCommand, HangUp, Originate, Redirect, SetVariable
from telephony.events import ChannelName, LegId, LegSeen, Node

CONTEXT, JOIN = "standing", "connect"
STANDING = "stand-"
OFFER = "offer-"
ALARM = "stand"
RINGS = timedelta(seconds=4)
"""A telephone that was asked to answer by itself does so at once."""
GRACE = timedelta(seconds=2)
AGAIN = timedelta(seconds=1)
MOST = 3
"""So often in a row a telephone may fail before its operator is taken for absent."""
JOINS = timedelta(seconds=3)
"""A leg that stands is joined at once; one that is not by then will not be."""
NORMAL = 16


def staff(hall: Hall, serves: Mapping[OperatorId, frozenset[int]], now: datetime) -> None:
    """Know who works for which campaigns from now on."""
    touched = [*hall.stands.serves, *serves]
    hall.stands.serves = dict(serves)
    keep(hall, touched, now)


def keep(hall: Hall, touched: list[OperatorId], now: datetime) -> None:
    """Have those on the line who should be, and let go of the others."""
    for operator_id in touched:
        operator = hall.operators.get(operator_id)
        leg = hall.legs.get(hall.stands.legs.get(operator_id, LegId("")))
        if leg is None:
            if operator is not None and wanted(hall, operator) and operator_id not in hall.stands.resting:
                _ring(hall, operator, now)
        elif not leg.offered and (operator is None or not wanted(hall, operator)):
            drop(hall, leg)


def wanted(hall: Hall, operator: Operator) -> bool:
    """Whether an operator should be on the line: he serves a campaign, and is ready or reads a debtor's card."""
    call = hall.dials.cards.get(operator.operator_id)
    reads = operator.state is RESERVED and call is not None and operator.call_id == call
    ready = operator.state is READY and operator.next_reason is None
    return reads or (ready and operator.operator_id in hall.stands.serves)


def _ring(hall: Hall, operator: Operator, now: datetime) -> None:
    node = min(operator.idle_nodes & hall.lineup.synced, default=None)
    if node is None:
        return
    leg = LegId(STANDING + hall.new_leg().removeprefix(OFFER))
    hall.legs[leg] = OperatorLeg(
        leg=leg, node=node, operator_id=operator.operator_id, stands=True, deadline=now + RINGS + GRACE
    )
    hall.stands.legs[operator.operator_id] = leg
    hall.alarm(now + RINGS + GRACE, ALARM, str(operator.operator_id))
    hall.order(
        Originate(
            node=node,
            leg=leg,
            device=operator.device_at(node),
            context=CONTEXT,
            timeout_ms=int(RINGS.total_seconds() * 1000),
            caller_number="",
            caller_name="",
            variables={
                "BUSBAR_OFFER": leg,
                "BUSBAR_OPERATOR": str(operator.operator_id),
                "PJSIP_HEADER(add,X-Busbar-Offer)": leg,
                "PJSIP_HEADER(add,X-Busbar-Answer)": "auto",
            },
        )
    )


def up(hall: Hall, leg: OperatorLeg, channel: ChannelName) -> None:
    """A standing leg was answered: its operator may be joined to somebody."""
    hall.legs[leg.leg] = replace(leg, channel=channel, deadline=None)
    hall.stands.legs[leg.operator_id] = leg.leg
    hall.stands.tries.pop(leg.operator_id, None)
    operator = hall.operators.get(leg.operator_id)
    if operator is not None and not leg.cancelled:
        hall.put_operator(replace(operator, stands=leg.node))


def adopt(hall: Hall, event: LegSeen, operator_id: OperatorId) -> bool:
    """Take in a standing leg that an earlier floor rang; False when it is none, or is joined to somebody."""
    if not event.leg.startswith(STANDING) or event.context != CONTEXT or event.bridge:
        return False
    leg = OperatorLeg(leg=event.leg, node=event.node, operator_id=operator_id, channel=event.channel, stands=True)
    hall.legs[event.leg] = leg
    up(hall, leg, event.channel)
    return True


def of(hall: Hall, operator_id: OperatorId, node: Node) -> OperatorLeg | None:
    """Return the leg on which an operator stands at a node, ready to be joined."""
    operator, leg = hall.operators.get(operator_id), hall.legs.get(hall.stands.legs.get(operator_id, LegId("")))
    ready = leg is not None and leg.channel is not None and not leg.offered and not leg.cancelled and leg.node == node
    return leg if ready and operator is not None and operator.stands == node else None


def join(hall: Hall, call: Call, leg: OperatorLeg, now: datetime) -> tuple[AnyCommand, ...]:
    """Make a standing leg the offer of a call; return what joins the two once the call is the offer's."""
    hall.legs[leg.leg] = replace(leg, call_id=call.call_id, offered=True, rang=True, deadline=now + JOINS)
    hall.alarm(now + JOINS, "offer", leg.leg)
    if hall.stands.legs.get(leg.operator_id) == leg.leg:
        del hall.stands.legs[leg.operator_id]
    operator = hall.operators[leg.operator_id]
    hall.put_operator(replace(operator, stands=None))
    channel = leg.channel or ChannelName("")
    return (
        SetVariable(node=leg.node, channel=channel, name="BUSBAR_CALLER", value=call.channel),
        SetVariable(node=leg.node, channel=channel, name="BUSBAR_CALL", value=call.call_id),
        Redirect(node=leg.node, channel=channel, context=JOIN),
    )


def back(hall: Hall, leg: OperatorLeg) -> None:
    """A leg could not be joined to whom it was for, who is gone: it stands as before."""
    hall.legs[leg.leg] = replace(leg, call_id=None, offered=False, rang=False, deadline=None)
    hall.stands.legs[leg.operator_id] = leg.leg
    hall.put_operator(replace(hall.operators[leg.operator_id], stands=leg.node))


def drop(hall: Hall, leg: OperatorLeg) -> None:
    """End a standing leg that nobody wants any more."""
    _forget(hall, leg)
    if not leg.cancelled:
        hall.legs[leg.leg] = replace(leg, cancelled=True)
        if leg.channel is not None:
            hall.order(HangUp(node=leg.node, channel=leg.channel, cause=NORMAL))


def ended(hall: Hall, leg: OperatorLeg, now: datetime) -> None:
    """A leg that stood ended, with somebody on it or nobody; `leg` is out of the hall already."""
    if leg.bridged or leg.offered:
        _forget(hall, leg)
    else:
        lost(hall, leg, now)


def lost(hall: Hall, leg: OperatorLeg, now: datetime) -> None:
    """A standing leg ended with nobody on it; `leg` is out of the hall already."""
    _forget(hall, leg)
    if leg.cancelled or leg.offered:
        # It was let go of, or had somebody: the next one is rung when he is ready again.
        keep(hall, [leg.operator_id], now)
        return
    tries = hall.stands.tries[leg.operator_id] = hall.stands.tries.get(leg.operator_id, 0) + 1
    operator = hall.operators.get(leg.operator_id)
    if tries >= MOST:
        del hall.stands.tries[leg.operator_id]
        if operator is not None and operator.state is READY:
            hall.step(leg.operator_id, Step.MAKE_NOT_READY, now, reason="phone-failed")
        return
    hall.stands.resting.add(leg.operator_id)
    hall.alarm(now + AGAIN, ALARM, str(leg.operator_id))


def due(hall: Hall, operator_id: OperatorId, now: datetime) -> None:
    """Meet a deadline: a telephone should have answered, or is to be rung again."""
    leg = hall.legs.get(hall.stands.legs.get(operator_id, LegId("")))
    if leg is None:
        hall.stands.resting.discard(operator_id)
        keep(hall, [operator_id], now)
    elif leg.deadline is not None and leg.deadline <= now and not leg.offered:
        hall.legs.pop(leg.leg)
        if leg.channel is not None:
            hall.order(HangUp(node=leg.node, channel=leg.channel, cause=NORMAL))
        lost(hall, leg, now)


def _forget(hall: Hall, leg: OperatorLeg) -> None:
    if hall.stands.legs.get(leg.operator_id) == leg.leg:
        del hall.stands.legs[leg.operator_id]
        operator = hall.operators.get(leg.operator_id)
        if operator is not None and operator.stands is not None:
            hall.put_operator(replace(operator, stands=None))
