"""Recording of calls: rules as data, what a rule comes to for one call, the life of a recording (pure).

Rule 1: of several rules the one that says most of the call counts: campaign before queue before direction.
Rule 2: who was not told is not recorded; who was asked and did not say yes neither (AC46).
Rule 3: whether a call falls into a share is decided by its id alone, so every process decides alike.
Rule 4: every move of a recording is in `TRANSITIONS`; what is not there is refused.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

INWARD, OUTWARD = "in", "out"
DIRECTIONS = (INWARD, OUTWARD)
LEAST_DAYS, MOST_DAYS = 1, 3650
LEAST_PAUSE, MOST_PAUSE = 10, 3600
"""Seconds after which a forgotten pause ends by itself."""
CODE = re.compile(r"[A-Za-z0-9_-]{1,40}")
"""A queue or a campaign."""
TENTHS = 10_000


class Mode(StrEnum):
    """Which calls are recorded."""

    ALWAYS = "always"
    NEVER = "never"
    SHARE = "share"
    """A share of calls, each by its own id."""
    CONSENT = "consent"
    """Who said yes, by a key."""


class AfterPause(StrEnum):
    """What becomes of a pause that nobody ended."""

    RESUME = "resume"
    STOP = "stop"
    """The rest of the talk is not recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What is recorded of a kind of calls, announced, and for how long it is kept."""

    rule_id: int = 0
    queue: str = ""
    """"" for every one."""
    campaign: str = ""
    direction: str = ""
    mode: Mode = Mode.NEVER
    share: int = 100
    """Percent of calls, for `Mode.SHARE`."""
    announced: bool = True
    """The caller hears that he is recorded, in his language, before it begins."""
    keep_days: int = 180
    pause_seconds: int = 300
    after_pause: AfterPause = AfterPause.RESUME

    @property
    def weight(self) -> int:
        """How much of a call it speaks of."""
        return 4 * bool(self.campaign) + 2 * bool(self.queue) + bool(self.direction)


class Notice(StrEnum):
    """What a caller is to hear before he may be recorded."""

    NOTHING = "nothing"
    """He is not recorded."""
    SILENT = "silent"
    """He is recorded and not told: where the contract or the law told him."""
    TOLD = "told"
    ASKED = "asked"


class Answer(StrEnum):
    """What a caller was told or said, as it is kept."""

    SILENT = "silent"
    TOLD = "told"
    YES = "yes"
    NO = "no"
    """By a key, by silence, or long ago: his consent on record is withdrawn or refused."""


AGREED = frozenset({Answer.SILENT, Answer.TOLD, Answer.YES})
"""Answers that let a recording exist."""


def rule_for(rules: Iterable[Rule], *, queue: str, campaign: str = "", direction: str = INWARD) -> Rule | None:
    """Return the rule that counts for a call, None when none speaks of it: then it is not recorded."""
    fitting = [
        rule
        for rule in rules
        if rule.queue in {"", queue} and rule.campaign in {"", campaign} and rule.direction in {"", direction}
    ]
    return max(fitting, key=lambda rule: (rule.weight, -rule.rule_id), default=None)


def in_share(call_id: str, percent: int) -> bool:
    """Whether a call is one of so many of a hundred: by SHA-256 of its id, uniform and the same everywhere."""
    drawn = int.from_bytes(hashlib.sha256(call_id.encode()).digest()[:8], "big") % TENTHS
    return drawn * 100 < percent * TENTHS


def notice(rule: Rule | None, call_id: str, consent: bool | None) -> Notice:
    """Return what the caller is to hear.

    Args:
        rule: the one that counts for the call.
        call_id: of the call.
        consent: what is on record of him: given, refused or withdrawn, or None for nothing.

    """
    if rule is None or rule.mode is Mode.NEVER or consent is False:
        return Notice.NOTHING
    if rule.mode is Mode.SHARE and not in_share(call_id, rule.share):
        return Notice.NOTHING
    if rule.mode is Mode.CONSENT and consent is None:
        return Notice.ASKED
    return Notice.TOLD if rule.announced else Notice.SILENT


def unfit(rule: Rule) -> Mapping[str, tuple[str, int, int]]:
    """Return what of a rule cannot be: field, and a code with its bounds; empty when it is fine."""
    wrong: dict[str, tuple[str, int, int]] = {}
    for name, text in (("queue", rule.queue), ("campaign", rule.campaign)):
        if text and not CODE.fullmatch(text):
            wrong[name] = ("code", 1, 40)
    if rule.direction and rule.direction not in DIRECTIONS:
        wrong["direction"] = ("choice", 0, 0)
    for name, value, least, most in (
        ("share", rule.share, 1, 100),
        ("keep_days", rule.keep_days, LEAST_DAYS, MOST_DAYS),
        ("pause_seconds", rule.pause_seconds, LEAST_PAUSE, MOST_PAUSE),
    ):
        if not least <= value <= most:
            wrong[name] = ("between", least, most)
    return wrong


# --- what the switch left behind -----------------------------------------------------------------

RATE = 8_000
"""Samples a second of each leg: what the telephone network carries."""
LEGS = 2
"""The operator's voice, then what he heard: the caller."""
FILE = re.compile(
    r"(?P<call>[A-Za-z0-9_.-]{1,80})~(?P<leg>[A-Za-z0-9_.-]{1,80})~(?P<device>[A-Za-z0-9]{0,40})"
    r"~(?P<began>[0-9]{1,11})~(?P<rule>[0-9]{1,9})\.raw"
)
"""The dialplan's name of a raw file (`deploy/asterisk/dialplan/recording.conf.j2`): everything that is needed to know
it again although floor and database were away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """A file of the switch's, by its name."""

    name: str
    call_id: str
    leg: str
    device: str
    """`op101`, the operator's telephone."""
    began_at: datetime
    rule_id: int

    @property
    def extension(self) -> str:
        """Of the operator's telephone, as `crm_core.lines` names them: `op101`, and `op101w` for a browser's."""
        return "".join(char for char in self.device if char in "0123456789")


