"""Pairs of customers that may be one: found, listed the likeliest first, decided by people (shell)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, and_, func, literal, or_, select
from sqlalchemy import update as change
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.duplicates.pairlife import PairState, before
from crm_core.duplicates.scoring import Evidence, Verdict
from crm_core.duplicates.weights import SURE, Feature, Level
from crm_core.errors import NoSuchPair, PairDecided
from crm_core.store.customers_alike import standing_loser
from crm_core.tables import accounts, customers, duplicate_pairs, premises, users
from crm_core.text import storable

REASON = 500
"""Letters of a reason."""
Place = tuple[Decimal, int]
"""Score and key of a pair: where a page of the list ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two, as the list shows it."""

    customer_id: int
    name: str
    kind: str
    address: str
    """Of its first account; "" without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two customers that may be one."""

    pair_id: int
    left: Side
    right: Side
    score: Decimal
    """Bits of evidence."""
    evidence: tuple[Evidence, ...]
    state: PairState
    found_at: datetime
    decided_at: datetime | None
    decided_by: str
    reason: str

    @property
    def place(self) -> Place:
        """Where the pair stands in the list."""
        return self.score, self.pair_id

    @property
    def is_sure(self) -> bool:
        """Whether there is hardly a doubt."""
        return self.score >= Decimal(SURE)


async def listing(
    db: AsyncConnection, state: PairState = PairState.OPEN, *, after: Place | None = None, limit: int = 50
) -> list[Pair]:
    """Return pairs, the likeliest first; those of which one was merged elsewhere meanwhile are left out.

    Args:
        db: a connection, `reading` will do.
        state: which pairs.
        after: place of the last pair shown.
        limit: at most this many.
    """
    query = _shown().where(duplicate_pairs.c.state == state)
    if state is not PairState.MERGED:
        gone = or_(standing_loser(duplicate_pairs.c.left_id), standing_loser(duplicate_pairs.c.right_id))
        query = query.where(~gone)
    if after is not None:
        score, pair_id = after
        query = query.where(
            or_(
                duplicate_pairs.c.score < score,
                and_(duplicate_pairs.c.score == score, duplicate_pairs.c.id < pair_id),
            )
        )
    rows = await db.execute(query.order_by(duplicate_pairs.c.score.desc(), duplicate_pairs.c.id.desc()).limit(limit))
    return [_pair(row) for row in rows]


async def by_id(db: AsyncConnection, pair_id: int) -> Pair | None:
    """Return a pair, None when there is no such one."""
    row = (await db.execute(_shown().where(duplicate_pairs.c.id == pair_id))).one_or_none()
    return None if row is None else _pair(row)


async def decide(db: Writing, pair_id: int, state: PairState, *, by: int, reason: str = "") -> None:
    """Write down what a person says of a pair (`pairlife.DECISIONS`).

    Raises:
        NoSuchPair: there is no such pair.
        PairDecided: what was decided before does not allow it.
    """
    decided = (
        change(duplicate_pairs)
        .where(duplicate_pairs.c.id == pair_id, duplicate_pairs.c.state.in_([str(old) for old in before(state)]))
        .values(state=state, decided_at=func.now(), decided_by=by, reason=storable(reason, REASON))
    )
    if (await db.execute(decided.returning(duplicate_pairs.c.id))).scalar_one_or_none() is not None:
        return
    known = (
        await db.execute(select(duplicate_pairs.c.state).where(duplicate_pairs.c.id == pair_id))
    ).scalar_one_or_none()
    if known is None:
        raise NoSuchPair(f"there is no pair {pair_id}")
    raise PairDecided(f"pair {pair_id} is {known}")


async def keep(db: Writing, found: Sequence[tuple[int, int, Verdict]], found_at: datetime) -> None:
    """Write found pairs down; a pair known before gets its new score, what was decided of it stays."""
    if not found:
        return
    rows = [
        {
            "left_id": min(one, other),
            "right_id": max(one, other),
            "score": Decimal(str(verdict.score)),
            "evidence": [
                {"feature": said.feature, "level": said.level, "weight": said.weight} for said in verdict.evidence
            ],
            "found_at": found_at,
        }
        for one, other, verdict in found
    ]
    put = insert(duplicate_pairs)
    await db.execute(
        put.on_conflict_do_update(
            index_elements=["left_id", "right_id"],
            set_={"score": put.excluded.score, "evidence": put.excluded.evidence, "found_at": put.excluded.found_at},
        ),
        rows,
    )


async def forget_unconfirmed(db: Writing, found_before: datetime) -> int:
    """Drop open pairs that the last search did not find any more, and return how many."""
    gone = duplicate_pairs.delete().where(
        duplicate_pairs.c.state == PairState.OPEN, duplicate_pairs.c.found_at < found_before
    )
    return (await db.execute(gone)).rowcount


def _shown() -> Any:
    left, right = customers.alias("left_customer"), customers.alias("right_customer")
    return (
        select(
            duplicate_pairs,
            left.c.name.label("left_name"),
            left.c.kind.label("left_kind"),
            _first_address(left.c.id).label("left_address"),
            right.c.name.label("right_name"),
            right.c.kind.label("right_kind"),
            _first_address(right.c.id).label("right_address"),
            users.c.name.label("decider"),
        )
        .join(left, left.c.id == duplicate_pairs.c.left_id)
        .join(right, right.c.id == duplicate_pairs.c.right_id)
        .outerjoin(users, users.c.id == duplicate_pairs.c.decided_by)
    )


def _first_address(customer_id: Any) -> Any:
    address = (
        select(premises.c.address)
        .join(accounts, accounts.c.premises_id == premises.c.id)
        .where(accounts.c.customer_id == customer_id)
        .order_by(accounts.c.closed_on.is_not(None), accounts.c.id)
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(address, literal(""))


def _pair(row: Row[*tuple[Any, ...]]) -> Pair:
    return Pair(
        pair_id=row.id,
        left=Side(customer_id=row.left_id, name=row.left_name, kind=row.left_kind, address=row.left_address),
        right=Side(customer_id=row.right_id, name=row.right_name, kind=row.right_kind, address=row.right_address),
        score=row.score,
        evidence=tuple(
            Evidence(feature=Feature(said["feature"]), level=Level(said["level"]), weight=said["weight"])
            for said in row.evidence
        ),
        state=PairState(row.state),
        found_at=row.found_at,
        decided_at=row.decided_at,
        decided_by=row.decider or "",
        reason=row.reason,
    )
