"""What the browser hears: numbered messages, told apart by `type` (pure; pydantic, `extra="forbid"`).

The browser keeps a snapshot and applies messages in order. It reconnects with `resume` (`epoch`, `after`);
when those messages are gone, or the floor started anew, it gets a fresh snapshot. Who may see a message is
decided in `workstation/visibility.py` and nowhere else.
"""

from __future__ import annotations

from datetime import datetime
from json import dumps
from typing import Annotated, Literal, Self

from pydantic import Field, TypeAdapter, model_validator
from pydantic_core import PydanticCustomError

from routing.views import (
    AlertView,
    CallView,
    CampaignView,
    DeskView,
    FloorView,
    HelpView,
    OperatorState,
    OperatorView,
    QueueView,
    SaidView,
    TrunkView,
    Value,
)


class Numbered(Value):
    """Place in the floor's sequence."""

    epoch: str
    number: int


class DeskSnapshotMessage(Numbered):
    """The whole desk; `card` is ready HTML of the call's card or chooser, "" without a call."""

    type: Literal["desk_snapshot"] = "desk_snapshot"
    desk: DeskView
    card: str
    stale: bool = False
    server_time: datetime


class FloorSnapshotMessage(Numbered):
    """The whole floor, for supervisors."""

    type: Literal["floor_snapshot"] = "floor_snapshot"
    floor: FloorView
    server_time: datetime


class OperatorMessage(Numbered):
    """An operator's row changed."""

    type: Literal["operator_changed"] = "operator_changed"
    operator: OperatorView


class ScreenPop(Numbered):
    """A call came to this desk, or its account became known: the call with its card, in one frame."""

    type: Literal["screen_pop"] = "screen_pop"
    call: CallView
    card: str

    @staticmethod
    def frame(epoch: str, number: int, call: CallView, quoted: bytes) -> str:
        """Return the message as it is sent, around a card that stands in quotes already: twenty kilobytes of it."""
        head = f'{{"epoch":{dumps(epoch)},"number":{number},"type":"screen_pop","call":{call.model_dump_json()},"card":'
        return f"{head}{quoted.decode()}}}"


class CallMessage(Numbered):
    """The call changed; its card did not."""

    type: Literal["call_changed"] = "call_changed"
    call: CallView


class CallGoneMessage(Numbered):
    """The call left this screen."""

    type: Literal["call_gone"] = "call_gone"
    call_id: str
    reason: str


class QueueMessage(Numbered):
    """A queue's figures changed."""

    type: Literal["queue_changed"] = "queue_changed"
    queue: QueueView


class NodeMessage(Numbered):
    """An Asterisk link went up or down."""

    type: Literal["node_changed"] = "node_changed"
    node: str
    up: bool


class HelpMessage(Numbered):
    """A supervisor is in a talk, or wants to be, or in another way."""

    type: Literal["help_changed"] = "help_changed"
    help: HelpView


class HelpGoneMessage(Numbered):
    """A supervisor is in a talk no more, or did not come in."""

    type: Literal["help_gone"] = "help_gone"
    help_id: str
    reason: str


class SaidMessage(Numbered):
    """A supervisor said something to this desk."""

    type: Literal["said"] = "said"
    said: SaidView


class UnsaidMessage(Numbered):
    """The desk put it away."""

    type: Literal["unsaid"] = "unsaid"
    said_id: str


class TrunkMessage(Numbered):
    """A trunk went up or down, or out of sight."""

    type: Literal["trunk_changed"] = "trunk_changed"
    trunk: TrunkView


class AlertMessage(Numbered):
    """A figure of the floor is alarming."""

    type: Literal["alert_raised"] = "alert_raised"
    alert: AlertView


class AlertGoneMessage(Numbered):
    """A figure is well back."""

    type: Literal["alert_gone"] = "alert_gone"
    kind: str
    subject: str


class CampaignMessage(Numbered):
    """What a campaign does changed, or it began to run."""

    type: Literal["campaign_changed"] = "campaign_changed"
    campaign: CampaignView


class CampaignGoneMessage(Numbered):
    """A campaign runs no more."""

    type: Literal["campaign_gone"] = "campaign_gone"
    campaign_id: int


class WishMessage(Numbered):
    """A wish of this desk was carried out or refused; `sentence` says why in the reader's language."""

    type: Literal["wish_answered"] = "wish_answered"
    wish_id: str
    done: bool
    reason: str
    sentence: str


