"""Commands of the routing: what a decision costs, and what it is worth (shell).

Both are pure: they need no settings and no server.
"""

from __future__ import annotations

from typing import Annotated

import typer

from deploy.commands.common import PROOF, finish, part

app = typer.Typer()
bench_app = typer.Typer()
simulate_app = typer.Typer(no_args_is_help=True, help="Let chance play against one part of the house.")
app.add_typer(simulate_app, name="simulate", rich_help_panel=PROOF)


@bench_app.command("routing")
def bench_routing(
    decisions: Annotated[int, typer.Option(min=100, help="Operators that get free, in each size.")] = 5_000,
) -> None:
    """What a decision of the router costs with 10, 100 and 1,000 operators, ten callers waiting for each."""
    figures = part("deploy.bench.routing", "run")(decisions=decisions)
    finish(part("deploy.figures", "report")("bench routing", figures))


@simulate_app.command("queues")
def simulate_queues(
    callers: Annotated[int, typer.Option(min=5_000, help="Callers in each of 20 replications.")] = 20_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed makes the same figures.")] = 7,
) -> None:
    """Let chance play against the floor's own router: Erlang C, then policies in a centre of mixed skills.

    A minute on one core. Prints a table and, as its last line, one JSON object; exit code 1 when a bar is not held.
    """
    figures = part("deploy.simulate.queues", "run")(callers=callers, seed=seed)
    finish(part("deploy.figures", "report")("simulate queues", figures))
