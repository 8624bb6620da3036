"""REST shapes of what is kept in versions: menus, rules of routing (shell)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from crm_core.versions import Text, Version

State = Literal["draft", "published", "retired"]


class VersionOut(BaseModel):
    """A version."""

    version_id: int
    version: int
    state: State
    note: str
    made_by: str
    made_at: datetime
    published_at: datetime | None

    @classmethod
    def of(cls, one: Version) -> VersionOut:
        """Show a version."""
        return cls(
            version_id=one.version_id,
            version=one.version,
            state=one.state.value,
            note=one.note,
            made_by=one.made_by,
            made_at=one.made_at,
            published_at=one.published_at,
        )


class TextOut(BaseModel):
    """A version with what it says."""

    version_id: int
    version: int
    state: State
    note: str
    body: str

    @classmethod
    def of(cls, one: Text) -> TextOut:
        """Show a version."""
        return cls(version_id=one.version_id, version=one.version, state=one.state.value, note=one.note, body=one.body)


class Publishing(BaseModel):
    """What you saw as published: another one meanwhile refuses the wish."""

    model_config = ConfigDict(extra="forbid")

    instead_of: Annotated[int, Field(ge=1, lt=2**31)] | None = None
