"""REST of segments: built, saved, counted, gone through by cursor, frozen (shell)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from crm_core import segment_jobs
from crm_core.access import Action
from crm_core.db import Writing, reading, transaction
from crm_core.segments.conditions import Group, Problem
from crm_core.segments.kinds import Fact
from crm_core.store import access_log, account_facts, segment_counts, segments
from crm_core.store import jobs as job_store
from crm_core.store.segments import Draft, Segment
from workstation.deps import Parts, parts_of
from workstation.errors import Refused
from workstation.office.segments import hand_over
from workstation.rest.caller import Caller, allowed
from workstation.rest.jobs import JobOut
from workstation.rest.once import OnceDep
from workstation.rest.paging import Page, PageAsk
from workstation.segment_words import by_path, told
from workstation.sentences import Translate

router = APIRouter(tags=["segments"])
KEY = Path(ge=1, lt=2**31)
Name = Annotated[str, Field(min_length=1, max_length=segments.LONGEST_NAME)]
Looker = Annotated[Caller, allowed(Action.SEE_SEGMENT, Action.MANAGE_SEGMENTS)]
Manager = Annotated[Caller, allowed(Action.MANAGE_SEGMENTS)]


class ChoiceOut(BaseModel):
    """One code a fact may have."""

    code: str
    title: str


class FactOut(BaseModel):
    """Something a segment may ask."""

    name: str
    title: str
    group: str
    kind: str
    unit: str
    operators: list[str]
    choices: list[ChoiceOut]
    period: bool
    """Whether a condition needs `days`."""
    indexed: bool
    """Whether it is counted exactly at once; others are estimated on a large base."""


class FactsOut(BaseModel):
    """Everything a segment may ask."""

    facts: list[FactOut]


class NewSegment(BaseModel):
    """A segment to be saved."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    note: Annotated[str, Field(max_length=500)] = ""
    tree: Group


class ChangedSegment(NewSegment):
    """A segment to be changed; `version` is the one you read."""

    version: Annotated[int, Field(ge=1, lt=2**31)]


class Asked(BaseModel):
    """Conditions to be counted."""

    model_config = ConfigDict(extra="forbid")

    tree: Group


class SegmentOut(BaseModel):
    """A saved segment."""

    segment_id: int
    name: str
    note: str
    tree: Group
    version: int
    retired: bool
    changed_at: datetime

    @classmethod
    def of(cls, one: Segment) -> SegmentOut:
        """Show a segment."""
        return cls(
            segment_id=one.segment_id,
            name=one.name,
            note=one.note,
            tree=one.tree,
            version=one.version,
            retired=one.retired,
            changed_at=one.changed_at,
        )


class CountOut(BaseModel):
    """How many members conditions have."""

    members: int
    exact: bool
    """Whether they were counted; false: estimated from a sample."""
    error: int
    """An estimate lies within so many of the truth, nineteen times of twenty."""
    in_words: str
    facts_behind_since: datetime | None
    """The oldest change that is not worked in yet; null when all are."""


class Member(BaseModel):
    """One account that belongs to a segment now."""

    account_id: int


class NewList(BaseModel):
    """A frozen list to be made."""

    model_config = ConfigDict(extra="forbid")

    purpose: Annotated[str, Field(min_length=1, max_length=200)]


def _say(parts: Parts, caller: Caller) -> Translate:
    return parts.templates.translation(caller.language)


async def _refuse(parts: Parts, caller: Caller, db: Any, problems: list[Problem]) -> Refused:
    """Return the refusal that names every part that is wrong."""
    said = by_path(problems, await segments.catalogue(db), _say(parts, caller))
    return Refused({f"tree {path}".strip(): sentence for path, sentence in said.items()})


@router.get("/segment-facts", operation_id="list_segment_facts")
async def list_facts(request: Request, caller: Looker) -> FactsOut:
    """List everything a segment may ask, with the codes this base knows."""
    parts = parts_of(request)
    async with reading(parts.engine) as db:
        known = await segments.catalogue(db, caller.language)
    say = _say(parts, caller)

    def show(fact: Fact) -> FactOut:
        return FactOut(
            name=fact.name,
            title=fact.title if fact.field_id else say(fact.title),
            group=say(fact.group),
            kind=fact.kind.value,
            unit=say(fact.unit) if fact.unit else "",
            operators=[op.value for op in fact.operators],
            choices=[
                ChoiceOut(code=one.code, title=one.title if one.named else say(one.title))
                for one in known.choices(fact)
            ],
            period=fact.period,
            indexed=fact.indexed,
        )

    return FactsOut(facts=[show(fact) for _, facts in known.grouped() for fact in facts])


@router.get("/segments", operation_id="list_segments")
async def list_segments(request: Request, caller: Looker, ask: PageAsk) -> Page[SegmentOut]:  # noqa: ARG001 -- the right
    """List saved segments by name."""
    after = str(ask.after[0]) if ask.after else ""
    async with reading(parts_of(request).engine) as db:
        rows = await segments.everyone(db, after=after, limit=ask.more)
    return ask.page(rows, SegmentOut.of, lambda one: (one.name,))


