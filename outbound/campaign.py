"""The life of a campaign, what it is made of, and what may be wrong with that (pure). docs/lives/campaign.md draws it.

A campaign is checked (its list counted, the law asked for every debtor) before it may run; whatever is changed before
it ran makes it a draft again. While it runs or is paused its mode, hours and limits may change; whom it is for and
under which law may not.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from outbound.terms import Channel, Mode

LONGEST_NAME, LONGEST_NOTE, LONGEST_MESSAGE = 80, 500, 1000
MOST_HOURS, MOST_SKILLS, MOST_LINES = 40, 20, 1000
HUNDRED = Decimal(100)
LONGEST_AHEAD = 400
"""A schedule that opens within so many days is looked for; one that does not never opens."""


class State(StrEnum):
    """Where a campaign stands."""

    DRAFT = "draft"
    CHECKED = "checked"
    """Its preview was worked out and nothing of it changed since: it may start."""
    RUNNING = "running"
    PAUSED = "paused"
    """Nobody new is called; talks go on."""
    FINISHED = "finished"
    """Who was not tried has expired."""
    ARCHIVED = "archived"


class Step(StrEnum):
    """What happens to a campaign."""

    CHECK = "is checked"
    CHANGE = "is changed"
    START = "starts"
    PAUSE = "is paused"
    RESUME = "goes on"
    FINISH = "is finished"
    REOPEN = "is taken up again"
    ARCHIVE = "is archived"


TRANSITIONS: Mapping[tuple[State, Step], State] = {
    (State.DRAFT, Step.CHECK): State.CHECKED,
    (State.DRAFT, Step.CHANGE): State.DRAFT,
    (State.DRAFT, Step.ARCHIVE): State.ARCHIVED,
    (State.CHECKED, Step.CHECK): State.CHECKED,
    (State.CHECKED, Step.CHANGE): State.DRAFT,
    (State.CHECKED, Step.START): State.RUNNING,
    (State.CHECKED, Step.ARCHIVE): State.ARCHIVED,
    (State.RUNNING, Step.CHECK): State.RUNNING,
    (State.RUNNING, Step.CHANGE): State.RUNNING,
    (State.RUNNING, Step.PAUSE): State.PAUSED,
    (State.RUNNING, Step.FINISH): State.FINISHED,
    (State.PAUSED, Step.CHECK): State.PAUSED,
    (State.PAUSED, Step.CHANGE): State.PAUSED,
    (State.PAUSED, Step.RESUME): State.RUNNING,
    (State.PAUSED, Step.FINISH): State.FINISHED,
    (State.FINISHED, Step.REOPEN): State.PAUSED,
    (State.FINISHED, Step.ARCHIVE): State.ARCHIVED,
}
"""A pair that is not here is a step out of turn."""

BEGUN = frozenset({State.RUNNING, State.PAUSED, State.FINISHED, State.ARCHIVED})
"""States in which somebody may have been called already."""
FED = frozenset({State.DRAFT, State.CHECKED, State.RUNNING, State.PAUSED})
"""States in which debtors may be added."""


def advance(state: State, step: Step) -> State | None:
    """Return where a step leads, None when it is out of turn."""
    return TRANSITIONS.get((state, step))


def steps(state: State) -> tuple[Step, ...]:
    """Return the steps that are in turn."""
    return tuple(step for (before, step) in TRANSITIONS if before is state)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """A span of a weekday, at the utility."""

    weekday: int
    """0 Monday … 6 Sunday."""
    opens: time
    closes: time
    """00:00 is the end of the day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a person wants a campaign to be."""

    name: str
    note: str = ""
    mode: Mode
    channel: Channel = Channel.CALL
    priority: int = 5
    """1 is served first, 9 last."""
    segment_id: int | None = None
    feeds: bool = False
    """The segment is asked again and again: whoever comes to belong to it is called, too."""
    counts: str = "overdue"
    """What counts as owed: `overdue`, or `open`: bills not yet due included."""
    least_debt: Decimal = Decimal("0.01")
    profile: str
    """Code of the contact law."""
    starts_on: date | None = None
    ends_on: date | None = None
    hours: tuple[Hours, ...] = ()
    """Empty: whenever the law lets it."""
    skills: tuple[str, ...] = ()
    lines: int = 0
    caller_id: str = ""
    language: str = ""
    cap: Decimal = Decimal(3)
    grace_ms: int = 2000
    ring_seconds: int = 25
    read_seconds: int = 30
    detects_machines: bool = False
    most_tries: int = 8
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a campaign may name."""

    profiles: Collection[str]
    segments: Collection[int]
    caller_ids: Collection[str]
    """Numbers of our trunks."""
    languages: Collection[str] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong."""

    field: str
    code: str


def faults(wanted: Wanted, known: Known) -> list[Fault]:
    """Return everything that is wrong with a campaign by itself; empty when it may be kept."""
    spans = [(one.opens, one.closes) for one in wanted.hours]
    wrong = {
        ("name", "campaign-name-missing"): not wanted.name.strip(),
        ("priority", "campaign-priority"): not 1 <= wanted.priority <= 9,
        ("channel", "campaign-channel"): (wanted.channel is Channel.CALL) == (wanted.mode is Mode.MESSAGE),
        ("message", "campaign-message-missing"): wanted.mode is Mode.MESSAGE and not wanted.message.strip(),
        ("segment_id", "campaign-segment-unknown"): wanted.segment_id is not None
        and wanted.segment_id not in known.segments,
        ("feeds", "campaign-feeds-on-nothing"): wanted.feeds and wanted.segment_id is None,
        ("counts", "campaign-counts"): wanted.counts not in {"overdue", "open"},
        ("least_debt", "campaign-least-debt"): not (wanted.least_debt.is_finite() and 0 < wanted.least_debt < 10**12),
        ("profile", "campaign-profile-unknown"): wanted.profile not in known.profiles,
        ("ends_on", "campaign-ends-before"): bool(
            wanted.starts_on and wanted.ends_on and wanted.ends_on < wanted.starts_on
        ),
        ("hours", "campaign-hours"): len(spans) > MOST_HOURS
        or any(closes <= opens and closes != time() for opens, closes in spans)
        or any(not 0 <= one.weekday <= 6 for one in wanted.hours),
        ("lines", "campaign-lines"): not 0 <= wanted.lines <= MOST_LINES,
        ("caller_id", "campaign-caller-id-not-ours"): bool(wanted.caller_id)
        and wanted.caller_id not in known.caller_ids,
        ("language", "campaign-language"): bool(wanted.language) and wanted.language not in known.languages,
        ("cap", "campaign-cap"): not (wanted.cap.is_finite() and 0 <= wanted.cap <= HUNDRED),
        ("grace_ms", "campaign-grace"): not 500 <= wanted.grace_ms <= 10_000,
        ("ring_seconds", "campaign-ring"): not 5 <= wanted.ring_seconds <= 120,
        ("read_seconds", "campaign-read"): not 0 <= wanted.read_seconds <= 600,
        ("most_tries", "campaign-tries"): not 1 <= wanted.most_tries <= 100,
        ("skills", "campaign-skills"): len(wanted.skills) > MOST_SKILLS,
    }
    return [Fault(field=name, code=code) for (name, code), is_so in wrong.items() if is_so]


FIXED: tuple[str, ...] = ("channel", "profile", "counts", "segment_id")
"""What cannot change any more once it has begun: it would make the ledger speak of two campaigns."""


def fixed_faults(before: Wanted, after: Wanted, state: State) -> list[Fault]:
    """Return what a change may not touch in this state."""
    if state not in BEGUN:
        return []
    return [Fault(field=name, code="campaign-begun") for name in FIXED if getattr(before, name) != getattr(after, name)]


def is_open(hours: Sequence[Hours], starts_on: date | None, ends_on: date | None, zone: str, now: datetime) -> bool:
    """Say whether a schedule lets a campaign work now.

    Args:
        hours: empty for always.
        starts_on: first day.
        ends_on: last day.
        zone: of the utility, IANA.
        now: UTC.

    """
    here = now.astimezone(ZoneInfo(zone))
    if (starts_on and here.date() < starts_on) or (ends_on and here.date() > ends_on):
        return False
    return not hours or any(
        one.weekday == here.weekday()
        and one.opens <= here.time()
        and (one.closes == time() or here.time() < one.closes)
        for one in hours
    )


def opens_at(
    hours: Sequence[Hours], starts_on: date | None, ends_on: date | None, zone: str, now: datetime
) -> datetime | None:
    """Return when a schedule opens next, `now` when it is open, None when it never does again."""
    if is_open(hours, starts_on, ends_on, zone, now):
        return now
    place = ZoneInfo(zone)
    today = now.astimezone(place).date()
    first = max(today, starts_on or today)
    if not hours:
        return datetime.combine(first, time(), place).astimezone(now.tzinfo) if first > today else None
    for ahead in range(LONGEST_AHEAD):
        day = first + timedelta(days=ahead)
        if ends_on and day > ends_on:
            return None
        times = sorted(datetime.combine(day, one.opens, place) for one in hours if one.weekday == day.weekday())
        found = next((one for one in times if one >= now), None)
        if found is not None:
            return found.astimezone(now.tzinfo)
    return None
