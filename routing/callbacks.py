"""Call-backs on the floor: who stands in for whom, when a number is dialled, and what came of it (pure).

A call-back that is due stands in the queue as a channel of its own, the *stand-in*: one half (`…;1`) waits as a caller
does, so router, offers and talks need not know of it; the other half (`…;2`) waits to dial. The operator who takes it
reads the card; then, and only when the book has `BackDialled`, the other half is sent to dial. docs/callbacks.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from crm_core.callbacks import CallbackState, Ending, Standing
from routing.backs import Back, is_back
from routing.calls import HELD, IVR, TALKING, Call
from routing.effects import BackDialled, BackEnded, CallerSpoke
from routing.views import BackStage
from telephony.commands import LINE_CODECS, HangUp, Originate, Redirect
from telephony.events import CallId, ChannelName, LegId, LegSeen, Node

if TYPE_CHECKING:
    from routing.hall import Hall

STAND_IN = "Local/wait@callback-far/n"
STANDING_CONTEXT, WAITING_TO_DIAL, DIALLING_CONTEXT = "callback-stand", "callback-far", "callback-dial"
FAR = ";2"
"""End of the id, and of the channel's name, of a stand-in's other half."""
NORMAL = 16
BUSY = frozenset({17, 21})
REFUSED = frozenset({1, 22, 28})
"""Q.850: unallocated number, number changed, invalid number format."""
FAULTS = frozenset({3, 27, 34, 38, 41, 42, 44, 47, 58, 127})
"""Q.850: no route, destination out of order, no circuit, network out of order, temporary failure, congestion …"""
STAND_GRACE = timedelta(seconds=15)
"""A stand-in that is not there by then will not come."""
RING_GRACE = timedelta(seconds=20)
"""The dialplan ends a call that is not answered; this much later we do."""
READ_AGAIN = timedelta(seconds=3)
"""Who lost his telephone while he read gets at least this long when he has it again."""


# --- news from the book ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """An attempt is on record as standing: let it stand."""

    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """The book's answer to `BackDialled`."""

    entry: BackDialled
    done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Alive:
    """Attempts that are on record as standing or dialled; others were called off."""

    attempts: frozenset[tuple[int, int]]


BackNews = Claimed | Booked | Alive


def heed(hall: Hall, news: BackNews, now: datetime) -> None:
    """Take in what the book says."""
    match news:
        case Claimed(standing=one):
            stand(hall, one, now)
        case Booked(entry=entry, done=done):
            _booked(hall, entry, now, done=done)
        case Alive(attempts=attempts):
            for back in list(hall.backs.by_call.values()):
                undialled = back.stage in {BackStage.STANDING, BackStage.CARD} and not back.asked
                if undialled and (back.standing.callback_id, back.standing.attempt) not in attempts:
                    call_off(hall, back, Ending.WITHDRAWN)


def stand(hall: Hall, one: Standing, now: datetime) -> None:
    """Let a stand-in take the subscriber's place in the queue."""
    back = Back(standing=one, node=Node(one.call_id.rpartition("-")[0]))
    if hall.backs.calling(back):
        hall.backs.put(replace(back, made=False))
    else:
        _make(hall, back, now)


def stand_held(hall: Hall, now: datetime) -> None:
    """Let those stand who have left the line."""
    freed, hall.backs.freed = hall.backs.freed, []
    for number in freed:
        for back in hall.backs.of_number(number):
            if not back.made and not hall.backs.calling(back):
                _make(hall, replace(back, made=True), now)


def _make(hall: Hall, back: Back, now: datetime) -> None:
    if back.node not in hall.lineup.synced:
        hall.backs.drop(back.call_id)
        _end(hall, back, Ending.WITHDRAWN)
        return
    number = hall.backs.put(back).standing.number
    hall.order(
        Originate(
            node=back.node,
            leg=LegId(back.call_id),
            device=STAND_IN,
            context=STANDING_CONTEXT,
            timeout_ms=int(STAND_GRACE.total_seconds() * 1000),
            caller_number=number,
            caller_name="",
            variables={"BUSBAR_NUMBER": number},
            codecs=LINE_CODECS,
        )
    )
    hall.alarm(now + STAND_GRACE, "back-stand", back.call_id)


