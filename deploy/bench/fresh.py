"""`busbar bench fresh`: a stranger's first minutes, from a fresh clone to the first popped card (shell).

Clones this checkout's last commit into an empty folder, runs `deploy/run` there with an empty home directory and a
plain PATH, signs in as the sample operator in a real Chromium and waits for the first sample caller's card; then stops
the line and starts it a second time. Nothing of this checkout's own set-up is used but the browser that looks.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from crm_core.settings import Settings
from deploy import witness
from deploy.figures import Figure, at_most
from deploy.folders import ROOT

SET_UP_SECONDS = 600.0
CARD_SECONDS = 180.0
TURN_SECONDS = 30.0
STOP_SECONDS = 20.0
SECOND_START = 5.0
"""The promise for a second start, in seconds."""
RUNS = re.compile(r"Busbar runs: (http://\S+)")
KEPT = ("LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR", "PIP_CERT", "PIP_FIND_LINKS", "NODE_EXTRA_CA_CERTS")
"""How this machine reaches its package sources; everything else of the environment is left behind."""
PLAIN_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"


class FreshFailed(RuntimeError):
    """A stranger would have been stuck; the message says where."""


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody with an empty home and a clone in it."""

    home: Path
    user: str | None

    @property
    def clone(self) -> Path:
        """The checkout."""
        return self.home / "busbar"

    def environment(self) -> dict[str, str]:
        """Return what a new account has set."""
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        return kept | {"HOME": str(self.home), "PATH": PLAIN_PATH, "TERM": "dumb"}


def run(settings: Settings, user: str = "") -> list[Figure]:
    """Measure.

    Args:
        settings: of this checkout; unused but for the signature that all benches share.
        user: as whom to run, when called as root; "" for the caller.

    Raises:
        FreshFailed: a step did not end in time.

    """
    del settings
    with _stranger(user or None) as stranger:
        began = time.monotonic()
        with _line(stranger) as address:
            ready = time.monotonic()
            asyncio.run(_first_card(stranger, address))
            card = time.monotonic()
            stopping = time.monotonic()
        stopped = time.monotonic()
        with _line(stranger):
            again = time.monotonic()
    return [
        Figure(name="fresh clone to a running line", value=ready - began, unit="s"),
        Figure(name="fresh clone to the first popped card", value=card - began, unit="s"),
        Figure(name="Ctrl-C to everything stopped", value=stopped - stopping, unit="s"),
        at_most("second start", again - stopped, "s", SECOND_START),
    ]


@contextmanager
def _stranger(user: str | None) -> Iterator[Stranger]:
    home = Path(tempfile.mkdtemp(prefix="fresh-"))
    stranger = Stranger(home, user)
    try:
        subprocess.run(["git", "clone", "-q", "--no-hardlinks", str(ROOT), str(stranger.clone)], check=True)
        if user is not None:
            account = pwd.getpwnam(user)
            for path in (home, *home.rglob("*")):
                os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)
        yield stranger
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _line(stranger: Stranger) -> Iterator[str]:
    """Run the line in the clone; yield its address once it says that it runs."""
    log = stranger.home / "run.log"
    with log.open("wb") as said:
        child = subprocess.Popen(
            ["deploy/run"],
            cwd=stranger.clone,
            env=stranger.environment(),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            user=stranger.user,
            group=pwd.getpwnam(stranger.user).pw_gid if stranger.user else None,
            extra_groups=[] if stranger.user else None,
            start_new_session=True,
        )
    try:
        yield _address(child, log)
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGINT)
            child.wait(STOP_SECONDS)


def _address(child: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + SET_UP_SECONDS
    while time.monotonic() < deadline:
        text = log.read_text(errors="replace")
        if found := RUNS.search(text):
            return found[1]
        if child.poll() is not None:
            raise FreshFailed(f"deploy/run ended with {child.returncode}: {text[-600:]}")
        time.sleep(0.05)
    raise FreshFailed(f"deploy/run did not say that Busbar runs within {SET_UP_SECONDS:g} s")


async def _first_card(stranger: Stranger, address: str) -> None:
    """Sign in as the first sample operator, be ready, and wait for the first caller's card to be painted."""
    listed = (stranger.clone / ".run" / "sign-ins.txt").read_text(encoding="utf-8")
    login, password = next(line.split()[:2] for line in listed.splitlines() if " operator" in line)
    program = witness.chromium()
    # They come with what tests need, which `chromium` has seen to.
    from playwright.async_api import Error, TimeoutError  # noqa: A004, PLC0415

    try:
        async with witness.browser(program) as page:
            await page.sign_in(address, login, password)
            deadline = time.monotonic() + CARD_SECONDS
            while True:
                # One caller in ten is unknown to the base and brings no card; left ringing, he costs the readiness.
                await page.go_ready()
                with suppress(TimeoutError):
                    await page.saw("card", min(TURN_SECONDS, max(1.0, deadline - time.monotonic())))
                    return
                if time.monotonic() > deadline:
                    raise FreshFailed(f"no caller's card within {CARD_SECONDS:g} s")
    except Error as error:
        raise FreshFailed(f"the first card was not seen: {error.message}") from error
