"""REST of access, audit and retention (shell)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import Response

from crm_core import access, clock
from crm_core.access import Action
from crm_core.access import Field as Personal
from crm_core.db import Writing, reading
from crm_core.masking import masked
from crm_core.store import access_log, retention, watching
from crm_core.store.access_log import Access, Filter
from crm_core.store.retention import Hold
from crm_core.store.watching import Alert
from workstation.deps import PartsDep
from workstation.rest.caller import Caller, allowed
from workstation.rest.once import OnceDep
from workstation.rest.paging import Page, PageAsk

router = APIRouter(tags=["audit"])
KEY = Path(ge=1, lt=2**31)
SOME_KEY = Query(ge=1, lt=2**31)
LONGEST = 500


class LineOut(BaseModel):
    """One line of the access log."""

    access_id: int
    at: datetime
    user_id: int | None
    user: str
    role: str
    ip: str
    session: str
    action: str
    object: str
    fields: str
    reason: str
    contact_id: str
    result: str


class AlertOut(BaseModel):
    """What a rule found."""

    alert_id: int
    rule: str
    user_id: int
    user: str
    detail: str
    value: int
    limit: int
    raised_at: datetime
    cleared_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str
    finding: str


class HoldOut(BaseModel):
    """A legal hold."""

    hold_id: int
    customer_id: int
    customer: str
    reason: str
    placed_by: str
    placed_at: datetime
    lifted_by: str
    lifted_at: datetime | None
    lift_reason: str


class Words(BaseModel):
    """Why, or what it was."""

    model_config = ConfigDict(extra="forbid")
    words: Annotated[str, Field(min_length=1, max_length=LONGEST, pattern=r"\S")]


class NewHold(BaseModel):
    """A hold to be placed."""

    model_config = ConfigDict(extra="forbid")
    customer_id: Annotated[int, Field(ge=1, lt=2**31)]
    reason: Annotated[str, Field(min_length=1, max_length=LONGEST, pattern=r"\S")]


class HoldKey(BaseModel):
    """Which hold it is."""

    hold_id: int
    customer_id: int


@router.get("/audit", operation_id="read_audit")
async def read_audit(  # noqa: PLR0913, PLR0917 -- one filter each
    parts: PartsDep,
    ask: PageAsk,
    caller: Annotated[Caller, allowed(Action.SEE_ACCESS_LOG)],
    user_id: Annotated[int | None, SOME_KEY] = None,
    account_id: Annotated[int | None, SOME_KEY] = None,
    action: Annotated[str, Query(max_length=40)] = "",
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
) -> Page[LineOut]:
    """Read the access log, the newest first; that it was read is in it too."""
    wanted = Filter(
        user_id=user_id,
        account_id=account_id,
        action=action.replace("\x00", ""),
        since=since,
        until=until,
    )
    before = int(ask.after[0]) if ask.after else None
    async with reading(parts.engine) as db:
        rows = await access_log.page(db, wanted, before=before, limit=ask.more)
    said = f"user {user_id or ''} account {account_id or ''} {wanted.action}"
    parts.access.note(caller.user_id, Action.SEE_ACCESS_LOG, said)
    return ask.page(rows, _line, lambda row: (row.access_id,))


@router.get("/alerts", operation_id="list_alerts")
async def list_alerts(
    parts: PartsDep,
    ask: PageAsk,
    caller: Annotated[Caller, allowed(Action.SEE_ACCESS_LOG)],
    everything: Annotated[bool, Query(description="Acknowledged ones too.")] = False,
) -> Page[AlertOut]:
    """List what the rules found, the newest first."""
    parts.access.note(caller.user_id, Action.SEE_ACCESS_LOG, "alerts")
    before = int(ask.after[0]) if ask.after else None
    async with reading(parts.engine) as db:
        rows = await watching.listing(db, everything=everything, before=before, limit=ask.more)
    return ask.page(rows, _alert, lambda row: (row.alert_id,))


@router.post("/alerts/{alert_id}/acknowledge", operation_id="acknowledge_alert", response_model=AlertOut)
async def acknowledge_alert(
    alert_id: Annotated[int, KEY],
    body: Words,
    caller: Annotated[Caller, allowed(Action.ACKNOWLEDGE_ALERT)],
    once: OnceDep,
) -> Response:
    """Say of an alert what it was; never of one's own."""

    async def work(db: Writing) -> AlertOut:
        alert = await watching.acknowledge(db, alert_id, caller.user_id, body.words, clock.now())
        said = f"{alert.rule}: {body.words}"
        await access_log.record(db, caller.user_id, Action.ACKNOWLEDGE_ALERT, f"user {alert.user_id}", said)
        return _alert(alert)

    return await once.run(caller, work)


@router.get("/holds", operation_id="list_holds")
async def list_holds(parts: PartsDep, ask: PageAsk, caller: Annotated[Caller, allowed(Action.RETAIN)]) -> Page[HoldOut]:
    """List legal holds, the newest first, lifted ones too."""
    before = int(ask.after[0]) if ask.after else None
    async with reading(parts.engine) as db:
        rows = await retention.holds(db, before_id=before, limit=ask.more)
    hidden = Personal.NAME in access.hidden(caller.role)
    return ask.page(rows, lambda row: _hold(row, hidden=hidden), lambda row: (row.hold_id,))


@router.post("/holds", operation_id="place_hold", status_code=201, response_model=HoldKey)
async def place_hold(body: NewHold, caller: Annotated[Caller, allowed(Action.RETAIN)], once: OnceDep) -> Response:
    """Keep everything that is a customer's until the hold is lifted."""

    async def work(db: Writing) -> HoldKey:
        key = await retention.place_hold(db, body.customer_id, body.reason, caller.user_id, clock.now())
        said = f"customer {body.customer_id}"
        await access_log.record(db, caller.user_id, Action.RETAIN, said, f"hold placed: {body.reason}")
        return HoldKey(hold_id=key, customer_id=body.customer_id)

    return await once.run(caller, work, 201)


@router.post("/holds/{hold_id}/lift", operation_id="lift_hold", response_model=HoldKey)
async def lift_hold(
    hold_id: Annotated[int, KEY], body: Words, caller: Annotated[Caller, allowed(Action.RETAIN)], once: OnceDep
) -> Response:
    """Lift a hold, with a reason."""

    async def work(db: Writing) -> HoldKey:
        customer_id = await retention.lift_hold(db, hold_id, body.words, caller.user_id, clock.now())
        said = f"customer {customer_id}"
        await access_log.record(db, caller.user_id, Action.RETAIN, said, f"hold lifted: {body.words}")
        return HoldKey(hold_id=hold_id, customer_id=customer_id)

    return await once.run(caller, work)


def _line(row: Access) -> LineOut:
    return LineOut.model_validate(row, from_attributes=True)


def _alert(row: Alert) -> AlertOut:
    return AlertOut(
        alert_id=row.alert_id,
        rule=row.rule,
        user_id=row.user_id,
        user=row.user,
        detail=row.detail,
        value=row.value,
        limit=row.raise_at,
        raised_at=row.raised_at,
        cleared_at=row.cleared_at,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by,
        finding=row.finding,
    )


def _hold(row: Hold, *, hidden: bool) -> HoldOut:
    shown = HoldOut.model_validate(row, from_attributes=True)
    return shown.model_copy(update={"customer": masked(Personal.NAME, row.customer)}) if hidden else shown