def wants(hall: Hall, leg: str) -> bool:
    """Whether a stand-in that was ordered is still wanted."""
    back = hall.backs.by_call.get(CallId(leg))
    return back is not None and back.made and back.ending is None


def not_made(hall: Hall, leg: str) -> None:
    """The switch could not make a stand-in, or nobody knows: the switch tells when there is one after all."""
    back = hall.backs.by_call.get(CallId(leg))
    if back is not None and back.call_id not in hall.calls:
        hall.backs.drop(back.call_id)
        _end(hall, back, back.ending or Ending.WITHDRAWN)


def woken(hall: Hall, kind: str, call_id: CallId, now: datetime) -> None:
    """Meet a deadline: a stand-in should be there, a card was read, a telephone has rung long enough."""
    back = hall.backs.by_call.get(call_id)
    if back is None:
        return
    call = hall.calls.get(call_id)
    if kind == "back-stand" and call is None:
        not_made(hall, call_id)
    elif kind == "back-dial" and call is not None and back.dial_at is not None and back.dial_at <= now:
        dial(hall, call)
    elif kind == "back-ring" and back.stage is BackStage.DIALLING:
        call_off(hall, back, Ending.NO_ANSWER)


# --- the stand-in as a call --------------------------------------------------------------------------------------


def call_of(hall: Hall, call_id: CallId, channel: ChannelName, now: datetime) -> Call | None:
    """Return the call that a stand-in is: as its subscriber stood in the queue. None when nobody knows of it."""
    back = hall.backs.by_call.get(call_id)
    if back is None:
        return None
    one = back.standing
    return Call(
        call_id=call_id,
        node=back.node,
        channel=channel,
        phase=IVR,
        number=one.number,
        dialled=one.dialled,
        queue=one.queue or "main",
        language=one.language,
        account_id=one.account_id,
        topic=one.topic,
        flags=one.flags,
        path=one.path,
        arrived_at=now,
        waiting_since=one.waiting_since,
        back=back.view,
    )


def turn_away(hall: Hall, node: Node, call_id: str, channel: ChannelName) -> bool:
    """End a stand-in that nobody wants: called off meanwhile, or ordered in another life of the floor.

    Returns:
        Whether it was turned away.

    """
    if not is_back(call_id) or CallId(call_id) in hall.calls:
        return False
    back = hall.backs.by_call.get(CallId(call_id))
    if back is not None and back.ending is None:
        return False
    hall.order(HangUp(node=node, channel=channel, cause=NORMAL))
    return True


def _show(hall: Hall, back: Back) -> None:
    hall.backs.put(back)
    call = hall.calls.get(back.call_id)
    if call is not None:
        hall.put_call(replace(call, back=back.view))


def connected(hall: Hall, call_id: CallId, now: datetime) -> None:
    """An operator took a stand-in: he reads the card, and then the number is dialled."""
    back = hall.backs.by_call.get(call_id)
    if back is None or back.stage not in {BackStage.STANDING, BackStage.CARD} or back.asked:
        return
    least = now + (hall.rules.back_read if back.stage is BackStage.STANDING else READ_AGAIN)
    dial_at = max(back.dial_at or least, least)
    _show(hall, replace(back, stage=BackStage.CARD, dial_at=dial_at))
    hall.alarm(dial_at, "back-dial", call_id)


def waits_again(hall: Hall, call: Call) -> Call:
    """Return the stand-in as it stands in the queue again when its operator was lost before he dialled."""
    back = hall.backs.by_call.get(call.call_id)
    if back is None or back.stage is not BackStage.CARD or back.asked:
        return call
    return replace(call, back=hall.backs.put(replace(back, stage=BackStage.STANDING, dial_at=None)).view)