class StaleMessage(Value):
    """Unnumbered: from now (`stale`) the screen's data is old, or no longer."""

    type: Literal["stale"] = "stale"
    stale: bool
    since: datetime


class QueueDay(Value):
    """A queue's day so far in a replay, counted as reports count it."""

    queue: str
    offered: int
    answered: int
    answered_in_time: int
    abandoned: int
    abandoned_short: int
    kept: int


ReplayState = Literal["running", "paused", "over", "stopped"]


class ReplayMessage(Value):
    """Unnumbered, of a replay alone, each second: its clock, and the day so far."""

    type: Literal["replay"] = "replay"
    server_time: datetime
    """The moment of the day that is shown."""
    rate: int
    """How fast it goes on; 0: it stands."""
    speed: int
    state: ReplayState
    ends: datetime
    totals: tuple[QueueDay, ...]


class PhoneMessage(Value):
    """Unnumbered: whether this tab holds the telephone; of one operator's tabs the newest does."""

    type: Literal["phone"] = "phone"
    holder: bool


class Beat(Value):
    """Unnumbered, each second: the line is alive."""

    type: Literal["beat"] = "beat"
    server_time: datetime


class Colleague(Value):
    """What of an operator his colleagues see."""

    operator_id: int
    name: str
    extension: str
    state: OperatorState
    reason: str
    since: datetime
    phone_ok: bool


class PresenceMessage(Value):
    """Colleagues who changed within the last second; only to pages that watch them."""

    type: Literal["presence"] = "presence"
    colleagues: tuple[Colleague, ...]


class Note(Value):
    """A message between people, as its reader's page takes it."""

    message_id: int
    thread: str
    """`person:<id>` or `team:<code>`."""
    title: str
    """Who the other one is; "" in a team."""
    from_name: str
    at: datetime
    text: str
    mine: bool


class InboxMessage(Value):
    """Somebody wrote; without a note, some may have been missed: ask for the threads."""

    type: Literal["inbox"] = "inbox"
    note: Note | None


class RosterMessage(Value):
    """Work was made, moved, given or closed somewhere; how much of it is one's own now."""

    type: Literal["roster"] = "roster"
    mine: int
    late: int


ToBrowser = (
    DeskSnapshotMessage
    | FloorSnapshotMessage
    | OperatorMessage
    | ScreenPop
    | CallMessage
    | CallGoneMessage
    | QueueMessage
    | NodeMessage
    | HelpMessage
    | HelpGoneMessage
    | SaidMessage
    | UnsaidMessage
    | TrunkMessage
    | AlertMessage
    | AlertGoneMessage
    | CampaignMessage
    | CampaignGoneMessage
    | WishMessage
    | StaleMessage
    | PhoneMessage
    | PresenceMessage
    | InboxMessage
    | RosterMessage
    | ReplayMessage
    | Beat
)
TO_BROWSER: TypeAdapter[ToBrowser] = TypeAdapter(Annotated[ToBrowser, Field(discriminator="type")])


class Resume(Value):
    """First message of a browser: what it has; empty epoch for nothing."""

    type: Literal["resume"] = "resume"
    epoch: str = ""
    after: int = 0


class Ask(Value):
    """A wish typed at the desk; the hub adds who and when and sends it to the floor."""

    type: Literal["ask"] = "ask"
    wish_id: str = Field(min_length=1, max_length=40)
    wish: Literal[
        "ready", "not_ready", "end_call", "close_wrap_up", "extend_wrap_up", "choose_account", "sign_out", "dial_back",
        "skip_debtor", "verify_debtor", "dial_debtor",
        "complete", "take_back", "swap", "join", "pause_recording", "resume_recording",
        "raise_hand", "lower_hand", "put_away",
    ]  # fmt: skip
    call_id: str = Field(default="", max_length=80)
    account_id: int | None = None
    reason: str = Field(default="", max_length=40)
    said_id: str = Field(default="", max_length=40)
    number: str = Field(default="", max_length=16)
    """Of `dial_debtor`, E.164."""

    @model_validator(mode="after")
    def _names_no_number_but_a_debtors(self) -> Self:
        if self.number and self.wish != "dial_debtor":
            raise PydanticCustomError("extra_forbidden", "a number is for dial_debtor alone")
        return self


class Watch(Value):
    """The page shows colleagues, or does so no longer."""

    type: Literal["watch"] = "watch"
    colleagues: bool


FromBrowser = Resume | Ask | Watch
FROM_BROWSER: TypeAdapter[FromBrowser] = TypeAdapter(Annotated[FromBrowser, Field(discriminator="type")])
