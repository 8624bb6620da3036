"""The command line `busbar`: reads the settings, calls the part that works, says errors in one sentence (shell).

Parts are imported when they are asked for, so that `--help` is there at once.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from deploy.commands import (
    callbacks,
    campaigns,
    dispatch,
    exchange,
    finding,
    flows,
    forecast,
    guard,
    ledger,
    nodes,
    pacing,
    recordings,
    reports,
    routing,
    segments,
    subscribers,
    training,
    transfers,
    voices,
    words,
    work,
)
from deploy.commands.common import BASE, PROOF, RUN, Refused, bench, finish, load_settings, part

EPILOG = (
    "Exit codes: 0 done · 1 it could not be done, or a bar was not held · 2 wrong command line · 130 interrupted."
    "\n\n"
    "Settings come from the environment and from .run/busbar.env; docs/settings.md describes each."
)
HELP = """The single screen of a utility's contact centre.

[bold]busbar up[/bold] runs everything on this machine; floor, web, ivr and worker run one process each.
"""
app = typer.Typer(
    help=HELP,
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
user_app = typer.Typer(no_args_is_help=True, help="People who work here.")
bench_app = typer.Typer(
    no_args_is_help=True,
    help="Measure against the bars of docs/performance.md. Each prints a table and, as its last line, one JSON object; "
    "exit code 1 when a bar is not held.",
)
app.add_typer(user_app, name="user", rich_help_panel="The base")
app.add_typer(bench_app, name="bench", rich_help_panel="Proof")
for more in (
    guard,
    subscribers,
    ledger,
    work,
    exchange,
    finding,
    segments,
    routing,
    flows,
    forecast,
    voices,
    dispatch,
    callbacks,
    transfers,
    recordings,
    reports,
    nodes,
    campaigns,
    pacing,
    training,
):
    app.add_typer(more.app)
    bench_app.add_typer(more.bench_app)
app.add_typer(words.app)


@app.command(rich_help_panel=RUN)
def up(
    welcome: Annotated[bool, typer.Option("--welcome", help="Say what a newcomer needs to know.")] = False,
    calls: Annotated[bool, typer.Option(help="Let sample subscribers call now and then.")] = True,
    only: Annotated[str, typer.Option(help="Of floor, web, ivr, worker only these, separated by commas.")] = "",
) -> None:
    """Run everything on this machine and keep it running; Ctrl-C ends all of it.

    Starts what is missing of PostgreSQL, Valkey and Asterisk, brings the database up to date, then ivr, floor, web and
    worker. What dies is started again. Logs are in .run/log. A server that DATABASE_URL or REDIS_URL names is used as
    it is.
    """
    chosen = frozenset(filter(None, only.replace(" ", "").split(",")))
    if unknown := chosen - {"floor", "web", "ivr", "worker"}:
        raise Refused(f"there is no process {', '.join(sorted(unknown))}: choose of floor, web, ivr, worker")
    finish(part("deploy.up", "run")(load_settings, part("deploy.up", "Choice")(welcome, calls, chosen)))


@app.command(hidden=True)
def prepare() -> None:
    """Set up database, sample base and sign-ins, then end: what deploy/run --setup does last."""
    finish(part("deploy.up", "prepare")(load_settings()))


@app.command(rich_help_panel=RUN)
def floor() -> None:
    """Run the floor: the AMI links, the live state of calls and operators, router and dialler. One is active."""
    part("routing.process", "main")(load_settings(), part("deploy.dialling", "dialler"))


@app.command(rich_help_panel=RUN)
def web() -> None:
    """Run the workstation's pages and websockets; keeps no state, any number may run."""
    part("workstation.process", "main")(load_settings())


@app.command(rich_help_panel=RUN)
def ivr() -> None:
    """Run the voice menu (FastAGI); any number may run."""
    part("ivr.process", "main")(load_settings())


@app.command(rich_help_panel=RUN)
def worker() -> None:
    """Run background jobs from Valkey; only jobs on the house's own list are done. Any number may run."""
    part("crm_core.process", "main")(load_settings())


@app.command(rich_help_panel=BASE)
def migrate() -> None:
    """Bring the database's tables up to date; safe to repeat, safe while others do it too."""
    part("crm_core.migrate", "upgrade")(load_settings().database_url)
    print("The database is up to date.")


@app.command(rich_help_panel=BASE)
def sample(
    subscribers: Annotated[int, typer.Option(min=64, max=6_666_666, help="Accounts to make.")] = 5_000,
    months: Annotated[int, typer.Option(min=12, max=60, help="Months of readings, invoices and payments.")] = 24,
    restart: Annotated[bool, typer.Option("--restart", help="Throw an earlier sample away first.")] = False,
) -> None:
    """Fill the database with an invented utility: the same numbers always make the same base.

    Stopped with Ctrl-C it is taken up again by the same command. The reference base is 6,200,000 subscribers with
    12 months: under 40 minutes on two cores, under 30 GB.
    """
    run = part("crm_core.sample.command", "run")
    finish(run(load_settings(), subscribers=subscribers, months=months, restart=restart))


