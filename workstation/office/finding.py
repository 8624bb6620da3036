"""Pages of duplicates: pairs to look at, side by side with a preview, merges done and undone (shell)."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from typing import Any

from fastapi import APIRouter, Request
from redis import Redis
from redis.exceptions import RedisError
from starlette.responses import Response

from crm_core import clock
from crm_core import jobs as job_runner
from crm_core.access import Action
from crm_core.db import reading, transaction
from crm_core.duplicates.job import KIND
from crm_core.duplicates.merging import CHOSEN, MergeOrder, Plan, Record, Take, likelier_survivor, plan
from crm_core.duplicates.pairlife import DECISIONS, TRANSITIONS, PairState
from crm_core.errors import NoSuchMerge, NoSuchPair
from crm_core.store import access_log, customers_alike, duplicates, jobs, merges
from workstation import evidence
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, address, number
from workstation.forms import Form
from workstation.office.base import cut, done_sentences, form_of, go, once, show, words
from workstation.sentences import N_

router = APIRouter(prefix="/office")
PAGE = 50
done_sentences({
    "merged": N_("Merged. It can be undone under Merged."),
    "decided": N_("Written down."),
    "undone": N_("Undone: they are two customers again."),
})  # fmt: skip


@router.get("/duplicates")
async def listing(request: Request, parts: PartsDep, who: Who, state: str = "open", after: str = "") -> Response:
    """List pairs that may be one customer, the likeliest first."""
    shown_state = PairState(state) if state in list(PairState) else PairState.OPEN
    async with reading(parts.engine) as db:
        found = await duplicates.listing(db, shown_state, after=_place(after), limit=PAGE + 1)
        running = await jobs.listing(db, kind=KIND, limit=1)
    shown, more = cut(found, PAGE, lambda pair: f"{pair.score}~{pair.pair_id}")
    return show(
        request,
        who,
        "finding_duplicates.html",
        pairs=shown,
        more=f"/office/duplicates?state={shown_state}&after={more}" if more else "",
        first=f"/office/duplicates?state={shown_state}" if after else "",
        state=shown_state,
        job=running[0] if running else None,
        said=evidence,
        hide=evidence.hide(who.role),
    )


def _place(after: str) -> duplicates.Place | None:
    """Read where a page ended; anything that is none begins anew."""
    score, _, key = after.partition("~")
    pair_id = number(key)
    with suppress(InvalidOperation):
        if pair_id is not None and len(score) < 12 and (at := Decimal(score)).is_finite():
            return at, pair_id
    return None


@router.post("/duplicates/search")
async def look(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Look through the whole base in the background; a search that runs already is shown instead."""
    async with transaction(parts.engine) as db:
        for last in await jobs.listing(db, kind=KIND, limit=1):
            if jobs.is_open(last):
                return go(f"/office/jobs/{last.job_id}") if last.asked_by == who.user_id else go("/office/duplicates")
        await once(db, who, sent)
        job = await jobs.create(db, KIND, words(request, who)(N_("Search for duplicates")), who.user_id, {})
        await access_log.record(db, who.user_id, Action.MERGE, f"job {job.job_id}", "search", address(request))
    await asyncio.to_thread(_send, parts.settings.redis_url, job)
    return go(f"/office/jobs/{job.job_id}", "sent")


def _send(redis_url: str, job: jobs.Job) -> None:
    # Without Valkey the job waits on record until a worker starts and takes it up.
    with suppress(RedisError), Redis.from_url(redis_url) as valkey:
        job_runner.send(valkey, job)


@router.get("/duplicates/{pair_id}")
async def pair_page(request: Request, parts: PartsDep, who: Who, pair_id: str) -> Response:
    """Show two customers side by side and what a merge would do; `survivor` and fields choose otherwise."""
    pair = await _pair(parts, pair_id)
    form = form_of(request, who, dict(request.query_params))
    for side in (pair.left, pair.right):
        said = f"pair {pair.pair_id}"
        parts.access.note(
            who.user_id, "duplicates.viewed", f"customer {side.customer_id}", reason=said, ip=address(request)
        )
    return await _pair_page(request, parts, who, pair, form)


@router.post("/duplicates/{pair_id}/merge")
async def merge(request: Request, parts: PartsDep, who: Who, sent: Sent, pair_id: str) -> Response:
    """Make one customer of two."""
    pair = await _pair(parts, pair_id)
    form = form_of(request, who, sent)
    ids = _ids(pair)
    survivor = form.choice("survivor", ids, required=True)
    for field in CHOSEN:
        form.choice(field, ids)
    reason = form.text("reason", merges.REASON, required=True)
    if not form.fine:
        return await _pair_page(request, parts, who, pair, form)
    (loser,) = ids - {survivor}
    order = MergeOrder(
        survivor_id=int(survivor),
        loser_id=int(loser),
        choices=_choices(form, survivor),
        by=who.user_id,
        at=clock.now(),
        reason=reason,
    )
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        merge_id = await merges.merge(db, order)
        said = f"customers {survivor}, {loser}"
        await access_log.record(db, who.user_id, Action.MERGE, said, f"merge {merge_id}: {reason}", address(request))
    return go("/office/duplicates", "merged")


