"""What the floor shows of itself: the operator's desk and the supervisor's floor, as frozen values (pure).

A browser holds a snapshot (`DeskView` or `FloorView`) and applies numbered news to it (`routing.news`).
`apply(snapshot(before), news) == snapshot(after)` is a property test.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal, NewType

from pydantic import BaseModel, ConfigDict

from telephony.call import Phase

OperatorId = NewType("OperatorId", int)
"""Primary key of the user who sits at the desk."""


class Value(BaseModel):
    """A frozen value that refuses undeclared fields: an undeclared field is a schema bug."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class OperatorState(StrEnum):
    """Life of an operator; TRANSITIONS in `routing/operator.py`."""

    OFFLINE = "offline"
    READY = "ready"
    RESERVED = "reserved"
    TALKING = "talking"
    WRAP_UP = "wrap_up"
    NOT_READY = "not_ready"


CallPhase = Phase
"""Life of a call as the floor sees it; TRANSITIONS in `telephony/call.py`."""


class PassedOn(Value):
    """That an operator passed the caller on: who, to whom, with which word, and whether it came back."""

    by: OperatorId
    by_name: str
    kind: Literal["operator", "queue", "number"]
    to: str
    """Name of the operator, of the queue, or of whose number it is: to be shown."""
    operator_id: OperatorId | None = None
    """Whom it was passed to, when that was an operator."""
    note: str = ""
    """What he says to the next one; hostile text."""
    returned: str = ""
    """Why the caller came back to who had passed him on (`no-answer`, `declined` …), "" while he did not."""


class Asked(Value):
    """That an operator asks somebody while the caller hears music."""

    by: OperatorId
    by_name: str
    operator_id: OperatorId | None
    """Whom he asks; None when it is a number of the public network."""
    name: str
    stage: str
    """`routing.consults.Stage`."""
    note: str
    """What he says about it; hostile text."""
    since: datetime


class BackStage(StrEnum):
    """How far an attempt to call somebody back is."""

    STANDING = "standing"
    """Stands in the queue for him."""
    CARD = "card"
    """The operator reads; nothing is dialled yet."""
    DIALLING = "dialling"
    REACHED = "reached"


class BackView(Value):
    """That a call is a call-back, and how far it is."""

    callback_id: int
    stage: BackStage
    tries: int
    """How often he was called before."""
    wanted_at: datetime | None
    """The time he chose; None: he kept his place."""
    note: str
    dial_at: datetime | None = None
    """When the number is dialled by itself, in the stage `card`."""


class DebtStage(StrEnum):
    """How far a call to a debtor is."""

    CARD = "card"
    """The operator reads; nothing is dialled yet."""
    DIALLING = "dialling"
    REACHED = "reached"


class DebtView(Value):
    """That a call goes out to a debtor. Who answers is nobody in particular until he has said who he is."""

    campaign_id: int
    campaign: str
    """Its name."""
    attempt_id: int
    stage: DebtStage
    verified: bool = False
    """The operator made sure who he talks to: before that nothing is said about the debt."""
    paid: bool = False
    """A payment came in meanwhile."""
    dial_at: datetime | None = None
    """When the number is dialled by itself, in the stage `card`."""


class CallView(Value):
    """One call as a desk and the floor show it. Times are UTC."""

    call_id: str
    phase: CallPhase
    number: str
    """Caller's number, E.164 where it could be repaired, "" when withheld."""
    name: str
    """Display name from the network, tamed."""
    dialled: str
    queue: str
    language: str
    account_id: int | None
    """Recognised by the IVR; None when unknown or ambiguous."""
    candidates: tuple[int, ...]
    """Account ids to choose from when the number is ambiguous."""
    topic: str
    path: tuple[str, ...]
    """Steps taken in the IVR, in order, as `node` or `node=answer`."""
    arrived_at: datetime
    waiting_since: datetime | None
    offered_at: datetime | None
    answered_at: datetime | None
    held_since: datetime | None
    ended_at: datetime | None
    operator_id: OperatorId | None
    recording: bool = False
    """What is said is being recorded."""
    recording_paused_at: datetime | None = None
    """The record is silent since then; the switch's word."""
    passed: PassedOn | None = None
    consult: Asked | None = None
    back: BackView | None = None
    """Set when we call him back."""
    debt: DebtView | None = None
    """Set when a campaign calls him."""


