"""What desks ask of the floor: frozen imperatives that travel from `web` to `floor` (pure).

Each carries the desk's own `wish_id`; the floor answers with `WishAnswered` under the same id, once.
A wish older than five seconds when the floor reads it is refused (`too-late`), never carried out.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from routing.views import How, OperatorId, OperatorState, Value


class WishBase(Value):
    """Who wishes, when, under which id."""

    wish_id: str
    operator_id: OperatorId
    at: datetime


class SignIn(WishBase):
    """A desk opened (or re-announces itself to a new epoch of the floor): the operator exists from now."""

    type: Literal["sign_in"] = "sign_in"
    name: str
    extension: str
    languages: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()


class SignOut(WishBase):
    """The operator ends his shift; what rings at his desk rings elsewhere.

    Refused in a contact, after which he is not ready.
    """

    type: Literal["sign_out"] = "sign_out"


class SetState(WishBase):
    """Become ready or not ready; during a contact it takes effect when the contact is closed."""

    type: Literal["set_state"] = "set_state"
    state: Literal[OperatorState.READY, OperatorState.NOT_READY]
    reason: str = ""


class EndCall(WishBase):
    """Hang up on the caller, or decline the ringing offer."""

    type: Literal["end_call"] = "end_call"
    call_id: str


class CloseWrapUp(WishBase):
    """The contact was written up (disposition already stored); the operator is free."""

    type: Literal["close_wrap_up"] = "close_wrap_up"
    call_id: str


class ExtendWrapUp(WishBase):
    """Once per contact: more time to write up."""

    type: Literal["extend_wrap_up"] = "extend_wrap_up"
    call_id: str


class ChooseAccount(WishBase):
    """The operator said which account the call is about."""

    type: Literal["choose_account"] = "choose_account"
    call_id: str
    account_id: int


class PassOn(WishBase):
    """Pass the caller on and let go of him; one of `operator`, `queue`, `number` as `to` says."""

    type: Literal["pass_on"] = "pass_on"
    call_id: str
    to: Literal["operator", "queue", "number"]
    operator: OperatorId | None = None
    queue: str = Field(default="", max_length=40)
    number: str = Field(default="", max_length=16)
    """E.164, of the list of numbers that may be passed on to; never what somebody typed."""
    title: str = Field(default="", max_length=80)
    """Whose number it is."""
    note: str = Field(default="", max_length=500)
    """For who comes next; hostile text."""


class Consult(WishBase):
    """Ask an operator, or a number of the list, while the caller hears music."""

    type: Literal["consult"] = "consult"
    call_id: str
    to: Literal["operator", "number"]
    operator: OperatorId | None = None
    number: str = Field(default="", max_length=16)
    """As of `PassOn`."""
    title: str = Field(default="", max_length=80)
    note: str = Field(default="", max_length=500)


class Settle(WishBase):
    """What becomes of a consultation."""

    type: Literal["settle"] = "settle"
    call_id: str
    what: Literal["complete", "take_back", "swap", "join"]


class DialBack(WishBase):
    """The operator has read the card of a call-back: dial its number now."""

    type: Literal["dial_back"] = "dial_back"
    call_id: str


class SkipDebtor(WishBase):
    """The operator does not call whose card he reads, or not any longer while it rings; with a reason of his own."""

    type: Literal["skip_debtor"] = "skip_debtor"
    call_id: str
    reason: str = Field(default="", max_length=80)


class DialDebtor(WishBase):
    """The operator wishes to call a debtor by hand, at a number of his record; asked like every other call."""

    type: Literal["dial_debtor"] = "dial_debtor"
    account_id: int
    number: str = Field(max_length=16)


class PlaceCall(WishBase):
    """An operator without a contact calls a colleague, or a number of the office's list."""

    type: Literal["place_call"] = "place_call"
    to: Literal["operator", "number"]
    operator: OperatorId | None = None
    number: str = Field(default="", max_length=16)
    """E.164, taken from the office's list and judged; never from a page."""


class Proof(StrEnum):
    """What who answered named of himself, and the operator found to be so."""

    ACCOUNT = "account"
    """The account's number."""
    ADDRESS = "address"
    METER = "meter"
    """The number on his meter."""
    TAX = "tax"
    """The last digits of his tax number."""


class VerifyDebtor(WishBase):
    """The operator made sure that he talks to the right person: from now on the debt may be spoken of."""

    type: Literal["verify_debtor"] = "verify_debtor"
    call_id: str
    proof: Proof | Literal[""] = ""
    """What he was told that fits the record; stands in the call's history."""


class PauseRecording(WishBase):
    """What is said from now on must not be on record: a card number, a password. Silent once the call says so."""

    type: Literal["pause_recording"] = "pause_recording"
    call_id: str


class ResumeRecording(WishBase):
    """It may be on record again."""

    type: Literal["resume_recording"] = "resume_recording"
    call_id: str


class RaiseHand(WishBase):
    """The operator asks for help without a word, or does not need it any more."""

    type: Literal["raise_hand"] = "raise_hand"
    up: bool


class PutAway(WishBase):
    """The operator has read what a supervisor said."""

    type: Literal["put_away"] = "put_away"
    said_id: str = Field(max_length=40)


class Help(WishBase):
    """A supervisor (`operator_id`) hears an operator's talk, speaks to him, or to both; or changes how he does."""

    type: Literal["help"] = "help"
    by_name: str = Field(max_length=80)
    extension: str = Field(max_length=8)
    """His own telephone."""
    target: OperatorId
    call_id: str
    how: How


class TakeOver(WishBase):
    """A supervisor who helps takes the caller; the operator writes up."""

    type: Literal["take_over"] = "take_over"
    call_id: str


class EndHelp(WishBase):
    """A supervisor leaves the talk; who has taken the caller over hangs up on him."""

    type: Literal["end_help"] = "end_help"


class Force(WishBase):
    """A supervisor sets an operator's state; a contact is finished first, a write-up ends."""

    type: Literal["force"] = "force"
    target: OperatorId
    state: Literal[OperatorState.READY, OperatorState.NOT_READY, OperatorState.OFFLINE]
    reason: str = Field(default="", max_length=40)


class Say(WishBase):
    """A supervisor says something to operators."""

    type: Literal["say"] = "say"
    by_name: str = Field(max_length=80)
    targets: tuple[OperatorId, ...] = Field(max_length=1000)
    text: str = Field(min_length=1, max_length=300)
    """Hostile text."""


class LowerHand(WishBase):
    """A supervisor has seen the raised hand."""

    type: Literal["lower_hand"] = "lower_hand"
    target: OperatorId


class MoveCall(WishBase):
    """A supervisor lets a caller who waits stand in another queue, with the time he has waited."""

    type: Literal["move_call"] = "move_call"
    call_id: str
    queue: str = Field(max_length=40)


Leading = Help | TakeOver | EndHelp | Force | Say | LowerHand | MoveCall
"""Of supervisors: whether they may was judged by who sent it on (`workstation`)."""
Wish = (
    SignIn | SignOut | SetState | EndCall | CloseWrapUp | ExtendWrapUp | ChooseAccount | PassOn | Consult | Settle
    | DialBack | SkipDebtor | DialDebtor | VerifyDebtor | PlaceCall | PauseRecording | ResumeRecording | RaiseHand
    | PutAway | Help | TakeOver | EndHelp | Force | Say | LowerHand | MoveCall
)  # fmt: skip
WISH: TypeAdapter[Wish] = TypeAdapter(Annotated[Wish, Field(discriminator="type")])
