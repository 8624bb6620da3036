"""What programs send and get about contacts and their results (pure)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, Field

from crm_core.access import hidden
from workstation import sight
from workstation.rest.work_shapes import Id, In, Out, Said, Titles, Values


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
    values: Values = Field(default_factory=dict)


class CorrectionIn(In):
    """A contact written up otherwise."""

    disposition: Annotated[str, Field(min_length=1, max_length=24)]
    note: Said = ""
    values: Values = Field(default_factory=dict)
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
    needs: Annotated[list[dict[str, Any]], Field(max_length=40)] = Field(default_factory=list)
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
