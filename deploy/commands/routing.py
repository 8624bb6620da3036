"""Commands of the routing: what a decision costs, and what it is worth (shell).

Both are pure: they need no settings and no server.
"""

from __future__ import annotations

from typing import Annotated

import typer

from deploy.commands.common import finish, part

app = typer.Typer()
bench_app = typer.Typer()


@bench_app.command("routing")
def bench_routing(
    decisions: Annotated[int, typer.Option(min=100, help="Operators that get free, in each size.")] = 5_000,
) -> None:
    """What a decision of the router costs with 10, 100 and 1,000 operators, ten callers waiting for each."""
    figures = part("deploy.bench.routing", "run")(decisions=decisions)
    finish(part("deploy.figures", "report")("bench routing", figures))
