"""Commands of the whole card (shell)."""

from __future__ import annotations

import typer

app = typer.Typer()
bench_app = typer.Typer()
