"""Pages of campaigns: the list, one made and changed, its preview, its life, and how it does just now (shell)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response, StreamingResponse

from crm_core import clock
from crm_core.access import Action
from crm_core.access import may as role_may
from crm_core.db import reading, transaction
from crm_core.errors import CampaignOutOfTurn, NoSuchCampaign
from crm_core.segments.conditions import Condition, Group
from crm_core.segments.kinds import Op
from crm_core.store import (
    dispatch,
    jobs,
    outbound_campaigns,
    outbound_kept,
    outbound_ledger,
    outbound_lists,
    outbound_preview,
    outbound_watch,
    segments,
)
from crm_core.store.outbound_campaigns import Campaign
from outbound import preview, profiles
from outbound.campaign import FED, State, Step, advance, faults, fixed_faults, steps
from outbound.campaign import Known as KnownParts
from outbound.jobs import CHECK, FEED, MEASURED, finish
from outbound.ledger import Ledger
from outbound.terms import Klass, Mode
from routing import skills
from workstation import campaign_form, campaign_words
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, number
from workstation.forms import Form
from workstation.handing import hand_over
from workstation.office.base import cut, done_sentences, form_of, go, once, show, words
from workstation.sentences import N_

router = APIRouter(prefix="/office")
PAGE = 30
MOST_WATCHED = 20
"""Pages of campaigns that one process keeps live; each holds a connection to the base."""
DAYS = 30
LIVE_STATES = (State.DRAFT, State.CHECKED, State.RUNNING, State.PAUSED)
VIEWS = (("live", N_("Live")), ("over", N_("Finished")), ("all", N_("All")))
BROKEN_NAME = "Broken promises"
done_sentences({
    "checking": N_("The list is being gone through."),
    "moved": N_("Done."),
    "stopped": N_("Stopped: nobody new is called, and calls that nobody answered yet are called off."),
})  # fmt: skip
_watched = asyncio.Semaphore(MOST_WATCHED)


def key_of(text: str) -> int:
    """Return a campaign's key of an address.

    Raises:
        NoSuchCampaign: it is none.

    """
    found = number(text)
    if found is None:
        raise NoSuchCampaign(f"there is no campaign {text[:20]}")
    return found


def ledger_of(counts: Mapping[str, int]) -> Ledger:
    """Return the ledger of counted classes."""
    return Ledger(counts={Klass(klass): many for klass, many in counts.items()})


@router.get("/campaigns")
async def listing(request: Request, parts: PartsDep, who: Who, view: str = "live", before: str = "") -> Response:
    """List campaigns, newest first, each with its ledger in short."""
    view = view if view in {"live", "over", "all"} else "live"
    states = {"live": LIVE_STATES, "over": (State.FINISHED, State.ARCHIVED)}.get(view, ())
    async with reading(parts.engine) as db:
        found = await outbound_campaigns.listing(db, states=states, before=number(before), limit=PAGE + 1)
        shown, more = cut(found, PAGE, lambda one: one.campaign_id)
        counts = await outbound_ledger.counts_of(db, [one.campaign_id for one in shown])
    return show(
        request, who, "campaigns.html", rows=[(one, ledger_of(counts[one.campaign_id])) for one in shown],
        more=f"/office/campaigns?view={view}&before={more}" if more else "", view=view, views=VIEWS,
        first=f"/office/campaigns?view={view}" if before else "", words=campaign_words, klasses=Klass,
        manages=role_may(who.role, Action.MANAGE_CAMPAIGNS),
    )  # fmt: skip


@router.get("/campaigns/new")
async def new(request: Request, parts: PartsDep, who: Who, segment: str = "") -> Response:
    """Show the form of a new campaign."""
    values = campaign_form.FIRST | {"segment_id": segment[:10], "profile": _usual_law(parts)}
    async with reading(parts.engine) as db:
        return await _form(db, request, parts, who, form_of(request, who, values), None)


def _usual_law(parts: Parts) -> str:
    return {"RU": "RU-230", "US": "US", "GB": "UK", "IN": "IN", "KZ": "KZ"}.get(parts.settings.country, "none")


@router.post("/campaigns/new")
async def make(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Put a campaign on record; what is wrong is told where it stands and nothing is lost."""
    form = form_of(request, who, sent)
    wanted = campaign_form.wanted(form)
    async with transaction(parts.engine) as db:
        if wanted is not None:
            campaign_form.refuse(form, faults(wanted, await known_parts(db, parts)))
        if wanted is not None and form.fine:
            await once(db, who, sent)
            made = await outbound_campaigns.make(db, campaign_form.stored(wanted), who.user_id)
            if made is not None:
                return go(f"/office/campaigns/{made}", "made")
            form.refuse("name", campaign_words.FAULTS["campaign-name-taken"])
        return await _form(db, request, parts, who, form, None)


@router.get("/campaigns/kept")
async def kept(request: Request, parts: PartsDep, who: Who) -> Response:
    """Show how promises were kept, by operator and by campaign."""
    since = clock.now() - timedelta(days=90)
    async with reading(parts.engine) as db:
        by_operator = await outbound_kept.kept_rates(db, since)
        by_campaign = await outbound_kept.kept_rates(db, since, by_campaign=True)
    return show(request, who, "campaigns_kept.html", by_operator=by_operator, by_campaign=by_campaign, days=90)


