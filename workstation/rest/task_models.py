"""What programs send and get about tasks, teams and working time (pure)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, Field

from crm_core.access import hidden
from crm_core.store.tasks import Task
from crm_core.work.lives import TaskState, TaskStep
from crm_core.work.sla import Unit
from workstation import sight
from workstation.rest.work_shapes import Clock, Code, Id, In, Out, Said, TaskKind, Titles


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
    members: Annotated[list[Id], Field(max_length=500)] = Field(default_factory=list)
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