def parse_name(name: str) -> Raw | None:
    """Read the name of a raw file; None for any other."""
    found = FILE.fullmatch(name)
    if found is None:
        return None
    return Raw(
        name=name,
        call_id=found["call"],
        leg=found["leg"],
        device=found["device"],
        began_at=datetime.fromtimestamp(int(found["began"]), UTC),
        rule_id=int(found["rule"]),
    )


class Fault(StrEnum):
    """What is wrong with a recording; "" where nothing is."""

    NONE = ""
    MISSING = "missing"
    """The rule wanted it, he was told, they talked: and there is no file."""
    SHORT = "short"
    """The file holds far less than they talked."""
    SILENT = "silent"
    """Nothing is to be heard on a leg although they talked."""
    UNANNOUNCED = "unannounced"
    """There is a file, and nobody told the caller (AC46): it is kept apart until somebody has looked."""


SLACK = timedelta(seconds=3)
"""How much shorter than the talk a file may be: ringing through, the last packets."""
TALK_WORTH = timedelta(seconds=3)
"""Talks shorter than this need no recording."""
QUIET_SECONDS = 10
"""A leg that says nothing in a talk of this length or more was not recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a raw file holds."""

    seconds: float
    loudest: tuple[int, int]
    """Of each leg, 0 to 32,767."""


def judge(found: Measured, talked: timedelta | None, paused: timedelta = timedelta()) -> Fault:
    """Return what is wrong with a file.

    Args:
        found: what it holds.
        talked: how long caller and operator were joined, None where nobody knows: then length cannot be judged.
        paused: how long of it was silent on purpose.

    """
    if talked is not None and talked > TALK_WORTH and found.seconds < (talked - SLACK).total_seconds() * 0.8:
        return Fault.SHORT
    heard = found.seconds - paused.total_seconds()
    if heard >= QUIET_SECONDS and min(found.loudest) == 0:
        return Fault.SILENT
    return Fault.NONE


# --- its life ------------------------------------------------------------------------------------


class State(StrEnum):
    """Where a recording stands."""

    KEPT = "kept"
    """Encrypted, checked, to be heard."""
    APART = "apart"
    """Encrypted, and nobody hears it until a manager has decided: the caller may not have been told."""
    LOST = "lost"
    """There should be one and there is none."""
    SHREDDED = "shredded"
    """Its key is gone, and its file: what is left is that it was."""


class Move(StrEnum):
    """What can happen to it."""

    SEAL = "seal"
    """Its file turned up after all."""
    RELEASE = "release"
    """Somebody looked, and the caller knew."""
    SHRED = "shred"


TRANSITIONS: Mapping[tuple[State, Move], State] = {
    (State.LOST, Move.SEAL): State.KEPT,
    (State.APART, Move.RELEASE): State.KEPT,
    (State.KEPT, Move.SHRED): State.SHREDDED,
    (State.APART, Move.SHRED): State.SHREDDED,
    (State.LOST, Move.SHRED): State.SHREDDED,
}
HEARD = frozenset({State.KEPT})
"""States in which it can be listened to."""


def keep_until(began_at: datetime, rule: Rule | None) -> datetime:
    """Return when a recording goes by itself; without a rule, as soon as the law's least."""
    return began_at + timedelta(days=rule.keep_days if rule is not None else LEAST_DAYS)


# --- pauses --------------------------------------------------------------------------------------

PAUSED, RESUMED, STOPPED = "recording paused", "recording resumed", "recording stopped"
"""Lines of a call's history."""


def pauses(
    lines: Sequence[tuple[datetime, str]], began_at: datetime, seconds: float
) -> tuple[tuple[float, float], ...]:
    """Return the silent stretches of a file, in seconds from its beginning.

    Args:
        lines: moments and words of the call's history, oldest first.
        began_at: of the file.
        seconds: its length.

    """
    found: list[tuple[float, float]] = []
    since: float | None = None
    for at, what in lines:
        place = min(max((at - began_at).total_seconds(), 0.0), seconds)
        if what == PAUSED and since is None:
            since = place
        elif what in {RESUMED, STOPPED} and since is not None:
            found.append((since, place))
            since = None
    if since is not None:
        found.append((since, seconds))
    return tuple((round(begin, 2), round(end, 2)) for begin, end in found if end > begin)
