"""Commands of the routing: rules in words, why a call went where it went, what a decision costs and is worth (shell).

The bench and the simulation are pure: they need no settings and no server.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from deploy.commands.common import BASE, PROOF, finish, load_settings, part

app = typer.Typer()
bench_app = typer.Typer()
simulate_app = typer.Typer(no_args_is_help=True, help="Let chance play against one part of the house.")
app.add_typer(simulate_app, name="simulate", rich_help_panel=PROOF)
routing_app = typer.Typer(
    no_args_is_help=True, help="Who serves whom: the rules in words, and the answer of each call."
)
app.add_typer(routing_app, name="routing", rich_help_panel=BASE)


@routing_app.command()
def rules(
    file: Annotated[Path | None, typer.Argument(help="A policy to try; the one in force if empty.")] = None,
) -> None:
    """Read a routing policy as the floor would, and say its rules in plain English; refuses one that cannot be used."""
    print(part("deploy.routing_command", "rules")(load_settings(), file))


@routing_app.command()
def why(
    call_id: Annotated[str, typer.Argument(help="Id of a call, as its history has it.", show_default=False)],
) -> None:
    """Say of each time a call was offered: why this operator, and why the caller waited."""
    print("\n".join(part("deploy.routing_command", "explain")(load_settings(), call_id)))


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
