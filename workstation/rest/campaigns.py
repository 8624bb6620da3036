"""REST: campaigns: made, changed, fed, checked, run; their ledgers row by row (shell)."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from crm_core import clock
from crm_core.access import Action
from crm_core.db import Writing, reading, transaction
from crm_core.errors import CampaignOutOfTurn
from crm_core.store import jobs as job_store
from crm_core.store import outbound_campaigns, outbound_ledger, outbound_lists
from crm_core.store.outbound_campaigns import Campaign
from outbound import campaign as life
from outbound import profiles
from outbound.campaign import FED, State, Step, advance, faults, fixed_faults
from outbound.jobs import CHECK, FEED, finish
from outbound.listfile import judged
from outbound.terms import Klass
from workstation import campaign_form
from workstation.campaign_words import FAULTS
from workstation.deps import Parts, parts_of
from workstation.errors import Refused
from workstation.handing import hand_over
from workstation.office.campaigns import known_parts
from workstation.rest.caller import Caller, allowed
from workstation.rest.campaigns_shapes import (
    AddedOut,
    AttemptOut,
    CampaignOut,
    ChangedCampaign,
    LawsOut,
    NewCampaign,
    NumbersIn,
    RowOut,
    StepIn,
    StretchesOut,
    attempt_out,
    campaign_out,
    law_out,
    row_out,
    stretch_out,
)
from workstation.rest.jobs import JobOut
from workstation.rest.once import OnceDep
from workstation.rest.paging import Page, PageAsk
from workstation.rest.work_base import PartsOf, after

router = APIRouter(tags=["campaigns"])
KEY = Path(ge=1, lt=2**31)
Looking = Annotated[Caller, allowed(Action.SEE_CAMPAIGN)]
Running = Annotated[Caller, allowed(Action.RUN_CAMPAIGN)]
Managing = Annotated[Caller, allowed(Action.MANAGE_CAMPAIGNS)]


DO = {
    "start": Step.START, "pause": Step.PAUSE, "resume": Step.RESUME, "finish": Step.FINISH, "reopen": Step.REOPEN,
    "archive": Step.ARCHIVE,
}  # fmt: skip


def _refusal(parts: Parts, caller: Caller, found: list[life.Fault]) -> Refused:
    say = parts.templates.translation(caller.language)
    return Refused({one.field: say(FAULTS[one.code]) for one in found})


@router.get("/campaigns", operation_id="list_campaigns")
async def listing(
    parts: PartsOf, caller: Looking, ask: PageAsk, state: Annotated[State | None, Query()] = None
) -> Page[CampaignOut]:
    """List campaigns, the newest first."""
    del caller
    async with reading(parts.engine) as db:
        states = [state.value] if state else []
        rows = await outbound_campaigns.listing(db, states=states, before=after(ask), limit=ask.more)
        counts = await outbound_ledger.counts_of(db, [one.campaign_id for one in rows])
    return ask.page(rows, lambda one: campaign_out(one, counts[one.campaign_id]), lambda one: (one.campaign_id,))


@router.post("/campaigns", operation_id="make_campaign", status_code=201, response_model=CampaignOut)
async def make(request: Request, body: NewCampaign, caller: Managing, once: OnceDep) -> Response:
    """Make a campaign; it is a draft until it was checked."""
    parts = parts_of(request)

    async def work(db: Writing) -> CampaignOut:
        wanted = body.wanted()
        wrong = faults(wanted, await known_parts(db, parts))
        if wrong:
            raise _refusal(parts, caller, wrong)
        key = await outbound_campaigns.make(db, campaign_form.stored(wanted), caller.user_id)
        if key is None:
            raise _refusal(parts, caller, [life.Fault(field="name", code="campaign-name-taken")])
        return campaign_out(await outbound_campaigns.one(db, key), {})

    return await once.run(caller, work, 201)


@router.get("/campaigns/{campaign_id}", operation_id="read_campaign")
async def read(parts: PartsOf, caller: Looking, campaign_id: Annotated[int, KEY]) -> CampaignOut:
    """Return a campaign with its ledger in short."""
    del caller
    async with reading(parts.engine) as db:
        one = await outbound_campaigns.one(db, campaign_id)
        return campaign_out(one, await outbound_ledger.counts(db, campaign_id))


@router.put("/campaigns/{campaign_id}", operation_id="change_campaign", response_model=CampaignOut)
async def change(
    request: Request, body: ChangedCampaign, caller: Managing, once: OnceDep, campaign_id: Annotated[int, KEY]
) -> Response:
    """Change a campaign: before it ran everything, afterwards how it is run."""
    parts = parts_of(request)

    async def work(db: Writing) -> CampaignOut:
        one = await outbound_campaigns.one(db, campaign_id)
        state = advance(State(one.state), Step.CHANGE)
        if state is None:
            raise CampaignOutOfTurn(f"campaign {campaign_id} is {one.state} and does not change any more")
        wanted = body.wanted()
        wrong = faults(wanted, await known_parts(db, parts))
        wrong += fixed_faults(campaign_form.known(one), wanted, State(one.state))
        if wrong:
            raise _refusal(parts, caller, wrong)
        values = campaign_form.stored(wanted)
        if not await outbound_campaigns.change(db, campaign_id, body.version, values, state, caller.user_id):
            raise _refusal(parts, caller, [life.Fault(field="name", code="campaign-name-taken")])
        return campaign_out(
            await outbound_campaigns.one(db, campaign_id), await outbound_ledger.counts(db, campaign_id)
        )

    return await once.run(caller, work)


@router.post("/campaigns/{campaign_id}/steps", operation_id="move_campaign")
async def move(parts: PartsOf, body: StepIn, caller: Running, campaign_id: Annotated[int, KEY]) -> CampaignOut:
    """Start, pause, stop, finish a campaign; a step out of turn is refused and changes nothing."""
    async with reading(parts.engine) as db:
        one = await outbound_campaigns.one(db, campaign_id)
    state = advance(State(one.state), DO[body.do])
    if state is None:
        raise CampaignOutOfTurn(f"campaign {campaign_id} is {one.state}: this step is not in turn")
    if state is State.FINISHED:
        await finish(parts.engine, one, caller.user_id, body.reason)
    else:
        async with transaction(parts.engine) as db:
            await outbound_campaigns.move(
                db, campaign_id, one.state, state, caller.user_id, reason=body.reason, halt=body.halt
            )
            if body.do == "reopen":
                await outbound_lists.revive(db, campaign_id, one.most_tries, clock.now())
    return await read(parts, caller, campaign_id)


@router.post("/campaigns/{campaign_id}/check", operation_id="check_campaign", status_code=202, response_model=JobOut)
async def check(request: Request, caller: Running, once: OnceDep, campaign_id: Annotated[int, KEY]) -> Response:
    """Have the preview worked out; a draft may start by that."""

    async def work(db: Writing) -> JobOut:
        one = await outbound_campaigns.one(db, campaign_id)
        if advance(State(one.state), Step.CHECK) is None:
            raise CampaignOutOfTurn(f"campaign {campaign_id} is {one.state} and is not checked any more")
        detail = {"campaign_id": campaign_id}
        found.append(await job_store.create(db, CHECK, f"Preview of {one.name}", caller.user_id, detail))
        return JobOut.of(found[0])

    found: list[job_store.Job] = []
    answer = await once.run(caller, work, 202)
    if found:
        await hand_over(parts_of(request).settings, found[0])
    return answer


@router.post("/campaigns/{campaign_id}/accounts", operation_id="add_to_campaign", response_model=AddedOut)
async def add(body: NumbersIn, caller: Managing, once: OnceDep, campaign_id: Annotated[int, KEY]) -> Response:
    """Put accounts on the list by their numbers, at most 1,000 at once; those on it already stay as they are."""

    async def work(db: Writing) -> AddedOut:
        await _feedable(db, campaign_id)
        named = [judged(row, said) for row, said in enumerate(body.accounts, 1)]
        part = await outbound_lists.begin(db, campaign_id, "hand", caller.user_id)
        added, unknown = await outbound_lists.add_numbers(
            db, part, [one.number for one in named if one.number], clock.now()
        )
        wrong = [(one.row, one.fault, one.said) for one in named if one.fault]
        wrong += [(one.row, "unknown", one.number) for one in named if one.number in set(unknown)]
        total = outbound_lists.Added(read=len(named), added=added.added, known=added.known, refused=len(wrong))
        await outbound_lists.finish_part(db, part, total, wrong)
        return AddedOut(read=total.read, added=total.added, known=total.known, refused=total.refused)

    return await once.run(caller, work)


@router.post(
    "/campaigns/{campaign_id}/segments/{segment_id}", operation_id="feed_campaign", status_code=202,
    response_model=JobOut,
)  # fmt: skip
async def feed(
    request: Request, caller: Managing, once: OnceDep, campaign_id: Annotated[int, KEY], segment_id: Annotated[int, KEY]
) -> Response:
    """Have everybody added who belongs to a segment now."""
    found: list[job_store.Job] = []

    async def work(db: Writing) -> JobOut:
        one = await _feedable(db, campaign_id)
        part = await outbound_lists.begin(db, campaign_id, "segment", caller.user_id, segment_id=segment_id)
        detail = {"campaign_id": campaign_id, "list_id": part}
        found.append(await job_store.create(db, FEED, f"Debtors of {one.name}", caller.user_id, detail))
        return JobOut.of(found[0])

    answer = await once.run(caller, work, 202)
    if found:
        await hand_over(parts_of(request).settings, found[0])
    return answer


async def _feedable(db: Writing, campaign_id: int) -> Campaign:
    one = await outbound_campaigns.one(db, campaign_id)
    if State(one.state) not in FED:
        raise CampaignOutOfTurn(f"campaign {campaign_id} is {one.state}: nobody is added any more")
    return one


@router.get("/campaigns/{campaign_id}/rows", operation_id="list_campaign_rows")
async def rows(
    parts: PartsOf,
    caller: Looking,
    ask: PageAsk,
    campaign_id: Annotated[int, KEY],
    klass: Annotated[Klass | None, Query()] = None,
) -> Page[RowOut]:
    """List the rows of a campaign in the order in which they were added."""
    del caller
    async with reading(parts.engine) as db:
        await outbound_campaigns.one(db, campaign_id)
        found = await outbound_ledger.rows(
            db, campaign_id, klass=klass.value if klass else "", after=after(ask) or 0, limit=ask.more
        )
    return ask.page(found, row_out, lambda one: (one.row_id,))


@router.get("/accounts/{account_id}/attempts", operation_id="list_attempts")
async def attempts(parts: PartsOf, caller: Looking, ask: PageAsk, account_id: Annotated[int, KEY]) -> Page[AttemptOut]:
    """List the attempts to reach somebody about an account, of every campaign and by hand, oldest first."""
    async with reading(parts.engine) as db:
        found = await outbound_ledger.attempts_of(db, account_id=account_id, after=after(ask) or 0, limit=ask.more)
    return ask.page(found, lambda one: attempt_out(one, caller.role), lambda one: (one.attempt_id,))


@router.get("/campaigns/{campaign_id}/over-time", operation_id="read_campaign_over_time")
async def over_time(
    parts: PartsOf,
    caller: Looking,
    campaign_id: Annotated[int, KEY],
    unit: Annotated[Literal["hour", "day"], Query()] = "day",
    days: Annotated[int, Query(ge=1, le=366)] = 30,
) -> StretchesOut:
    """Say what a campaign did, hour by hour or day by day; days begin at the utility's midnight."""
    del caller
    since = clock.now() - timedelta(days=days)
    async with reading(parts.engine) as db:
        await outbound_campaigns.one(db, campaign_id)
        zone = parts.settings.time_zone
        found = await outbound_ledger.over_time(db, campaign_id, since, unit=unit, zone=zone)
    return StretchesOut(items=[stretch_out(one) for one in found])


@router.get("/contact-laws", operation_id="list_contact_laws")
async def laws(parts: PartsOf, caller: Looking) -> LawsOut:
    """List the contact laws in force."""
    del caller
    async with reading(parts.engine) as db:
        found = await profiles.in_force(db)
    return LawsOut(items=[law_out(found[code]) for code in sorted(found)])
