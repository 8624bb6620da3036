"""Whose request is in hand: what the access log says of it, without every caller passing it on (shell: a context).

The edge sets it once a request is known to come from somebody; rows written meanwhile carry it (as structlog does with
its bound variables). Work that outlives the request has none, and says so by empty fields.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who asks, from where, in which session."""

    role: str = ""
    session: str = ""
    """First 16 hexadecimal digits of the SHA-256 of the session's token: tells sessions apart, opens none."""
    ip: str = ""


NOBODY = Asking()
asking: ContextVar[Asking] = ContextVar("asking", default=NOBODY)