@app.command("import", rich_help_panel=BASE)
def import_file(
    file: Annotated[Path | None, typer.Argument(help="CSV, XLSX, XLS, 1C, MeterReadings.", show_default=False)] = None,
    kind: Annotated[
        str,
        typer.Option(help="What it holds: subscribers, meters, readings, invoices, payments or fields."),
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Judge and report every row, then change nothing in the base.")
    ] = False,
    mapping: Annotated[
        list[str] | None,
        typer.Option(help="Say what a column holds, amount=Total or amount=3; remembered for the next such file."),
    ] = None,
    undo: Annotated[int, typer.Option(min=0, help="Take this import back instead of bringing a file in.")] = 0,
) -> None:
    """Take a customer base of your own; telephone numbers are repaired, each rejected row is reported with its reason.

    Safe to run twice: what is there already stays as it is. Exit code 3: done, but some rows were rejected.
    """
    if undo:
        finish(part("crm_core.importing.command", "take_back")(load_settings(), undo))
        return
    if file is None or not file.is_file():
        raise Refused(f"there is no file {file}" if file else "name a file to import, or an import to take back")
    run = part("crm_core.importing.command", "run")
    finish(run(load_settings(), file, kind=kind, dry_run=dry_run, mapping=mapping or ()))


@user_app.command("add")
def user_add(
    login: Annotated[str, typer.Argument(help="What they sign in with.", show_default=False)],
    name: Annotated[str, typer.Option(help="As shown to others; the login when empty.")] = "",
    role: Annotated[str, typer.Option(help="operator, supervisor, manager, administrator or auditor.")] = "operator",
    extension: Annotated[str, typer.Option(help="Telephone; operators get the lowest free one when empty.")] = "",
    language: Annotated[str, typer.Option(help="Of the screen.")] = "en",
    speaks: Annotated[str, typer.Option(help="Languages spoken with callers, separated by commas.")] = "en",
) -> None:
    """Make a user with a generated password, printed once.

    A password of your own can be given on standard input: echo secret | busbar user add anna
    """
    settings = load_settings()
    import asyncio

    from crm_core import passwords
    from crm_core.access import Role
    from crm_core.store.users import NewUser
    from deploy import people

    if role not in set(Role):
        raise Refused(f"there is no role {role}: choose {', '.join(Role)}")
    given = "" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.readline().strip()
    password = given or passwords.generated()
    new = NewUser(
        login=login,
        name=name or login,
        role=Role(role),
        password=password,
        extension=extension or None,
        language=language,
        languages=tuple(filter(None, speaks.split(","))),
    )
    user = asyncio.run(people.create(settings, new))
    telephone = f", telephone {user.extension}" if user.extension else ""
    print(f"{user.login}: {user.role.value}{telephone}" + ("" if given else f", password {password}"))


@app.command(rich_help_panel=PROOF)
def calls(
    what: Annotated[str, typer.Argument(help="on, off, stream, or how many subscribers call at once.")] = "1",
) -> None:
    """Let real subscribers of the sample base call: they dial, listen, press digits, talk, hang up or give up.

    `off` turns off the gentle stream that `busbar up` starts, `on` turns it on again; both last. `stream` is that
    stream in the foreground. A number makes that many calls at once and reports how each went.
    """
    finish(part("deploy.calls", "run")(load_settings(), what))


@app.command(rich_help_panel=PROOF)
def selfcheck() -> None:
    """Make one real call end to end, a SIP subscriber to a browser's softphone and back, and time each leg of it."""
    figures = part("deploy.selfcheck", "run")(load_settings())
    finish(part("deploy.figures", "report")("selfcheck", figures))


@bench_app.command("ami")
def bench_ami(
    events: Annotated[int, typer.Option(min=1_000, help="Events of the mix, taken from recordings.")] = 200_000,
) -> None:
    """AMI events parsed, typed where wanted, dispatched, each second; beside unmodified panoramisk in the same run."""
    bench("ami", events=events)


@bench_app.command("dialler")
def bench_dialler(
    debtors: Annotated[int, typer.Option(min=10, help="SIP debtors on the lists.")] = 60,
    operators: Annotated[int, typer.Option(min=1, help="Operators who stand ready.")] = 60,
) -> None:
    """SIP debtors of a known mixture called over a real Asterisk; every outcome right, nobody called twice."""
    bench("dialler", debtors=debtors, operators=operators)


