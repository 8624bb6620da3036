"""The life of a campaign, what it is made of, and what may be wrong with that (pure). docs/lives/campaign.md draws it.

A campaign is checked (its list counted, the law asked for every debtor) before it may run; whatever is changed before
it ran makes it a draft again. While it runs or is paused its mode, hours and limits may change; whom it is for and
under which law may not.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from crm_core.work.sla import Span, WorkCalendar
from outbound.terms import Channel, Mode

LONGEST_NAME, LONGEST_NOTE, LONGEST_MESSAGE = 80, 500, 1000
MOST_HOURS, MOST_SKILLS, MOST_LINES = 40, 20, 1000
HUNDRED = Decimal(100)
LONGEST_AHEAD = 400
"""Days in which the first one of a campaign must lie."""


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


def schedule(hours: Sequence[Hours], starts_on: date | None, zone: str, now: datetime) -> WorkCalendar | None:
    """Return when a campaign works by the utility's clocks, as the gate wants it; None for always.

    Args:
        hours: empty for the whole day.
        starts_on: first day; the last one is `ends_at`.
        zone: of the utility, IANA.
        now: UTC.

    """
    today = now.astimezone(ZoneInfo(zone)).date()
    if not hours and (starts_on is None or starts_on <= today):
        return None
    whole = {day: (Span(opens=time(), closes=time()),) for day in range(7)}
    week = {
        day: tuple(Span(opens=one.opens, closes=one.closes) for one in hours if one.weekday == day) for day in range(7)
    }
    wait = (starts_on - today).days if starts_on else 0
    return WorkCalendar(
        time_zone=zone,
        week=week if hours else whole,
        days={today + timedelta(days=ahead): False for ahead in range(min(wait, LONGEST_AHEAD))},
    )


def ends_at(ends_on: date | None, zone: str) -> datetime | None:
    """Return the moment from which a campaign calls nobody, in UTC; None when it has no last day."""
    if ends_on is None:
        return None
    return datetime.combine(ends_on + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)
