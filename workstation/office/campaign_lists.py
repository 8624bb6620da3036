"""Pages of campaigns: debtors added from a segment or a file (shell)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core.db import reading, transaction
from crm_core.errors import CampaignOutOfTurn, NoSuchSegment
from crm_core.importing import sheet
from crm_core.importing.limits import Unreadable
from crm_core.store import jobs, outbound_campaigns, outbound_lists, segments
from crm_core.store.outbound_campaigns import Campaign
from outbound.campaign import FED, State
from outbound.jobs import FEED
from workstation import uploads
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, in_session, number
from workstation.errors import Forbidden
from workstation.handing import hand_over
from workstation.office.base import done_sentences, form_of, go, once, words
from workstation.office.campaigns import key_of, one_page
from workstation.office.imports import refused
from workstation.sentences import N_
from workstation.uploads import Upload

router = APIRouter(prefix="/office")
done_sentences({"adding": N_("The debtors are being added.")})


@router.post("/campaigns/{campaign_id}/segment")
async def from_segment(request: Request, parts: PartsDep, who: Who, sent: Sent, campaign_id: str) -> Response:
    """Add everybody who belongs to a segment now."""
    key, form = key_of(campaign_id), form_of(request, who, sent)
    segment = form.whole("segment_id", 1, required=True)
    if segment is not None:
        async with reading(parts.engine) as db:
            try:
                await segments.resolved(db, segment)
            except NoSuchSegment:
                form.refuse("segment_id", N_("Choose a segment of the list."))
    if segment is None or not form.fine:
        return await one_page(request, parts, who, key, form)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        one = _fed(await outbound_campaigns.one(db, key))
        part = await outbound_lists.begin(db, key, "segment", who.user_id, segment_id=segment)
        detail = {"campaign_id": key, "list_id": part}
        job = await jobs.create(db, FEED, f"Debtors of {one.name}", who.user_id, detail)
    await hand_over(parts.settings, job)
    return go(f"/office/campaigns/{key}", "adding")


@router.post("/campaigns/files")
async def from_file(request: Request, parts: PartsDep) -> Response:
    """Add the accounts that a file names; it is streamed to the disk after the form's token was judged."""
    who = await in_session(request)

    def judged(fields: Mapping[str, str]) -> None:
        sent = request.headers.get("x-csrf-token") or fields.get("csrf", "")
        if not parts.sessions.same(sent, who.csrf):
            raise Forbidden("foreign-origin")

    try:
        upload = await uploads.receive(request, parts.settings, judged)
    except uploads.NoFile as nothing:
        key = number(request.query_params.get("campaign"))
        if key is None:
            raise
        form = form_of(request, who, {})
        form.refuse("file", N_("Choose a file first."))
        del nothing
        return await one_page(request, parts, who, key, form)
    key = key_of(upload.fields.get("campaign", ""))
    try:
        job = await take_file(parts, who, key, upload)
    except Unreadable as refusal:
        upload.drop()
        form = form_of(request, who, {})
        form.errors["file"] = refused(refusal, words(request, who))
        return await one_page(request, parts, who, key, form)
    except BaseException:
        upload.drop()
        raise
    await hand_over(parts.settings, job)
    return go(f"/office/campaigns/{key}", "adding")


async def take_file(parts: Parts, who: Person, key: int, upload: Upload) -> jobs.Job:
    """Put a file of debtors on record; its job adds them.

    Raises:
        Unreadable: it is none that can be read.
        NoSuchCampaign: there is none of this key.
        CampaignOutOfTurn: nobody is added to it any more.

    """
    source = await asyncio.to_thread(sheet.look_at, upload.path, upload.name)
    async with transaction(parts.engine) as db:
        one = _fed(await outbound_campaigns.one(db, key))
        part = await outbound_lists.begin(db, key, "file", who.user_id, file=upload.name, sha256=source.hash)
        detail = {"campaign_id": key, "list_id": part, "stored": upload.path.name}
        return await jobs.create(db, FEED, f"Debtors of {one.name}", who.user_id, detail)


def _fed(one: Campaign) -> Campaign:
    if State(one.state) not in FED:
        raise CampaignOutOfTurn(f"campaign {one.campaign_id} is {one.state}: nobody is added any more")
    return one
