"""The parts that are no Python packages: Asterisk with its speech, and which Chromium is here (shell, stdlib)."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

from deploy import apt
from deploy.folders import ROOT
from deploy.steps import SetUpFailed, Step

OLDEST = (22, 10, 1)
"""First release of Asterisk's long-term branch with the fixes of June 2026."""
SUITES = ("forky", "testing", "sid")
"""Debian's suites that carry Asterisk; 12 and 13 do not."""
ASTERISK = ("asterisk", "asterisk-modules", "asterisk-core-sounds-en-gsm", "espeak-ng", "sox")


def folder(root: Path = ROOT) -> Path:
    """Where unpacked parts lie."""
    return root / ".run" / "parts"


def version(words: tuple[str, ...]) -> tuple[int, ...]:
    """Return the version an Asterisk program says it has; empty when it says none."""
    with suppress(OSError, subprocess.SubprocessError):
        said = subprocess.run([*words, "-V"], capture_output=True, text=True, timeout=20, check=False).stdout
        if found := re.search(r"(\d+)\.(\d+)\.(\d+)", said):
            return tuple(int(part) for part in found.groups())
    return ()


def installed_asterisk() -> str | None:
    """Return the machine's own Asterisk when it is new enough."""
    found = shutil.which("asterisk", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    return found if found and version((found,)) >= OLDEST else None


def loader(root: Path) -> tuple[str, ...]:
    """Return the words that start a program of an unpacked root with its own libraries; empty when there is none.

    The machine's C library may be older than the programs: they bring their own, and the loader that fits it.
    """
    loaders = sorted(root.glob("usr/lib*/ld-linux-*.so.*")) + sorted(root.glob("usr/lib/*/ld-linux-*.so.*"))
    libraries = sorted(path.parent for path in root.glob("usr/lib/*/libc.so.6"))
    if not (loaders and libraries):
        return ()
    path = f"{libraries[0]}:{libraries[0] / 'pulseaudio'}"
    return (str(loaders[0]), "--library-path", path)


def asterisk_step() -> Step | None:
    """Return the step that unpacks Asterisk; None when the machine's own is new enough and can speak."""
    if installed_asterisk() and shutil.which("espeak-ng"):
        return None
    root = folder() / "asterisk"
    stamp = folder() / "asterisk.stamp"

    def work(step: Step) -> None:
        if (root / "usr/sbin/asterisk").exists() and version((*loader(root), str(root / "usr/sbin/asterisk"))):
            return
        _unpack_asterisk(root, step)

    return Step("Asterisk and speech", work, stamp, " ".join(ASTERISK))


def debian(suites: tuple[str, ...], at_least: tuple[int, ...] = (), *, log: Path) -> apt.Archive | None:
    """Return Debian's archive as this machine can reach it, None when it cannot; `apt.debian_archive` says how."""
    return apt.debian_archive(suites, at_least, folder=folder() / "debian", log=log)


def _unpack_asterisk(root: Path, step: Step) -> None:
    log = ROOT / ".run" / "log" / "setup-asterisk.log"
    archive = debian(SUITES, OLDEST, log=log)
    if archive is None:
        raise SetUpFailed(_no_archive())
    try:
        apt.fetch(ASTERISK, root, archive, log=log, shown=step)
    except SetUpFailed as error:
        raise SetUpFailed(f"Asterisk could not be unpacked: {error}. {_OTHERWISE}") from error
    if version((*loader(root), str(root / "usr/sbin/asterisk"))) < OLDEST:
        raise SetUpFailed(f"the unpacked Asterisk does not start here. {_OTHERWISE}")


_OTHERWISE = (
    f"Install Asterisk {'.'.join(map(str, OLDEST))} or newer and espeak-ng yourself, "
    "or use the container files in deploy/container"
)


def _no_archive() -> str:
    name = apt.system().get("PRETTY_NAME", "this machine")
    if not shutil.which("apt-get"):
        return f"{name} has no apt to take Asterisk from. {_OTHERWISE}"
    return (
        f"{name} has no source of Debian's packages and its own sources carry no {' or '.join(apt.TELLS_OF_DEBIAN)}: "
        f"install debian-archive-keyring, name a mirror of Debian with BUSBAR_DEBIAN_MIRROR, and start again. "
        f"{_OTHERWISE}"
    )


def speech() -> str:
    """Return the command line of the speech synthesiser: the machine's, else the unpacked one with its loader."""
    if found := shutil.which("espeak-ng"):
        return found
    root = folder() / "asterisk"
    words = loader(root)
    voices = sorted(root.glob("usr/lib/*/espeak-ng-data"))
    if not (words and voices):
        return "espeak-ng"
    return shlex.join([*words, str(root / "usr/bin/espeak-ng"), f"--path={voices[0].parent}"])


def sox() -> str:
    """Return the command line of sox: the machine's, else the unpacked one with its loader."""
    if found := shutil.which("sox"):
        return found
    root = folder() / "asterisk"
    words = loader(root)
    program = root / "usr/bin/sox"
    return shlex.join([*words, str(program)]) if words and program.exists() else "sox"


def chromium() -> Path | None:
    """Return a Chromium to test with: the one `BUSBAR_CHROMIUM` names, else the machine's, else the unpacked one.

    `deploy/chromium.py` brings that.
    """
    if named := os.environ.get("BUSBAR_CHROMIUM"):
        return Path(named)
    # Ubuntu's chromium-browser is a shell script that asks for a snap.
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if (found := shutil.which(name)) and answers(Path(found)):
            return Path(found)
    unpacked = folder() / "chromium.sh"
    return unpacked if answers(unpacked) else None


def answers(program: Path) -> bool:
    """Tell whether a program is there and starts here with every library it needs."""
    with suppress(OSError, subprocess.SubprocessError):
        words = [str(program), "--version"]
        return subprocess.run(words, capture_output=True, timeout=30, check=False).returncode == 0
    return False
