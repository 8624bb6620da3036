"""What programs send and get about work of every kind alike (pure)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from crm_core.access import hidden
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


class Assignment(In):
    """Whose work it is; both left out puts it back."""

    owner_id: Id | None = None
    team: Code | None = None
    said: Said = ""


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


class Retirement(In):
    """Whether it is retired."""

    retired: bool


class MadeOut(BaseModel):
    """Something was made."""

    id: int
