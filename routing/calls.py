"""A call as the floor knows it, and the phases it may go through (pure).

docs/lives/operator.md has the operator's life; the call's is PHASES here. The switch is not ours to correct: a phase
is what its reports add up to, PHASES is what the property tests hold it to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from crm_core.phones import e164
from crm_core.standing import MOST
from routing.taping import Recorded
from routing.views import Asked, BackStage, BackView, CallPhase, CallView, DebtView, OperatorId, PassedOn
from telephony.events import CallId, ChannelName, LegId, Node

IVR, WAITING, RINGING = CallPhase.IVR, CallPhase.WAITING, CallPhase.RINGING
TALKING, HELD, REJOINING = CallPhase.TALKING, CallPhase.HELD, CallPhase.REJOINING
FALLBACK, WRAP_UP, ENDED = CallPhase.FALLBACK, CallPhase.WRAP_UP, CallPhase.ENDED
OUTSIDE = CallPhase.OUTSIDE

# From waiting straight to wrap-up: they talked and ended while the link was down, and we learn both at once.
PHASES: Mapping[CallPhase, frozenset[CallPhase]] = {
    IVR: frozenset({WAITING, FALLBACK, RINGING, TALKING, WRAP_UP, ENDED}),
    # Back to the menus: the queue's terms sent him to leave a message, or to hear that nobody is there.
    WAITING: frozenset({IVR, RINGING, FALLBACK, TALKING, WRAP_UP, ENDED}),
    FALLBACK: frozenset({WAITING, RINGING, TALKING, WRAP_UP, ENDED}),
    RINGING: frozenset({IVR, WAITING, FALLBACK, TALKING, WRAP_UP, ENDED}),
    TALKING: frozenset({HELD, REJOINING, WAITING, FALLBACK, RINGING, OUTSIDE, WRAP_UP, ENDED}),
    HELD: frozenset({TALKING, REJOINING, WAITING, FALLBACK, RINGING, OUTSIDE, WRAP_UP, ENDED}),
    OUTSIDE: frozenset({TALKING, WAITING, FALLBACK, RINGING, WRAP_UP, ENDED}),
    REJOINING: frozenset({TALKING, WAITING, FALLBACK, RINGING, WRAP_UP, ENDED}),
    WRAP_UP: frozenset({ENDED}),
    ENDED: frozenset(),
}
AT_DESK = frozenset({RINGING, TALKING, HELD, REJOINING, WRAP_UP})
"""Phases in which the call is on an operator's screen."""
QUEUED = frozenset({WAITING, FALLBACK})
"""Phases in which any operator may be offered the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call now."""

    call_id: CallId
    node: Node
    channel: ChannelName
    phase: CallPhase = IVR
    number: str = ""
    name: str = ""
    dialled: str = ""
    queue: str = "main"
    """Where he waits."""
    asked: str = ""
    """The queue that the dialplan named last; the rules may have sent him elsewhere."""
    language: str = ""
    account_id: int | None = None
    candidates: tuple[int, ...] = ()
    topic: str = ""
    flags: tuple[str, ...] = ()
    """What is known of the customer that matters to routing: `vip`, `life_support` …"""
    path: tuple[str, ...] = ()
    arrived_at: datetime
    waiting_since: datetime | None = None
    offered_at: datetime | None = None
    answered_at: datetime | None = None
    held_since: datetime | None = None
    ended_at: datetime | None = None
    operator_id: OperatorId | None = None
    """Whose desk it is at; after the end, who had it."""
    leg: LegId | None = None
    """The operator's leg: offered, or talking."""
    parted_at: datetime | None = None
    """When the operator's leg was lost."""
    sent: str = ""
    """The queue he overflowed to last."""
    moved_at: datetime | None = None
    """When he came to the queue he is in, if not with his waiting."""
    leaving: str = ""
    """Where the dialplan was asked to take him, out of the queues (`routing.terms.Way`); he is offered to nobody."""
    tried: tuple[str, ...] = ()
    """Where he was sent so far."""
    recorded: bool = False
    """The leg it talks on is being recorded."""
    taped: Recorded | None = None
    """How a leg of it was recorded: so are those that follow."""
    pause_wanted: bool = False
    pause_since: datetime | None = None
    paused_at: datetime | None = None
    """The switch confirmed that the record is silent from then on."""
    served: bool = False
    """The IVR did all that was wanted."""
    passed: PassedOn | None = None
    """The last time an operator passed him on."""
    consult: Asked | None = None
    """Whom his operator asks meanwhile."""
    back: BackView | None = None
    """We call him back: until he is reached the channel is one that stands in for him (`routing.callbacks`)."""
    debt: DebtView | None = None
    """A campaign calls him (`routing.debtors`)."""

    @property
    def outcome(self) -> str:
        """How it ended, as `interactions.outcome` has it: answered, served, abandoned, failed; "" meanwhile."""
        if self.ended_at is None:
            return ""
        if self.answered_at is not None:
            return "answered"
        if self.back is not None:
            return "failed"
        return "served" if self.served else "abandoned"

    @property
    def alone(self) -> bool:
        """Whether nobody is at the far end yet: a call-back whose subscriber was not reached."""
        return self.back is not None and self.back.stage is not BackStage.REACHED

    @property
    def desk(self) -> OperatorId | None:
        """The desk that shows it."""
        return self.operator_id if self.phase in AT_DESK else None

    @property
    def pauses(self) -> bool:
        """Whether it would be recorded, were it not for a pause that an earlier leg began."""
        return self.taped is not None and self.pause_wanted

    @property
    def chosen(self) -> str:
        """The queue he stands in when an operator chose it, else "": rules do not send him elsewhere."""
        chosen = self.passed is not None and self.passed.kind == "queue" and self.passed.to == self.queue
        return self.queue if chosen else ""

    @property
    def talker(self) -> OperatorId | None:
        """Who spoke to him last, or speaks; a telephone that rings after he was passed on is not spoken to yet."""
        if self.answered_at is None:
            return None
        if self.passed is not None and self.phase not in {TALKING, HELD, REJOINING, WRAP_UP}:
            return self.passed.by
        return self.operator_id

    @property
    def view(self) -> CallView:
        """What screens show."""
        return CallView(
            call_id=self.call_id,
            phase=self.phase,
            number=self.number,
            name=self.name,
            dialled=self.dialled,
            queue=self.queue,
            language=self.language,
            account_id=self.account_id,
            candidates=self.candidates,
            topic=self.topic,
            path=self.path,
            arrived_at=self.arrived_at,
            waiting_since=self.waiting_since,
            offered_at=self.offered_at,
            answered_at=self.answered_at,
            held_since=self.held_since,
            ended_at=self.ended_at,
            operator_id=self.operator_id,
            passed=self.passed,
            consult=self.consult,
            back=self.back,
            debt=self.debt,
            recording=(self.recorded or self.pauses) and self.phase in {TALKING, HELD},
            recording_paused_at=self.paused_at if self.phase in {TALKING, HELD} else None,
        )


