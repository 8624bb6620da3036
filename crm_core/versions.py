"""What is kept in versions (menus, rules of routing): a version as lists show it, and with what it says (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crm_core.flowlife import FlowState


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version as lists show it."""

    version_id: int
    version: int
    state: FlowState
    origin: str
    """`office`, or `shipped`: it came with the software."""
    note: str
    made_by: str
    made_at: datetime
    published_by: str
    published_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A version with what it says."""

    version_id: int
    version: int
    state: FlowState
    note: str
    body: str
