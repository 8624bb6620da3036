"""The parts that are no Python packages: Asterisk with its speech, and a Chromium for tests (shell, stdlib)."""

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
from deploy.steps import SetUpFailed, Step, command

OLDEST = (22, 10, 1)
"""First release of Asterisk's long-term branch with the fixes of June 2026."""
SUITES = ("forky", "testing", "sid")
"""Debian's suites that carry Asterisk; 12 and 13 do not."""
ASTERISK = ("asterisk", "asterisk-modules", "asterisk-core-sounds-en-gsm", "espeak-ng", "sox")
CHROMIUM = ("chromium", "fonts-dejavu-core")


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


def _unpack_asterisk(root: Path, step: Step) -> None:
    archive = apt.debian_archive(SUITES, OLDEST)
    if archive is None:
        raise SetUpFailed(_no_archive())
    log = ROOT / ".run" / "log" / "setup-asterisk.log"
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
    if not any(path.exists() for path in apt.KEYRINGS):
        return (
            f"{name} lacks Debian's archive keys: install the package debian-archive-keyring, name a mirror of Debian "
            f"with BUSBAR_DEBIAN_MIRROR, and start again. {_OTHERWISE}"
        )
    return (
        f"{name} has no Debian mirror in its apt sources: name one with BUSBAR_DEBIAN_MIRROR and start again. "
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


def chromium() -> Path | None:
    """Return a Chromium to test with: the machine's, else the unpacked one."""
    unpacked = folder() / "chromium.sh"
    for name in ("chromium", "chromium-browser", "google-chrome"):
        # Ubuntu's chromium-browser is a shell script that asks for a snap.
        if (found := shutil.which(name)) and _answers(Path(found)):
            return Path(found)
    return unpacked if unpacked.exists() else None


def _answers(program: Path) -> bool:
    with suppress(OSError, subprocess.SubprocessError):
        words = [str(program), "--version"]
        return subprocess.run(words, capture_output=True, timeout=30, check=False).returncode == 0
    return False


def chromium_step() -> Step | None:
    """Return the step that unpacks a Chromium of the machine's own release; None when there is one."""
    if chromium():
        return None
    root = folder() / "chromium"
    log = ROOT / ".run" / "log" / "setup-chromium.log"

    def work(step: Step) -> None:
        suite = apt.system().get("VERSION_CODENAME", "")
        archive = apt.debian_archive((suite,)) if apt.system().get("ID") == "debian" and suite else None
        if archive is None:
            _chromium_from_npm(log)
            return
        apt.fetch(CHROMIUM, root, archive, log=log, shown=step)
        library = next(iter(sorted(root.glob("usr/lib/*-linux-gnu"))), root)
        _write_script(
            f'export LD_LIBRARY_PATH="{library}" FONTCONFIG_PATH="{root}/etc/fonts"\n'
            f'exec "{root}/usr/lib/chromium/chromium" "$@"\n'
        )

    return Step("Chromium for tests", work)


def _chromium_from_npm(log: Path) -> None:
    place = folder() / "chromium-npm"
    place.mkdir(parents=True, exist_ok=True)
    (place / "package.json").write_text('{"private": true, "type": "module"}\n', encoding="utf-8")
    from deploy import front  # noqa: PLC0415 - only machines without Debian's Chromium come here

    node, npm, env = front.tools()
    command([*npm, "install", "--no-audit", "@sparticuz/chromium"], log=log, what="npm failed", cwd=place, env=env)
    script = "import chromium from '@sparticuz/chromium'; console.log(await chromium.executablePath());"
    said = subprocess.run(
        [*node, "--input-type=module", "-e", script],
        cwd=place,
        env=env | {"TMPDIR": str(place)},
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    if not said:
        raise SetUpFailed("no Chromium here: install the package chromium and start again")
    _write_script(f'exec "{said}" "$@"\n')


def _write_script(body: str) -> None:
    script = folder() / "chromium.sh"
    script.write_text("#!/bin/sh\n" + body, encoding="utf-8")
    script.chmod(0o755)
