"""Commands: routing as data: rules, queues, opening hours (shell)."""

from __future__ import annotations

import typer

app = typer.Typer()
bench_app = typer.Typer()
