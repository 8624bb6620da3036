"""`deploy/run`: sets up everything in the checkout, then starts it (shell, standard library only).

Runs on the machine's own Python before anything is installed. Each step leaves a stamp, so a second start finds nothing
to do. What happens after the packages are there is the business of `busbar` itself.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time

from deploy import chromium, environment, folders, front, parts, processes, typefaces, venv
from deploy.steps import Board, SetUpFailed

RUN = folders.ROOT / ".run"
DESCRIPTION = """Set up Busbar in this checkout and start it with a sample utility.

Everything lies in .venv and .run below the checkout; nothing else on the machine is changed and no root is needed.
Set DATABASE_URL or REDIS_URL to use servers of your own."""


def _options(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="deploy/run",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Exit codes: 0 done, 1 something could not be set up or started, 130 interrupted.",
    )
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--setup", action="store_true", help="only set up, start nothing")
    choice.add_argument("--packages", action="store_true", help="only fetch packages: no secrets, no database (images)")
    choice.add_argument(
        "--clean", action="store_true", help="stop what still runs and remove .venv and .run: start over"
    )
    choice.add_argument(
        "--tests", action="store_true", help="only set up, with what tests need (deploy/test does this)"
    )
    return parser.parse_args(words)


def clean() -> None:
    """Stop what a run left behind and remove everything that was set up."""
    notes = sorted((RUN / "state").glob("*.pid"))
    # The supervisor first, or it would start again what we end.
    for note in sorted(notes, key=lambda note: note.stem != "up"):
        if process := processes.recall(note):
            print(f"  stopping {note.stem} (process {process.pid})", flush=True)
            processes.end(process, seconds=20)
    for folder in (folders.ROOT / ".venv", RUN, front.ASSETS / "node_modules"):
        shutil.rmtree(folder, ignore_errors=True)
    print("Removed .venv and .run. deploy/run sets everything up again.")


def set_up(board: Board, *, tests: bool) -> None:
    """Do every step that is not done yet.

    Raises:
        SetUpFailed: one could not be done.

    """
    folders.private(RUN)
    first = [parts.asterisk_step(), venv.packages_step(tests=tests), typefaces.step()]
    first.append(chromium.step() if tests else None)
    bundle = front.step()
    # Where the machine has no node, it comes as a Python package: then the front end has to wait for those.
    if bundle and front.machine_node():
        first.append(bundle)
        bundle = None
    board.perform(step for step in first if step)
    if bundle:
        board.perform([bundle])
    if tests:
        for later in (chromium.npm_step, chromium.driver_step):
            board.perform(step for step in (later(),) if step)


def main() -> None:
    """Run the command line; ends the process with its exit code."""
    options = _options(sys.argv[1:])
    os.environ.pop("PYTHONPATH", None)
    if options.clean:
        clean()
        return
    started = time.monotonic()
    board = Board()
    try:
        set_up(board, tests=options.tests)
        if not options.packages:
            environment.provide(RUN, board.say)
    except SetUpFailed as error:
        raise SystemExit(f"deploy/run: {error}") from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    busbar = folders.ROOT / ".venv" / "bin" / "busbar"
    if options.tests or options.packages:
        board.say(f"Packages are here after {time.monotonic() - started:.1f} s.")
        return
    if options.setup:
        code = subprocess.run([busbar, "prepare"], check=False).returncode
        board.say(f"Set up in {time.monotonic() - started:.1f} s. deploy/run starts it." if not code else "")
        raise SystemExit(code)
    os.execv(busbar, [str(busbar), "up", "--welcome"])  # noqa: S606 - our own program, no shell


if __name__ == "__main__":
    main()
