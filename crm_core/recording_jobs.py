"""Jobs of recordings: what the switch left is checked, sealed and put away; what is over is shredded (shell).

Every step may be the last before a death. A raw file goes only after its recording stands in the database and opens;
a sealed file whose recording never came to stand is noise and is removed an hour later; two runs at once seal one leg
once.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import clock, sounds
from crm_core import db as database
from crm_core.db import reading, transaction
from crm_core.errors import CrmError, RecordingSpoiled
from crm_core.recordings import AGREED, Answer, Fault, Mode, Raw, Rule, State, judge, keep_until, parse_name, pauses
from crm_core.settings import Settings
from crm_core.store import phone_service, recording_ends, recording_rules
from crm_core.store import recordings as store
from crm_core.vault import Keyring, Sealed, Vault

log = structlog.get_logger(__name__)
QUIET = timedelta(seconds=10)
"""A file of a call that is over and that has not grown for so long is closed."""
UNKNOWN = timedelta(hours=1)
"""The same for a file of whose call nobody knows anything."""
ORPHANED = timedelta(hours=1)
"""A sealed file that no recording opens is removed after so long."""
MOST = 500
"""Files one run puts away; the next comes in a minute."""
MESSAGE = re.compile(r"[0-9a-f]{32}\.wav")
"""As `ivr.messages.place` names them."""
STRANGE = timedelta(days=1)
"""A file of the spool that is no recording of ours is removed after so long: it may hold a voice."""


def vault(settings: Settings) -> Vault:
    """Return the house's vault."""
    return Vault(settings.run_dir, Keyring((settings.recording_secret, *settings.recording_old_secrets)))


def spools(run_dir: Path) -> list[Path]:
    """Return the folders that switches of this computer write to."""
    return sorted(path for path in run_dir.glob("asterisk*/spool/calls") if path.is_dir())


def collect() -> None:
    """Put away what the switch has recorded (every minute)."""
    asyncio.run(_with_engine(collected))


def expire() -> None:
    """Shred what is over (every hour)."""
    asyncio.run(_with_engine(expired))


async def _with_engine(work: Callable[[Settings, AsyncEngine, datetime], Awaitable[object]]) -> None:
    settings = Settings()  # type: ignore[call-arg]  # the environment brings them
    engine = database.engine(settings, name="busbar-recordings")
    try:
        await work(settings, engine, clock.now())
    finally:
        await engine.dispose()


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """What a run came to."""

    kept: int = 0
    faulty: int = 0
    waiting: int = 0
    """Files of calls that still go on."""


async def collected(settings: Settings, engine: AsyncEngine, now: datetime) -> Put:
    """Put away every file that is closed; then look for calls whose file never came."""
    place = vault(settings)
    found = [(path, raw) for folder in spools(settings.run_dir) for path, raw in _listed(folder, now)]
    found = sorted(found, key=lambda one: one[1].began_at)[:MOST]
    async with reading(engine) as db:
        going_on, over = await store.standing_of(db, sorted({raw.call_id for _, raw in found}))
        known = {key: await recording_rules.one(db, key) for key in {raw.rule_id for _, raw in found}}
    kept = faulty = waiting = 0
    for path, raw in found:
        quiet = QUIET if raw.call_id in over else UNKNOWN
        if raw.call_id in going_on or not await asyncio.to_thread(_is_closed, path, now - quiet):
            waiting += 1
            continue
        try:
            fault = await _put_away(engine, place, path, raw, known[raw.rule_id], now)
        except (CrmError, OSError) as trouble:
            # This one stays where it is for the next run; the others need not wait for it.
            log.error("recording_not_put_away", file=path.name, reason=str(trouble))  # noqa: TRY400 - the reason says it
            faulty += 1
            continue
        kept, faulty = kept + 1, faulty + (fault is not Fault.NONE)
    async with transaction(engine) as db:
        await store.follow_accounts(db, now)
        waited_for = {raw.call_id for _, raw in found}
        for new in await store.lost(db, now):
            if new.call_id not in waited_for and await store.store(db, new, now) is not None:
                log.error("recording_failed", call_id=new.call_id, fault=new.fault.value)
                faulty += 1
    await _sweep(engine, place, now)
    await _sweep_messages(settings.run_dir / "messages", engine, now)
    return Put(kept=kept, faulty=faulty, waiting=waiting)


def _listed(folder: Path, now: datetime) -> Iterator[tuple[Path, Raw]]:
    for path in folder.iterdir():
        raw = parse_name(path.name)
        if raw is not None and path.is_file() and not path.is_symlink():
            yield path, raw
        elif path.is_file() and path.lstat().st_mtime < (now - STRANGE).timestamp():
            path.unlink(missing_ok=True)


def _is_closed(path: Path, before: datetime) -> bool:
    return path.stat().st_mtime < before.timestamp()


