"""Calls to debtors on the floor: dialled, answered, joined to who stands ready, ended (pure).

Who is called and how many at once was decided before (outbound); here one attempt becomes one `Originate`, what the
switch reports becomes the attempt's news, and who answers becomes a call like any other, but for this: he stands in no
queue. He is given to the operator of his campaign who has been free longest, or the dialplan lets him go after the
grace with the message, whether or not the floor is alive (docs/dialler.md).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from routing import campaigning, cards, standing
from routing.calls import ENDED, IVR, RINGING, Call
from routing.calls import steps as path_of
from routing.dials import (
    UNANSWERED,
    Answer,
    Campaigns,
    Dial,
    DialNews,
    DialWish,
    Go,
    Going,
    Place,
    Progress,
    Show,
    Staff,
    Withdraw,
)
from routing.hall import Hall
from routing.operator import READY, Step
from routing.views import OperatorId
from telephony.commands import HangUp, Originate
from telephony.events import (
    CallId,
    CallMarked,
    ChannelName,
    LegAnswered,
    LegCreated,
    LegEnded,
    LegEvent,
    LegId,
    LegRinging,
    LegSeen,
    Mark,
    Node,
    OriginateFinished,
)

CONTEXT = "debtor"
ALARM = "debtor"
RING_GRACE = timedelta(seconds=10)
"""The switch ends what is not answered; this much later we do."""
LAST_WORD = timedelta(seconds=2)
"""The end of a channel and the end of its dialling are told apart; the second is waited for so long."""
NORMAL = 16
TIMED_OUT = 3
PAID, CALLING = "paid", "calling"
MARKS = {
    Mark.MACHINE: Progress.MACHINE,
    Mark.NOTICE: Progress.NOTICE,
    Mark.SERVED: Progress.HEARD,
    Mark.ABANDONED: Progress.ABANDONED,
}
OWNER = "SHARED(BUSBAR_OFFER)"


# --- what is wished ----------------------------------------------------------------------------------------------


def obey(hall: Hall, wish: DialWish, now: datetime) -> None:
    """Carry out what the dialler wishes."""
    match wish:
        case Place(dial=one):
            dial(hall, one, now)
        case Withdraw(attempt_ids=attempt_ids, why=why):
            cancel(hall, attempt_ids, why, now)
        case Staff(serves=serves):
            standing.staff(hall, serves, now)
        case Show(dial=one, read=read):
            cards.show(hall, one, read, now)
        case Go(attempt_id=attempt_id):
            cards.go(hall, attempt_id, now)
        case Answer(operator_id=operator_id, wish_id=wish_id, refusal=refusal):
            cards.answer(hall, operator_id, wish_id, refusal)
        case Campaigns(running=running):
            campaigning.show(hall, running)


def dial(hall: Hall, one: Dial, now: datetime) -> None:
    """Dial a number whose attempt is on record."""
    if one.leg in hall.dials.by_leg:
        return
    originate(hall, Going(dial=one, since=now), now)


def originate(hall: Hall, going: Going, now: datetime) -> None:
    """Order the one leg of an attempt; one that cannot be, or whose debtor is on the line already, never leaves."""
    one = going.dial
    _put(hall, going)
    if one.node not in hall.lineup.synced or hall.backs.on_line(one.number):
        drop(hall, one.leg, CALLING, now)
        return
    hall.alarm(now + one.ring + RING_GRACE, ALARM, one.leg)
    hall.order(
        Originate(
            node=one.node,
            leg=one.leg,
            device=one.device,
            context=CONTEXT,
            timeout_ms=int(one.ring.total_seconds() * 1000),
            caller_number=one.shown,
            caller_name=one.shown,
            variables={
                "GROUP(trunk)": one.trunk,
                "BUSBAR_GRACE": f"{one.grace.total_seconds():g}",
                "BUSBAR_DETECT": "yes" if one.detect else "no",
                "BUSBAR_NOTICE": "yes" if one.notice else "no",
                "BUSBAR_NUMBER": one.number,
                "BUSBAR_DIALLED": one.shown,
                "BUSBAR_LANGUAGE": one.language,
                "BUSBAR_ACCOUNT": str(one.account_id or ""),
                "BUSBAR_TELL": "yes" if one.tell else "no",
                "BUSBAR_CAMPAIGN": str(one.campaign_id or ""),
                "BUSBAR_QUEUE": "main",
            },
        )
    )


def cancel(hall: Hall, attempt_ids: frozenset[int], why: str, now: datetime) -> None:
    """End attempts that nobody has answered; who talks already goes on talking, and his operator is told of a payment.

    Args:
        hall: the floor's present.
        attempt_ids: as on record.
        why: `paid`, `stopped`, …
        now: UTC.

    """
    for leg, going in list(hall.dials.by_leg.items()):
        if going.dial.attempt_id not in attempt_ids or going.cancelled:
            continue
        unanswered = going.stage in UNANSWERED
        _put(hall, replace(going, paid=going.paid or why == PAID, cancelled=why if unanswered else ""))
        if going.card:
            drop(hall, leg, why, now)
        if going.card or not unanswered:
            continue
        hall.alarm(now + LAST_WORD, ALARM, leg)
        if going.channel is not None:
            hall.order(HangUp(node=going.dial.node, channel=going.channel, cause=NORMAL))


def drop(hall: Hall, leg: LegId, why: str, now: datetime) -> None:
    """End an attempt that never left."""
    hall.dials.by_leg[leg] = replace(hall.dials.by_leg[leg], cancelled=why)
    call = hall.calls.get(CallId(leg))
    _end(hall, leg, now, made=False)
    if call is not None:
        cards.release(hall, call, now)
        hall.drop_call(replace(call, ended_at=now), why)


def wants(hall: Hall, leg: LegId) -> bool:
    """Whether an attempt that was ordered is still wanted."""
    going = hall.dials.by_leg.get(leg)
    return going is not None and not going.cancelled


# --- what the switch reports -------------------------------------------------------------------------------------


def hear(hall: Hall, event: LegEvent, now: datetime) -> None:
    """Take in what happened to a debtor's leg."""
    going = hall.dials.by_leg.get(event.leg)
    if going is None:
        return
    match event:
        case LegCreated(channel=channel):
            _put(hall, replace(going, channel=channel))
            _tell(hall, going, Progress.PLACED, now)
            if going.cancelled:
                hall.order(HangUp(node=event.node, channel=channel, cause=NORMAL))
        case LegRinging() if going.stage is Progress.PLACED:
            step(hall, going, Progress.RINGING, now)
        case LegAnswered() if going.stage in UNANSWERED:
            step(hall, going, Progress.ANSWERED, now)
        case LegEnded(cause=cause, tech_cause=tech):
            hall.dials.waiting.pop(CallId(event.leg), None)
            going = _put(hall, replace(going, gone=True, cause=cause, tech_cause=tech))
            if going.finished or going.stage not in UNANSWERED:
                _end(hall, event.leg, now)
            else:
                hall.alarm(now + LAST_WORD, ALARM, event.leg)
        case _:
            pass


