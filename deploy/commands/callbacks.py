"""Commands: call-backs: kept places, promised times, voicemail (shell)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Annotated

import typer

from deploy.commands.common import BASE, Refused, finish, load_settings, part
from deploy.commands.routing import simulate_app

app = typer.Typer()
bench_app = typer.Typer()


@app.command("callbacks", rich_help_panel=BASE)
def listing(
    view: Annotated[str, typer.Option(help="live, due, progress, late, or a state: open, kept, failed …")] = "live",
    days: Annotated[int, typer.Option(min=1, max=366, help="Days of which the kept-promise rate is told.")] = 30,
) -> None:
    """List the newest call-backs, and say how many promises were kept in time."""
    from crm_core import clock
    from crm_core.callbacks import kept_rate
    from crm_core.db import engine, reading
    from crm_core.store import callback_lists

    if view not in callback_lists.VIEWS:
        raise Refused(f"there is no list {view!r}; there are: {', '.join(callback_lists.VIEWS)}")

    async def read() -> tuple[list[callback_lists.Listed], callback_lists.Kept]:
        pools = engine(load_settings(), name="busbar-callbacks", size=1)
        try:
            async with reading(pools) as db:
                now = clock.now()
                rows = await callback_lists.listing(db, now, view, limit=50)
                return rows, await callback_lists.kept(db, now - timedelta(days=days), now)
        finally:
            await pools.dispose()

    rows, kept = asyncio.run(read())
    for one in rows:
        print(
            f"{one.callback_id:7}  {one.state:9}  {one.outcome or '-':10}  {one.tries} tries  due "
            f"{one.due_at:%Y-%m-%d %H:%M}  promised until {one.promised_until:%Y-%m-%d %H:%M}"
        )
    rate = kept_rate(kept.in_time, kept.promised)
    said = "no promise has fallen due" if rate is None else f"{rate:.1%} of {kept.promised} promises kept in time"
    print(
        f"{said} in {days} days; {kept.late} late, {kept.failed} not reached, {kept.open_late} open after their time."
    )


@simulate_app.command("waits")
def simulate_waits(
    callers: Annotated[int, typer.Option(min=2_000, help="Callers in each centre.")] = 20_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed makes the same figures.")] = 7,
) -> None:
    """Tell every waiting caller of simulated centres how long it takes, and count how often that was true."""
    figures = part("deploy.simulate.waits", "run")(callers=callers, seed=seed)
    finish(part("deploy.figures", "report")("simulate waits", figures))
