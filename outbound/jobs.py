"""What workers do for campaigns: fill lists, work out previews, feed, look again at whom the law blocks (shell)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import clock, segment_jobs
from crm_core.db import engine as open_engine
from crm_core.db import reading, transaction
from crm_core.errors import BadValue, CampaignOutOfTurn, CrmError
from crm_core.importing import sheet
from crm_core.importing.limits import Unreadable
from crm_core.importing.work import folder
from crm_core.jobs import Progress, perform
from crm_core.settings import Settings
from crm_core.store import outbound_campaigns, outbound_due, outbound_lists, outbound_preview
from crm_core.store.outbound_campaigns import Campaign
from crm_core.store.outbound_lists import Added
from outbound import facts, listfile, messages, preview, profiles
from outbound.campaign import FED, State, Step, advance, ends_at
from outbound.listfile import Named
from outbound.terms import Channel, Mode, Reason

FEED = "campaign.feed"
"""Kind of the job that adds debtors; `detail` has `list_id`, and of a file `stored` and `name`."""
CHECK = "campaign.check"
"""Kind of the job that works out a preview; `detail` has `campaign_id`."""
BATCH = 5_000
FEED_EVERY = timedelta(minutes=10)
LOOK_AGAIN = timedelta(hours=24)
"""After so long the law is asked anew of who is blocked by something that no fact of the base shows."""
MEASURED = timedelta(days=30)
PATIENCE = 120.0
"""Seconds a preview waits for facts that are not worked out yet."""
BARS = frozenset({
    Reason.DISPUTE, Reason.REPRESENTED, Reason.DECEASED, Reason.BANKRUPT, Reason.LIFE_SUPPORT, Reason.MINOR,
    Reason.DO_NOT_CALL, Reason.NO_CONSENT, Reason.HOLD, Reason.UNSETTLED,
})  # fmt: skip
"""Reasons that facts of the base show; a row blocked by them alone waits until they are gone."""
log = structlog.get_logger(__name__)


def feed(job_id: int) -> None:
    """Add debtors to a campaign."""
    settings = Settings()  # type: ignore[call-arg]  # the environment brings them
    perform(settings, job_id, lambda progress: fed(settings, progress))


def check(job_id: int) -> None:
    """Work out a campaign's preview."""
    settings = Settings()  # type: ignore[call-arg]  # the environment brings them
    perform(settings, job_id, lambda progress: checked(settings, progress))


def sweep() -> None:
    """Feed campaigns, end those whose time is over, look again at whom the law blocks (`crm_core.schedule`)."""
    settings = Settings()  # type: ignore[call-arg]  # the environment brings them
    asyncio.run(_sweep(settings))


async def fed(settings: Settings, progress: Progress) -> Mapping[str, Any]:
    """Add what a part of a list asks for, from a segment or from a file."""
    list_id = int(progress.job.detail["list_id"])
    async with reading(progress.engine) as db:
        part = await outbound_lists.one_part(db, list_id)
    if part.source == "segment" and part.segment_id is not None:
        async with transaction(progress.engine) as db:
            today = _today(settings)
            added = await outbound_lists.add_segment(db, list_id, part.segment_id, clock.now(), today=today)
            await outbound_lists.finish_part(db, list_id, added)
    else:
        stored = folder(settings) / Path(str(progress.job.detail["stored"])).name
        try:
            added = await _from_file(progress.engine, list_id, stored, part.file, progress)
        finally:
            stored.unlink(missing_ok=True)
    return {"campaign_id": part.campaign_id, "read": added.read, "added": added.added}


async def add_file(engine: AsyncEngine, campaign_id: int, file: Path) -> Added:
    """Add the debtors that a file names, at once.

    Raises:
        NoSuchCampaign: there is none of this key.
        BadValue: the file is none that can be read, or nobody is added to this campaign any more.

    """
    async with transaction(engine) as db:
        one = await outbound_campaigns.one(db, campaign_id)
        if State(one.state) not in FED:
            raise BadValue(f"campaign {campaign_id} is {one.state}: nobody is added any more")
        part = await outbound_lists.begin(db, campaign_id, "file", None, file=file.name)
    return await _from_file(engine, part, file, file.name, None)


