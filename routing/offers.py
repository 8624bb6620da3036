"""Offers: one operator's telephone rings for one caller, until it is answered, missed or withdrawn (pure).

The caller's channel carries the id of the offer that may have him (`SHARED(BUSBAR_OFFER)`, set before the telephone
rings), so that of two operators who answer only one is connected, whatever we believe.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from routing import handback, matching, standing
from routing.calls import REJOINING, RINGING, WAITING, Call
from routing.hall import Hall, OperatorLeg
from routing.operator import RESERVED, WRAP_UP, Operator, Step, can
from routing.views import OperatorId
from telephony.commands import AnyCommand, HangUp, Originate, SetVariable
from telephony.events import CallId, ChannelName, LegId

CONTEXT = "connect"
OWNER = "SHARED(BUSBAR_OFFER)"
GRACE = timedelta(seconds=2)
"""The switch ends an unanswered offer; this much later we stop believing in its word."""
SETTLE = timedelta(seconds=0.7)
"""A page that reloads says goodbye before its telephone is gone: ringing at once would ring the old page."""
REJOIN_RING = timedelta(seconds=4)
REJOIN_AGAIN = timedelta(seconds=1)
HOLD_BACK = timedelta(seconds=1)
EARLY = timedelta(seconds=0.5)
"""An offer that ends this long before its time with "unavailable" was declined, not missed."""
ANSWERED_ELSEWHERE = 26
BUSY, NO_ANSWER, REJECTED = 17, 19, 21
RELOADED = 41
UNAVAILABLE = "503"
"""A page that goes while its telephone rings says both; of an answer the switch passes on the SIP status alone."""
ONE_RELOAD = timedelta(seconds=10)
"""Who goes again this soon has a telephone that fails: he is not rung for ever."""


def route(hall: Hall, now: datetime) -> None:
    """Offer callers to operators as far as both are there."""
    for offer in hall.decide(now):
        make(hall, hall.calls[offer.call_id], offer.operator_id, now, why=str(offer.why))


def make(  # noqa: PLR0913 - who, whom, when and why
    hall: Hall,
    call: Call,
    operator_id: OperatorId,
    now: datetime,
    *,
    why: str = "",
    rejoin: bool = False,
    moving: tuple[AnyCommand, ...] = (),
) -> None:
    """Ring an operator for a caller.

    Args:
        hall: the floor's present.
        call: who is to be served.
        operator_id: who shall serve.
        now: UTC.
        why: why he and not another, for the call's history.
        rejoin: he had the call already and lost his telephone; it answers by itself.
        moving: what takes the caller to where he waits for this offer, once it owns him.

    """
    stands = None if rejoin else standing.of(hall, operator_id, call.node)
    leg = hall.new_leg() if stands is None else stands.leg
    rings = REJOIN_RING if rejoin else hall.rules.offer
    joining = standing.join(hall, call, stands, now) if stands is not None else ()
    if stands is None:
        hall.legs[leg] = OperatorLeg(
            leg=leg,
            node=call.node,
            operator_id=operator_id,
            call_id=call.call_id,
            offered=True,
            rejoin=rejoin,
            deadline=now + rings,
        )
        hall.alarm(now + rings + GRACE, "offer", leg)
    if rejoin:
        call = hall.put_call(replace(call, leg=leg))
    else:
        back = hall.operators[operator_id].state is WRAP_UP
        hall.step(operator_id, Step.HAND_BACK if back else Step.RESERVE, now, call_id=call.call_id)
        call = hall.put_call(replace(call, phase=RINGING, offered_at=now, operator_id=operator_id, leg=leg))
        hall.note(call, "offered", now, detail=why)
    if joining:
        hall.order(SetVariable(node=call.node, channel=call.channel, name=OWNER, value=leg), *moving, *joining)
        return
    _originate(hall, call, hall.operators[operator_id], hall.legs[leg], moving)


def _originate(hall: Hall, call: Call, operator: Operator, leg: OperatorLeg, moving: tuple[AnyCommand, ...]) -> None:
    rings = REJOIN_RING if leg.rejoin else hall.rules.offer
    variables = {
        "BUSBAR_CALL": call.call_id,
        "BUSBAR_CALLER": call.channel,
        "BUSBAR_OFFER": leg.leg,
        "BUSBAR_OPERATOR": str(operator.operator_id),
        "PJSIP_HEADER(add,X-Busbar-Call)": call.call_id,
        "PJSIP_HEADER(add,X-Busbar-Offer)": leg.leg,
    }
    if leg.rejoin:
        variables["PJSIP_HEADER(add,X-Busbar-Answer)"] = "auto"
    hall.order(
        SetVariable(node=call.node, channel=call.channel, name=OWNER, value=leg.leg),
        *moving,
        Originate(
            node=call.node,
            leg=leg.leg,
            device=operator.device_at(call.node),
            context=CONTEXT,
            timeout_ms=int(rings.total_seconds() * 1000),
            caller_number=call.number,
            caller_name=call.name,
            variables=variables,
        ),
    )


def created(hall: Hall, leg: OperatorLeg, channel: ChannelName) -> None:
    """Note the channel of an offer; one that was withdrawn meanwhile ends at once."""
    hall.legs[leg.leg] = replace(leg, channel=channel)
    if leg.cancelled:
        hall.order(HangUp(node=leg.node, channel=channel, cause=ANSWERED_ELSEWHERE))


def rang(hall: Hall, leg: OperatorLeg, now: datetime) -> None:
    """Note that the telephone rings."""
    if leg.rang or not leg.offered:
        return
    hall.legs[leg.leg] = replace(leg, rang=True)
    call = hall.calls.get(leg.call_id) if leg.call_id is not None else None
    if call is not None and not leg.rejoin:
        hall.note(call, "ringing", now)


def cancel(hall: Hall, leg_id: LegId | None, cause: int = ANSWERED_ELSEWHERE) -> None:
    """Stop a telephone that rings; what becomes of its end says nothing about the operator."""
    leg = hall.legs.get(leg_id) if leg_id is not None else None
    if leg is None or leg.bridged or leg.cancelled:
        return
    hall.legs[leg.leg] = replace(leg, cancelled=True)
    if leg.channel is not None:
        hall.order(HangUp(node=leg.node, channel=leg.channel, cause=cause))


def decline(hall: Hall, leg: OperatorLeg, now: datetime) -> None:
    """The operator refuses the ringing offer."""
    cancel(hall, leg.leg, REJECTED)
    miss(hall, leg, "declined", now)


def ended(hall: Hall, leg: OperatorLeg, cause: int, tech_cause: str, now: datetime) -> None:
    """An offered leg ended before it was bridged; `leg` is out of the hall already."""
    if leg.cancelled:
        return
    if leg.rejoin:
        again(hall, leg, now)
    elif cause == ANSWERED_ELSEWHERE or leg.stands:
        # Who stood ready has answered before: that the two were not joined is no fault of his.
        withdraw(hall, leg, "moved", now)
    elif leg.rang and (cause == RELOADED or UNAVAILABLE in tech_cause) and not _reloaded_lately(hall, leg, now):
        reloads(hall, leg, now)
    else:
        miss(hall, leg, _why(leg, cause, tech_cause, now), now)


def _reloaded_lately(hall: Hall, leg: OperatorLeg, now: datetime) -> bool:
    before = hall.operators[leg.operator_id].reloaded_at
    return before is not None and now < before + ONE_RELOAD


def reloads(hall: Hall, leg: OperatorLeg, now: datetime) -> None:
    """The operator's page goes while it rings and will be back: he stays ready, and is rung when it has settled."""
    hall.put_operator(replace(hall.operators[leg.operator_id], reloaded_at=now, settling=True))
    hall.alarm(now + SETTLE, "settled", str(leg.operator_id))
    withdraw(hall, leg, "moved", now)