def connected(hall: Hall, call: Call, now: datetime) -> None:
    """An operator and who answered hear each other."""
    going = hall.dials.by_leg.get(LegId(call.call_id))
    if going is not None and going.stage is not Progress.TALKING:
        hall.dials.waiting.pop(call.call_id, None)
        step(hall, going, Progress.TALKING, now, operator_id=call.operator_id)


def finished(hall: Hall, event: OriginateFinished, now: datetime) -> None:
    """The switch says how the dialling of an attempt ended."""
    going = hall.dials.by_leg.get(event.leg)
    if going is None:
        return
    timed_out = not event.answered and event.reason == TIMED_OUT
    going = _put(hall, replace(going, finished=True, timed_out=timed_out))
    if going.gone:
        _end(hall, event.leg, now)
    elif not event.answered:
        hall.alarm(now + LAST_WORD, ALARM, event.leg)


def not_made(hall: Hall, leg: LegId, now: datetime) -> None:
    """The switch refused to dial."""
    if leg in hall.dials.by_leg:
        drop(hall, leg, "", now)


def marked(hall: Hall, event: CallMarked, now: datetime) -> bool:
    """Take in what the dialplan says of who answered; return whether that is all there is to it.

    An attempt that nobody knows of is ended: it was ordered in another life of the floor, and is not on record.
    """
    going = hall.dials.by_leg.get(event.leg)
    if going is None:
        if CallId(event.leg) in hall.calls:
            return event.mark is Mark.ABANDONED
        hall.order(HangUp(node=event.node, channel=event.channel, cause=NORMAL))
        return True
    if event.mark is Mark.REACHED:
        _reached(hall, replace(going, channel=event.channel), now)
        return True
    if event.mark is Mark.WAITING and going.stage is Progress.NOTICE:
        going = step(hall, going, Progress.TURNED, now)
        hall.put_call(replace(call_of(hall, replace(going, channel=event.channel), now), queue="main"))
    progress = MARKS.get(event.mark)
    if progress is None:
        return False
    if event.mark is Mark.ABANDONED:
        hall.dials.waiting.pop(CallId(event.leg), None)
        _let_go(hall, CallId(event.leg), now)
    if not (event.mark is Mark.SERVED and going.stage is not Progress.NOTICE):
        _put(hall, replace(going, stage=progress))
        path = path_of(event.fields.get("Path", ""))
        hall.report(DialNews(attempt_id=going.dial.attempt_id, what=progress, at=now, path=path))
    return True


