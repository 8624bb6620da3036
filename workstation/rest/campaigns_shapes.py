"""REST: campaigns as the API shows and takes them (values)."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from crm_core.store import outbound_campaigns
from crm_core.store.outbound_campaigns import Campaign
from crm_core.store.outbound_ledger import AttemptShown, LedgerRow, Stretch
from outbound import campaign as life
from outbound import preview
from outbound.campaign import Hours, State, Wanted
from outbound.law.profile import Profile
from outbound.terms import Channel, Klass, Mode
from workstation.facts import number_shown
from workstation.office.campaigns import ledger_of

Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class Span(BaseModel):
    """Hours of a weekday at the utility."""

    model_config = ConfigDict(extra="forbid")

    weekday: Annotated[int, Field(ge=0, le=6)]
    """0 Monday … 6 Sunday."""
    opens: Clock
    closes: Clock
    """`00:00` is the end of the day."""


class NewCampaign(BaseModel):
    """A campaign to be made."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=life.LONGEST_NAME)]
    note: Annotated[str, Field(max_length=life.LONGEST_NOTE)] = ""
    mode: Mode
    channel: Channel = Channel.CALL
    priority: int = 5
    """1 is served first, 9 last."""
    segment_id: int | None = None
    feeds: bool = False
    counts: Literal["overdue", "open"] = "overdue"
    least_debt: Decimal = Decimal("0.01")
    profile: Annotated[str, Field(max_length=24)]
    """Code of the contact law (`GET /contact-laws`)."""
    starts_on: date | None = None
    ends_on: date | None = None
    hours: Annotated[list[Span], Field(max_length=life.MOST_HOURS)] = []
    skills: Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=life.MOST_SKILLS)] = []
    lines: int = 0
    caller_id: Annotated[str, Field(max_length=16)] = ""
    language: Annotated[str, Field(max_length=8)] = ""
    cap: Decimal = Decimal(3)
    grace_ms: int = 2000
    ring_seconds: int = 25
    read_seconds: int = 30
    detects_machines: bool = False
    most_tries: int = 8
    message: Annotated[str, Field(max_length=life.LONGEST_MESSAGE)] = ""

    def wanted(self) -> Wanted:
        """Return it as the rules want it."""
        values: dict[str, Any] = {name: getattr(self, name) for name in NewCampaign.model_fields}
        values["skills"] = tuple(self.skills)
        values["hours"] = tuple(
            Hours(weekday=one.weekday, opens=time.fromisoformat(one.opens), closes=time.fromisoformat(one.closes))
            for one in self.hours
        )
        return Wanted(**values)


class ChangedCampaign(NewCampaign):
    """A campaign to be changed; `version` is the one you read."""

    version: Annotated[int, Field(ge=1, lt=2**31)]


class CampaignOut(BaseModel):
    """A campaign."""

    campaign_id: int
    name: str
    note: str
    state: State
    mode: Mode
    channel: Channel
    priority: int
    segment_id: int | None
    feeds: bool
    counts: str
    least_debt: Decimal
    profile: str
    starts_on: date | None
    ends_on: date | None
    hours: list[Span]
    skills: list[str]
    lines: int
    caller_id: str
    language: str
    cap: Decimal
    most_tries: int
    version: int
    ledger: dict[Klass, int]
    """Rows in each class; they sum to the list."""
    reach_rate: float | None
    """Reached of all whom calling could reach; null when there is nobody."""
    preview: dict[str, Any] | None
    """What the last check said: `now`, `later`, `never`, `why`, `moments`."""


def campaign_out(one: Campaign, counts: dict[str, int]) -> CampaignOut:
    """Show a campaign."""
    same = {
        name: getattr(one, name)
        for name in CampaignOut.model_fields
        if name not in {"hours", "skills", "ledger", "reach_rate", "preview"}
    }
    return CampaignOut(
        **same,
        hours=[Span(weekday=day, opens=opens, closes=closes) for day, opens, closes in one.hours],
        skills=list(one.skills),
        ledger={klass: counts.get(klass, 0) for klass in Klass},
        reach_rate=ledger_of(counts).rate,
        preview=preview.stored(preview.read(one.preview)) if one.preview else None,
    )


