"""Command: how far each language of the screen is translated (shell)."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from deploy.commands.common import BASE

app = typer.Typer()


@app.command("words", rich_help_panel=BASE)
def words(
    missing: Annotated[str, typer.Option("--missing", "-m", help="Code of a language: list what it lacks.")] = "",
) -> None:
    """Count how far each language of the screen is translated, catalogue by catalogue.

    The last line is one JSON object. What is not translated is shown in English.
    """
    from rich.console import Console
    from rich.table import Table

    from workstation import completeness

    found = completeness.count()
    if missing:
        for catalogue, text in completeness.missing(missing):
            print(f"{catalogue}: {text}")
        return
    codes = sorted({one.language for one in found})
    table = Table(title="Languages of the screen: translated of strings")
    for heading in ("catalogue", "strings", *codes):
        table.add_column(heading, justify="left" if heading == "catalogue" else "right")
    known = {(one.catalogue, one.language): one for one in found}
    for name in dict.fromkeys(one.catalogue for one in found):
        row = [known[name, code] for code in codes]
        table.add_row(name, f"{row[0].strings:,}", *(f"{one.translated:,}" for one in row))
    sums = {code: completeness.total(found, code) for code in codes}
    table.add_section()
    table.add_row("all", f"{sums[codes[0]].strings:,}", *(f"{sums[code].share:.0%}" for code in codes))
    Console().print(table)
    print(json.dumps({
        "title": "words",
        "languages": {
            code: {"strings": one.strings, "translated": one.translated, "share": round(one.share, 4)}
            for code, one in sums.items()
        },
    }))  # fmt: skip
