"""Commands of training: a recorded day played on a floor of its own (shell)."""

from __future__ import annotations

from typing import Annotated

import typer

from deploy.commands.common import BASE, Refused, finish, load_settings, part

app = typer.Typer()
bench_app = typer.Typer()


@app.command(rich_help_panel=BASE)
def replay(
    day: Annotated[str, typer.Argument(help="A day that is over, as 2026-11-23.", show_default=False)],
    speed: Annotated[int, typer.Option(min=1, max=120, help="Times the speed of the day.")] = 10,
    queue: Annotated[str, typer.Option(help="Only calls of this queue.")] = "",
    team: Annotated[str, typer.Option(help="Only operators of this team, and their calls.")] = "",
    begins: Annotated[str, typer.Option("--from", help="Time of day to begin at.")] = "00:00",
) -> None:
    """Play a recorded day into the pages of training, and print how it goes; Ctrl-C stops it.

    Who leads people watches it at /office/training, and may pause it, jump and stop it there. The live floor neither
    shows it nor hears of it. Ends with 0 when the day is over or was stopped on its page, with 1 when there is nothing
    to play.
    """
    try:
        wanted = part("deploy.replaying", "read")(day, begins)
    except ValueError as error:
        raise Refused(str(error)) from None
    finish(part("deploy.replaying", "run")(load_settings(), wanted, speed=speed, queue=queue, team=team))