def _reached(hall: Hall, going: Going, now: datetime) -> None:
    """A person answered: he is a call from now on, and waits for whoever is free."""
    going = step(hall, going, Progress.REACHED, now)
    call = call_of(hall, going, now)
    hall.strangers.pop(going.dial.leg, None)
    hall.note(hall.put_call(call), "reached", now)
    hall.dials.waiting[call.call_id] = None


def call_of(hall: Hall, going: Going, now: datetime) -> Call:
    """Return the call that an answered attempt is."""
    one = going.dial
    known = hall.calls.get(CallId(one.leg))
    call = known or Call(
        call_id=CallId(one.leg),
        node=Node(one.node),
        channel=going.channel or ChannelName(""),
        phase=IVR,
        number=one.number,
        dialled=one.shown,
        queue=one.queue,
        language=one.language,
        account_id=one.account_id,
        topic="debt",
        arrived_at=now,
    )
    return replace(call, channel=going.channel or call.channel, debt=going.view)


def _let_go(hall: Hall, call_id: CallId, now: datetime) -> None:
    """He hears the message by now: whoever was about to be joined to him is not."""
    call = hall.calls.get(call_id)
    leg = hall.legs.get(call.leg) if call is not None and call.leg is not None else None
    if call is None or call.phase not in {IVR, RINGING}:
        return
    if leg is not None and not leg.bridged:
        hall.legs[leg.leg] = replace(leg, cancelled=True)
        if leg.channel is not None:
            hall.order(HangUp(node=leg.node, channel=leg.channel, cause=NORMAL))
        operator = hall.operators.get(leg.operator_id)
        if operator is not None and operator.call_id == call_id and operator.state is not READY:
            hall.step(leg.operator_id, Step.WITHDRAW, now)
    call = hall.put_call(replace(call, phase=IVR, operator_id=None, leg=None, offered_at=None))
    hall.note(call, "abandoned", now)


# --- ends --------------------------------------------------------------------------------------------------------


