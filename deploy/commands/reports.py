"""Commands of reports: how long they take on a year of calls (shell)."""

from __future__ import annotations

from typing import Annotated

import typer

from deploy.commands.common import bench

app = typer.Typer()
bench_app = typer.Typer()


@bench_app.command("reports")
def bench_reports(
    calls: Annotated[int, typer.Option(min=10, help="Calls of a day.")] = 2_500,
    days: Annotated[int, typer.Option(min=1, max=800, help="Days that are drawn.")] = 366,
) -> None:
    """Ask every report of the library, and what designers ask, on a year of calls drawn for it.

    The year needs some 5 GB in the database of the settings, in a schema of its own that is dropped afterwards.
    Exit code 1 when a report takes longer than 2 s, or a designer's question longer than 1 s.
    """
    bench("reports", calls=calls, days=days)