@router.get("/campaigns/{campaign_id}/edit")
async def edit_page(request: Request, parts: PartsDep, who: Who, campaign_id: str) -> Response:
    """Show a campaign's form."""
    async with reading(parts.engine) as db:
        one = await outbound_campaigns.one(db, key_of(campaign_id))
        return await _form(db, request, parts, who, form_of(request, who, campaign_form.typed(one)), one)


@router.post("/campaigns/{campaign_id}/edit")
async def edit(request: Request, parts: PartsDep, who: Who, sent: Sent, campaign_id: str) -> Response:
    """Change a campaign: before it ran everything, afterwards how it is run."""
    form = form_of(request, who, sent)
    wanted = campaign_form.wanted(form)
    async with transaction(parts.engine) as db:
        one = await outbound_campaigns.one(db, key_of(campaign_id))
        after = advance(State(one.state), Step.CHANGE)
        if after is None:
            raise CampaignOutOfTurn(f"campaign {one.campaign_id} is {one.state} and does not change any more")
        if wanted is not None:
            wrong = faults(wanted, await known_parts(db, parts))
            wrong += fixed_faults(campaign_form.known(one), wanted, State(one.state))
            campaign_form.refuse(form, wrong)
        if wanted is not None and form.fine:
            await once(db, who, sent)
            version = number(sent.get("version")) or 0
            values = campaign_form.stored(wanted)
            if await outbound_campaigns.change(db, one.campaign_id, version, values, after, who.user_id):
                return go(f"/office/campaigns/{one.campaign_id}", "saved")
            form.refuse("name", campaign_words.FAULTS["campaign-name-taken"])
        return await _form(db, request, parts, who, form, one)


async def known_parts(db: AsyncConnection, parts: Parts) -> KnownParts:
    """Return what a campaign may name."""
    return KnownParts(
        profiles=frozenset(await profiles.in_force(db)),
        segments=frozenset(one.segment_id for one in await segments.everyone(db)),
        caller_ids=frozenset(await outbound_campaigns.caller_ids(db)),
        languages=frozenset(parts.settings.languages),
    )


async def _form(  # noqa: PLR0913, PLR0917 -- what a page is made of
    db: AsyncConnection, request: Request, parts: Parts, who: Person, form: Form, one: Campaign | None
) -> Response:
    laws = await profiles.in_force(db)
    return show(
        request, who, "campaigns_form.html", status=200 if form.fine else 422, form=form, one=one,
        segments=[(str(each.segment_id), each.name) for each in await segments.everyone(db)],
        laws=[(code, law.title) for code, law in sorted(laws.items())],
        law_notes={code: law.note for code, law in laws.items()},
        caller_ids=[(each, each) for each in await outbound_campaigns.caller_ids(db)],
        languages=[(each, each) for each in parts.settings.languages],
        words=campaign_words, begun=one is not None and one.started_at is not None,
    )  # fmt: skip


@router.get("/campaigns/{campaign_id}")
async def page(request: Request, parts: PartsDep, who: Who, campaign_id: str, operators: str = "") -> Response:
    """Show a campaign: where its debtors stand, what the preview said, how it went, what may be done with it."""
    return await one_page(request, parts, who, key_of(campaign_id), form_of(request, who, {}), number(operators))


async def one_page(  # noqa: PLR0913, PLR0917 -- what a page is made of
    request: Request, parts: Parts, who: Person, key: int, form: Form, operators: int | None = None
) -> Response:
    """Return a campaign's page, with the form that was refused on it."""
    now = clock.now()
    async with reading(parts.engine) as db:
        one = await outbound_campaigns.one(db, key)
        told = preview.read(one.preview) if one.preview else None
        values: dict[str, Any] = {
            "one": one,
            "ledger": ledger_of(await outbound_ledger.counts(db, key)),
            "reasons": await outbound_ledger.reasons(db, key),
            "parts_of_list": await outbound_lists.parts(db, key, limit=10),
            "steps": await outbound_campaigns.steps(db, key),
            "days": await outbound_ledger.over_time(db, key, now - timedelta(days=DAYS), zone=parts.settings.time_zone),
            "segments": [(str(each.segment_id), each.name) for each in await segments.everyone(db)],
            "law": (await profiles.in_force(db)).get(one.profile),
            "job": await _running_job(db, key),
            "told": told,
            "by_day": preview.days(told, ZoneInfo(parts.settings.time_zone)) if told else (),
            "forecast": await _forecast(db, one, told, operators) if told else None,
        }
    state = State(one.state)
    return show(
        request, who, "campaigns_one.html", status=200 if form.fine else 422, form=form, words=campaign_words,
        allowed=[step for step in steps(state) if step in campaign_words.STEPS], klasses=Klass,
        feedable=state in FED, hours=campaign_form.hours_told(one, words(request, who)),
        manages=role_may(who.role, Action.MANAGE_CAMPAIGNS), runs=role_may(who.role, Action.RUN_CAMPAIGN),
        exports=role_may(who.role, Action.EXPORT), **values,
    )  # fmt: skip