def as_shown(view: CallView) -> Call:
    """Return the call that a screen showed; its channels are to be found out."""
    node, _, _ = view.call_id.rpartition("-")
    known = view.model_dump(exclude={"call_id", "recording", "recording_paused_at", "back", "debt"})
    return Call(call_id=CallId(view.call_id), node=Node(node), channel=ChannelName(""), **known)


def unpaused(call: Call) -> Call:
    """Return the call without its operator's leg: the record of that leg, and a pause of it, are over."""
    return replace(call, recorded=False, pause_wanted=False, pause_since=None, paused_at=None)


def unrecorded(call: Call) -> Call:
    """Return the call whose operator's leg is with it no more; a pause goes along to whom it is passed on to."""
    return replace(call, recorded=False, paused_at=call.paused_at if call.pause_wanted else None)


def whole(text: str) -> int | None:
    """Read a database id; None for nothing or nonsense, so that no event can stop the line."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else None


def listed(text: str) -> tuple[int, ...]:
    """Read at most nine ids separated by commas."""
    read = (whole(part.strip()) for part in text.split(",")[:9])
    return tuple(one for one in read if one is not None)


def steps(text: str) -> tuple[str, ...]:
    """Read the IVR's path."""
    return tuple(part for part in text.split(";") if part)[:100]


def words(text: str) -> tuple[str, ...]:
    """Read flags separated by commas, as many as travel with a call."""
    return tuple(part for one in text.split(",")[:MOST] if (part := one.strip()))


def _queue(call: Call, asked: str) -> str:
    """Return where the caller waits: where the dialplan sends him anew, else where he does.

    Of a call that an earlier floor has put into a queue we know where it waits, but not what was asked then.
    """
    remembered = not call.asked and call.waiting_since is not None
    return call.queue if asked in {"", call.asked} or remembered else asked


def told(call: Call, fields: Mapping[str, str]) -> Call:
    """Return the call with what the IVR found out; what it does not say stays."""
    since = whole(fields.get("Since", ""))
    return replace(
        call,
        dialled=fields.get("Dialled") or call.dialled,
        queue=_queue(call, fields.get("Queue", "")),
        asked=fields.get("Queue") or call.asked,
        language=fields.get("Language") or call.language,
        account_id=whole(fields.get("Account", "")) or call.account_id,
        candidates=listed(fields.get("Candidates", "")) or call.candidates,
        topic=fields.get("Topic") or call.topic,
        flags=words(fields.get("Flags", "")) or call.flags,
        path=steps(fields.get("Path", "")) or call.path,
        waiting_since=call.waiting_since or (datetime.fromtimestamp(since, UTC) if since else None),
    )


def number_of(text: str, country: str) -> str:
    """Return a caller's number in E.164 where it can be repaired, else as the network gave it."""
    return e164(text, country) or text
