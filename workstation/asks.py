"""What an operator typed at the desk, as a wish to the floor (pure)."""

from __future__ import annotations

from datetime import datetime

from routing.views import OperatorId, OperatorState
from routing.wishes import (
    ChooseAccount,
    DialBack,
    DialDebtor,
    EndCall,
    ExtendWrapUp,
    PauseRecording,
    Proof,
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
from workstation.access import Person
from workstation.messages import Ask


def wish(ask: Ask, operator: OperatorId, at: datetime) -> Wish | str:  # noqa: C901, PLR0911, PLR0912 -- one per wish
    """Turn a browser's ask into the floor's wish, or into the code of a refusal when it cannot be one.

    Args:
        ask: as the browser sent it; who it is comes from the session, never from the browser.
        operator: of the session.
        at: now.

    """
    wish_id = ask.wish_id
    match ask.wish:
        case "ready":
            return SetState(wish_id=wish_id, operator_id=operator, at=at, state=OperatorState.READY)
        case "not_ready":
            return SetState(
                wish_id=wish_id, operator_id=operator, at=at, state=OperatorState.NOT_READY, reason=ask.reason
            )
        case "sign_out":
            return SignOut(wish_id=wish_id, operator_id=operator, at=at)
        case "choose_account" if ask.call_id and ask.account_id is not None:
            return ChooseAccount(
                wish_id=wish_id, operator_id=operator, at=at, call_id=ask.call_id, account_id=ask.account_id
            )
        case "end_call" if ask.call_id:
            return EndCall(wish_id=wish_id, operator_id=operator, at=at, call_id=ask.call_id)
        case "dial_back" if ask.call_id:
            return DialBack(wish_id=wish_id, operator_id=operator, at=at, call_id=ask.call_id)
        case "close_wrap_up":
            # Closing starts with the disposition (`POST /api/calls/{call_id}/close`), which then wishes this itself.
            return "disposition-first"
        case "complete" | "take_back" | "swap" | "join" as what if ask.call_id:
            return Settle(wish_id=wish_id, operator_id=operator, at=at, call_id=ask.call_id, what=what)
        case "extend_wrap_up" if ask.call_id:
            return ExtendWrapUp(wish_id=wish_id, operator_id=operator, at=at, call_id=ask.call_id)
        case "pause_recording" if ask.call_id:
            return PauseRecording(wish_id=wish_id, operator_id=operator, at=at, call_id=ask.call_id)
        case "raise_hand" | "lower_hand" as which:
            return RaiseHand(wish_id=wish_id, operator_id=operator, at=at, up=which == "raise_hand")
        case "put_away" if ask.said_id:
            return PutAway(wish_id=wish_id, operator_id=operator, at=at, said_id=ask.said_id)
        case "resume_recording" if ask.call_id:
            return ResumeRecording(wish_id=wish_id, operator_id=operator, at=at, call_id=ask.call_id)
        case _:
            return _of_debtor(ask, operator, at) or "not-understood"


def _of_debtor(ask: Ask, operator: OperatorId, at: datetime) -> Wish | None:
    """Return what an operator of a campaign wishes."""
    wish_id = ask.wish_id
    match ask.wish:
        case "skip_debtor" if ask.call_id:
            return SkipDebtor(wish_id=wish_id, operator_id=operator, at=at, call_id=ask.call_id, reason=ask.reason)
        case "verify_debtor" if ask.call_id and ask.reason in frozenset(Proof):
            proof = Proof(ask.reason)
            return VerifyDebtor(wish_id=wish_id, operator_id=operator, at=at, call_id=ask.call_id, proof=proof)
        case "dial_debtor" if ask.account_id is not None and ask.number:
            return DialDebtor(
                wish_id=wish_id, operator_id=operator, at=at, account_id=ask.account_id, number=ask.number
            )
        case _:
            return None


def farewell(user_id: int, wish_id: str, at: datetime) -> SignOut:
    """Tell the floor that this operator's last page was signed out, or that he does not work here any more."""
    return SignOut(wish_id=wish_id, operator_id=OperatorId(user_id), at=at)


def announcement(person: Person, wish_id: str, at: datetime) -> SignIn:
    """Tell the floor that this operator's desk is open."""
    return SignIn(
        wish_id=wish_id,
        operator_id=OperatorId(person.user_id),
        at=at,
        name=person.name,
        extension=person.extension,
        languages=person.languages,
        skills=person.skills,
    )
