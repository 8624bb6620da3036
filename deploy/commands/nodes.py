"""Commands: Asterisk nodes, trunks, endpoints, line checks (shell)."""

from __future__ import annotations

from typing import Annotated

import typer

from deploy.commands.common import PROOF, RUN, bench, finish, load_settings, part

app = typer.Typer()
bench_app = typer.Typer()


@app.command(rich_help_panel=RUN)
def node() -> None:
    """Keep this machine's Asterisk as the record says: telephones, trunks, the last queue; one beside each."""
    part("deploy.node", "main")(load_settings())


@app.command(rich_help_panel=PROOF)
def linecheck() -> None:
    """Call through each trunk and the menu as a subscriber would, and say how long each leg took or which failed."""
    finish(part("deploy.linecheck", "run")(load_settings()))


@bench_app.command("ringing")
def bench_ringing(
    turns: Annotated[int, typer.Option(min=5, help="How often each operator gets free.")] = 40,
) -> None:
    """From an operator's hang-up to the next caller ringing at his telephone, beside `app_queue` in the same run.

    Starts a PostgreSQL, a Valkey, an Asterisk and a floor of its own; needs no house that runs.
    """
    bench("ringing", turns=turns)
