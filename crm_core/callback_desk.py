"""The call-back desk: where the IVR leaves a caller's wish to be called back (port)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackWish:
    """A caller wants to be called back."""

    call_id: str
    number: str
    """E.164, validated; whether it is of a kind we call is the desk's to decide (AC05, AC12)."""
    account_id: int | None
    topic: str
    language: str
    at: datetime | None = None
    """When; None: as soon as his place in the queue comes up."""


@dataclass(frozen=True, slots=True)
class Kept:
    """It is on record; he will be called."""


@dataclass(frozen=True, slots=True)
class Refused:
    """He will not be called; the reason is a code."""

    reason: str


class CallbackDesk(Protocol):
    """Takes wishes; the same call's wish twice is one."""

    async def offer(self, wish: CallbackWish) -> Kept | Refused:
        """Keep a wish or refuse it.

        Raises:
            crm_core.errors.CrmError: the base did not answer.

        """
        ...


class NoDesk:
    """Takes nothing down: callers go on to where the flow leads those who are refused."""

    async def offer(self, wish: CallbackWish) -> Kept | Refused:  # noqa: ARG002 - the port's signature
        """Refuse."""
        return Refused("no-desk")
