"""Commands: call-backs: kept places, promised times, voicemail (shell)."""

from __future__ import annotations

import typer

app = typer.Typer()
bench_app = typer.Typer()
