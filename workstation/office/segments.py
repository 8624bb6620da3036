"""Pages of segments: the list, and the builder that works as a plain form (shell)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request
from redis import Redis
from redis.exceptions import RedisError
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from crm_core import jobs as job_runner
from crm_core import segment_jobs
from crm_core.access import Action, hidden
from crm_core.access import may as role_may
from crm_core.db import reading, transaction
from crm_core.errors import NoSuchSegment
from crm_core.masking import mask
from crm_core.segments.conditions import Group, Joined, Known, Problem, resolve
from crm_core.segments.facts import Catalogue
from crm_core.segments.words import OPERATORS
from crm_core.store import access_log, account_facts, segment_counts, segments, subscribers
from crm_core.store import jobs as job_store
from crm_core.store.segments import Draft
from workstation import builder, segment_words
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, address, number
from workstation.forms import Form
from workstation.office.base import cut, done_sentences, form_of, go, once, show, words
from workstation.sentences import N_, Translate

router = APIRouter(prefix="/office")
PAGE = 50
NEW = "new"
UNFINISHED = frozenset({"wrong-count", "empty-value", "period-missing", "no-conditions"})
"""What is not said while somebody is still building: only when he asks for the count, or saves."""
done_sentences({"retired": N_("Retired."), "back": N_("Brought back."), "list": N_("The list is being made.")})


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One request for a page of segments, with what the base knows."""

    request: Request
    parts: Parts
    who: Person
    catalogue: Catalogue
    others: Mapping[int, Known]
    freshness: account_facts.Freshness

    @property
    def say(self) -> Translate:
        """Return gettext of the reader's language."""
        return words(self.request, self.who)

    def judged(self, tree: Group, own: int) -> Joined | list[Problem]:
        """Check a tree."""
        return resolve(tree, self.catalogue, self.others, own)

    def told(self, made: Joined | list[Problem]) -> str:
        """Return a segment in words, or the first thing that is wrong with it."""
        if isinstance(made, list):
            return segment_words.problem_sentence(made[0], self.catalogue, self.say)
        formats = self.parts.templates.formats(self.who.language)
        return segment_words.told(made, self.catalogue, self.say, formats)

    async def found(self, made: Joined, own: int, *, sample: bool) -> segment_counts.Found:
        """Count; whose cards a sample shows is in the access log like any other look at them."""
        today, engine = segment_jobs.today(self.parts.settings), self.parts.engine
        if not sample or not role_may(self.who.role, Action.SEE_CARD):
            async with segment_counts.looking(engine) as db:
                return segment_counts.Found(counted=await segment_counts.count(db, made, today), sample=())
        found = await segment_counts.find(engine, made, today)
        async with transaction(engine) as db:
            seen = ", ".join(map(str, found.sample))
            ip = address(self.request)
            await access_log.record(db, self.who.user_id, Action.SEE_SEGMENT, f"segment {own}", f"sample: {seen}", ip)
        return found


async def _view(request: Request, parts: Parts, who: Person) -> View:
    async with reading(parts.engine) as db:
        view = View(
            request=request,
            parts=parts,
            who=who,
            catalogue=await segments.catalogue(db, who.language),
            others=await segments.others(db),
            freshness=await account_facts.freshness(db),
        )
    if view.freshness.since is not None:
        await run_in_threadpool(segment_jobs.ask_refresh, parts.settings.redis_url)
    return view


async def _known(parts: Parts, segment_id: str) -> segments.Segment | None:
    """Return the segment that an address names; None for a new one."""
    if segment_id == NEW:
        return None
    async with reading(parts.engine) as db:
        return await segments.one(db, _key(segment_id))


@router.get("/segments")
async def listing(request: Request, parts: PartsDep, who: Who, after: str = "", retired: str = "") -> Response:
    """List segments by name, each in words."""
    view = await _view(request, parts, who)
    async with reading(parts.engine) as db:
        found = await segments.everyone(db, retired=bool(retired), after=after[:80], limit=PAGE + 1)
    shown, more = cut(found, PAGE, lambda one: one.name)
    said = {one.segment_id: view.told(view.judged(one.tree, one.segment_id)) for one in shown}
    return show(request, who, "segments.html", segments=shown, more=more, told=said, retired=retired, **_rights(who))


@router.get("/segments/{segment_id}")
async def one(request: Request, parts: PartsDep, who: Who, segment_id: str) -> Response:
    """Show a segment in the builder, counted; `new` is one with a first condition."""
    view, known = await _view(request, parts, who), await _known(parts, segment_id)
    if known is None:
        first = Group(parts=(builder.new_condition(view.catalogue),))
        return await _page(view, first, form_of(request, who, {}), None)
    values = {"name": known.name, "note": known.note, "version": str(known.version)}
    return await _page(view, known.tree, form_of(request, who, values), known)


@router.post("/segments/{segment_id}/build")
async def build(request: Request, parts: PartsDep, who: Who, sent: Sent, segment_id: str) -> Response:
    """Do what a button of the builder says, and count what is built so far; nothing is stored."""
    view, known = await _view(request, parts, who), await _known(parts, segment_id)
    tree = builder.edited(builder.tree_of(sent, view.catalogue), sent.get("do", ""), view.catalogue)
    return await _page(view, tree, form_of(request, who, sent), known)


