"""What programs send and get about applications, tasks, signals and contacts (pure)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from crm_core.access import hidden
from crm_core.store.tasks import Task
from crm_core.work.lives import Stage, Step, TaskState, TaskStep
from crm_core.work.sla import Unit
from workstation import sight

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,29}$")]
Said = Annotated[str, Field(max_length=4000)]
Id = Annotated[int, Field(ge=1, lt=2**31)]
Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
"""Time of day at the utility."""
Titles = dict[Annotated[str, Field(min_length=2, max_length=8)], Annotated[str, Field(max_length=120)]]
Values = Annotated[
    dict[Annotated[str, Field(max_length=60)], bool | Annotated[str, Field(max_length=4000)] | int | Decimal],
    Field(max_length=60),
]
Channel = Literal["phone", "email", "web", "office", "ivr", "letter"]
TaskKind = Literal["call", "check", "visit", "reminder", "escalation", "callback", "other"]
"""As `store.applications.CHANNELS` and `store.tasks.KINDS`; a test holds them together."""


class In(BaseModel):
    """Something sent: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class Out(BaseModel):
    """Something told."""

    model_config = ConfigDict(from_attributes=True)


class Done(BaseModel):
    """It is done."""

    done: bool = True


class NewApplication(In):
    """What somebody asks for."""

    account_id: Id
    kind: Code
    values: Values = {}
    """The form, by the code of each field; see the kind."""
    channel: Channel = "web"


class FiledOut(Out):
    """An application on record."""

    application_id: int
    number: str
    due_at: datetime | None
    again: bool
    """The same wish was on record already."""


class ListedOut(Out):
    """An application in a list."""

    application_id: int
    number: str
    kind: str
    title: str
    stage: str
    account_id: int
    account_number: str
    customer: str
    filed_on: date
    due_on: date | None
    due_at: datetime | None
    late: bool
    owner_id: int | None
    owner: str
    team: str


class ApplicationOut(ListedOut):
    """An application with all that was filed."""

    form: dict[str, str | bool]
    channel: str
    filed_at: datetime | None
    filed_by: str
    call_id: str
    waiting_since: datetime | None
    closed_at: datetime | None
    result: str
    steps: list[Step] = []
    """What you may do with it now."""


class NewStep(In):
    """A step of an application."""

    step: Step
    said: Said = ""
    """Reason or result, where the step needs one."""


class StageOut(BaseModel):
    """Where an application is now."""

    stage: Stage


class Assignment(In):
    """Whose work it is; both left out puts it back."""

    owner_id: Id | None = None
    team: Code | None = None
    said: Said = ""


class NewDeadline(In):
    """Another deadline."""

    due_at: AwareDatetime
    said: Said


class NewForm(In):
    """What was filed, corrected."""

    values: Values
    said: Said


class NewComment(In):
    """Something to say."""

    text: Annotated[str, Field(min_length=1, max_length=4000)]


class LineOut(Out):
    """A line of a history."""

    line_id: int
    at: datetime
    user: str
    """"" for the house itself."""
    what: str
    before: str
    after: str
    said: str

    @classmethod
    def shown(cls, line: object, role: str) -> LineOut:
        """Show a line of a subscriber who was opened with a reason."""
        out, hides = cls.model_validate(line), hidden(role, reason=True)
        said = {name: sight.told(getattr(out, name), hides) for name in ("before", "after", "said")}
        return out.model_copy(update=said)


class FileOut(Out):
    """A file of an application."""

    file_id: int
    document: str
    name: str
    media_type: str
    size: int
    digest: str
    """SHA-256 of its content."""
    by: str
    at: datetime


class FileKept(BaseModel):
    """A file that is kept."""

    file_id: int
    name: str
    media_type: str
    size: int


class KindIn(In):
    """A kind of applications; docs/work.md describes the spec."""

    titles: Titles
    spec: dict[str, Any]


class KindOut(BaseModel):
    """A version of a kind of applications."""

    code: str
    version: int
    titles: dict[str, str]
    spec: dict[str, Any]


class Retirement(In):
    """Whether it is retired."""

    retired: bool


class NewTaskIn(In):
    """Something to be done."""

    kind: TaskKind
    title: Annotated[str, Field(min_length=1, max_length=300)]
    account_id: Id | None = None
    owner_id: Id | None = None
    team: Code | None = None
    due_at: AwareDatetime | None = None
    note: Said = ""


class TaskOut(Out):
    """A task."""

    task_id: int
    kind: str
    title: str
    state: TaskState
    account_id: int | None
    account_number: str
    customer: str
    application_id: int | None
    application_number: str
    owner_id: int | None
    owner: str
    team: str
    due_at: datetime | None
    late: bool
    source: str
    facts: dict[str, Any]
    note: str
    result: str
    created_at: datetime

    @classmethod
    def shown(cls, task: Task, user_id: int, role: str, *, opened: bool = False) -> TaskOut:
        """Show a task: one's own, or that of a subscriber who was opened, is a reason; a line of a list is none."""
        out, hides = cls.model_validate(task), hidden(role, reason=opened or task.owner_id == user_id)
        return out.model_copy(
            update={
                "facts": sight.filled(out.facts, hides),
                "title": sight.told(out.title, hides),
                "note": sight.told(out.note, hides),
                "result": sight.told(out.result, hides),
            }
        )


class MadeOut(BaseModel):
    """Something was made."""

    id: int


class NewTaskStep(In):
    """A step of a task."""

    step: TaskStep
    said: Said = ""


class TaskStateOut(BaseModel):
    """Where a task is now."""

    state: TaskState


class TeamIn(In):
    """A team."""

    titles: Titles
    lead_id: Id | None = None
    members: Annotated[list[Id], Field(max_length=500)] = []
    retired: bool = False


