"""Commands of the whole card (shell)."""

from __future__ import annotations

from typing import Annotated

import typer

from deploy.commands.common import bench

app = typer.Typer()
bench_app = typer.Typer()


@bench_app.command("base")
def bench_base(
    subscribers: Annotated[int, typer.Option(min=64, help="Accounts that the base must hold.")] = 50_000,
    against: Annotated[
        str, typer.Option(help="Address of a second base of fewer accounts: how the card's time grows.")
    ] = "",
) -> None:
    """What the customer base promises, on the base at DATABASE_URL: the card warm and cold, search, files, segments.

    Make one in an empty database with busbar sample --subscribers 50000 --months 12; the reference base has 6,200,000.
    """
    bench("base", subscribers=subscribers, against=against)