def settled(hall: Hall, operator_id: OperatorId) -> None:
    """What a telephone says of itself is true again."""
    hall.put_operator(replace(hall.operators[operator_id], settling=False))


def _why(leg: OperatorLeg, cause: int, tech_cause: str, now: datetime) -> str:
    early = leg.deadline is not None and now < leg.deadline - EARLY
    if cause in {BUSY, REJECTED} or (leg.rang and early and "480" in tech_cause):
        return "declined"
    return "no-answer" if leg.rang and (cause == NO_ANSWER or not early) else "phone-failed"


def finished(hall: Hall, leg: OperatorLeg, reason: int, now: datetime) -> None:
    """`OriginateResponse` says that nobody answered; when a channel exists, its own end says more."""
    if leg.channel is not None and reason != TIMED_OUT:
        return
    hall.legs.pop(leg.leg, None)
    ended(hall, replace(leg, rang=leg.rang or reason == TIMED_OUT), NO_ANSWER, "", now)


TIMED_OUT = 3


def expired(hall: Hall, leg_id: LegId, now: datetime) -> None:
    """The switch should have ended this offer by now and has not: stop it, try the next operator."""
    leg = hall.legs.get(leg_id)
    if leg is None or leg.bridged or not leg.offered:
        return
    if leg.channel is None:
        hall.legs.pop(leg_id)
    if not leg.cancelled:
        cancel(hall, leg_id)
        ended(hall, leg, 0, "", now)


