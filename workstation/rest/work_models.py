"""What programs send and get about applications (pure)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, Field

from crm_core.work.lives import Stage, Step
from workstation.rest.work_shapes import Channel, Code, Id, In, Out, Said, Titles, Values


class NewApplication(In):
    """What somebody asks for."""

    account_id: Id
    kind: Code
    values: Values = Field(default_factory=dict)
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
    steps: list[Step] = Field(default_factory=list)
    """What you may do with it now."""


class NewStep(In):
    """A step of an application."""

    step: Step
    said: Said = ""
    """Reason or result, where the step needs one."""


class StageOut(BaseModel):
    """Where an application is now."""

    stage: Stage


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