async def _from_file(engine: AsyncEngine, list_id: int, stored: Path, name: str, progress: Progress | None) -> Added:
    """Add what a file names, batch by batch; a part that failed half-way says so, and keeps whom it added."""
    total, faults = Added(), list[tuple[int, str, str]]()
    try:
        async for rows in _batches(stored, name):
            added, wrong = await _added(engine, list_id, rows)
            faults = (faults + wrong)[: outbound_lists.MOST_FAULTS]
            total = Added(
                read=total.read + len(rows),
                added=total.added + added.added,
                known=total.known + added.known,
                refused=total.refused + len(wrong),
            )
            if progress is not None:
                await progress.advance(total.read, note=f"{total.added} added")
    except BaseException:
        async with transaction(engine) as db:
            await outbound_lists.finish_part(db, list_id, total, faults, failed=True)
        raise
    async with transaction(engine) as db:
        await outbound_lists.finish_part(db, list_id, total, faults)
    return total


async def _added(
    engine: AsyncEngine, list_id: int, rows: tuple[Named, ...]
) -> tuple[Added, list[tuple[int, str, str]]]:
    """Add a batch of rows; return what came of it, and what is wrong with which row."""
    good = [one for one in rows if one.number]
    async with transaction(engine) as db:
        added, unknown = await outbound_lists.add_numbers(db, list_id, [one.number for one in good], clock.now())
    missing = set(unknown)
    wrong = [(one.row, one.fault, one.said) for one in rows if one.fault]
    wrong += [(one.row, "unknown", one.number) for one in good if one.number in missing]
    return added, sorted(wrong)


async def _batches(stored: Path, name: str) -> AsyncIterator[tuple[Named, ...]]:
    """Read a file in a thread, a batch of rows at a time.

    Raises:
        BadValue: it is none that can be read.

    """
    try:
        source = await asyncio.to_thread(sheet.look_at, stored, name)
        with sheet.rows(source) as found:
            rows = listfile.named(found)
            while batch := await asyncio.to_thread(lambda: tuple(islice(rows, BATCH))):
                yield batch
    except Unreadable as refusal:
        raise BadValue(str(refusal)) from refusal


async def checked(settings: Settings, progress: Progress) -> Mapping[str, Any]:
    """Work out a preview, keep it, and let the campaign start by that."""
    campaign_id = int(progress.job.detail["campaign_id"])
    told = await check_now(progress.engine, settings, campaign_id, progress.job.asked_by)
    return {"campaign_id": campaign_id, "total": told.total, "now": told.now}


async def check_now(
    engine: AsyncEngine, settings: Settings, campaign_id: int, by: int | None = None
) -> preview.Preview:
    """Do what `checked` does, for whoever waits for it; an empty list is no campaign that may start."""
    told = await looked(engine, settings, campaign_id)
    async with transaction(engine) as db:
        await outbound_campaigns.keep_preview(db, campaign_id, preview.stored(told), told.at)
        campaign = await outbound_campaigns.one(db, campaign_id)
        after = advance(State(campaign.state), Step.CHECK)
        if after is not None and after != campaign.state and told.total:
            await outbound_campaigns.move(db, campaign_id, campaign.state, after, by, reason="checked")
    return told


async def moved(engine: AsyncEngine, campaign_id: int, name: str, *, halt: bool = False, reason: str = "") -> State:
    """Take a campaign a step on that somebody asks for by its name: start, pause, finish.

    Raises:
        NoSuchCampaign: there is none of this key.
        CampaignOutOfTurn: the step is not in turn.

    """
    async with reading(engine) as db:
        one = await outbound_campaigns.one(db, campaign_id)
    state = State(one.state)
    step = {"pause": Step.PAUSE, "finish": Step.FINISH}.get(name, Step.RESUME if state is State.PAUSED else Step.START)
    after = advance(state, step)
    if after is None:
        raise CampaignOutOfTurn(f"campaign {campaign_id} is {one.state}: this step is not in turn")
    if after is State.FINISHED:
        await finish(engine, one, None, reason)
    else:
        async with transaction(engine) as db:
            await outbound_campaigns.move(db, campaign_id, one.state, after, None, reason=reason, halt=halt)
    return after


