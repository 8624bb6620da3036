"""`busbar audit …`: the chain checked from end to end, and the two questions that are asked of the log (shell)."""

from __future__ import annotations

import asyncio
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from crm_core import accounts as numbers
from crm_core import clock, db, journal
from crm_core.settings import Settings
from crm_core.store import access_log, chain, retention, users
from crm_core.store.access_log import Access, Filter
from deploy.commands.common import Refused

WHY = {
    "gap": "links are missing before it",
    "unchained": "it is not chained to the link before it",
    "missing": "its row is gone",
    "changed": "its row was changed",
    "anchor": "it is not what was anchored outside the database",
}


def verify(settings: Settings, anchors: Path | None) -> int:
    """Check the whole chain; returns 1 when it does not hold."""
    known = journal.anchors(anchors or journal.anchors_file(settings))
    return asyncio.run(_verify(settings, known))


async def _verify(settings: Settings, anchors: dict[int, bytes]) -> int:
    engine = db.engine(settings, size=1)
    console = Console(stderr=True)
    try:
        with Progress(console=console, disable=not console.is_terminal, transient=True) as bar:
            task = bar.add_task("links", total=None)
            verdict = await chain.verify(
                engine, anchors=anchors, told=lambda done, of: bar.update(task, completed=done, total=of)
            )
    finally:
        await engine.dispose()
    if verdict.broken is not None:
        place = f"link {verdict.broken.seq}"
        row = f", row {verdict.broken.access_id}" if verdict.broken.access_id else ""
        print(f"BROKEN at {place}{row}: {WHY[verdict.broken.why]}. {verdict.links:,} links before it hold.")
        return 1
    tip = f", up to {verdict.tip.hash.hex()[:16]}" if verdict.tip else ""
    print(f"{verdict.links:,} links hold{tip}; {len(anchors)} anchors compared.")
    if verdict.unsealed:
        print(
            f"{verdict.unsealed:,} rows wait for their seal, the oldest since {verdict.oldest_unsealed:%Y-%m-%d %H:%M}."
        )
    return 0


def seal(settings: Settings) -> None:
    """Seal what waits, and anchor the chain now."""
    asyncio.run(_seal(settings))


async def _seal(settings: Settings) -> None:
    engine = db.engine(settings, size=1)
    try:
        done = await chain.seal_all(engine, everything=True)
        async with db.reading(engine) as reading:
            tip = await chain.last(reading)
    finally:
        await engine.dispose()
    if tip is not None:
        journal.anchor(settings, tip, clock.now())
        print(f"{done:,} rows sealed; link {tip.seq:,} anchored in {journal.anchors_file(settings)}.")


def who_viewed(settings: Settings, account: str, limit: int) -> None:
    """Print who did what with an account's card, the newest first.

    Raises:
        Refused: there is no such account.

    """
    _print(asyncio.run(_who_viewed(settings, account, limit)))


async def _who_viewed(settings: Settings, account: str, limit: int) -> list[Access]:
    engine = db.engine(settings, size=1)
    try:
        async with db.reading(engine) as reading:
            account_id = await retention.account_of(reading, account)
            if account_id is None:
                raise Refused(f"there is no account {account}: give its number of {numbers.DIGITS} digits")
            found = await access_log.who_viewed(reading, account_id, limit=limit)
        async with db.transaction(engine) as writing:
            await access_log.record(
                writing, None, "access_log.viewed", f"account {account_id}", "busbar audit who-viewed"
            )
    finally:
        await engine.dispose()
    return found


def what_did(settings: Settings, login: str, limit: int) -> None:
    """Print what somebody did, the newest first.

    Raises:
        Refused: there is no such person.

    """
    _print(asyncio.run(_what_did(settings, login, limit)))


async def _what_did(settings: Settings, login: str, limit: int) -> list[Access]:
    engine = db.engine(settings, size=1)
    try:
        async with db.reading(engine) as reading:
            user = await users.by_login(reading, login)
            if user is None:
                raise Refused(f"there is nobody with the login {login}")
            found = await access_log.page(reading, Filter(user_id=user.user_id), limit=limit)
        async with db.transaction(engine) as writing:
            await access_log.record(writing, None, "access_log.viewed", f"user {user.user_id}", "busbar audit what-did")
    finally:
        await engine.dispose()
    return found


def _print(rows: list[Access]) -> None:
    for row in rows:
        who = f"{row.user or '-'} ({row.role or '-'})"
        more = " ".join(filter(None, (row.fields, row.reason, row.contact_id, row.ip)))
        refused = "" if row.result == access_log.DONE else f" [{row.result}]"
        print(f"{row.at:%Y-%m-%d %H:%M:%S}Z  {who}  {row.action}{refused}  {row.object}  {more}".rstrip())
    if not rows:
        print("Nothing is in the log.")