def due(hall: Hall, leg: LegId, now: datetime) -> None:
    """Meet a deadline: a channel should be there, or be over."""
    going = hall.dials.by_leg.get(leg)
    if going is None or going.stage not in UNANSWERED:
        return
    if going.gone:
        _end(hall, leg, now)
    elif going.channel is None:
        # Nothing was ever seen of it. Withdrawn before it left, or refused without a channel, it rang nowhere.
        if going.cancelled or going.finished:
            drop(hall, leg, going.cancelled, now)
        elif now >= going.since + going.dial.ring + RING_GRACE:
            _lose(hall, leg, now)
    elif now >= going.since + going.dial.ring + RING_GRACE:
        hall.order(HangUp(node=going.dial.node, channel=going.channel, cause=NORMAL))


def _end(hall: Hall, leg: LegId, now: datetime, *, made: bool = True) -> None:
    going = hall.dials.by_leg.pop(leg)
    cards.over(hall, CallId(leg))
    cancelled = going.cancelled if going.stage in UNANSWERED else ""
    hall.report(
        DialNews(
            attempt_id=going.dial.attempt_id,
            what=Progress.ENDED,
            at=now,
            cause=going.cause,
            tech_cause=going.tech_cause,
            timed_out=going.timed_out,
            made=made,
            cancelled=cancelled,
        )
    )


def _lose(hall: Hall, leg: LegId, now: datetime) -> None:
    going = hall.dials.by_leg.pop(leg)
    hall.dials.waiting.pop(CallId(leg), None)
    cards.over(hall, CallId(leg))
    _tell(hall, going, Progress.LOST, now)


def step(
    hall: Hall, going: Going, progress: Progress, now: datetime, *, operator_id: OperatorId | None = None
) -> Going:
    """Note how far an attempt is, and have its book told."""
    going = _put(hall, replace(going, stage=progress))
    _tell(hall, going, progress, now, operator_id=operator_id)
    return going


def _put(hall: Hall, going: Going) -> Going:
    hall.dials.by_leg[going.dial.leg] = going
    call = hall.calls.get(CallId(going.dial.leg))
    if call is not None and call.phase is not ENDED and call.debt is not None:
        view = going.view.model_copy(update={"verified": call.debt.verified})
        if view != call.debt:
            hall.put_call(replace(call, debt=view))
    return going


def _tell(
    hall: Hall, going: Going, progress: Progress, now: datetime, *, operator_id: OperatorId | None = None
) -> None:
    hall.report(DialNews(attempt_id=going.dial.attempt_id, what=progress, at=now, operator_id=operator_id))


# --- after a start, or a lost link -------------------------------------------------------------------------------


def remember(hall: Hall, one: Dial) -> None:
    """Know an attempt that is on record as open from before."""
    hall.dials.by_leg[one.leg] = Going(dial=one, since=one.placed_at)


def seen(hall: Hall, event: LegSeen, now: datetime) -> bool:
    """Take in one living channel; return whether it is a debtor's that has no operator."""
    going = hall.dials.by_leg.get(event.leg)
    if going is None:
        return False
    going = _put(hall, replace(going, channel=event.channel))
    hall.dials.seen[event.leg] = event
    if not event.up:
        return True
    if event.bridge:
        step(hall, going, Progress.TALKING, now)
        hall.put_call(call_of(hall, going, now))
        return False
    if going.stage in UNANSWERED:
        step(hall, going, Progress.ANSWERED, now)
    if event.context == CONTEXT and CallId(event.leg) not in hall.calls:
        # He waits, or hears the message; the dialplan ends it in either case.
        going = step(hall, going, Progress.REACHED, now)
        hall.put_call(call_of(hall, going, now))
        hall.dials.waiting[CallId(event.leg)] = None
    return event.context == CONTEXT


def found(hall: Hall, node: Node, now: datetime) -> None:
    """All channels of a node are told: what was dialled there and is not there any more has an unknown end."""
    for leg in [leg for leg, one in hall.dials.by_leg.items() if one.dial.node == node]:
        going = hall.dials.by_leg[leg]
        if going.card:
            continue  # Nothing of it is on any line yet.
        if hall.dials.seen.pop(leg, None) is None and not going.gone:
            _lose(hall, leg, now)
