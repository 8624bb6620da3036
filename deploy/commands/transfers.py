"""Commands: transfers and conferences (shell)."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from deploy.commands.common import BASE, load_settings

app = typer.Typer()
bench_app = typer.Typer()


@app.command("transfer-numbers", rich_help_panel=BASE)
def transfer_numbers(
    after: Annotated[int, typer.Option(min=0, help="Key of the last number shown before.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 100,
) -> None:
    """List the numbers that callers may be passed on to: key, number, skill that is needed, whose it is."""
    from crm_core.db import engine, reading
    from crm_core.store.transfers import TransferNumber, listing

    async def read() -> list[TransferNumber]:
        pools = engine(load_settings(), name="busbar-transfers", size=1)
        try:
            async with reading(pools) as db:
                return await listing(db, after=after, limit=limit + 1)
        finally:
            await pools.dispose()

    rows = asyncio.run(read())
    for one in rows[:limit]:
        print(f"{one.number_id:5}  {one.number:16}  {one.skill or '-':12}  {one.title}")
    if len(rows) > limit:
        print(f"There are more: --after {rows[limit - 1].number_id}")
    if not rows:
        print("No number is on the list." if not after else "No more numbers are on the list.")
