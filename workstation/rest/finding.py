"""REST of search, duplicates and merges (shell)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from crm_core import clock
from crm_core.access import Action, Role, hidden
from crm_core.db import Writing, reading
from crm_core.duplicates.merging import MergeOrder, Take
from crm_core.duplicates.pairlife import PairState
from crm_core.duplicates.weights import Feature, Level
from crm_core.errors import NoSuchMerge, NoSuchPair
from crm_core.lookup import Hit
from crm_core.masking import mask_found
from crm_core.store import access_log, duplicates, merges
from crm_core.store.search import search
from workstation.deps import parts_of
from workstation.errors import TooMany
from workstation.evidence import hide
from workstation.rest.caller import Caller, allowed
from workstation.rest.once import OnceDep
from workstation.rest.paging import BadCursor, Page, PageAsk
from workstation.throttle import SEARCH

router = APIRouter(tags=["search and duplicates"])
KEY = Path(ge=1, lt=2**31)
CustomerKey = Annotated[int, Field(ge=1, lt=2**31)]
Searcher = Annotated[Caller, allowed(Action.SEARCH)]
Merger = Annotated[Caller, allowed(Action.MERGE)]
Reason = Annotated[str, Field(min_length=1, max_length=500, description="Stays on record.")]
MOST = 50


class Sent(BaseModel):
    """A body: what is not named in it is refused."""

    model_config = ConfigDict(extra="forbid")


# --- search --------------------------------------------------------------------------------------


class HitOut(BaseModel):
    """An account that was found."""

    account_id: int
    account_number: str
    customer: str
    kind: str
    address: str
    why: str
    """`account`, `phone`, `meter`, `application`, `email`, `tax_number`, `name`, `contact` or `address`."""
    matched: str
    """What of it matched where that is not in sight: a contact, a former name; of a misspelt word the right one."""
    near: bool
    """A typing error was undone to find it."""

    @classmethod
    def of(cls, hit: Hit) -> HitOut:
        """Show a hit."""
        one = hit.candidate
        return cls(
            account_id=one.account_id,
            account_number=one.account_number,
            customer=one.customer,
            kind=one.kind,
            address=one.address,
            why=one.why,
            matched=hit.matched,
            near=hit.near,
        )


class FoundOut(BaseModel):
    """What a search came to, the surest first."""

    items: list[HitOut]
    more: bool
    """There are more: ask for something narrower."""
    too_wide: bool
    """Some of it would match so much that it was not asked."""


@router.get("/search", operation_id="search")
async def search_accounts(
    request: Request,
    caller: Searcher,
    q: Annotated[str, Query(max_length=120, description="Number, name, address, telephone, e-mail, meter …")],
    limit: Annotated[int, Query(ge=1, le=MOST)] = 20,
) -> FoundOut:
    """Find accounts by whatever is known of them."""
    parts = parts_of(request)
    if not await parts.throttle.allows(SEARCH, "search", str(caller.user_id)):
        raise TooMany
    async with reading(parts.engine) as db:
        found = await search(db, q, limit, region=parts.settings.country)
    parts.access.note(caller.user_id, Action.SEARCH, q, reason=f"{len(found.hits)} found, API", ip=caller.ip)
    shown = mask_found(found, hidden(caller.role))
    return FoundOut(items=[HitOut.of(hit) for hit in shown.hits], more=shown.more, too_wide=shown.too_wide)


# --- duplicates ----------------------------------------------------------------------------------


class SideOut(BaseModel):
    """One of two customers."""

    customer_id: int
    name: str
    kind: str
    address: str


class EvidenceOut(BaseModel):
    """What one feature says, in bits."""

    feature: Feature
    level: Level
    weight: float


class PairOut(BaseModel):
    """Two customers that may be one."""

    pair_id: int
    left: SideOut
    right: SideOut
    score: Decimal
    evidence: list[EvidenceOut]
    state: PairState
    found_at: datetime
    decided_at: datetime | None
    reason: str

    @classmethod
    def of(cls, pair: duplicates.Pair, role: Role) -> PairOut:
        """Show a pair, masked for a role."""
        shown = hide(role)
        left, right = (
            SideOut(
                customer_id=side.customer_id,
                name=shown("name", side.name),
                kind=side.kind,
                address=shown("address", side.address),
            )
            for side in (pair.left, pair.right)
        )
        return cls(
            pair_id=pair.pair_id,
            left=left,
            right=right,
            score=pair.score,
            evidence=[EvidenceOut(feature=one.feature, level=one.level, weight=one.weight) for one in pair.evidence],
            state=pair.state,
            found_at=pair.found_at,
            decided_at=pair.decided_at,
            reason=pair.reason,
        )


class DecisionIn(Sent):
    """What a person says of a pair."""

    state: Literal[PairState.LATER, PairState.DIFFERENT, PairState.OPEN]
    reason: Reason


@router.get("/duplicates", operation_id="list_duplicates")
async def list_duplicates(
    request: Request, caller: Merger, ask: PageAsk, state: PairState = PairState.OPEN
) -> Page[PairOut]:
    """List pairs that may be one customer, the likeliest first."""
    parts = parts_of(request)
    async with reading(parts.engine) as db:
        found = await duplicates.listing(db, state, after=_place(ask.after), limit=ask.more)
    parts.access.note(caller.user_id, "duplicates.viewed", f"{len(found)} pairs", ip=caller.ip)
    return ask.page(found, lambda pair: PairOut.of(pair, caller.role), lambda pair: (str(pair.score), pair.pair_id))


def _place(after: tuple[str | int, ...] | None) -> duplicates.Place | None:
    if after is None:
        return None
    if len(after) != 2:
        raise BadCursor
    return Decimal(str(after[0])), int(after[1])


@router.post("/duplicates/{pair_id}/decision", operation_id="decide_duplicate", response_model=PairOut)
async def decide_duplicate(pair_id: Annotated[int, KEY], body: DecisionIn, caller: Merger, once: OnceDep) -> Response:
    """Say that two records are two customers, or are to be seen later, or again."""

    async def work(db: Writing) -> PairOut:
        await duplicates.decide(db, pair_id, PairState(body.state), by=caller.user_id, reason=body.reason)
        pair = await duplicates.by_id(db, pair_id)
        if pair is None:
            raise NoSuchPair(f"there is no pair {pair_id}")
        said = f"customers {pair.left.customer_id}, {pair.right.customer_id}"
        await access_log.record(db, caller.user_id, Action.MERGE, said, f"{body.state}: {body.reason}", caller.ip)
        return PairOut.of(pair, caller.role)

    return await once.run(caller, work)


# --- merges --------------------------------------------------------------------------------------


class MergeIn(Sent):
    """Two customers to be made one."""

    survivor_id: CustomerKey
    loser_id: CustomerKey
    take: dict[Literal["name", "language", "tax_number", "status"], Take] = {}
    """Whose value a field gets; without one the survivor's, or the other's where the survivor says nothing."""
    reason: Reason


class UndoIn(Sent):
    """Why a merge is undone."""

    reason: Reason


class MergeOut(BaseModel):
    """A merge on record."""

    merge_id: int
    survivor_id: int
    loser_id: int
    survivor: str
    loser: str
    pair_id: int | None
    merged_at: datetime
    merged_by: str
    reason: str
    moved: dict[str, int]
    """Rows that moved, by table and column."""
    undone_at: datetime | None
    undone_by: str
    undone_reason: str

    @classmethod
    def of(cls, one: merges.Merge, role: Role) -> MergeOut:
        """Show a merge, masked for a role."""
        shown = hide(role)
        return cls(
            merge_id=one.merge_id,
            survivor_id=one.survivor_id,
            loser_id=one.loser_id,
            survivor=shown("name", one.survivor),
            loser=shown("name", one.loser),
            pair_id=one.pair_id,
            merged_at=one.merged_at,
            merged_by=one.merged_by,
            reason=one.reason,
            moved=dict(one.moved),
            undone_at=one.undone_at,
            undone_by=one.undone_by,
            undone_reason=one.undone_reason,
        )


@router.get("/merges", operation_id="list_merges")
async def list_merges(request: Request, caller: Merger, ask: PageAsk) -> Page[MergeOut]:
    """List merges, the newest first."""
    parts = parts_of(request)
    before = ask.after[0] if ask.after else None
    if before is not None and not isinstance(before, int):
        raise BadCursor
    async with reading(parts.engine) as db:
        found = await merges.listing(db, before_id=before, limit=ask.more)
    parts.access.note(caller.user_id, "merges.viewed", f"{len(found)} merges", ip=caller.ip)
    return ask.page(found, lambda one: MergeOut.of(one, caller.role), lambda one: (one.merge_id,))


@router.post("/merges", operation_id="merge_customers", status_code=201, response_model=MergeOut)
async def merge_customers(body: MergeIn, caller: Merger, once: OnceDep) -> Response:
    """Make one customer of two; everything that points at the one who goes follows."""

    async def work(db: Writing) -> MergeOut:
        order = MergeOrder(
            survivor_id=body.survivor_id,
            loser_id=body.loser_id,
            choices={str(field): take for field, take in body.take.items()},
            by=caller.user_id,
            at=clock.now(),
            reason=body.reason,
        )
        merge_id = await merges.merge(db, order)
        said = f"customers {body.survivor_id}, {body.loser_id}"
        await access_log.record(db, caller.user_id, Action.MERGE, said, f"merge {merge_id}: {body.reason}", caller.ip)
        return await _merge(db, merge_id, caller.role)

    return await once.run(caller, work, 201)


@router.post("/merges/{merge_id}/undo", operation_id="undo_merge", response_model=MergeOut)
async def undo_merge(merge_id: Annotated[int, KEY], body: UndoIn, caller: Merger, once: OnceDep) -> Response:
    """Make two customers of one again; later changes stay with what they were made to."""

    async def work(db: Writing) -> MergeOut:
        one = await merges.undo(db, merge_id, by=caller.user_id, now=clock.now(), reason=body.reason)
        said = f"customers {one.survivor_id}, {one.loser_id}"
        await access_log.record(db, caller.user_id, Action.MERGE, said, f"undone {merge_id}: {body.reason}", caller.ip)
        return MergeOut.of(one, caller.role)

    return await once.run(caller, work)


async def _merge(db: Writing, merge_id: int, role: Role) -> MergeOut:
    one = await merges.by_id(db, merge_id)
    if one is None:
        raise NoSuchMerge(f"there is no merge {merge_id}")
    return MergeOut.of(one, role)
