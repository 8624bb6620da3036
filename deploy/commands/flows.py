"""Commands: flows of the IVR: versions, publishing, how callers went (shell)."""

from __future__ import annotations

import typer

app = typer.Typer()
bench_app = typer.Typer()
