"""Commands of search and duplicates (shell)."""

from __future__ import annotations

import asyncio

import typer

from deploy.commands.common import BASE, finish, load_settings, part

app = typer.Typer()
bench_app = typer.Typer()


@app.command("search-words", rich_help_panel=BASE)
def search_words() -> None:
    """Make the dictionary of the search anew: after restoring a base, or once a year to forget words nobody uses."""
    from crm_core.db import engine, transaction
    from crm_core.store.search_words import rebuild

    async def made() -> int:
        pools = engine(load_settings(), name="busbar-search-words", size=1)
        try:
            async with transaction(pools) as db:
                return await rebuild(db)
        finally:
            await pools.dispose()

    print(f"{asyncio.run(made()):,} words")


@bench_app.command("finding")
def bench_finding() -> None:
    """Measure search by each key on the base that is there, and duplicates among made-up people."""
    figures = part("deploy.bench.base_finding", "run")(load_settings())
    finish(part("deploy.figures", "report")("bench finding", figures))
