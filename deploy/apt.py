"""Debian packages unpacked into a folder, without root and without touching the machine (shell, standard library only).

apt works in directories of its own here: its lists, cache and state are ours, the mirror and the archive's keys are
the machine's. Nothing is installed and no script of a package runs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Protocol

from deploy.steps import SetUpFailed, command

KEYRINGS = (
    Path("usr/share/keyrings/debian-archive-keyring.gpg"),
    Path("usr/share/keyrings/debian-archive-keyring.pgp"),
)
KNOWS_DEBIAN = Path("usr/share/python-apt/templates/Debian.info")
"""Where python-apt says, as `BaseURI:`, which address answers for Debian's archive everywhere."""
TELLS_OF_DEBIAN = ("debian-archive-keyring", "python-apt-common")
"""Packages with Debian's keys and address that its relatives carry too, signed by their own archive."""
SPARE = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info", "usr/share/lintian")
"""What an unpacked part never reads."""


class Shown(Protocol):
    """What can say what it is doing."""

    doing: str


@dataclass
class Quiet:
    """Says it to nobody."""

    doing: str = ""


@dataclass(frozen=True, slots=True)
class Archive:
    """Where packages come from."""

    suites: tuple[str, ...]
    """Suites to try, best first; one without a name where the machine's own sources are read as they are."""
    mirror: str = ""
    """Address; "" for the machine's own sources."""
    keyring: Path = Path()
    """Keys of the mirror's archive."""
    at_least: tuple[int, ...] = ()
    """Version the first package must have."""
    without: tuple[str, ...] = ()
    """Packages of which the machine's own are used, though others depend on them."""


def system() -> dict[str, str]:
    """Return what `/etc/os-release` says about the machine."""
    found: dict[str, str] = {}
    for path in (Path("/etc/os-release"), Path("/usr/lib/os-release")):
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                name, _, value = line.partition("=")
                found[name] = value.strip('"')
            break
    return found


def _targets() -> list[str]:
    """Return the repositories the machine itself uses."""
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        return []
    words = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    said = subprocess.run(words, capture_output=True, text=True, check=False).stdout
    return list(dict.fromkeys(said.split()))


def own_archive() -> Archive | None:
    """Return what the machine's own apt sources carry; None where there are none."""
    return Archive(suites=("",)) if _targets() else None


def debian_archive(
    suites: tuple[str, ...], at_least: tuple[int, ...] = (), *, folder: Path, log: Path
) -> Archive | None:
    """Return Debian's archive as this machine can reach it, None when it cannot.

    The mirror is the one `BUSBAR_DEBIAN_MIRROR` names, else the machine's own. A relative of Debian (Ubuntu) has none,
    but carries packages with Debian's keys and address: those are unpacked into `folder`.

    Args:
        suites: of it, best first.
        at_least: version the first package must have.
        folder: may take what has to be learnt about Debian.
        log: what apt and dpkg say.

    """
    if not shutil.which("dpkg"):
        return None
    named = os.environ.get("BUSBAR_DEBIAN_MIRROR", "")
    mirrors = [named] if named else [uri for uri in _targets() if uri.rstrip("/").endswith("/debian")]
    with _learning:
        if not (_keyring(Path("/")) and (mirrors or _address(Path("/")))) and not _keyring(folder):
            _learn(folder, log)
    keyring = _keyring(Path("/")) or _keyring(folder)
    mirror = mirrors[0] if mirrors else _address(Path("/")) or _address(folder)
    if not mirror or keyring is None:
        return None
    return Archive(suites=suites, mirror=mirror, keyring=keyring, at_least=at_least)


_learning = Lock()
"""Steps run side by side: one of them learns, the others wait."""


def _keyring(root: Path) -> Path | None:
    return next((root / path for path in KEYRINGS if (root / path).exists()), None)


def _address(root: Path) -> str:
    """Return the address of Debian's archive that a package below `root` knows; "" when there is none."""
    with suppress(OSError):
        for line in (root / KNOWS_DEBIAN).read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name == "BaseURI" and value.strip().rstrip("/").endswith("/debian"):
                return value.strip()
    return ""


def _learn(folder: Path, log: Path) -> None:
    own = own_archive()
    if own is None:
        return
    # Where the machine's sources lack one of them the caller says what is missing.
    with suppress(SetUpFailed):
        fetch(TELLS_OF_DEBIAN, folder, own, log=log, shown=Quiet())