class TeamOut(Out):
    """A team."""

    code: str
    titles: dict[str, str]
    lead_id: int | None
    members: tuple[int, ...]
    retired: bool


class SpanIO(In):
    """Hours of a day; `closes` 00:00 is the day's end."""

    weekday: Annotated[int, Field(ge=0, le=6)]
    """Monday is 0."""
    opens: Clock
    closes: Clock


class DayIO(In):
    """A day of the utility's own."""

    day: Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 1, 1))]
    works: bool
    title: Annotated[str, Field(max_length=120)] = ""


class WorkingTimeOut(BaseModel):
    """When the utility works."""

    time_zone: str
    country: str
    week: list[SpanIO]
    days: list[DayIO]


class DueAsk(In):
    """A term, to see when it would end."""

    start: AwareDatetime
    amount: Annotated[int, Field(ge=0, le=5_256_000)]
    unit: Unit


class DueOut(BaseModel):
    """Until when."""

    due_at: datetime


class RuleIn(In):
    """A rule that makes contacts recur; docs/work.md describes the spec."""

    spec: dict[str, Any]


class RuleOut(BaseModel):
    """A rule."""

    rule_id: int
    spec: dict[str, Any]
    active: bool
    previewed_at: datetime | None
    changed_at: datetime
    by: str


class Switch(In):
    """Whether a rule is on."""

    active: bool


class PreviewOut(Out):
    """What a rule would find now."""

    looked: int
    found: int
    of: int
    whole: bool
    expected: int
    sample: tuple[dict[str, Any], ...]


class HitOut(Out):
    """An account a rule found, and why."""

    hit_id: int
    account_id: int
    account_number: str
    customer: str
    period: date
    at: datetime
    facts: dict[str, Any]
    words: str = ""
    """The facts as a sentence."""
    task_id: int | None


class RunOut(Out):
    """A rule's run in one period."""

    rule_id: int
    period: date
    started_at: datetime
    finished_at: datetime | None
    done_to: int
    last_id: int
    found: int
    capped: bool
    trouble: str
    """Code of what keeps it from going on."""


class ByHandIn(In):
    """A contact that no machine saw."""

    account_id: Id
    channel: Literal["phone", "email", "web", "office", "letter", "sms"]
    direction: Literal["in", "out"]
    at: AwareDatetime
    subject: Annotated[str, Field(max_length=300)] = ""
    number: Annotated[str, Field(max_length=40)] = ""
    disposition: Annotated[str, Field(min_length=1, max_length=24)]
    note: Said = ""
    values: Values = {}


class CorrectionIn(In):
    """A contact written up otherwise."""

    disposition: Annotated[str, Field(min_length=1, max_length=24)]
    note: Said = ""
    values: Values = {}
    reason: Annotated[str, Field(min_length=1, max_length=1000)]


class CorrectionOut(BaseModel):
    """What became of a correction: shown at once, or proposed to a second pair of eyes."""

    entry_id: int
    what: str


class Decision(In):
    """Yes or no to what somebody proposed."""

    approved: bool
    reason: Annotated[str, Field(max_length=1000)] = ""


class EntryOut(Out):
    """A line written about a contact."""

    entry_id: int
    at: datetime
    user_id: int | None
    user: str
    what: str
    disposition: str
    note: str
    values: dict[str, str | bool]
    reason: str
    of_entry: int | None
    open: bool

    @classmethod
    def shown(cls, line: object, role: str, *, opened: bool = False) -> Self:
        """Show a line; one of a list, behind which no reason stands, hides more."""
        out, hides = cls.model_validate(line), hidden(role, reason=opened)
        said = {"values": sight.filled(out.values, hides), "note": sight.told(out.note, hides)}
        return out.model_copy(update={**said, "reason": sight.told(out.reason, hides)})


class ProposalOut(EntryOut):
    """A proposal that waits for a second pair of eyes."""

    interaction_id: int = 0


class ContactOut(Out):
    """One contact."""

    interaction_id: int
    call_id: str
    account_id: int | None
    account_number: str
    channel: str
    direction: str
    number: str
    subject: str
    topic: str
    outcome: str
    path: tuple[str, ...]
    at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    closed_at: datetime | None
    operator_id: int | None
    operator: str
    disposition: str
    note: str
    values: dict[str, str | bool]


class ListedContactOut(Out):
    """A contact in a list."""

    interaction_id: int
    at: datetime
    channel: str
    direction: str
    account_id: int | None
    account_number: str
    customer: str
    operator_id: int | None
    operator: str
    disposition: str
    outcome: str
    subject: str
    topic: str
    proposed: bool


class TimelineOut(Out):
    """A contact in an account's timeline."""

    interaction_id: int
    call_id: str
    at: datetime
    channel: str
    direction: str
    number: str
    operator: str
    disposition: str
    note: str
    seconds: int
    path: tuple[str, ...]
    recorded: bool


class ResultIn(In):
    """A way a contact can end; docs/work.md describes the parts."""

    titles: Titles
    group: Literal["system", "right_party", "other_party", "service"]
    flags: Annotated[str, Field(max_length=6)] = ""
    needs: Annotated[list[dict[str, Any]], Field(max_length=40)] = []
    next: Annotated[str, Field(max_length=20)] = ""
    retry: dict[str, int] | None = None
    kpi: Annotated[str, Field(max_length=12)] = ""
    role: Annotated[str, Field(max_length=16)] = ""
    retired: bool = False
    position: Annotated[int, Field(ge=0, le=9999)] = 500


class ResultOut(BaseModel):
    """A way a contact can end."""

    code: str
    titles: dict[str, str]
    group: str
    flags: str
    needs: list[dict[str, Any]]
    next: str
    retry: dict[str, int] | None
    kpi: str
    role: str
    retired: bool
    position: int