class How(StrEnum):
    """In which way a supervisor helps in a talk."""

    LISTEN = "listen"
    """He hears both; nobody hears him."""
    WHISPER = "whisper"
    """The operator hears him, the caller does not."""
    BARGE = "barge"
    """Both hear him."""


class HelpView(Value):
    """That a supervisor helps in a talk."""

    help_id: str
    by: OperatorId
    by_name: str
    operator_id: OperatorId
    """Whom he helps."""
    call_id: str
    how: How
    stage: str
    """`routing.helps.Stage`."""
    since: datetime
    told: bool
    """The operator sees it too."""


class TrunkView(Value):
    """One trunk as a node sees it."""

    node: str
    trunk: str
    up: bool | None
    """None: its node is out of our sight."""
    since: datetime


class AlertView(Value):
    """That a figure of the floor is alarming."""

    kind: str
    """`routing.alerts.Kind`."""
    subject: str
    """Name of a queue or a node, or id of an operator."""
    raised_at: datetime


class SaidView(Value):
    """Words of a supervisor to an operator, until he has put them away."""

    said_id: str
    by_name: str
    text: str
    """Hostile text."""
    at: datetime


class OperatorView(Value):
    """One operator as the floor shows him."""

    operator_id: OperatorId
    name: str
    extension: str
    state: OperatorState
    reason: str
    """Why not ready (`break`, `no-answer`, `phone-lost`, `training`…); "" otherwise."""
    since: datetime
    until: datetime | None
    """When wrap-up ends by itself."""
    phone_ok: bool
    """The telephone is registered and can ring."""
    next_reason: str | None = None
    """Will become not ready for this reason when the contact is closed."""
    call_id: str | None
    calls_today: int = 0
    hand_at: datetime | None = None
    """Since when he asks for help with a raised hand."""


class QueueView(Value):
    """One queue now; service level per DOMAIN.md B5 "strict" over the last 30 minutes, None without calls."""

    queue: str
    waiting: int
    longest_since: datetime | None
    offered: int
    answered: int
    answered_in_threshold: int
    abandoned: int
    abandoned_short: int
    kept: int = 0
    """Went to be called back; their stand-ins are offered in their stead."""


class CampaignView(Value):
    """What a campaign that runs does just now."""

    campaign_id: int
    name: str
    mode: str
    """`outbound.terms.Mode`."""
    operators: int
    """At work, and able to serve it."""
    idle: int
    """Of them those whom nobody else is meant for."""
    ringing: int
    """Debtors' telephones that ring, or are about to."""
    waiting: int
    """Debtors who answered and have no operator yet."""
    talking: int
    answered: int | None = None
    """In the window of its cap, and of them `abandoned`; None where nobody can be abandoned."""
    abandoned: int | None = None
    cap: float
    """Share of answered calls that may be abandoned."""
    why: str
    """What kept it from placing one more call: a code of the pacing, or `preview`, `notice`, `manual`."""


class DeskView(Value):
    """Snapshot of one operator's desk."""

    operator: OperatorView
    call: CallView | None
    queues: tuple[QueueView, ...]
    helped: tuple[HelpView, ...] = ()
    """Who helps in his talk, as far as he is to know."""
    said: tuple[SaidView, ...] = ()
    """What supervisors said to him, oldest first, until he has put it away."""


class FloorView(Value):
    """Snapshot of the whole floor, for supervisors."""

    operators: tuple[OperatorView, ...]
    calls: tuple[CallView, ...]
    queues: tuple[QueueView, ...]
    nodes: dict[str, bool]
    """Asterisk nodes and whether their link is up."""
    helps: tuple[HelpView, ...] = ()
    alerts: tuple[AlertView, ...] = ()
    """What is alarming, by kind and subject."""
    trunks: tuple[TrunkView, ...] = ()
    """By node and name."""
    campaigns: tuple[CampaignView, ...] = ()
    """Those that run, by key."""