async def looked(engine: AsyncEngine, settings: Settings, campaign_id: int) -> preview.Preview:
    """Return what a campaign would meet if it started now.

    Raises:
        NoSuchCampaign: there is none of this key.
        BadValue: its contact law is none any more.

    """
    now = clock.now()
    # What changed a moment ago is in the preview, too.
    await segment_jobs.caught_up(engine, settings, PATIENCE)
    async with reading(engine) as db:
        campaign = await outbound_campaigns.one(db, campaign_id)
        profile = (await profiles.in_force(db)).get(campaign.profile)
    if profile is None:
        raise BadValue(f"there is no contact law {campaign.profile} any more: choose another one")
    async with transaction(engine) as db:
        groups = await outbound_preview.alike(
            db, campaign_id, campaign.counts, campaign.least_debt, now - profile.looks_back,
            by_minute=preview.by_minute(profile), channel=campaign.channel,
        )  # fmt: skip
    asked = facts.campaigning(campaign, settings.time_zone, now, running=True)
    mode, channel = Mode(campaign.mode), Channel(campaign.channel)
    return await asyncio.to_thread(preview.look, groups, profile, asked, mode, channel, settings.country, now)


async def _sweep(settings: Settings) -> None:
    engine = open_engine(settings, name="busbar-campaigns", size=1)
    try:
        await swept(engine, settings)
    finally:
        await engine.dispose()


async def swept(engine: AsyncEngine, settings: Settings) -> None:
    """Do what `sweep` does; what goes wrong with one campaign keeps none of the others."""
    now = clock.now()
    async with reading(engine) as db:
        live = await outbound_campaigns.listing(db, states=[State.RUNNING, State.PAUSED], limit=1000)
        fed_ones = await outbound_campaigns.feeding(db, sorted(FED))
    for one in live:
        over = ends_at(one.ends_on, settings.time_zone)
        if over is not None and over <= now:
            await _done(one, finish(engine, one, None, "its last day is over"))
        else:
            await _done(one, _reconsider(engine, one))
            if one.state == State.RUNNING and one.mode == Mode.MESSAGE:
                await _done(one, _write(engine, settings, one))
    for one in fed_ones:
        if one.fed_at is None or now - one.fed_at >= FEED_EVERY:
            await _done(one, _fed_again(engine, settings, one))


async def _done(one: Campaign, work: Awaitable[None]) -> None:
    try:
        await work
    except CrmError as error:
        await log.awarning("campaign.unswept", campaign=one.campaign_id, code=error.code)


async def finish(engine: AsyncEngine, one: Campaign, by: int | None, reason: str) -> None:
    """End a campaign, and settle who still waits.

    Raises:
        CampaignOutOfTurn: it stands elsewhere by now.

    """
    async with transaction(engine) as db:
        await outbound_campaigns.move(db, one.campaign_id, one.state, State.FINISHED, by, reason=reason, halt=True)
        await outbound_lists.expire(db, one.campaign_id, clock.now())


async def _fed_again(engine: AsyncEngine, settings: Settings, one: Campaign) -> None:
    """Ask the segment of a campaign anew; who came to belong to it is on the list from now on."""
    if one.segment_id is None:
        return
    now = clock.now()
    async with transaction(engine) as db:
        part = await outbound_lists.begin(db, one.campaign_id, "segment", None, segment_id=one.segment_id)
        added = await outbound_lists.add_segment(db, part, one.segment_id, now, today=_today(settings))
        await outbound_campaigns.fed(db, one.campaign_id, now)
        if added.added:
            await outbound_lists.finish_part(db, part, added)
        else:
            await outbound_lists.forget_empty(db, part)


async def _reconsider(engine: AsyncEngine, one: Campaign) -> None:
    """Let those wait again against whom nothing stands any more that stood when the law said no."""
    after, now = 0, clock.now()
    while True:
        async with reading(engine) as db:
            rows = await outbound_lists.blocked(db, one.campaign_id, after, BATCH)
            bars = await outbound_due.bars_of(db, [row.account_id for row in rows], now) if rows else {}
        free = [row.row_id for row in rows if _is_free(row, bars.get(row.account_id, frozenset()), now)]
        if free:
            async with transaction(engine) as db:
                await outbound_lists.wake(db, free, now)
        if len(rows) < BATCH:
            return
        after = rows[-1].row_id


async def _write(engine: AsyncEngine, settings: Settings, one: Campaign) -> None:
    async with reading(engine) as db:
        profile = (await profiles.in_force(db)).get(one.profile)
    if profile is not None:
        await messages.send_due(engine, settings, one, profile)


def _is_free(row: outbound_lists.BlockedRow, bars: frozenset[str], now: datetime) -> bool:
    shown = BARS.intersection(row.reasons)
    if shown:
        return shown.isdisjoint(bars)
    return now - row.classed_at >= LOOK_AGAIN


def _today(settings: Settings) -> date:
    return clock.now().astimezone(ZoneInfo(settings.time_zone)).date()
