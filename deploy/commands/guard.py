"""Commands of audit, retention, backup (shell)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from deploy.commands.common import BASE, finish, load_settings, part

app = typer.Typer()
bench_app = typer.Typer()
audit_app = typer.Typer(no_args_is_help=True, help="The access log: who looked at what, and whether the log is whole.")
app.add_typer(audit_app, name="audit", rich_help_panel=BASE)


@app.command(rich_help_panel=BASE)
def backup(
    to: Annotated[Path | None, typer.Option(help="Folder of backups; backups in the run folder if empty.")] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Restore it into a scratch base and compare all.")] = False,
    scratch: Annotated[str, typer.Option(help="URL of an empty base to prove it in, where we may not make one.")] = "",
) -> None:
    """Dump the base: one consistent moment, with a manifest of every table's rows and fingerprint beside the dump.

    Made with pg_dump, in bounded memory, while everything goes on. The folder is readable by its owner only.
    """
    part("deploy.backup_command", "make")(load_settings(), to, prove=verify, scratch=scratch)


@app.command("verify-backup", rich_help_panel=BASE)
def verify_backup(
    backup: Annotated[Path, typer.Argument(help="Folder of the backup.", show_default=False)],
    scratch: Annotated[str, typer.Option(help="URL of an empty base to prove it in, where we may not make one.")] = "",
) -> None:
    """Restore a backup into a scratch base, compare every table's rows and fingerprint, throw the scratch base away."""
    part("deploy.backup_command", "verify")(load_settings(), backup, scratch)


@app.command(rich_help_panel=BASE)
def restore(
    backup: Annotated[Path, typer.Argument(help="Folder of the backup.", show_default=False)],
    into: Annotated[str, typer.Option(help="URL of the base to fill; that of the settings if empty.")] = "",
    over: Annotated[bool, typer.Option("--over", help="Throw away what the base holds now.")] = False,
) -> None:
    """Bring a backup back, whole or not at all; a base that is not empty is refused.

    Afterwards the tables are brought up to date, and subscribers who were erased since the backup are erased again.
    """
    part("deploy.backup_command", "restore")(load_settings(), backup, into, over=over)


@app.command(rich_help_panel=BASE)
def access(
    write: Annotated[bool, typer.Option("--write", help="Write it into docs/SECURITY.md.")] = False,
) -> None:
    """Print the matrix of roles by actions and by fields that decides who may do and see what."""
    if not write:
        print(part("crm_core.access_table", "markdown")())
        return
    page = Path(__file__).resolve().parents[2] / "docs" / "SECURITY.md"
    page.write_text(part("crm_core.access_table", "written_into")(page.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"{page} is up to date.")


@audit_app.command("verify")
def audit_verify(
    anchors: Annotated[Path | None, typer.Option(help="File of anchors kept elsewhere; our own if empty.")] = None,
) -> None:
    """Check the whole chain over the log, in bounded memory; exit code 1 names the first link that does not hold."""
    finish(part("deploy.audit_command", "verify")(load_settings(), anchors))


@audit_app.command("seal")
def audit_seal() -> None:
    """Seal what waits and anchor the chain now; the web process does both by itself."""
    part("deploy.audit_command", "seal")(load_settings())


@audit_app.command("who-viewed")
def audit_who_viewed(
    account: Annotated[str, typer.Argument(help="Number of the account.", show_default=False)],
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Lines at most.")] = 1_000,
) -> None:
    """Print who did what with an account's card, the newest first."""
    part("deploy.audit_command", "who_viewed")(load_settings(), account, limit)


@audit_app.command("what-did")
def audit_what_did(
    login: Annotated[str, typer.Argument(help="Login of the person.", show_default=False)],
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Lines at most.")] = 1_000,
) -> None:
    """Print what somebody did, the newest first."""
    part("deploy.audit_command", "what_did")(load_settings(), login, limit)


@audit_app.command("rights")
def audit_rights(
    role: Annotated[str, typer.Argument(help="Database role of the application.", show_default=False)],
) -> None:
    """Print the SQL by which the owner of the tables lets the application's role work, and keeps the log from it."""
    try:
        statements = part("crm_core.rights", "statements")(role)
    except ValueError as error:
        raise part("deploy.commands.common", "Refused")(str(error)) from None
    print(";\n".join(statements) + ";")
