"""The life of an operator: one table, and the record that goes through it (pure).

docs/lives/operator.md is drawn from TRANSITIONS; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from crm_core.lines import device
from routing.skills import ANYBODY, Profile
from routing.views import OperatorId, OperatorState, OperatorView
from telephony.events import DeviceState, Node


class Step(StrEnum):
    """What happens to an operator."""

    SIGN_IN = "signs in"
    SIGN_OUT = "signs out"
    MAKE_READY = "says: ready"
    MAKE_NOT_READY = "says: not ready"
    RESERVE = "is offered a call"
    WITHDRAW = "the offer is withdrawn"
    MISS = "does not take the offer"
    CONNECT = "is connected"
    LOSE = "loses the call to the queue"
    FINISH = "the caller is gone"
    HAND_BACK = "gets the caller back"
    CLOSE = "closes the contact"
    CLOSE_TO_PAUSE = "closes the contact before a pause"


OFFLINE, READY, RESERVED = OperatorState.OFFLINE, OperatorState.READY, OperatorState.RESERVED
TALKING, WRAP_UP, NOT_READY = OperatorState.TALKING, OperatorState.WRAP_UP, OperatorState.NOT_READY

TRANSITIONS: Mapping[tuple[OperatorState, Step], OperatorState] = {
    (OFFLINE, Step.SIGN_IN): NOT_READY,
    (OFFLINE, Step.CONNECT): TALKING,  # A call of `app_queue`, found by a restarted floor before the desk spoke.
    (NOT_READY, Step.MAKE_READY): READY,
    (NOT_READY, Step.MAKE_NOT_READY): NOT_READY,
    (NOT_READY, Step.SIGN_OUT): OFFLINE,
    (NOT_READY, Step.CONNECT): TALKING,  # The telephone was answered in the moment the offer ran out.
    (READY, Step.RESERVE): RESERVED,
    (READY, Step.MAKE_NOT_READY): NOT_READY,
    (READY, Step.SIGN_OUT): OFFLINE,
    (READY, Step.CONNECT): TALKING,  # Served by `app_queue`.
    (RESERVED, Step.WITHDRAW): READY,
    (RESERVED, Step.MISS): NOT_READY,
    (RESERVED, Step.CONNECT): TALKING,
    (RESERVED, Step.FINISH): WRAP_UP,  # The caller came back and was gone before the telephone was answered.
    (TALKING, Step.FINISH): WRAP_UP,
    (TALKING, Step.LOSE): NOT_READY,
    (WRAP_UP, Step.HAND_BACK): RESERVED,  # Nobody took the caller he had passed on.
    (WRAP_UP, Step.CLOSE): READY,
    (WRAP_UP, Step.CLOSE_TO_PAUSE): NOT_READY,
}
"""A pair that is not here is a step out of turn."""

SERVED = frozenset({RESERVED, TALKING, WRAP_UP})
"""States with a contact at the desk."""


class StepOutOfTurn(Exception):
    """We asked for a step that this state does not know: a defect of ours."""

    code = "step-out-of-turn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One operator now."""

    operator_id: OperatorId
    name: str
    extension: str
    state: OperatorState = OFFLINE
    reason: str = ""
    since: datetime
    until: datetime | None = None
    next_reason: str | None = None
    call_id: str | None = None
    extended: bool = False
    """The wrap-up was prolonged; that is granted once."""
    phones: Mapping[tuple[str, Node], DeviceState] = field(default_factory=dict)
    """What each node says of each of his telephones."""
    reloaded_at: datetime | None = None
    """When his page last went while it rang."""
    settling: bool = False
    """His page goes at this moment: its telephone still seems to be there, and is not to be rung."""
    stands: Node | None = None
    """Where he is on the line already, for whoever comes next (`routing.standing`)."""
    calls_today: int = 0
    day: str = ""
    """The day `calls_today` counts, ISO 8601."""
    profile: Profile = ANYBODY
    """What he can do."""
    hand_at: datetime | None = None
    """Since when his hand is raised."""

    @property
    def devices(self) -> tuple[str, ...]:
        """Dial strings of his telephones, the browser's first."""
        return devices(self.extension)

    @property
    def phone_ok(self) -> bool:
        """Whether a node can reach the telephone."""
        return any(state not in DEAD for state in self.phones.values())

    @property
    def idle_nodes(self) -> frozenset[Node]:
        """Nodes where a telephone of his is registered, while none of them is in use anywhere, nor going."""
        if self.settling:
            return frozenset()
        if self.stands is not None:
            return frozenset({self.stands})
        if any(state not in DEAD and state is not DeviceState.NOT_IN_USE for state in self.phones.values()):
            return frozenset()
        return frozenset(node for (_, node), state in self.phones.items() if state is DeviceState.NOT_IN_USE)

    @property
    def nodes(self) -> frozenset[Node]:
        """Nodes where a telephone of his is registered, in use or not."""
        return frozenset(node for (_, node), state in self.phones.items() if state not in DEAD)

    def device_at(self, node: Node) -> str:
        """Return the telephone to ring at a node."""
        idle = (one for one in self.devices if self.phones.get((one, node)) is DeviceState.NOT_IN_USE)
        return next(idle, self.devices[0])

    @property
    def serves_fallback(self) -> bool:
        """Whether Asterisk's own queue may ring him while the floor is away.

        True in a contact too: were he kept out then, a floor that dies would leave the callers to nobody.
        """
        return self.state not in {OFFLINE, NOT_READY} and self.next_reason is None

    @property
    def view(self) -> OperatorView:
        """What screens show."""
        return OperatorView(
            operator_id=self.operator_id,
            name=self.name,
            extension=self.extension,
            state=self.state,
            reason=self.reason,
            since=self.since,
            until=self.until,
            phone_ok=self.phone_ok,
            next_reason=self.next_reason,
            call_id=self.call_id,
            calls_today=self.calls_today,
            hand_at=self.hand_at,
        )