async def _put_away(engine: AsyncEngine, place: Vault, path: Path, raw: Raw, rule: Rule | None, now: datetime) -> Fault:  # noqa: PLR0913, PLR0917 - a file and what it is put by
    async with reading(engine) as db:
        before = await store.by_leg(db, raw.call_id, raw.leg)
        about = await store.about(db, raw.call_id, raw.extension)
    if before is not None:
        # Sealed by a run that died before it could remove the raw file.
        if before.sealed is not None:
            await asyncio.to_thread(_opens, place, before.sealed, before.sha256)
        await asyncio.to_thread(path.unlink, missing_ok=True)
        return Fault.NONE
    if about.answer is Answer.NO:
        # He said no: there is no recording of him, whatever the switch did (AC46).
        await asyncio.to_thread(path.unlink, missing_ok=True)
        log.error("recording_refused", call_id=raw.call_id, reason="the caller said no; the file was removed")
        return Fault.UNANNOUNCED
    listener = sounds.Listener()
    sealed, digest = await asyncio.to_thread(_seal, place, path, listener)
    began_at = about.joined(raw.began_at)
    silent = pauses(about.lines, began_at, listener.measured.seconds)
    paused = timedelta(seconds=sum(end - begin for begin, end in silent))
    fault = judge(listener.measured, about.talked(began_at), paused)
    apart = (rule is None or rule.announced or rule.mode is Mode.CONSENT) and about.answer not in AGREED
    new = store.New(
        call_id=raw.call_id, leg=raw.leg, state=State.APART if apart else State.KEPT,
        fault=Fault.UNANNOUNCED if apart else fault, rule_id=rule.rule_id if rule is not None else None,
        began_at=began_at, keep_until=keep_until(began_at, rule), about=about,
        seconds=round(listener.measured.seconds, 2), pauses=silent, peaks=listener.peaks(), sha256=digest,
        sealed=sealed,
    )  # fmt: skip
    async with transaction(engine) as db:
        made = await store.store(db, new, now)
    if made is None:
        # Another run was quicker: its file is the one.
        await asyncio.to_thread(place.forget, sealed.name)
    elif new.fault is not Fault.NONE:
        log.error("recording_failed", call_id=raw.call_id, recording=made, fault=new.fault.value)
    await asyncio.to_thread(path.unlink, missing_ok=True)
    return new.fault


def _seal(place: Vault, path: Path, listener: sounds.Listener) -> tuple[Sealed, str]:
    """Seal a raw file and look whether it opens again as what it was."""
    seen = hashlib.sha256()

    def heard() -> Iterator[bytes]:
        with path.open("rb") as file:
            for piece in sounds.pieces(listener, iter(lambda: file.read(sounds.PIECE), b"")):
                seen.update(piece)
                yield piece

    sealed = place.seal(heard())
    _opens(place, sealed, seen.hexdigest())
    return sealed, seen.hexdigest()


def _opens(place: Vault, sealed: Sealed, digest: str) -> None:
    if place.digest(sealed) != digest:
        raise RecordingSpoiled(f"{sealed.name[:12]} is not what was sealed")


async def _sweep(engine: AsyncEngine, place: Vault, now: datetime) -> None:
    """Remove sealed files that no recording opens: a run died between sealing and writing it down."""
    names = await asyncio.to_thread(lambda: list(place.there(now - ORPHANED)))
    for at in range(0, len(names), 1000):
        async with reading(engine) as db:
            gone = await recording_ends.forgotten_files(db, names[at : at + 1000])
        for name in gone:
            await asyncio.to_thread(place.forget, name)


async def _sweep_messages(folder: Path, engine: AsyncEngine, now: datetime) -> None:
    """Remove messages that callers left and that were erased, or of which nobody ever heard."""
    old = (now - ORPHANED).timestamp()

    def listed() -> list[str]:
        return [
            path.name for path in folder.glob("*.wav") if MESSAGE.fullmatch(path.name) and path.stat().st_mtime < old
        ]

    names = await asyncio.to_thread(listed)
    for at in range(0, len(names), 1000):
        async with reading(engine) as db:
            gone = await phone_service.forgotten_messages(db, names[at : at + 1000])
        for name in gone:
            await asyncio.to_thread((folder / name).unlink, missing_ok=True)


async def expired(settings: Settings, engine: AsyncEngine, now: datetime) -> int:
    """Shred what is over, batch by batch; what a legal hold keeps stays. Returns how many."""
    place, count = vault(settings), 0
    while True:
        async with transaction(engine) as db:
            ids = await recording_ends.over(db, now)
            files = await recording_ends.shred(db, ids, None, "its time is over", now)
        for name in files:
            await asyncio.to_thread(place.forget, name)
        count += len(ids)
        if not ids:
            return count