@router.post("/segments", operation_id="make_segment", status_code=201, response_model=SegmentOut)
async def make_segment(request: Request, body: NewSegment, caller: Manager, once: OnceDep) -> Response:
    """Save a new segment."""
    draft = Draft(name=body.name, note=body.note, tree=body.tree)
    return await once.run(caller, lambda db: _saved(request, caller, db, draft), 201)


@router.get("/segments/{segment_id}", operation_id="read_segment")
async def read_segment(request: Request, segment_id: Annotated[int, KEY], caller: Looker) -> SegmentOut:  # noqa: ARG001
    """Return a segment."""
    async with reading(parts_of(request).engine) as db:
        return SegmentOut.of(await segments.one(db, segment_id))


@router.put("/segments/{segment_id}", operation_id="change_segment", response_model=SegmentOut)
async def change_segment(
    request: Request, segment_id: Annotated[int, KEY], body: ChangedSegment, caller: Manager, once: OnceDep
) -> Response:
    """Change a segment; what somebody else changed meanwhile is not overwritten."""
    draft = Draft(segment_id=segment_id, name=body.name, note=body.note, tree=body.tree, version=body.version)
    return await once.run(caller, lambda db: _saved(request, caller, db, draft))


@router.delete("/segments/{segment_id}", operation_id="retire_segment", response_model=SegmentOut)
async def retire_segment(segment_id: Annotated[int, KEY], caller: Manager, once: OnceDep) -> Response:
    """Take a segment from the lists; others that refer to it still mean it."""

    async def work(db: Writing) -> SegmentOut:
        await segments.retire(db, segment_id, caller.user_id)
        return SegmentOut.of(await segments.one(db, segment_id))

    return await once.run(caller, work)


async def _saved(request: Request, caller: Caller, db: Writing, draft: Draft) -> SegmentOut:
    made = await segments.save(db, draft, caller.user_id)
    if isinstance(made, list):
        raise await _refuse(parts_of(request), caller, db, made)
    return SegmentOut.of(await segments.one(db, made))


@router.post("/segment-counts", operation_id="count_conditions")
async def count_conditions(request: Request, body: Asked, caller: Looker) -> CountOut:
    """Count who fits conditions that are not saved: exactly within two seconds, else estimated."""
    return await _counted(request, caller, body.tree, 0)


@router.get("/segments/{segment_id}/count", operation_id="count_segment")
async def count_segment(request: Request, segment_id: Annotated[int, KEY], caller: Looker) -> CountOut:
    """Count who belongs to a segment now."""
    async with reading(parts_of(request).engine) as db:
        tree = (await segments.one(db, segment_id)).tree
    return await _counted(request, caller, tree, segment_id)


async def _counted(request: Request, caller: Caller, tree: Group, own: int) -> CountOut:
    parts = parts_of(request)
    async with reading(parts.engine) as db:
        known = await segments.catalogue(db, caller.language)
        made = await segments.judged(db, tree, own)
        if isinstance(made, list):
            raise await _refuse(parts, caller, db, made)
        fresh = await account_facts.freshness(db)
    async with segment_counts.looking(parts.engine) as looking:
        found = await segment_counts.count(looking, made, segment_jobs.today(parts.settings))
    formats = parts.templates.formats(caller.language)
    return CountOut(
        members=found.members,
        exact=found.exact,
        error=found.error,
        in_words=told(made, known, _say(parts, caller), formats),
        facts_behind_since=fresh.since,
    )


@router.get("/segments/{segment_id}/members", operation_id="list_members")
async def list_members(request: Request, segment_id: Annotated[int, KEY], caller: Looker, ask: PageAsk) -> Page[Member]:
    """List the accounts that belong to a segment now, in the order of their keys; each page is in the access log."""
    parts = parts_of(request)
    after = int(ask.after[0]) if ask.after else 0
    async with transaction(parts.engine) as db:
        rows = await segments.members(db, segment_id, after, ask.more, today=segment_jobs.today(parts.settings))
        said = f"{len(rows)} members from {after + 1} on"
        await access_log.record(db, caller.user_id, Action.SEE_SEGMENT, f"segment {segment_id}", said, caller.ip)
    return ask.page(rows, lambda account_id: Member(account_id=account_id), lambda account_id: (account_id,))


@router.post("/segments/{segment_id}/lists", operation_id="freeze_segment", status_code=202, response_model=JobOut)
async def freeze_segment(
    request: Request, segment_id: Annotated[int, KEY], body: NewList, caller: Manager, once: OnceDep
) -> Response:
    """Have a list made that stands still; the job tells when it is there."""
    made: list[job_store.Job] = []

    async def work(db: Writing) -> JobOut:
        snapshot = await segments.ask_snapshot(db, segment_id, body.purpose, caller.user_id)
        name = (await segments.one(db, segment_id)).name
        detail = {"snapshot_id": snapshot}
        made.append(await job_store.create(db, segment_jobs.FREEZE, f"List of {name}", caller.user_id, detail))
        return JobOut.of(made[0])

    answer = await once.run(caller, work, 202)
    if made:
        await hand_over(parts_of(request), made[0])
    return answer
