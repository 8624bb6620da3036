"""The end of recordings: whose time is over, whom erasure takes, keys that are forgotten, files left behind (shell)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.recordings import TRANSITIONS, Move, State
from crm_core.store import access_log
from crm_core.store.retention import held_accounts
from crm_core.tables import recordings


async def over(db: AsyncConnection, now: datetime, limit: int = 200) -> Sequence[int]:
    """Return recordings whose time is over and that no legal hold keeps, the oldest first."""
    r = recordings.c
    query = (
        select(r.id)
        .where(r.keep_until < now, r.state != State.SHREDDED.value, _free())
        .order_by(r.keep_until)
        .limit(limit)
    )
    return list((await db.execute(query)).scalars())


async def of_accounts(db: AsyncConnection, account_ids: Sequence[int]) -> Sequence[int]:
    """Return the recordings of some accounts: for erasure."""
    r = recordings.c
    query = select(r.id).where(r.account_id.in_(account_ids), r.state != State.SHREDDED.value)
    return list((await db.execute(query)).scalars())


def _free() -> ColumnElement[bool]:
    return or_(recordings.c.account_id.is_(None), ~recordings.c.account_id.in_(held_accounts))


async def shred(db: Writing, ids: Sequence[int], by: int | None, why: str, now: datetime) -> list[str]:
    """Forget the keys of recordings: they are noise from now, wherever copies lie. Returns files to be removed."""
    r = recordings.c
    alive = [state.value for state in State if (state, Move.SHRED) in TRANSITIONS]
    files = list(
        (await db.execute(select(r.file).where(r.id.in_(ids), r.file != "").with_for_update())).scalars()
    )  # fmt: skip
    gone = (
        update(recordings)
        .where(r.id.in_(ids), r.state.in_(alive))
        .values(
            state=State.SHREDDED.value, sealed_key=None, peaks=None, sha256="", pauses=[], shredded_at=now, finding=""
        )
        .returning(r.id)
    )
    for recording_id in (await db.execute(gone)).scalars():
        await access_log.record(db, by, "recording.shredded", f"recording {recording_id}", why)
    return files


async def forgotten_files(db: AsyncConnection, names: Sequence[str]) -> Sequence[str]:
    """Return which of some sealed files no recording opens: left by a death half way, or shredded before."""
    known = select(recordings.c.file).where(recordings.c.file.in_(names), recordings.c.sealed_key.is_not(None))
    there = set((await db.execute(known)).scalars())
    return [name for name in names if name not in there]
