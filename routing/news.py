"""What the floor tells: small numbered messages, and how a snapshot takes them in (pure).

News is numbered by the floor, one sequence for all, under an `epoch` that changes at each start of the
floor. A reader that missed numbers, or sees a new epoch, takes a fresh snapshot.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from routing.views import (
    AlertView,
    CallView,
    CampaignView,
    DeskView,
    FloorView,
    HelpView,
    OperatorId,
    OperatorView,
    QueueView,
    SaidView,
    TrunkView,
    Value,
)

LARGEST_KEY = 2**31 - 1
"""Of an account; what the customer base can hold."""


class OperatorChanged(Value):
    """An operator's row changed; goes to his desk and to supervisors."""

    type: Literal["operator_changed"] = "operator_changed"
    operator: OperatorView


class CallChanged(Value):
    """A call changed; goes to the desk it is at (`to`) and to supervisors."""

    type: Literal["call_changed"] = "call_changed"
    call: CallView
    beside: bool = False
    """The desk's own part of a call that is elsewhere (`Hall.beside`): for that desk alone."""


class CallGone(Value):
    """A call left the floor, or was withdrawn from the desk in `to` (caller gave up, next operator)."""

    type: Literal["call_gone"] = "call_gone"
    call_id: str
    reason: str
    beside: bool = False
    """What the desk still had of a call that is elsewhere: for that desk alone."""


class QueueChanged(Value):
    """A queue's figures changed; goes to all."""

    type: Literal["queue_changed"] = "queue_changed"
    queue: QueueView


class NodeChanged(Value):
    """An Asterisk link went up or down; goes to all."""

    type: Literal["node_changed"] = "node_changed"
    node: str
    up: bool


class HelpChanged(Value):
    """A supervisor begins to help in a talk, or in another way; goes to the operator too when he is to know."""

    type: Literal["help_changed"] = "help_changed"
    help: HelpView


class HelpGone(Value):
    """A help is over, or did not come to be."""

    type: Literal["help_gone"] = "help_gone"
    help_id: str
    reason: str


class Said(Value):
    """Words of a supervisor, for the desks they are addressed to."""

    type: Literal["said"] = "said"
    said: SaidView


class Unsaid(Value):
    """An operator has put words of a supervisor away."""

    type: Literal["unsaid"] = "unsaid"
    said_id: str


class TrunkChanged(Value):
    """A trunk went up or down, or out of sight; for supervisors."""

    type: Literal["trunk_changed"] = "trunk_changed"
    trunk: TrunkView


class AlertRaised(Value):
    """A figure of the floor is alarming; for supervisors."""

    type: Literal["alert_raised"] = "alert_raised"
    alert: AlertView


class AlertGone(Value):
    """A figure is well back."""

    type: Literal["alert_gone"] = "alert_gone"
    kind: str
    subject: str


class CampaignChanged(Value):
    """What a campaign does changed, or it began to run; for supervisors."""

    type: Literal["campaign_changed"] = "campaign_changed"
    campaign: CampaignView


class CampaignGone(Value):
    """A campaign runs no more."""

    type: Literal["campaign_gone"] = "campaign_gone"
    campaign_id: int


class WishAnswered(Value):
    """A desk's wish was carried out or refused; `wish_id` is the desk's own."""

    type: Literal["wish_answered"] = "wish_answered"
    wish_id: str
    done: bool
    reason: str
    """"" when done, else a stable code with a sentence in `docs/errors.md`."""


class Beat(Value):
    """The floor is alive; every second. Without one for 3 s a screen says that its data is old."""

    type: Literal["beat"] = "beat"


News = (
    OperatorChanged | CallChanged | CallGone | QueueChanged | NodeChanged | HelpChanged | HelpGone | Said | Unsaid
    | TrunkChanged | AlertRaised | AlertGone | CampaignChanged | CampaignGone | WishAnswered | Beat
)  # fmt: skip


class Envelope(Value):
    """One numbered piece of news and whom it is for."""

    epoch: str
    number: int
    desks: tuple[OperatorId, ...]
    """Desks that shall see it; supervisors see all but `WishAnswered`."""
    everyone: bool = False
    news: Annotated[News, Field(discriminator="type")]


class DeskSnapshot(Value):
    """A desk as of `number` in `epoch`."""

    epoch: str
    number: int
    desk: DeskView


class FloorSnapshot(Value):
    """The floor as of `number` in `epoch`."""

    epoch: str
    number: int
    floor: FloorView


class Coming(Value):
    """A caller whose card will be wanted in a moment: no news, said before it (`routing.herald`)."""

    account_id: int = Field(gt=0, le=LARGEST_KEY)
    call_id: str = Field(max_length=80)
    number: str = Field(max_length=40)
    """As the call shows it."""


ENVELOPE: TypeAdapter[Envelope] = TypeAdapter(Envelope)