@router.post("/duplicates/{pair_id}/decide")
async def decide(request: Request, parts: PartsDep, who: Who, sent: Sent, pair_id: str) -> Response:
    """Write down that two are not the same, or that it is to be seen later."""
    pair = await _pair(parts, pair_id)
    form = form_of(request, who, sent)
    state = form.choice("state", DECISIONS, required=True)
    reason = form.text("reason", duplicates.REASON, required=state == PairState.DIFFERENT)
    if not form.fine:
        return await _pair_page(request, parts, who, pair, form)
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        await duplicates.decide(db, pair.pair_id, PairState(state), by=who.user_id, reason=reason)
        said = f"customers {pair.left.customer_id}, {pair.right.customer_id}"
        await access_log.record(db, who.user_id, Action.MERGE, said, f"{state}: {reason}", address(request))
    return go("/office/duplicates", "decided")


async def _pair(parts: Parts, pair_id: str) -> duplicates.Pair:
    key = number(pair_id)
    async with reading(parts.engine) as db:
        pair = None if key is None else await duplicates.by_id(db, key)
    if pair is None:
        raise NoSuchPair(f"there is no pair {pair_id[:20]}")
    return pair


def _ids(pair: duplicates.Pair) -> set[str]:
    return {str(pair.left.customer_id), str(pair.right.customer_id)}


def _choices(form: Form, survivor: str) -> dict[str, Take]:
    chosen = {field: form.values[field] for field in CHOSEN if form.values.get(field)}
    return {field: Take.SURVIVOR if one == survivor else Take.LOSER for field, one in chosen.items()}


async def _pair_page(request: Request, parts: Parts, who: Person, pair: duplicates.Pair, form: Form) -> Response:
    ids = [pair.left.customer_id, pair.right.customer_id]
    async with reading(parts.engine) as db:
        records = await customers_alike.records(db, ids)
        belongings = {key: await customers_alike.belongings(db, key) for key in ids}
    left, right = records[ids[0]], records[ids[1]]
    planned = _planned(left, right, form)
    return show(
        request,
        who,
        "finding_pair.html",
        status=200 if form.fine else 422,
        form=form,
        pair=pair,
        sides=[(left, belongings[ids[0]]), (right, belongings[ids[1]])],
        plan=planned if isinstance(planned, Plan) else None,
        chosen=CHOSEN,
        veto=None if isinstance(planned, Plan) else planned,
        next=TRANSITIONS[pair.state] if pair.state is not PairState.MERGED else frozenset(),
        said=evidence,
        hide=evidence.hide(who.role),
    )


def _planned(left: Record, right: Record, form: Form) -> Any:
    likelier = likelier_survivor(left, right)
    survivor = next((one for one in (left, right) if str(one.customer_id) == form.values.get("survivor")), likelier)
    loser = right if survivor is left else left
    return plan(survivor, loser, _choices(form, str(survivor.customer_id)))


@router.get("/merges")
async def merged(request: Request, parts: PartsDep, who: Who, before: str = "") -> Response:
    """List merges, the newest first."""
    async with reading(parts.engine) as db:
        found = await merges.listing(db, before_id=number(before), limit=PAGE + 1)
    shown, more = cut(found, PAGE, lambda one: one.merge_id)
    return show(
        request,
        who,
        "finding_merges.html",
        merges=shown,
        more=f"/office/merges?before={more}" if more else "",
        said=evidence,
        hide=evidence.hide(who.role),
    )


@router.get("/merges/{merge_id}")
async def merge_page(request: Request, parts: PartsDep, who: Who, merge_id: str) -> Response:
    """Show what a merge did, with the form to undo it."""
    return await _merge_page(request, parts, who, merge_id, form_of(request, who, {}))


@router.post("/merges/{merge_id}/undo")
async def undo(request: Request, parts: PartsDep, who: Who, sent: Sent, merge_id: str) -> Response:
    """Make two customers of one again."""
    form = form_of(request, who, sent)
    reason = form.text("reason", merges.REASON, required=True)
    if not form.fine:
        return await _merge_page(request, parts, who, merge_id, form)
    key = number(merge_id)
    if key is None:
        raise NoSuchMerge(f"there is no merge {merge_id[:20]}")
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        one = await merges.undo(db, key, by=who.user_id, now=clock.now(), reason=reason)
        said = f"customers {one.survivor_id}, {one.loser_id}"
        await access_log.record(db, who.user_id, Action.MERGE, said, f"undone {key}: {reason}", address(request))
    return go("/office/merges", "undone")


async def _merge_page(request: Request, parts: Parts, who: Person, merge_id: str, form: Form) -> Response:
    key = number(merge_id)
    async with reading(parts.engine) as db:
        one = None if key is None else await merges.by_id(db, key)
    if one is None:
        raise NoSuchMerge(f"there is no merge {merge_id[:20]}")
    return show(
        request,
        who,
        "finding_merge.html",
        status=200 if form.fine else 422,
        form=form,
        merge=one,
        said=evidence,
        hide=evidence.hide(who.role),
    )
