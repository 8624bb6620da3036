"""Calls that go out to debtors: what is dialled, how far it is, and what the book of attempts is told (pure).

The id of a debtor's leg is on record with its attempt before anything rings: every event of the switch says which
attempt it is about, to this floor and to the next one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from routing.views import CampaignView, DebtStage, DebtView, OperatorId
from telephony.events import CallId, ChannelName, LegId, LegSeen, Node

NAME = re.compile(r".+-out[0-9a-f]{1,16}")
"""What `leg_of` makes."""


def leg_of(node: str, mark: str) -> LegId:
    """Return the id of the leg of an attempt at a node, which is its call's too.

    Args:
        node: where it will be.
        mark: hexadecimal, never used before.

    """
    return LegId(f"{node}-out{mark}")


def is_out(call_id: str) -> bool:
    """Whether a call, or leg, is an attempt to reach a debtor."""
    return NAME.fullmatch(call_id) is not None


class Progress(StrEnum):
    """How far an attempt got, one after the other; what the book is told."""

    ASKED = "asked"
    """Its operator has read the card: may the number be dialled now?"""
    PLACED = "placed"
    """The switch made a channel for it."""
    RINGING = "ringing"
    ANSWERED = "answered"
    MACHINE = "machine"
    """What answered is no person, as far as the switch can tell."""
    REACHED = "reached"
    """A person answered, and waits for an operator."""
    MATCHED = "matched"
    TALKING = "talking"
    NOTICE = "notice"
    """The voice notice began."""
    TURNED = "turned"
    """He asked the notice for an operator, and waits in the queue."""
    HEARD = "heard"
    """It was heard to its end."""
    ABANDONED = "abandoned"
    """Nobody was there within the grace: the message is played."""
    ENDED = "ended"
    LOST = "lost"
    """It may have left us, and nobody knows what became of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DialNews:
    """What became of an attempt, for its book."""

    attempt_id: int
    what: Progress
    at: datetime
    operator_id: OperatorId | None = None
    cause: int = 0
    """Q.850, of `ended`."""
    tech_cause: str = ""
    """The signalling's own code (SIP's `486`)."""
    timed_out: bool = False
    """The switch gave up, nobody having answered in time."""
    made: bool = True
    """A channel came of it at all."""
    path: tuple[str, ...] = ()
    """What he did in the notice, as the menus keep it: `step` or `step=key`."""
    cancelled: str = ""
    """Why we ended it before it was answered: `paid`, `stopped`, `skipped` …; "" when we did not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """An operator wishes to call a debtor by hand: it is answered with `Answer`, once."""

    operator_id: OperatorId
    wish_id: str
    account_id: int
    number: str
    """E.164, of those on his record."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """One number to dial: allowed, on record as an attempt, to leave now."""

    attempt_id: int
    leg: LegId
    """Of the debtor; also the name of the contact. Made by `leg_of`."""
    node: Node
    trunk: str
    """Name of the trunk on record."""
    endpoint: str
    number: str
    """E.164."""
    shown: str
    """Ours, E.164."""
    campaign_id: int
    campaign: str
    account_id: int | None
    customer_id: int | None = None
    row_id: int | None = None
    language: str = ""
    ring: timedelta = timedelta(seconds=25)
    grace: timedelta = timedelta(seconds=2)
    """So long may who answered wait for an operator before he hears the message."""
    notice: bool = False
    """A voice speaks, no operator does."""
    detect: bool = False
    """Let the switch tell machines from people, which keeps people waiting for a second or more."""
    operator_id: OperatorId | None = None
    """Who called by hand, or read the card first; None: whoever is free."""
    placed_at: datetime
    """When it was written down; UTC."""
    tell: bool = False
    """A rule may want the talk on record: who answers is told so, or asked, before he counts as reached."""

    @property
    def device(self) -> str:
        """What the switch dials."""
        return f"PJSIP/{self.number}@{self.endpoint}"

    @property
    def queue(self) -> str:
        """The queue whose figures its talks count in."""
        return f"campaign-{self.campaign_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Dial this."""

    dial: Dial


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw:
    """End these as far as nobody has answered them."""

    attempt_ids: frozenset[int]
    why: str
    """`paid`, `stopped` …"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """Who works for which campaigns, from now on and altogether."""

    serves: Mapping[OperatorId, frozenset[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """Show this debtor's card to the operator he is for; the number is dialled when he has read it."""

    dial: Dial
    read: timedelta
    """So long he may read before he is asked for no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Go:
    """Dial whose card was shown: it is still allowed."""

    attempt_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Answer an operator who wished to call a debtor by hand."""

    operator_id: OperatorId
    wish_id: str
    refusal: str
    """Why not, a code; "" when it is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaigns:
    """Show supervisors what each campaign that runs does just now; all of them."""

    running: tuple[CampaignView, ...]


DialWish = Place | Withdraw | Staff | Show | Go | Answer | Campaigns
"""What the dialler wishes of the floor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """One attempt under way."""

    dial: Dial
    since: datetime
    channel: ChannelName | None = None
    stage: Progress = Progress.PLACED
    cause: int = 0
    tech_cause: str = ""
    gone: bool = False
    """Its channel ended."""
    finished: bool = False
    """The switch has said how the dialling ended."""
    timed_out: bool = False
    cancelled: str = ""
    paid: bool = False
    card: bool = False
    """Nothing is dialled yet: its operator reads."""
    asked: bool = False
    """It was asked whether the number may be dialled."""
    dial_at: datetime | None = None
    """When it is asked by itself."""

    @property
    def view(self) -> DebtView:
        """What screens show of it."""
        stage = DebtStage.REACHED if self.stage in MET else DebtStage.CARD if self.card else DebtStage.DIALLING
        return DebtView(
            campaign_id=self.dial.campaign_id,
            campaign=self.dial.campaign,
            attempt_id=self.dial.attempt_id,
            stage=stage,
            paid=self.paid,
            dial_at=self.dial_at if self.card else None,
        )


MET = frozenset({Progress.REACHED, Progress.MATCHED, Progress.TALKING})
UNANSWERED = frozenset({Progress.PLACED, Progress.RINGING})


@dataclass(slots=True)
class Dials:
    """Every attempt under way, and who of those who answered has nobody yet."""

    by_leg: dict[LegId, Going] = field(default_factory=dict)
    waiting: dict[CallId, None] = field(default_factory=dict)
    """Who answered, in that order, until somebody has him or the grace is over."""
    cards: dict[OperatorId, CallId] = field(default_factory=dict)
    """Debtors whose cards operators read before anything is dialled."""
    running: dict[int, CampaignView] = field(default_factory=dict)
    """What each campaign that runs does, as the dialler said last."""
    seen: dict[LegId, LegSeen] = field(default_factory=dict)
    """As a node told them in its snapshot, until it has told all."""

    def on_trunk(self, node: Node, trunk: str) -> int:
        """Return how many lines of a trunk attempts use at a node."""
        return sum(one.dial.trunk == trunk and one.dial.node == node for one in self.by_leg.values())