def devices(extension: str) -> tuple[str, ...]:
    """Return the dial strings of an extension: its softphone in the browser, and a desk telephone of its own."""
    return (device(extension), f"PJSIP/desk{extension}")


DEAD = frozenset({DeviceState.UNAVAILABLE, DeviceState.INVALID, DeviceState.UNKNOWN})


def can(operator: Operator, step: Step) -> bool:
    """Whether the step is in turn."""
    return (operator.state, step) in TRANSITIONS


def advance(  # noqa: PLR0913 - each is a word of the step
    operator: Operator,
    step: Step,
    now: datetime,
    *,
    reason: str = "",
    call_id: str | None = None,
    until: datetime | None = None,
) -> Operator:
    """Return the operator after a step.

    Args:
        operator: before.
        step: what happened.
        now: UTC.
        reason: why not ready, kept only where the new state is.
        call_id: the contact at the desk, for RESERVE and CONNECT; FINISH keeps the present one.
        until: when wrap-up ends by itself, for FINISH.

    Raises:
        StepOutOfTurn: TRANSITIONS does not have the pair.

    """
    state = TRANSITIONS.get((operator.state, step))
    if state is None:
        raise StepOutOfTurn(f"{operator.state} cannot: {step}")
    held = call_id if step in {Step.RESERVE, Step.CONNECT, Step.HAND_BACK} else operator.call_id
    return replace(
        operator,
        state=state,
        reason=reason if state is NOT_READY else "",
        since=now,
        until=until if state is WRAP_UP else None,
        next_reason=operator.next_reason if state in SERVED else None,
        call_id=held if state in SERVED else None,
        extended=False,
        hand_at=operator.hand_at if state is not OFFLINE else None,
    )


def counted(operator: Operator, day: str) -> Operator:
    """Return the operator with one more contact on `day` (ISO 8601, of the utility's time zone)."""
    before = operator.calls_today if operator.day == day else 0
    return replace(operator, calls_today=before + 1, day=day)


def diagram() -> str:
    """Return the life as a Mermaid state diagram, as docs/lives/operator.md holds it."""
    lines = ["stateDiagram-v2", "    [*] --> offline"]
    lines += [f"    {before} --> {after}: {step}" for (before, step), after in TRANSITIONS.items()]
    return "\n".join(lines) + "\n"
