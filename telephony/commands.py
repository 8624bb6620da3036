"""What we wish the switch to do: frozen imperatives, one class per AMI action we ever send (pure)."""

from __future__ import annotations

from dataclasses import dataclass, field

from telephony.events import ChannelName, LegId, Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A wish to one node."""

    node: Node


LINE_CODECS = ("ulaw", "alaw")
"""What callers' own lines speak. A leg that stands between an operator and such a line is made to speak it too: where
sound is transcoded both before and after its source changes (another leg takes over, music begins in a hold), nothing
may be heard, for Asterisk's translator goes on counting where the last source ended and takes the new one for late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Originate(Command):
    """Ring a telephone; when it answers, its leg runs `context`,s,1 on its own. Never replayed."""

    leg: LegId
    """Becomes the Uniqueid, so the leg is known before it exists."""
    device: str
    """`PJSIP/op101`."""
    context: str
    timeout_ms: int
    caller_number: str
    caller_name: str
    variables: dict[str, str] = field(default_factory=dict)
    codecs: tuple[str, ...] = ()
    """Offered first, in this order; empty: as the telephone's own settings say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp(Command):
    """End one channel with a Q.850 cause."""

    channel: ChannelName
    cause: int = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect(Command):
    """Send a channel to `context`,`exten`,1."""

    channel: ChannelName
    context: str
    exten: str = "s"
    other: ChannelName | None = None
    """Who is in a bridge with it and goes elsewhere in the same moment, to `other_context`,s,1."""
    other_context: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetVariable(Command):
    """Set a channel's variable, or a global one when `channel` is None."""

    channel: ChannelName | None
    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddQueueMember(Command):
    """Make a telephone a member of the fallback queue (`app_queue`), which serves when the floor is away."""

    queue: str
    device: str
    paused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseQueueMember(Command):
    """Say whether the fallback queue may ring this telephone."""

    queue: str
    device: str
    paused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveQueueMember(Command):
    """Take a telephone out of the fallback queue."""

    queue: str
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MuteRecording(Command):
    """Have a recorded channel's file go on in silence, both ways, or with what is said again."""

    channel: ChannelName
    muted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRecording(Command):
    """End a channel's recording for good."""

    channel: ChannelName


@dataclass(frozen=True, slots=True, kw_only=True)
class AskSnapshot(Command):
    """Ask for every channel (`Status` with `variables`) and device; answers arrive as events."""

    variables: tuple[str, ...]


AnyCommand = (
    Originate
    | HangUp
    | Redirect
    | SetVariable
    | AddQueueMember
    | PauseQueueMember
    | RemoveQueueMember
    | MuteRecording
    | StopRecording
    | AskSnapshot
)
