"""What desks wish, carried out or refused with a code (pure). Codes have their sentences in docs/errors.md."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from routing import (
    callbacks,
    cards,
    consults,
    fallback,
    leading,
    offers,
    placing,
    recording,
    talks,
    transfers,
)
from routing.calls import RINGING, WRAP_UP
from routing.effects import CallFact, Tell
from routing.hall import Hall
from routing.news import WishAnswered
from routing.operator import Operator, Step, can, devices
from routing.skills import profile
from routing.views import OperatorState
from routing.wishes import (
    ChooseAccount,
    CloseWrapUp,
    Consult,
    DialBack,
    DialDebtor,
    EndCall,
    ExtendWrapUp,
    Leading,
    PassOn,
    PauseRecording,
    PlaceCall,
    PutAway,
    RaiseHand,
    ResumeRecording,
    SetState,
    Settle,
    SignIn,
    SignOut,
    SkipDebtor,
    VerifyDebtor,
    Wish,
)
from telephony.commands import HangUp
from telephony.events import CallId, DeviceState, Node

TOO_OLD = timedelta(seconds=5)
SIGNED_IN = "signed-in"
SIGNED_OUT = "signed-out"
"""Reason of one who has just come and did not say yet that he is ready."""

TOO_LATE = "too-late"
NOT_SIGNED_IN = "not-signed-in"
ON_A_CALL = "on-a-call"
NO_SUCH_CALL = "no-such-call"
NOT_IN_WRAP_UP = "not-in-wrap-up"
ALREADY_EXTENDED = "already-extended"
EXTENSION_TAKEN = "extension-taken"


def obey(hall: Hall, wish: Wish, now: datetime) -> None:
    """Carry a wish out, or refuse it; answer it in any case, once."""
    refusal = TOO_LATE if now - wish.at > TOO_OLD else _carry_out(hall, wish, now)
    if refusal is None:
        return  # The book is asked, and its answer follows.
    answer = WishAnswered(wish_id=wish.wish_id, done=not refusal, reason=refusal)
    hall.tell(Tell(answer, (wish.operator_id,)))


def _carry_out(hall: Hall, wish: Wish, now: datetime) -> str | None:  # noqa: C901, PLR0911, PLR0912 - one for each wish
    """Return "" when done, else why not; None when that is not known yet."""
    if isinstance(wish, SignIn):
        return _sign_in(hall, wish, now)
    if isinstance(wish, Leading):
        return leading.lead(hall, wish, now)
    operator = hall.operators.get(wish.operator_id)
    if operator is None or operator.state is OperatorState.OFFLINE:
        return NOT_SIGNED_IN
    match wish:
        case SignOut():
            return sign_out(hall, operator, now)
        case SetState():
            return _set_state(hall, operator, wish, now)
        case EndCall():
            return _end_call(hall, operator, wish, now)
        case CloseWrapUp():
            return _close_wrap_up(hall, operator, wish, now)
        case ExtendWrapUp():
            return _extend_wrap_up(hall, operator, wish)
        case PauseRecording() | ResumeRecording():
            wanted = isinstance(wish, PauseRecording)
            return recording.wish(hall, operator.operator_id, wish.call_id, now, paused=wanted)
        case ChooseAccount():
            return _choose_account(hall, operator, wish)
        case PassOn():
            return transfers.pass_on(hall, operator, wish, now)
        case Consult():
            return consults.consult(hall, operator, wish, now)
        case Settle():
            return consults.settle(hall, operator, wish, now)
        case RaiseHand(up=up):
            return leading.raise_hand(hall, operator, now if up else None)
        case PutAway():
            return leading.put_away(hall, operator.operator_id, wish)
        case DialBack():
            return _dial(hall, operator, wish, now)
        case SkipDebtor() | VerifyDebtor():
            return _of_debtor(hall, operator, wish, now)
        case DialDebtor():
            return cards.by_hand(hall, operator, wish, now)
        case PlaceCall():
            return placing.place(hall, operator, wish, now)


def _dial(hall: Hall, operator: Operator, wish: DialBack, now: datetime) -> str:
    call = hall.calls.get(CallId(wish.call_id))
    if call is None or call.desk != operator.operator_id:
        return NO_SUCH_CALL
    dialled = callbacks.dial(hall, call) if call.debt is None else cards.read(hall, call, now)
    return "" if dialled else NO_SUCH_CALL


def _of_debtor(hall: Hall, operator: Operator, wish: SkipDebtor | VerifyDebtor, now: datetime) -> str:
    call = hall.calls.get(CallId(wish.call_id))
    if call is None or call.desk != operator.operator_id or call.debt is None:
        return NO_SUCH_CALL
    if isinstance(wish, SkipDebtor):
        return "" if cards.skip(hall, call, now, wish.reason) else NO_SUCH_CALL
    known = hall.put_call(replace(call, debt=call.debt.model_copy(update={"verified": True})))
    hall.note(known, "verified", now, detail=wish.proof)
    return ""


def _sign_in(hall: Hall, wish: SignIn, now: datetime) -> str:
    operator = hall.operators.get(wish.operator_id)
    if operator is None:
        operator = Operator(operator_id=wish.operator_id, name=wish.name, extension=wish.extension, since=now)
    # Who comes back in the middle of his contact did not want to leave after it.
    staying = None if operator.next_reason == SIGNED_OUT else operator.next_reason
    able = hall.able.get(wish.operator_id) or profile(wish.skills, wish.languages)
    operator = replace(operator, name=wish.name, extension=wish.extension, next_reason=staying, profile=able)
    owner = hall.by_device.get(operator.devices[0])
    if owner is not None and owner != wish.operator_id and hall.operators[owner].state is not OperatorState.OFFLINE:
        return EXTENSION_TAKEN
    hall.put_operator(replace(operator, phones=phones(hall, operator.extension)))
    if operator.state is OperatorState.OFFLINE:
        hall.step(wish.operator_id, Step.SIGN_IN, now, reason=SIGNED_IN)
    fallback.join(hall, hall.operators[wish.operator_id], hall.linked())
    return ""


def phones(hall: Hall, extension: str) -> dict[tuple[str, Node], DeviceState]:
    """Return what each node said of the telephones of an extension."""
    keys = [(device, node) for node in hall.nodes for device in devices(extension)]
    return {key: hall.devices[key] for key in keys if key in hall.devices}


def sign_out(hall: Hall, operator: Operator, now: datetime) -> str:
    """End a shift: a telephone that rings stops and rings elsewhere; in a contact it is kept in mind until its end."""
    if operator.state is OperatorState.RESERVED:
        _decline(hall, operator, now)
        operator = hall.operators[operator.operator_id]
    if not can(operator, Step.SIGN_OUT):
        hall.put_operator(replace(operator, next_reason=SIGNED_OUT))
        return ON_A_CALL
    hall.step(operator.operator_id, Step.SIGN_OUT, now)
    fallback.leave(hall, operator, hall.linked())
    return ""


def _decline(hall: Hall, operator: Operator, now: datetime) -> None:
    call = hall.calls.get(CallId(operator.call_id or ""))
    leg = hall.legs.get(call.leg) if call is not None and call.leg is not None else None
    if call is not None and leg is not None and call.phase is RINGING:
        offers.decline(hall, leg, now)


def _set_state(hall: Hall, operator: Operator, wish: SetState, now: datetime) -> str:
    ready = wish.state is OperatorState.READY
    if operator.call_id is not None:
        hall.put_operator(replace(operator, next_reason=None if ready else wish.reason))
    elif not ready:
        hall.step(operator.operator_id, Step.MAKE_NOT_READY, now, reason=wish.reason)
    elif can(operator, Step.MAKE_READY):
        hall.step(operator.operator_id, Step.MAKE_READY, now)
    return ""


def _end_call(hall: Hall, operator: Operator, wish: EndCall, now: datetime) -> str:
    call = hall.calls.get(CallId(wish.call_id))
    if consults.refused(hall, operator, wish.call_id):
        return ""
    if call is None or call.desk != operator.operator_id or call.phase is WRAP_UP:
        return NO_SUCH_CALL
    if call.debt is not None and cards.skip(hall, call, now):
        return ""
    leg = hall.legs.get(call.leg) if call.leg is not None else None
    if call.phase is RINGING and leg is not None:
        offers.decline(hall, leg, now)
    else:
        callbacks.let_go(hall, call)
        hall.order(HangUp(node=call.node, channel=call.channel, cause=talks.DELIBERATE))
    return ""


def _close_wrap_up(hall: Hall, operator: Operator, wish: CloseWrapUp, now: datetime) -> str:
    if operator.state is not OperatorState.WRAP_UP or operator.call_id != wish.call_id:
        return NOT_IN_WRAP_UP
    talks.close(hall, operator.operator_id, now)
    return ""


def _extend_wrap_up(hall: Hall, operator: Operator, wish: ExtendWrapUp) -> str:
    if operator.state is not OperatorState.WRAP_UP or operator.call_id != wish.call_id or operator.until is None:
        return NOT_IN_WRAP_UP
    if operator.extended:
        return ALREADY_EXTENDED
    until = operator.until + hall.rules.wrap_up_extension
    hall.put_operator(replace(operator, until=until, extended=True))
    hall.alarm(until, "wrap-up", str(operator.operator_id))
    return ""


def _choose_account(hall: Hall, operator: Operator, wish: ChooseAccount) -> str:
    call = hall.calls.get(CallId(wish.call_id))
    if call is None or call.desk != operator.operator_id:
        return NO_SUCH_CALL
    call = hall.put_call(replace(call, account_id=wish.account_id))
    if call.answered_at is not None:
        hall.lineup.spoke(call)
    hall.record(CallFact(call=call))
    return ""
