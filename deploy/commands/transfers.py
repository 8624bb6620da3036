"""Commands: transfers and conferences (shell)."""

from __future__ import annotations

import typer

app = typer.Typer()
bench_app = typer.Typer()
