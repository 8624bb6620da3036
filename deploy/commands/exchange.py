"""Commands of imports and exports (shell)."""

from __future__ import annotations

from typing import Annotated

import typer

from deploy.commands.common import finish, load_settings, part

app = typer.Typer()
bench_app = typer.Typer()


@bench_app.command("exchange")
def bench_exchange(rows: Annotated[int, typer.Option(min=1_000, help="Rows of each file.")] = 1_000_000) -> None:
    """Measure files in and out: rows a second and the largest memory, in tables of their own beside the base."""
    figures = part("deploy.bench.base_exchange", "run")(load_settings(), rows)
    finish(part("deploy.figures", "report")("bench exchange", figures))