class StepIn(BaseModel):
    """A step of a campaign's life."""

    model_config = ConfigDict(extra="forbid")

    do: Literal["start", "pause", "resume", "finish", "reopen", "archive"]
    halt: bool = False
    """With `pause`: calls that nobody answered yet are called off."""
    reason: Annotated[str, Field(max_length=outbound_campaigns.LONGEST_REASON)] = ""


class NumbersIn(BaseModel):
    """Accounts to be put on the list."""

    model_config = ConfigDict(extra="forbid")

    accounts: Annotated[list[Annotated[str, Field(max_length=20)]], Field(min_length=1, max_length=1000)]


class AddedOut(BaseModel):
    """What came of adding; `read` is the sum of the others."""

    read: int
    added: int
    known: int
    refused: int


class RowOut(BaseModel):
    """A row of a campaign's list."""

    row_id: int
    account_id: int
    account: str
    klass: Klass
    since: datetime
    tries: int
    next_at: datetime | None
    """Of `waiting`."""
    reasons: list[str]
    """The last no of the contact law."""
    policy: str
    last_at: datetime | None
    last_outcome: str
    last_disposition: str


class AttemptOut(BaseModel):
    """An attempt to reach a debtor; times in UTC."""

    attempt_id: int
    campaign_id: int | None
    mode: str
    channel: str
    number: str
    planned_at: datetime
    answered_at: datetime | None
    talking_at: datetime | None
    ended_at: datetime | None
    outcome: str
    cause: int | None
    sip_code: int | None
    disposition: str
    policy: str
    recordings: list[str]
    """SHA-256 of each."""


class StretchOut(BaseModel):
    """What a campaign did in an hour or a day."""

    at: datetime
    attempts: int
    answered: int
    talks: int
    abandoned: int
    reached: int
    done: int


class StretchesOut(BaseModel):
    """What a campaign did, stretch by stretch."""

    items: list[StretchOut]


class LawOut(BaseModel):
    """A contact law in force."""

    code: str
    version: int
    """0: as shipped."""
    title: str
    note: str


class LawsOut(BaseModel):
    """Contact laws in force."""

    items: list[LawOut]


def row_out(one: LedgerRow) -> RowOut:
    """Show a row."""
    return RowOut(
        row_id=one.row_id,
        account_id=one.account_id,
        account=one.account,
        klass=Klass(one.klass),
        since=one.classed_at,
        tries=one.tries,
        next_at=one.next_at if one.klass == Klass.WAITING else None,
        reasons=list(one.reasons),
        policy=one.policy,
        last_at=one.last_at,
        last_outcome=one.last_outcome,
        last_disposition=one.last_disposition,
    )


def attempt_out(one: AttemptShown, role: str) -> AttemptOut:
    """Show an attempt, masked for a role."""
    return AttemptOut(
        attempt_id=one.attempt_id,
        campaign_id=one.campaign_id,
        mode=one.mode,
        channel=one.channel,
        number=number_shown(one.number, role, own=True),
        planned_at=one.planned_at,
        answered_at=one.answered_at,
        talking_at=one.talking_at,
        ended_at=one.ended_at,
        outcome=one.outcome,
        cause=one.cause,
        sip_code=one.sip_code,
        disposition=one.disposition,
        policy=one.policy,
        recordings=[sound.sha256 for sound in one.sounds],
    )


def stretch_out(one: Stretch) -> StretchOut:
    """Show what a campaign did in an hour or a day."""
    return StretchOut(
        at=one.at,
        attempts=one.attempts,
        answered=one.answered,
        talks=one.talks,
        abandoned=one.abandoned,
        reached=one.reached,
        done=one.done,
    )


def law_out(one: Profile) -> LawOut:
    """Show a contact law."""
    return LawOut(code=one.code, version=one.version, title=one.title, note=one.note)