def dial(hall: Hall, call: Call) -> bool:
    """Ask the book whether the number may be dialled now; False when it is not the time for it."""
    back = hall.backs.by_call.get(call.call_id)
    if back is None or back.stage is not BackStage.CARD or back.asked or call.phase not in {TALKING, HELD}:
        return False
    if hall.backs.calling(back):
        call_off(hall, back, Ending.CALLING)
        return True
    one = back.standing
    _show(hall, replace(back, asked=True, stage=BackStage.DIALLING))
    hall.book(BackDialled(callback_id=one.callback_id, attempt=one.attempt, operator_id=call.operator_id))
    return True


def _booked(hall: Hall, entry: BackDialled, now: datetime, *, done: bool) -> None:
    back = next((one for one in hall.backs.by_call.values() if _is(one, entry)), None)
    if back is None:
        return
    back = hall.backs.put(replace(back, asked=False))
    call = hall.calls.get(back.call_id)
    if back.gone or call is None:
        hall.backs.drop(back.call_id)
        _end(hall, back, back.ending or Ending.PUT_OFF)
    elif not done or back.ending is not None:
        call_off(hall, back, back.ending or Ending.WITHDRAWN)
    else:
        _redirect(hall, back, call, now)


def _is(back: Back, entry: BackDialled) -> bool:
    return (back.standing.callback_id, back.standing.attempt) == (entry.callback_id, entry.attempt)


def _redirect(hall: Hall, back: Back, call: Call, now: datetime) -> None:
    """Send the other half to dial. The dialplan does it once, however often it is sent."""
    other = ChannelName(call.channel.removesuffix(";1") + FAR)
    hall.note(call, "dialled", now)
    hall.order(Redirect(node=back.node, channel=other, context=DIALLING_CONTEXT))
    hall.alarm(now + hall.rules.back_ring + RING_GRACE, "back-ring", back.call_id)


def far_joined(hall: Hall, leg: str, now: datetime) -> None:
    """The other half of a stand-in entered a bridge: the subscriber answered."""
    back = hall.backs.by_call.get(CallId(leg.removesuffix(FAR))) if leg.endswith(FAR) else None
    if back is not None and back.stage is BackStage.DIALLING:
        _reached(hall, back, now)


def _reached(hall: Hall, back: Back, now: datetime) -> None:
    _show(hall, replace(back, stage=BackStage.REACHED))
    _end(hall, back, Ending.REACHED)
    call = hall.calls.get(back.call_id)
    if call is not None:
        call = hall.put_call(replace(call, answered_at=call.answered_at or now))
        hall.lineup.spoke(call)
        hall.note(call, "answered", now)


def parted(hall: Hall, call: Call) -> None:
    """The operator's telephone was lost: a subscriber who answered now would hear nobody."""
    back = hall.backs.by_call.get(call.call_id)
    if back is not None and back.stage is BackStage.DIALLING:
        call_off(hall, back, Ending.BROKEN_OFF)


def let_go(hall: Hall, call: Call) -> None:
    """The operator ends it from his desk, which the switch reports as an end like any other."""
    back = hall.backs.by_call.get(call.call_id)
    if back is not None and back.ending is None and back.stage is not BackStage.REACHED:
        dialled = back.stage is BackStage.DIALLING and not back.asked
        hall.backs.put(replace(back, ending=Ending.BROKEN_OFF if dialled else Ending.PUT_OFF))


def call_off(hall: Hall, back: Back, ending: Ending) -> None:
    """End an attempt; it is over when its stand-in is."""
    if back.ending is not None and back.ending is not ending:
        return
    hall.backs.put(replace(back, ending=ending))
    call = hall.calls.get(back.call_id)
    if call is not None:
        hall.order(HangUp(node=back.node, channel=call.channel, cause=NORMAL))
    elif not back.made:
        hall.backs.drop(back.call_id)
        _end(hall, back, ending)


def note_cause(hall: Hall, call_id: CallId, cause: int) -> None:
    """Note how a stand-in ended, before it is over."""
    back = hall.backs.by_call.get(call_id)
    if back is not None:
        hall.backs.put(replace(back, cause=cause))


def over(hall: Hall, call: Call) -> bool:
    """The stand-in is gone; return whether nobody was reached, so that there is nothing to write up."""
    back = hall.backs.by_call.get(call.call_id)
    if back is None or back.gone:
        return False
    if back.stage is BackStage.REACHED:
        hall.backs.drop(call.call_id)
        return False
    ending = back.ending or _ending(back)
    if back.asked:
        hall.backs.put(replace(back, gone=True, ending=ending))
    else:
        hall.backs.drop(call.call_id)
        _end(hall, back, ending)
    return True