def miss(hall: Hall, leg: OperatorLeg, reason: str, now: datetime) -> None:
    """The operator did not take the offer: he is not ready any more, the caller waits on."""
    call = _offered_call(hall, leg)
    if call is not None:
        hall.note(call, "missed", now, detail=reason)
    if _holds(hall, leg):
        hall.step(leg.operator_id, Step.MISS, now, reason=reason)
    requeue(hall, leg, reason, now)


def withdraw(hall: Hall, leg: OperatorLeg, reason: str, now: datetime) -> None:
    """The offer ends for no fault of the operator."""
    if _holds(hall, leg):
        release(hall, leg.operator_id, now)
    requeue(hall, leg, reason, now)


def release(hall: Hall, operator_id: OperatorId, now: datetime) -> None:
    """A reserved operator is ready again, or pauses if he asked for it meanwhile."""
    wanted = hall.operators[operator_id].next_reason
    hall.step(operator_id, Step.WITHDRAW, now)
    if wanted is not None:
        hall.step(operator_id, Step.MAKE_NOT_READY, now, reason=wanted)


def requeue(hall: Hall, leg: OperatorLeg, reason: str, now: datetime) -> None:
    """The caller of an offer that came to nothing stands in the line again, where he stood."""
    call = _offered_call(hall, leg)
    if call is not None and matching.again(hall, call, now):
        return
    if call is not None and handback.was_for(call, leg.operator_id):
        call, back = handback.returned(hall, call, reason)
        hall.note(call, "came-back", now, detail=reason)
        if back is not None:
            make(hall, hall.put_call(call, gone=reason), back, now, why="came-back")
            return
    if call is not None:
        call = hall.put_call(replace(call, phase=WAITING, offered_at=None, operator_id=None, leg=None), gone=reason)
        hall.note(call, "waiting", now, detail=reason)


def again(hall: Hall, leg: OperatorLeg, now: datetime) -> None:
    """An attempt to join an operator to his caller again failed; try once more in a moment."""
    call = hall.calls.get(leg.call_id) if leg.call_id is not None else None
    if call is not None and call.leg == leg.leg:
        hall.put_call(replace(call, leg=None))
        hall.alarm(now + REJOIN_AGAIN, "rejoin", call.call_id)


def rejoin(hall: Hall, call_id: CallId, now: datetime) -> None:
    """Ring the operator who lost his telephone, if it is there again and his caller still is."""
    call = hall.calls.get(call_id)
    if call is None or call.phase is not REJOINING or call.leg is not None or call.operator_id is None:
        return
    operator = hall.operators.get(call.operator_id)
    settled = call.parted_at is None or now >= call.parted_at + SETTLE
    if operator is not None and operator.call_id == call_id and settled and call.node in operator.idle_nodes:
        make(hall, call, operator.operator_id, now, rejoin=True)


def hold_back(hall: Hall, leg: OperatorLeg, now: datetime) -> None:
    """The switch did not let us mark the caller: he is probably gone; give his end a second to arrive."""
    hall.legs.pop(leg.leg, None)
    if leg.call_id is not None and leg.call_id in hall.calls:
        hall.lineup.hold_back(leg.call_id, now + HOLD_BACK)
        hall.alarm(now + HOLD_BACK, "held-back", leg.call_id)
    if leg.rejoin:
        again(hall, leg, now)
    else:
        withdraw(hall, leg, "moved", now)
        if leg.stands:
            standing.back(hall, leg)
        if leg.call_id is not None:
            # A debtor is not offered to one after the other: his end is on its way.
            hall.dials.waiting.pop(leg.call_id, None)


def _offered_call(hall: Hall, leg: OperatorLeg) -> Call | None:
    """The call of this offer, if it still is this offer's."""
    call = hall.calls.get(leg.call_id) if leg.call_id is not None else None
    return call if call is not None and call.phase is RINGING and call.leg == leg.leg else None


def _holds(hall: Hall, leg: OperatorLeg) -> bool:
    operator = hall.operators[leg.operator_id]
    return operator.state is RESERVED and operator.call_id == leg.call_id and can(operator, Step.WITHDRAW)