@router.post("/segments/{segment_id}")
async def save(request: Request, parts: PartsDep, who: Who, sent: Sent, segment_id: str) -> Response:
    """Store a segment; what is wrong is told where it stands and nothing is lost."""
    view, known = await _view(request, parts, who), await _known(parts, segment_id)
    form = form_of(request, who, sent)
    tree = builder.tree_of(sent, view.catalogue)
    name, note = form.text("name", segments.LONGEST_NAME, required=True), form.text("note", 500)
    if form.fine:
        key, version = known.segment_id if known else 0, number(sent.get("version")) or 0
        async with transaction(parts.engine) as db:
            await once(db, who, sent)
            draft = Draft(segment_id=key, name=name, note=note, tree=tree, version=version)
            made = await segments.save(db, draft, who.user_id)
        if isinstance(made, int):
            await _remember(view, made)
            return go(f"/office/segments/{made}", "saved")
        _refuse(form, made)
    return await _page(view, tree, form, known)


async def _remember(view: View, segment_id: int) -> None:
    """Note how many members a segment has that was just saved, for the list; an estimate is not noted."""
    engine, today = view.parts.engine, segment_jobs.today(view.parts.settings)
    async with reading(engine) as db:
        stored, typed = await segments.one(db, segment_id), await segments.resolved(db, segment_id)
    async with segment_counts.looking(engine) as looking:
        counted = await segment_counts.count(looking, typed, today)
    if counted.exact:
        async with transaction(engine) as db:
            await segments.note_count(db, segment_id, stored.version, counted.members)


def _refuse(form: Form, problems: list[Problem]) -> None:
    """Tell what is wrong: with the name at its field, with conditions where they stand."""
    for problem in problems:
        if problem.code in {"name-taken", "name-missing"}:
            form.refuse("name", segment_words.PROBLEMS[problem.code], detail=problem.detail)
        else:
            form.refuse("form", N_("Some conditions are not right yet; nothing was changed."))


@router.post("/segments/{segment_id}/retire")
async def retire(parts: PartsDep, who: Who, sent: Sent, segment_id: str) -> Response:
    """Take a segment from the lists, or bring it back."""
    key = _key(segment_id)
    retired = sent.get("retired") == "1"
    async with transaction(parts.engine) as db:
        await segments.retire(db, key, who.user_id, retired=retired)
    return go("/office/segments", "retired" if retired else "back")


@router.post("/segments/{segment_id}/lists")
async def freeze(request: Request, parts: PartsDep, who: Who, sent: Sent, segment_id: str) -> Response:
    """Have a list made that stands still: for a campaign or an export."""
    job = await freeze_list(request, parts, who.user_id, _key(segment_id), sent)
    return go(f"/office/jobs/{job}", "list")


async def freeze_list(request: Request, parts: Parts, user_id: int, segment_id: int, sent: dict[str, str]) -> int:
    """Ask for a frozen list and hand its job to the workers; return the job."""
    async with transaction(parts.engine) as db:
        snapshot = await segments.ask_snapshot(db, segment_id, sent.get("purpose", ""), user_id)
        found = await segments.one(db, segment_id)
        detail = {"snapshot_id": snapshot, "ip": address(request)}
        job = await job_store.create(db, segment_jobs.FREEZE, f"List of {found.name}", user_id, detail)
    await hand_over(parts, job)
    return job.job_id


async def hand_over(parts: Parts, job: job_store.Job) -> None:
    """Give a job to the workers; where Valkey is away it waits until one starts."""

    def send() -> None:
        try:
            with Redis.from_url(parts.settings.redis_url) as valkey:
                job_runner.send(valkey, job)
        except RedisError:
            return

    await run_in_threadpool(send)


def _key(segment_id: str) -> int:
    key = number(segment_id)
    if key is None:
        raise NoSuchSegment(f"there is no segment {segment_id[:20]}")
    return key


def _rights(who: Person) -> dict[str, bool]:
    return {
        "manages": role_may(who.role, Action.MANAGE_SEGMENTS),
        "looks": role_may(who.role, Action.SEE_CARD),
        "exports": role_may(who.role, Action.EXPORT),
    }


async def _page(view: View, tree: Group, form: Form, known: segments.Segment | None) -> Response:
    own = known.segment_id if known else 0
    made = view.judged(tree, own)
    wrong = made if isinstance(made, list) else []
    if form.fine and form.values.get("do") != "count":
        wrong = [problem for problem in wrong if problem.code not in UNFINISHED]
    found = None if isinstance(made, list) else await view.found(made, own, sample="sample" in form.values)
    async with reading(view.parts.engine) as db:
        sampled = await subscribers.candidates(db, list(found.sample)) if found and found.sample else []
        lists = await segments.snapshots(db, own) if known else []
        users = await segments.used_by(db, own) if known else []
    values = {
        "known": known,
        "segment_id": own or NEW,
        "tree": builder.shown(tree, view.catalogue),
        "catalogue": view.catalogue,
        "currency": view.parts.settings.currency,
        "tell": lambda text: view.say(text) if text else "",
        "operators": OPERATORS,
        "input_of": builder.kind_of_input,
        "problems": segment_words.by_path(wrong, view.catalogue, view.say),
        "told": "" if isinstance(made, list) else view.told(made),
        "counted": found.counted if found else None,
        "members": [mask(one, hidden(view.who.role)) for one in sampled],
        "freshness": view.freshness,
        "lists": lists,
        "used_by": users,
        "form": form,
        **_rights(view.who),
    }
    status = 200 if form.fine else 422
    if view.request.headers.get("x-fragment") == "builder":
        render = view.parts.templates.render
        html = render("office/segments_builder.html", view.who.language, csrf=view.who.csrf, user=view.who, **values)
        return HTMLResponse(html, status_code=status)
    return show(view.request, view.who, "segments_one.html", status=status, **values)
