"""Background jobs of access and audit: retention, erasure, answers to subscribers (shell)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any

from crm_core import clock, journal
from crm_core.db import reading, transaction
from crm_core.documents.vault import DiskVault
from crm_core.erasure import Found, Move
from crm_core.errors import NoSuchCustomer, NoSuchErasure
from crm_core.jobs import Progress, perform
from crm_core.retention import before
from crm_core.settings import Settings
from crm_core.store import access_log, documents, erasures, retention, subjects
from crm_core.work.shelf import FolderShelf

RETENTION, ERASURE, ANSWER = "retention", "erasure", "subject_answer"
"""Kinds of jobs."""
Outcome = Mapping[str, Any]


def retain(job_id: int) -> None:
    """Throw away what is older than its rule allows (job `retention`)."""
    _perform(job_id, lambda _settings: swept)


def erase(job_id: int) -> None:
    """Make a subscriber a pseudonym and look whether anything of him is left (job `erasure`)."""
    _perform(job_id, lambda settings: lambda progress: forgotten(progress, settings))


def answer(job_id: int) -> None:
    """Gather everything known of a subscriber (job `subject_answer`)."""
    _perform(job_id, lambda settings: lambda progress: answered(progress, settings))


def _perform(job_id: int, work: Callable[[Settings], Callable[[Progress], Awaitable[Outcome]]]) -> None:
    settings = Settings()  # type: ignore[call-arg]  # the environment brings them
    perform(settings, job_id, work(settings))


async def swept(progress: Progress) -> Outcome:
    """Carry retention out kind by kind, batch by batch; a legal hold keeps what is its customer's."""
    now = clock.now()
    async with reading(progress.engine) as db:
        rules = [kept.rule for kept in await retention.rules(db)]
        expected = sum(sweep.rows for sweep in await retention.due(db, now))
    gone: dict[str, int] = {}
    for rule in rules:
        moment = before(rule, now)
        while moment is not None:
            async with transaction(progress.engine) as db:
                rows = await retention.sweep(db, rule.kind, moment, now)
            gone[rule.kind] = gone.get(rule.kind, 0) + rows
            await progress.advance(sum(gone.values()), expected, rule.kind)
            if not rows:
                break
    async with transaction(progress.engine) as db:
        said = ", ".join(f"{kind} {rows}" for kind, rows in gone.items() if rows) or "nothing was old enough"
        await access_log.record(db, progress.job.asked_by, "retention.carried_out", f"job {progress.job.job_id}", said)
    return {"gone": gone}


async def forgotten(progress: Progress, settings: Settings) -> Outcome:
    """Erase, and look for every old value before the transaction ends: it never is half done."""
    erasure_id = int(progress.job.detail["erasure_id"])
    async with transaction(progress.engine) as db:
        erasure = await erasures.by_id(db, erasure_id)
        if erasure is None:
            raise NoSuchErasure(f"there is no erasure {erasure_id}")
        if await retention.is_held(db, erasure.customer_id):
            await erasures.carried(db, erasure_id, Move.HOLD, [], clock.now())
            return {"state": "held"}
        who = await erasures.known(db, erasure.customer_id)
        if who is None:
            raise NoSuchCustomer(f"there is no customer {erasure.customer_id}")
        attached = await erasures.erase(db, who, erasure_id)
        files = await documents.erase(db, who.account_ids)
        found: list[Found] = []
        looked, of = 0, erasures.tables_looked_through()
        async for table, here in erasures.leftovers(db, who):
            found += here
            looked += 1
            await progress.advance(looked, of, table)
        move = Move.FALL_SHORT if found else Move.FINISH
        done = await erasures.carried(db, erasure_id, move, found, clock.now())
        said = ", ".join(f"{one.table}.{one.column} {one.rows}" for one in found) or f"looked through {of} tables"
        await access_log.record(
            db, progress.job.asked_by, "customer.erasure_done", f"customer {who.customer_id}", said, result=done.state
        )
    vault = DiskVault(settings.run_dir)
    for name in files:
        vault.forget(name)
    shelf = FolderShelf(settings.run_dir / "files")
    for name in attached:
        shelf.forget(name)
    journal.note_erasure(settings, who.customer_id, clock.now())
    return {"state": done.state, "found": len(found)}


async def answered(progress: Progress, settings: Settings) -> Outcome:
    """Gather an answer and lay it ready."""
    answer_id = int(progress.job.detail["answer_id"])
    parts: dict[str, list[dict[str, Any]]] = {}
    async with reading(progress.engine) as db:
        customer_id = await subjects.customer_of(db, answer_id)
        async for name, rows in subjects.gathered(db, customer_id):
            if rows:
                parts[name] = rows
            await progress.advance(len(parts), 0, name)
    packet = await asyncio.to_thread(subjects.packed, customer_id, parts, _kept(settings, parts))
    async with transaction(progress.engine) as db:
        await subjects.keep(db, answer_id, packet, clock.now())
        said = f"customer {customer_id}"
        await access_log.record(db, progress.job.asked_by, "subject.gathered", said, f"{len(packet)} bytes")
    return {"bytes": len(packet)}


def _kept(settings: Settings, parts: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[tuple[str, bytes]]:
    """Yield the files that belong to an answer, one at a time; what is gone or spoiled is left out."""
    shelf, vault = FolderShelf(settings.run_dir / "files"), DiskVault(settings.run_dir)
    for folder, digest, name in subjects.files_of(parts):
        data = shelf.get(digest) if folder == "files" else vault.fetch(digest)
        if data is not None:
            yield name, data
