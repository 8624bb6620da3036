"""Commands: sentences and recordings of the IVR by language (shell)."""

from __future__ import annotations

import typer

app = typer.Typer()
bench_app = typer.Typer()
