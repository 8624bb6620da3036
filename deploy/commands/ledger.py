"""Commands of ledger and reading rules (shell)."""

from __future__ import annotations

import json
import time
from typing import Annotated

import typer

from deploy.commands.common import BASE, finish, load_settings, part

app = typer.Typer()
bench_app = typer.Typer()


@app.command(rich_help_panel=BASE)
def verify(
    step: Annotated[int, typer.Option(min=1000, max=1_000_000, help="Accounts in one statement.")] = 50_000,
) -> None:
    """Check that every account's balance is what was billed and adjusted less what was paid; 1 when one is not."""
    finish(_verify(step))


def _verify(step: int) -> int:
    import psycopg
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.table import Table

    store_connect = part("crm_core.store.ledger_verify", "connect")
    check, highest = (part("crm_core.store.ledger_verify", name) for name in ("check", "highest"))
    errors = Console(stderr=True)
    began = time.monotonic()
    accounts, faults = 0, 0
    first: list[dict[str, str]] = []
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    try:
        with store_connect(load_settings().database_url) as db, Progress(*columns, console=errors) as progress:
            task = progress.add_task("accounts", total=highest(db) + 1)
            for found in check(db, step):
                accounts, faults = accounts + found.accounts, faults + found.faults
                first += found.first[: max(0, 20 - len(first))]
                progress.update(task, completed=found.upto)
    except psycopg.OperationalError as error:
        reason = (str(error).strip().splitlines() or ["no reason given"])[0]
        errors.print(f"busbar verify: the database does not answer ({reason}); is `busbar up` running?", markup=False)
        return 1
    seconds = time.monotonic() - began
    table = Table(title=f"verify: {accounts:,} accounts, {faults:,} at fault, {seconds:.1f} s")
    for heading in ("account", "fault", "balance", "billed", "adjusted", "paid", "open"):
        table.add_column(heading, justify="left" if heading == "fault" else "right")
    for row in first:
        table.add_row(*(str(row[name]) for name in ("account_id", "fault", "balance", "billed", "adjusted", "paid",
                                                    "open")))  # fmt: skip
    Console().print(table)
    print(json.dumps({"accounts": accounts, "faults": faults, "seconds": round(seconds, 1), "first": first}))
    return int(faults > 0)
