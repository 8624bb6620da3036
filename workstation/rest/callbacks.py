"""REST: call-backs: kept places, promised times, voicemail (shell)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from crm_core import clock
from crm_core.access import Action
from crm_core.callbacks import CallbackState, kept_rate
from crm_core.db import reading
from crm_core.store import callback_lists
from crm_core.store.callback_lists import Listed
from workstation.facts import number_shown
from workstation.rest.caller import Caller, allowed
from workstation.rest.paging import Page, PageAsk
from workstation.rest.work_base import PartsOf, after

router = APIRouter(tags=["callbacks"])
Looking = Annotated[Caller, allowed(Action.SEE_CALLBACKS)]


class CallbackOut(BaseModel):
    """A promise to call somebody back; times in UTC."""

    id: int
    number: str
    account_id: int | None
    queue: str
    topic: str
    language: str
    state: CallbackState
    outcome: str
    """How the last attempt ended: `reached`, `busy`, `no-answer` …; "" before the first."""
    tries: int
    asked_at: datetime
    due_at: datetime
    promised_until: datetime
    ended_at: datetime | None

    @staticmethod
    def shown(one: Listed, role: str) -> CallbackOut:
        """Show one, masked for a role."""
        return CallbackOut(
            id=one.callback_id,
            number=number_shown(one.number, role, own=False),
            account_id=one.account_id,
            queue=one.queue,
            topic=one.topic,
            language=one.language,
            state=one.state,
            outcome=one.outcome,
            tries=one.tries,
            asked_at=one.asked_at,
            due_at=one.due_at,
            promised_until=one.promised_until,
            ended_at=one.ended_at,
        )


class KeptOut(BaseModel):
    """How promises of the last days were kept."""

    days: int
    promised: int
    in_time: int
    late: int
    failed: int
    open_late: int
    rate: float | None
    """`in_time` over `promised`; null when none has fallen due."""


@router.get("/callbacks", operation_id="list_callbacks")
async def listing(
    parts: PartsOf,
    caller: Looking,
    ask: PageAsk,
    state: Annotated[CallbackState | None, Query()] = None,
) -> Page[CallbackOut]:
    """List call-backs, the newest first."""
    async with reading(parts.engine) as db:
        view = state.value if state is not None else ""
        rows = await callback_lists.listing(db, clock.now(), view, before=after(ask), limit=ask.more)
    return ask.page(rows, lambda one: CallbackOut.shown(one, caller.role), lambda one: (one.callback_id,))


@router.get("/callbacks/kept", operation_id="read_kept_promises")
async def kept(parts: PartsOf, caller: Looking, days: Annotated[int, Query(ge=1, le=366)] = 30) -> KeptOut:  # noqa: ARG001 - who asks is checked
    """Say how promises were kept whose time ran out within the last days."""
    now = clock.now()
    async with reading(parts.engine) as db:
        found = await callback_lists.kept(db, now - timedelta(days=days), now)
    return KeptOut(
        days=days,
        promised=found.promised,
        in_time=found.in_time,
        late=found.late,
        failed=found.failed,
        open_late=found.open_late,
        rate=kept_rate(found.in_time, found.promised),
    )
