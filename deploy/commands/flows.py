"""Commands: flows of the IVR: versions, publishing, how callers went (shell)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from deploy.commands.common import BASE, Refused, load_settings

app = typer.Typer()
bench_app = typer.Typer()


@app.command("flow-check", rich_help_panel=BASE)
def flow_check(file: Annotated[Path, typer.Argument(help="Menus in YAML, docs/ivr.md.")]) -> None:
    """Check menus in a file as `busbar ivr` would before it serves them; the exit code is 1 when something is wrong."""
    from ivr import flow, inspection, library

    settings = load_settings()
    try:
        found = flow.parse(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, flow.FlowError) as error:
        raise Refused(f"{file}: {error}") from None
    problems = inspection.check(found, library.load(settings.languages, settings.run_dir / "ivr").wordings)
    for problem in problems:
        print(f"{problem.where}: {problem.sentence}")
    if problems:
        raise typer.Exit(1)
    print(f"{len(found.steps)} steps, nothing wrong.")


@app.command("flow-versions", rich_help_panel=BASE)
def flow_versions() -> None:
    """List the newest versions of the menus and which one callers hear."""
    from crm_core.db import engine, reading
    from crm_core.store.flows import Version, versions
    from ivr.shelf import MAIN

    async def read() -> list[Version]:
        pools = engine(load_settings(), name="busbar-flows", size=1)
        try:
            async with reading(pools) as db:
                return await versions(db, MAIN, limit=20)
        finally:
            await pools.dispose()

    for one in asyncio.run(read()):
        print(f"{one.version:5}  {one.state:9}  {one.made_at:%Y-%m-%d %H:%M}  {one.made_by or one.origin}  {one.note}")