@bench_app.command("pop")
def bench_pop(
    pops: Annotated[int, typer.Option(min=10, help="Calls measured.")] = 300,
    operators: Annotated[int, typer.Option(min=1, help="Websockets connected.")] = 100,
    noise: Annotated[int, typer.Option(min=0, help="Other AMI events a second.")] = 8_000,
) -> None:
    """From the bytes of the ringing event to the card at the websocket; beside a bare query and a websocket echo."""
    bench("pop", pops=pops, operators=operators, noise=noise)


@bench_app.command("floor")
def bench_floor(
    supervisors: Annotated[int, typer.Option(min=1, help="Pages that watch the floor.")] = 500,
    operators: Annotated[int, typer.Option(min=20, help="Desks connected.")] = 500,
    events: Annotated[int, typer.Option(min=1, help="Events of the switch in a second.")] = 20,
    seconds: Annotated[int, typer.Option(min=5, help="How long each number of supervisors is measured.")] = 20,
) -> None:
    """From an event at the switch to every supervisor's page, for a tenth of them and for all; what it costs."""
    bench("floor", supervisors=supervisors, operators=operators, events=events, seconds=seconds)


@bench_app.command("recording")
def bench_recording(
    talks: Annotated[int, typer.Option(min=1, max=30, help="Talks at once.")] = 30,
    seconds: Annotated[int, typer.Option(min=5, max=120, help="Of each of the four rounds.")] = 20,
) -> None:
    """What recording costs Asterisk: talks with and without it, in turns, in one run."""
    bench("recording", talks=talks, seconds=seconds)


@bench_app.command("desk")
def bench_desk(
    calls: Annotated[int, typer.Option(min=10, help="Calls worked in one tab; 500 are eight hours.")] = 500,
    operators: Annotated[int, typer.Option(min=1, help="Operators connected.")] = 100,
    subscribers: Annotated[int, typer.Option(min=100, help="Of the base, which is filled once and kept.")] = 200_000,
    quick: Annotated[bool, typer.Option(help="40 calls, 10 operators, 5,000 subscribers.")] = False,
) -> None:
    """A working day in a real Chromium: ringing to painted card, key to panel, weight, heap, axe, keys of a call."""
    size = (40, 10, 5_000) if quick else (calls, operators, subscribers)
    bench("desk", **dict(zip(("calls", "operators", "subscribers"), size, strict=True)))


@bench_app.command("ivr")
def bench_ivr(calls: Annotated[int, typer.Option(min=1, help="Callers at once.")] = 60) -> None:
    """Real SIP calls through the voice menu at the same time; none may fail."""
    bench("ivr", calls=calls)


@bench_app.command("fresh")
def bench_fresh(
    user: Annotated[str, typer.Option(help="As whom to run, when you are root; else as yourself.")] = "",
) -> None:
    """Clone this checkout into an empty home, run it there, and time the first popped card and a second start."""
    bench("fresh", user=user)


EXPECTED = {
    "deploy.commands.common": ("Refused",),
    "deploy.up": ("CannotStart",),
    "deploy.pbx": ("AsteriskMissing", "NotForConfiguration"),
    "deploy.postgres": ("PostgresMissing", "PostgresBroken"),
    "deploy.valkey": ("ValkeyMissing",),
    "deploy.folders": ("FolderNotOurs",),
    "crm_core.errors": ("CrmError",),
    "telephony.errors": ("TelephonyError",),
    "ivr.library": ("LibraryError",),
    "routing.rulebook": ("RulebookError",),
    "deploy.bench.pop": ("BenchFailed",),
    "deploy.bench.pop_people": ("EmptyBase",),
    "deploy.bench.base": ("AnotherBase",),
    "deploy.steps": ("SetUpFailed",),
    "deploy.witness": ("ToolsMissing",),
    "deploy.bench.ivr": ("HouseNotRunning",),
    "deploy.bench.fresh": ("FreshFailed",),
    "deploy.bench.recording": ("RecordingFailed",),
    "deploy.bench.ringing": ("RingingFailed",),
    "redis.exceptions": ("ConnectionError", "TimeoutError"),
}
"""Errors whose message is one sentence for people, by module; only modules that are loaded can have raised one."""


def is_expected(error: BaseException) -> bool:
    """Tell whether an error's message is meant for people."""
    known = [
        getattr(sys.modules[module], name)
        for module, names in EXPECTED.items()
        for name in names
        if module in sys.modules and hasattr(sys.modules[module], name)
    ]
    return isinstance(error, (Refused, *known))


def main() -> None:
    """Run the command line; ends the process with its exit code."""
    try:
        app()
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
    except Exception as error:
        if not is_expected(error):
            raise
        print(f"busbar: {error}", file=sys.stderr)
        raise SystemExit(1) from None


if __name__ == "__main__":
    # One module, not two: errors raised by the imported one must be known here.
    from deploy.cli import main as run

    run()
