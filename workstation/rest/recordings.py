"""REST: recordings of calls, what they are; they are heard on their page alone (shell)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from crm_core import clock
from crm_core.access import Action
from crm_core.db import reading
from crm_core.recordings import State
from crm_core.store import recording_rules
from crm_core.store import recordings as store
from crm_core.store.recordings import Filter, Recording
from crm_core.text import storable
from workstation.facts import name_shown
from workstation.rest.caller import Caller, allowed
from workstation.rest.paging import Page, PageAsk
from workstation.rest.work_base import PartsOf, SiteDep, after

router = APIRouter(tags=["recordings"])
KEY = Path(ge=1, lt=2**31)
Hearing = Annotated[Caller, allowed(Action.HEAR_RECORDING)]
Manager = Annotated[Caller, allowed(Action.MANAGE_RECORDING)]
DAY, WEEK, LONGEST = timedelta(days=1), timedelta(days=7), timedelta(days=92)
FIRST, LAST = date(2000, 1, 1), date(2100, 1, 1)


STATES: Mapping[State, Literal["kept", "apart", "lost"]] = {
    State.KEPT: "kept",
    State.APART: "apart",
    State.LOST: "lost",
}
"""What is shredded is not shown."""


class RecordingOut(BaseModel):
    """A recording, without its sound."""

    recording_id: int
    call_id: str
    account_id: int | None
    customer: str
    operator: str
    queue: str
    direction: Literal["in", "out"]
    disposition: str
    state: Literal["kept", "apart", "lost"]
    fault: Literal["", "missing", "short", "silent", "unannounced"]
    began_at: datetime
    seconds: float
    pauses: list[tuple[float, float]]
    keep_until: datetime

    @classmethod
    def of(cls, one: Recording, caller: Caller) -> RecordingOut:
        """Show a recording as a caller may see it."""
        return cls(
            recording_id=one.recording_id, call_id=one.call_id, account_id=one.account_id,
            customer=name_shown(one.customer, caller.role, own=one.operator_id == caller.user_id),
            operator=one.operator, queue=one.queue, direction="out" if one.direction == "out" else "in",
            disposition=one.disposition, state=STATES[one.state], fault=one.fault.value, began_at=one.began_at,
            seconds=one.seconds, pauses=list(one.pauses), keep_until=one.keep_until,
        )  # fmt: skip


class RecordingRuleOut(BaseModel):
    """What is recorded of a kind of calls."""

    rule_id: int
    queue: str
    campaign: str
    direction: Literal["", "in", "out"]
    mode: Literal["always", "never", "share", "consent"]
    share: int
    announced: bool
    keep_days: int
    pause_seconds: int
    after_pause: Literal["resume", "stop"]


class RecordingRulesOut(BaseModel):
    """The rules that count now."""

    items: list[RecordingRuleOut]


@router.get("/recordings", operation_id="list_recordings")
async def list_recordings(  # noqa: PLR0913, PLR0917 -- FastAPI passes by name
    parts: PartsOf,
    caller: Hearing,
    ask: PageAsk,
    site: SiteDep,
    since: Annotated[date | None, Query(ge=FIRST, le=LAST, description="a week before `until` when left out")] = None,
    until: Annotated[date | None, Query(ge=FIRST, le=LAST, description="the last day; today when left out")] = None,
    queue: Annotated[str, Query(max_length=40)] = "",
    disposition: Annotated[str, Query(max_length=24)] = "",
    call: Annotated[str, Query(max_length=80)] = "",
) -> Page[RecordingOut]:
    """List recordings, the newest first; three months at most."""
    last = min(until or LAST, site.today(clock.now()))
    first = max(min(since or last - WEEK, last), last - LONGEST)
    wanted = Filter(
        since=site.midnight(first), until=site.midnight(last + DAY), queue=storable(queue, 40),
        disposition=storable(disposition, 24), call_id=storable(call, 80),
    )  # fmt: skip
    async with reading(parts.engine) as db:
        rows = await store.listing(db, wanted, after(ask), ask.more)
    return ask.page(rows, lambda one: RecordingOut.of(one, caller), lambda one: (one.recording_id,))


@router.get("/recordings/{recording_id}", operation_id="read_recording")
async def read_recording(parts: PartsOf, recording_id: Annotated[int, KEY], caller: Hearing) -> RecordingOut:
    """Read what a recording is."""
    async with reading(parts.engine) as db:
        return RecordingOut.of(await store.one(db, recording_id), caller)


@router.get("/recording-rules", operation_id="list_recording_rules")
async def list_recording_rules(parts: PartsOf, caller: Manager) -> RecordingRulesOut:  # noqa: ARG001 -- the right
    """List what is recorded, announced and for how long it is kept."""
    async with reading(parts.engine) as db:
        rules = [one.rule for one in await recording_rules.standing(db)]
    return RecordingRulesOut(
        items=[
            RecordingRuleOut(
                rule_id=rule.rule_id, queue=rule.queue, campaign=rule.campaign,
                direction="in" if rule.direction == "in" else "out" if rule.direction else "", mode=rule.mode.value,
                share=rule.share, announced=rule.announced, keep_days=rule.keep_days,
                pause_seconds=rule.pause_seconds, after_pause=rule.after_pause.value,
            )
            for rule in rules
        ]
    )  # fmt: skip
