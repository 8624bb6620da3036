"""What programs send and get about signals and contacts that recur (pure)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel

from workstation.rest.work_shapes import In, Out


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