async def _running_job(db: AsyncConnection, campaign_id: int) -> jobs.Job | None:
    """Return the newest job that works at a campaign, if one does."""
    found = [*await jobs.listing(db, kind=CHECK, limit=20), *await jobs.listing(db, kind=FEED, limit=20)]
    open_ones = (one for one in found if jobs.is_open(one) and one.detail.get("campaign_id") == campaign_id)
    return next(open_ones, None)


async def _forecast(
    db: AsyncConnection, one: Campaign, told: preview.Preview, operators: int | None
) -> preview.Forecast | None:
    measured = await outbound_preview.measured(db, clock.now() - MEASURED)
    if operators is None:
        needs = skills.profile(one.skills).skills
        able = await dispatch.operators(db)
        operators = sum(1 for each in able if skills.profile(each.skills, each.languages).can(needs))
    return preview.forecast(told, Mode(one.mode), operators, measured)


@router.post("/campaigns/{campaign_id}/check")
async def check(parts: PartsDep, who: Who, sent: Sent, campaign_id: str) -> Response:
    """Have the preview worked out; a draft may start by that."""
    key = key_of(campaign_id)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        one = await outbound_campaigns.one(db, key)
        if advance(State(one.state), Step.CHECK) is None:
            raise CampaignOutOfTurn(f"campaign {key} is {one.state} and is not checked any more")
        job = await jobs.create(db, CHECK, f"Preview of {one.name}", who.user_id, {"campaign_id": key})
    await hand_over(parts.settings, job)
    return go(f"/office/campaigns/{key}", "checking")


@router.post("/campaigns/{campaign_id}/steps")
async def move(request: Request, parts: PartsDep, who: Who, sent: Sent, campaign_id: str) -> Response:
    """Take a campaign a step on; `halt` calls off what nobody answered yet."""
    key, form = key_of(campaign_id), form_of(request, who, sent)
    step = form.choice("do", list(campaign_words.STEPS), required=True)
    halt = form.flag("halt")
    reason = form.text("reason", outbound_campaigns.LONGEST_REASON)
    if not form.fine:
        return await one_page(request, parts, who, key, form)
    async with reading(parts.engine) as db:
        one = await outbound_campaigns.one(db, key)
    after = advance(State(one.state), Step(step))
    if after is None:
        raise CampaignOutOfTurn(f"campaign {key} is {one.state}: this step is not in turn")
    if after is State.FINISHED:
        await finish(parts.engine, one, who.user_id, reason)
        return go(f"/office/campaigns/{key}", "moved")
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        await outbound_campaigns.move(db, key, one.state, after, who.user_id, reason=reason, halt=halt)
        if Step(step) is Step.REOPEN:
            await outbound_lists.revive(db, key, one.most_tries, clock.now())
    return go(f"/office/campaigns/{key}", "stopped" if halt else "moved")


@router.get("/campaigns/{campaign_id}/live")
async def live(parts: PartsDep, who: Who, campaign_id: str) -> Response:  # noqa: ARG001 -- the right
    """Stream where a campaign's debtors stand, each time that changes (server-sent events)."""
    key = key_of(campaign_id)
    async with reading(parts.engine) as db:
        await outbound_campaigns.one(db, key)
    if _watched.locked():
        # The page says what it said when it was opened; it is not told more.
        return Response(status_code=204)
    return StreamingResponse(_stream(parts, key), media_type="text/event-stream", headers={"x-accel-buffering": "no"})


async def _stream(parts: Parts, key: int) -> AsyncIterator[str]:
    async with _watched:
        async for moved in outbound_watch.moves(parts.engine, key):
            if not moved:
                yield ": still here\n\n"
                continue
            async with reading(parts.engine) as db:
                one = await outbound_campaigns.one(db, key)
                ledger = ledger_of(await outbound_ledger.counts(db, key))
            said = {
                "state": one.state, "version": one.version, "total": ledger.total, "rate": ledger.rate,
                "counts": {klass.value: ledger.counts.get(klass, 0) for klass in Klass},
            }  # fmt: skip
            yield f"data: {json.dumps(said)}\n\n"


@router.post("/campaigns/broken-promises")
async def from_broken(parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Begin a campaign of those whose promises were broken: its segment is made when there is none yet."""
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        known = next((one for one in await segments.everyone(db) if one.name == BROKEN_NAME), None)
        key = known.segment_id if known else await segments.save(db, replace(BROKEN, name=BROKEN_NAME), who.user_id)
    return go("/office/campaigns/new", segment=key if isinstance(key, int) else "")


BROKEN = segments.Draft(
    name=BROKEN_NAME,
    note="Promises broken or kept in part, and something is overdue",
    tree=Group(
        parts=(
            Condition(fact="promise_status", op=Op.ONE_OF, values=("broken", "part_kept")),
            Condition(fact="overdue", op=Op.AT_LEAST, values=("0.01",)),
        )
    ),
)
"""Who promised and did not pay; the segment may be changed afterwards like any other."""
