"""Commands: campaigns: listed, shown, filled from a file, checked, run (shell)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from deploy.commands.common import BASE, Refused, bench, load_settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from crm_core.settings import Settings
    from crm_core.store.outbound_campaigns import Campaign

app = typer.Typer()
bench_app = typer.Typer()
campaign_app = typer.Typer(no_args_is_help=True, help="Campaigns: debtors called, and what became of each.")
app.add_typer(campaign_app, name="campaign", rich_help_panel=BASE)
Key = Annotated[int, typer.Argument(min=1, help="Number of the campaign, as `busbar campaign list` shows it.")]
Done = TypeVar("Done")


def _asked(work: Callable[[AsyncEngine, Settings], Awaitable[Done]]) -> Done:
    """Do something with the base.

    Raises:
        Refused: the base says no; its sentence is the message.

    """
    from crm_core.db import engine
    from crm_core.errors import CrmError

    settings = load_settings()

    async def done() -> Done:
        pools = engine(settings, name="busbar-campaign", size=1)
        try:
            return await work(pools, settings)
        except CrmError as error:
            raise Refused(str(error)) from error
        finally:
            await pools.dispose()

    return asyncio.run(done())


@campaign_app.command("list")
def listing() -> None:
    """List campaigns, the newest first, with their ledgers in short."""
    from crm_core.db import reading
    from crm_core.store import outbound_campaigns, outbound_ledger

    async def read(pools: AsyncEngine, _: Settings) -> list[tuple[Campaign, dict[str, int]]]:
        async with reading(pools) as db:
            found = await outbound_campaigns.listing(db, limit=200)
            counts = await outbound_ledger.counts_of(db, [one.campaign_id for one in found])
        return [(one, counts[one.campaign_id]) for one in found]

    for one, counts in _asked(read):
        total, reached = sum(counts.values()), counts.get("reached_right_party", 0)
        print(
            f"{one.campaign_id:6}  {one.state:9} {one.mode:12} {one.profile:8} {total:9,} debtors "
            f"{counts.get('waiting', 0):9,} waiting {reached:9,} reached  {one.name}"
        )


@campaign_app.command("show")
def show(campaign: Key) -> None:
    """Show where the debtors of a campaign stand; the classes sum to the list."""
    from crm_core.db import reading
    from crm_core.store import outbound_campaigns, outbound_ledger
    from outbound.ledger import Ledger
    from outbound.terms import Klass

    async def read(pools: AsyncEngine, _: Settings) -> tuple[Campaign, dict[str, int], dict[str, int]]:
        async with reading(pools) as db:
            one = await outbound_campaigns.one(db, campaign)
            return one, await outbound_ledger.counts(db, campaign), await outbound_ledger.reasons(db, campaign)

    one, counts, reasons = _asked(read)
    ledger = Ledger(counts={Klass(klass): many for klass, many in counts.items()})
    print(f"{one.name}: {one.state}, {one.mode}, law {one.profile}")
    for klass in Klass:
        print(f"  {klass.value:20} {ledger.counts.get(klass, 0):10,}")
    print(f"  {'the whole list':20} {ledger.total:10,}")
    print("reach rate: " + ("nobody to be reached" if ledger.rate is None else f"{ledger.rate:.1%}"))
    for reason, many in reasons.items():
        print(f"  refused last: {reason:18} {many:10,}")


@campaign_app.command("add")
def add(
    campaign: Key,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or XLSX of account numbers.")],
) -> None:
    """Add the debtors that a file names."""
    from outbound.jobs import add_file

    added = _asked(lambda pools, _: add_file(pools, campaign, file))
    print(f"{added.read:,} rows read: {added.added:,} added, {added.known:,} known already, {added.refused:,} refused.")


@campaign_app.command("check")
def check(campaign: Key) -> None:
    """Work out the preview: who may be called now, who later, who not and why; a draft may start by that."""
    from outbound.jobs import check_now

    told = _asked(lambda pools, settings: check_now(pools, settings, campaign))
    print(
        f"{told.total:,} debtors by {told.policy}: {told.now:,} now, {told.later:,} later, {told.never:,} not at all."
    )
    for why in told.why:
        print(f"  {why.reason:20} later {why.later:9,}  not at all {why.never:9,}")


def _step(name: str, campaign: int, *, halt: bool = False, reason: str = "") -> None:
    from outbound.jobs import moved

    after = _asked(lambda pools, _: moved(pools, campaign, name, halt=halt, reason=reason))
    print(f"Campaign {campaign} is {after}.")


@campaign_app.command("start")
def start(campaign: Key) -> None:
    """Start a campaign that was checked, or let a paused one go on."""
    _step("start", campaign)


@campaign_app.command("pause")
def pause(
    campaign: Key,
    at_once: Annotated[bool, typer.Option("--at-once", help="Call off what nobody has answered yet.")] = False,
    reason: Annotated[str, typer.Option(help="Why, for who looks later.")] = "",
) -> None:
    """Pause a campaign: nobody new is called, talks go on."""
    _step("pause", campaign, halt=at_once, reason=reason)


@campaign_app.command("finish")
def finish_one(campaign: Key, reason: Annotated[str, typer.Option(help="Why, for who looks later.")] = "") -> None:
    """End a campaign: who still waits counts as never tried or not reached."""
    _step("finish", campaign, reason=reason)


@bench_app.command("campaigns")
def bench_campaigns(
    rows: Annotated[int, typer.Option(min=1_000, help="Debtors on the list; the base must hold as many.")] = 500_000,
) -> None:
    """Measure a large list on the base that is there: preview, and who is due while calls are placed.

    What it writes is taken back: it all happens in one transaction.
    """
    bench("campaigns", rows=rows)