def _ending(back: Back) -> Ending:
    if back.stage is BackStage.STANDING:
        return Ending.WITHDRAWN
    if back.stage is BackStage.CARD or back.asked:
        return Ending.PUT_OFF
    if back.cause in BUSY:
        return Ending.BUSY
    if back.cause in REFUSED:
        return Ending.REFUSED
    if back.cause in FAULTS:
        return Ending.FAULT
    # Without a cause the stand-in is still there: it was the operator who hung up.
    return Ending.NO_ANSWER if back.cause else Ending.BROKEN_OFF


def _end(hall: Hall, back: Back, ending: Ending) -> None:
    one = back.standing
    hall.book(BackEnded(callback_id=one.callback_id, attempt=one.attempt, ending=ending))


# --- he calls by himself -----------------------------------------------------------------------------------------


def rang_in(hall: Hall, call: Call) -> None:
    """A caller arrived: whom we were about to call we do not call beside that."""
    for back in hall.backs.of_number(call.number) if call.number and not is_back(call.call_id) else ():
        if back.made and back.stage is not BackStage.REACHED:
            call_off(hall, back, Ending.CALLING)


def spoke(hall: Hall, call: Call, now: datetime) -> None:
    """A caller was answered: what was promised to him is done."""
    if not is_back(call.call_id):
        hall.record(CallerSpoke(number=call.number, call_id=call.call_id, at=now))
        for back in hall.backs.of_number(call.number) if call.number else ():
            if not back.made:
                hall.backs.drop(back.call_id)
                _end(hall, back, Ending.CALLING)


# --- after a start, or a lost link -------------------------------------------------------------------------------


def remember(hall: Hall, one: Standing) -> None:
    """Know an attempt that is on record from before."""
    dialled = one.state is CallbackState.DIALLING
    stage = BackStage.DIALLING if dialled else BackStage.STANDING
    hall.backs.put(Back(standing=one, node=Node(one.call_id.rpartition("-")[0]), stage=stage))


def far_seen(hall: Hall, event: LegSeen) -> bool:
    """Take in the other half of a stand-in; False when it is none."""
    call_id = CallId(event.leg.removesuffix(FAR))
    if not event.leg.endswith(FAR) or not is_back(call_id):
        return False
    hall.backs.far[call_id] = event
    return True


def missing(hall: Hall, node: Node, seen: set[LegId]) -> None:
    """Mark what was dialled and is not there any more: nobody can say how it ended."""
    for back in list(hall.backs.by_call.values()):
        if back.node == node and LegId(back.call_id) not in seen and back.stage is BackStage.DIALLING:
            ending = back.ending or (Ending.PUT_OFF if back.asked else Ending.UNKNOWN)
            hall.backs.put(replace(back, ending=ending))


def found(hall: Hall, node: Node, now: datetime) -> None:
    """All channels of a node are told: go on with what stands there, end what is gone."""
    for back in [one for one in hall.backs.by_call.values() if one.node == node]:
        call, other = hall.calls.get(back.call_id), hall.backs.far.pop(back.call_id, None)
        if call is None:
            if back.made and not back.asked:
                hall.backs.drop(back.call_id)
                _end(hall, back, back.ending or Ending.WITHDRAWN)
        elif back.stage is BackStage.DIALLING and not back.asked:
            _go_on(hall, back, call, other, now)


def _go_on(hall: Hall, back: Back, call: Call, other: LegSeen | None, now: datetime) -> None:
    if other is not None and other.bridge:
        _reached(hall, back, now)
    elif call.phase not in {TALKING, HELD}:
        call_off(hall, back, Ending.BROKEN_OFF)
    elif other is not None and other.context == WAITING_TO_DIAL:
        _redirect(hall, back, call, now)
    else:
        hall.alarm(now + hall.rules.back_ring + RING_GRACE, "back-ring", back.call_id)