class PrivateApt:
    """apt with directories of its own under `folder`, reading one suite of one archive, or the machine's sources."""

    def __init__(self, folder: Path, archive: Archive, suite: str, log: Path) -> None:
        self.folder = folder
        self.archive = archive
        self.suite = suite
        self.log = log
        self.name = suite or "the machine's own sources"

    def _options(self) -> list[str]:
        named = {
            "Dir::Etc::SourceList": self.folder / "sources.list",
            "Dir::Etc::SourceParts": self.folder / "parts.d",
            "Dir::Etc::Preferences": self.folder / "no-preferences",
            "Dir::Etc::PreferencesParts": self.folder / "parts.d",
            "APT::Default-Release": "",
        }
        values = {
            **(named if self.archive.mirror else {}),
            "Dir::State": self.folder / "state",
            "Dir::State::status": self.folder / "status",
            "Dir::Cache": self.folder / "cache",
            "Dir::Log": self.folder,
            "APT::Install-Recommends": "false",
            "APT::Sandbox::User": "",
            "APT::Update::Post-Invoke-Success": "",
            "Acquire::Languages": "none",
            "Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled": "false",
            "Acquire::Retries": "3",
            "Debug::NoLocking": "1",
        }
        return [word for name, value in values.items() for word in ("-o", f"{name}={value}")]

    def _get(self, *words: str, what: str) -> None:
        command(["apt-get", "-q", *self._options(), *words], log=self.log, what=what)

    def update(self) -> None:
        """Read the suite's lists."""
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ("parts.d", "state/lists/partial", "cache/archives/partial"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "status").touch()
        if self.archive.mirror:
            line = f"deb [signed-by={self.archive.keyring}] {self.archive.mirror} {self.suite} main\n"
            (self.folder / "sources.list").write_text(line, encoding="utf-8")
        self._get("update", what=f"the lists of {self.name} could not be read")

    def candidate(self, package: str) -> str:
        """Return the version the suite carries, "" when it carries none."""
        words = ["apt-cache", *self._options(), "policy", package]
        said = subprocess.run(
            words, capture_output=True, text=True, check=False, env=os.environ | {"LC_ALL": "C"}
        ).stdout
        for line in said.splitlines():
            name, _, value = line.strip().partition(": ")
            if name == "Candidate" and value != "(none)":
                return value
        return ""

    def download(self, packages: tuple[str, ...]) -> list[Path]:
        """Fetch packages and everything they depend on; return the archives."""
        self._get("-y", "--download-only", "install", *packages, what="packages could not be downloaded")
        return sorted((self.folder / "cache" / "archives").glob("*.deb"))


def unpack(archives: list[Path], root: Path, log: Path, shown: Shown) -> None:
    """Unpack package archives into `root`, two at a time, and drop what is never read there."""
    root.mkdir(parents=True, exist_ok=True)
    done = 0

    def one(archive: Path) -> None:
        nonlocal done
        command(["dpkg", "-x", archive, root], log=log, what=f"{archive.name} could not be unpacked")
        done += 1
        shown.doing = f"unpacked {done} of {len(archives)}"

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, archives))
    for name in SPARE:
        shutil.rmtree(root / name, ignore_errors=True)


def fetch(packages: tuple[str, ...], root: Path, archive: Archive, *, log: Path, shown: Shown) -> None:
    """Unpack packages with all they depend on into `root`, from the first suite whose first package is new enough.

    Args:
        packages: their names; the first one decides about the suite.
        root: where to unpack; replaced whole.
        archive: where they come from, and how new the first one must be.
        log: what apt and dpkg say.
        shown: told what goes on.

    Raises:
        SetUpFailed: no suite carries it, or the network failed.

    """
    folder = root.with_name(f"{root.name}.apt")
    fresh = root.with_name(f"{root.name}.part")
    shutil.rmtree(fresh, ignore_errors=True)
    seen = []
    for suite in archive.suites:
        private = PrivateApt(folder, archive, suite, log)
        shown.doing = f"reading the lists of {private.name}"
        try:
            private.update()
        except SetUpFailed as error:
            seen.append(str(error))
            # Of the machine's own sources one may be broken that does not matter here.
            if suite:
                continue
        version = private.candidate(packages[0])
        if not version or numbers(version) < archive.at_least:
            seen.append(f"{private.name}: {packages[0]} {version or 'not there'}")
            continue
        shown.doing = "downloading"
        found = private.download(packages)
        unpack([path for path in found if path.name.partition("_")[0] not in archive.without], fresh, log, shown)
        shutil.rmtree(root, ignore_errors=True)
        fresh.replace(root)
        shutil.rmtree(folder, ignore_errors=True)
        return
    raise SetUpFailed("; ".join(seen))


def numbers(version: str) -> tuple[int, ...]:
    """Return the leading numbers of a Debian version, its epoch left out: `1:22.10.1~dfsg` is (22, 10, 1)."""
    plain = version.partition(":")[2] or version
    numbers = []
    for part in plain.replace("~", "-").replace("+", "-").partition("-")[0].split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)
