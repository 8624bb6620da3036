"""Values that come from people and programs, checked field by field when they are made (pure)."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """A frozen value that refuses what it does not know: rules as data, things to be posted."""

    model_config = ConfigDict(frozen=True, extra="forbid")
