"""Commands: recordings of calls: listed, held against their digests, sealed anew (shell)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.commands.common import BASE, load_settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from crm_core.settings import Settings

app = typer.Typer()
bench_app = typer.Typer()
Work = Callable[["Settings", "AsyncEngine"], Awaitable[int]]


def _run(work: Work) -> int:
    from crm_core.db import engine

    async def run() -> int:
        settings = load_settings()
        pools = engine(settings, name="busbar-recordings", size=1)
        try:
            return await work(settings, pools)
        finally:
            await pools.dispose()

    return asyncio.run(run())


@app.command("recordings", rich_help_panel=BASE)
def recordings(
    most: Annotated[int, typer.Option(min=1, max=200, help="How many.")] = 20,
    faulty: Annotated[bool, typer.Option(help="Only what is not as it should be.")] = False,
) -> None:
    """List the newest recordings; no name and no number of a customer is shown."""
    from crm_core.db import reading
    from crm_core.store.recordings import Filter, listing

    async def show(_: Settings, pools: AsyncEngine) -> int:
        async with reading(pools) as db:
            for one in await listing(db, Filter(faulty=faulty), limit=most):
                said = f"{one.seconds:7.1f} s  {one.state.value:5} {one.fault.value:11}"
                print(f"{one.recording_id:8}  {one.began_at:%Y-%m-%d %H:%M:%S}  {said}  {one.call_id}")
        return 0

    _run(show)


@app.command("recordings-verify", rich_help_panel=BASE)
def recordings_verify() -> None:
    """Decrypt every recording and hold it against its digest; the exit code is 1 when one is not what it was."""
    from crm_core import recording_jobs
    from crm_core.db import reading
    from crm_core.errors import CrmError
    from crm_core.store.recordings import kept

    async def verify(settings: Settings, pools: AsyncEngine) -> int:
        place, seen, bad, after = recording_jobs.vault(settings), 0, 0, 0
        while True:
            async with reading(pools) as db:
                rows = await kept(db, after)
            for one in rows:
                after, seen = one.recording_id, seen + 1
                if one.sealed is None:
                    continue
                try:
                    whole = await asyncio.to_thread(place.digest, one.sealed) == one.sha256
                    why = "its digest is another one"
                except CrmError as error:
                    whole, why = False, str(error)
                if not whole:
                    bad += 1
                    print(f"recording {one.recording_id}: {why}")
            if rows:
                print(f"{seen} looked at, {bad} not as they were", flush=True)
            else:
                break
        print(f"{seen} recordings, {'all of them open' if not bad else f'{bad} do not open'}.")
        return bad

    if _run(verify):
        raise typer.Exit(1)


@app.command("recordings-rewrap", rich_help_panel=BASE)
def recordings_rewrap() -> None:
    """Seal the keys of all recordings under the newest secret of the house; the files stay as they are."""
    from crm_core import recording_jobs
    from crm_core.db import reading, transaction
    from crm_core.store import recordings as store
    from crm_core.vault import Keyring

    async def rewrap(settings: Settings, pools: AsyncEngine) -> int:
        keyring = Keyring((settings.recording_secret, *settings.recording_old_secrets))
        place, done, after = recording_jobs.vault(settings), 0, 0
        while True:
            async with reading(pools) as db:
                rows = await store.sealed_by_others(db, keyring.first, after)
            if not rows:
                break
            async with transaction(pools) as db:
                for row in rows:
                    await store.seal_again(db, row.id, place.again(store.row_sealed(row)))
            done, after = done + len(rows), rows[-1].id
            print(f"{done} sealed anew", flush=True)
        print(f"{done} recordings sealed under key {keyring.first}; the old secrets can be taken away.")
        return 0

    _run(rewrap)
