"""Files that lie beside the base: attachments, documents and recordings (shell).

The first two are kept under the SHA-256 of what is in them, sealed recordings under a drawn name; none ever changes,
so a copy made after the dump's snapshot holds everything the dump speaks of. The list beside them is what
`sha256sum -c` reads.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from crm_core.errors import BackupRefused
from deploy import pump

FOLDERS = ("documents", "files", "recordings")
"""Of the run folder: what `crm_core.documents.vault`, `crm_core.work.shelf` and `crm_core.vault` keep."""
DRAWN = "recordings/"
"""Sealed sounds have drawn names and say by themselves whether they are whole (`busbar recordings-verify`)."""
LIST = "files.sha256"
PLACE = re.compile(r"(documents|files|recordings)/[0-9a-f]{2}/[0-9a-f]{64}")
LINE = re.compile(rf"([0-9a-f]{{64}})  ({PLACE.pattern})")
Told = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What lies beside a base."""

    count: int
    bytes: int
    sha256: str
    """Of the list."""
    lacking: int = 0
    """Files that the base spoke of and that were not there any more when the backup was made."""
    spoiled: int = 0
    """Files that were not any more what they were when they were kept; they are in the backup as they are."""


NONE = Files(count=0, bytes=0, sha256=hashlib.sha256(b"").hexdigest())
"""Of backups that were made before files were in them."""


def save(run_dir: Path, into: Path, told: Told) -> Files:
    """Copy every file into a backup, with the list of them; returns what it came to."""
    found = [place for folder in FOLDERS for place in _there(run_dir, folder)]
    size = spoiled = 0
    seen = hashlib.sha256()
    with os.fdopen(os.open(into / LIST, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as listed:
        for done, place in enumerate(found):
            told("files", done, len(found))
            target = into / place
            _private(target.parent)
            try:
                with (run_dir / place).open("rb") as file:
                    bytes_, digest = pump.into_file(file, target, lambda _: None)
            except FileNotFoundError:
                # Forgotten meanwhile, by an erasure: it must not be in the backup.
                continue
            size, spoiled = size + bytes_, spoiled + (not place.startswith(DRAWN) and digest != target.name)
            line = f"{digest}  {place}\n"
            seen.update(line.encode("ascii"))
            listed.write(line)
    return Files(count=_lines(into / LIST), bytes=size, sha256=seen.hexdigest(), spoiled=spoiled)


def check(place: Path, said: Files, told: Told) -> None:
    """Hold the files of a backup against its list, and the list against the manifest.

    Raises:
        BackupRefused: something is missing or is not what it was.

    """
    if said.count == 0:
        return
    if not (place / LIST).is_file() or pump.digest(place / LIST) != said.sha256:
        raise BackupRefused(f"{place / LIST} is damaged: its SHA-256 is not that of the manifest")
    for done, (digest, name) in enumerate(listed(place)):
        told("checking files", done, said.count)
        if not (place / name).is_file():
            raise BackupRefused(f"{place / name} is missing")
        if pump.digest(place / name) != digest:
            raise BackupRefused(f"{place / name} is damaged: its SHA-256 is not that of the list")


def bring_back(place: Path, run_dir: Path, said: Files, told: Told) -> int:
    """Copy the files of a backup that was checked into the run folder; returns how many were not there.

    A file that is there already is the same one: it is known by its content. What the base does not speak of is left.
    """
    new = 0
    for done, (digest, name) in enumerate(listed(place) if said.count else ()):
        told("bringing files back", done, said.count)
        target = run_dir / name
        if target.is_file() and pump.digest(target) == (digest if name.startswith(DRAWN) else target.name):
            continue
        _private(target.parent)
        draft = target.with_name(f".{target.name}.{os.getpid()}")
        with (place / name).open("rb") as file:
            pump.into_file(file, draft, lambda _: None)
        draft.replace(target)
        new += 1
    return new


def listed(place: Path) -> Iterator[tuple[str, str]]:
    """Yield the digest and the place of each file of a backup.

    Raises:
        BackupRefused: a line is none of ours: a list from elsewhere must not say where files go.

    """
    if not (place / LIST).is_file():
        return
    with (place / LIST).open(encoding="ascii", errors="replace") as lines:
        for line in lines:
            found = LINE.fullmatch(line.rstrip("\n"))
            if found is None:
                raise BackupRefused(f"{place / LIST} is no list of files: {line[:80]!r}")
            yield found[1], found[2]


def _there(run_dir: Path, folder: str) -> Iterator[str]:
    for path in sorted((run_dir / folder).glob("[0-9a-f][0-9a-f]/*")):
        name = path.relative_to(run_dir).as_posix()
        # What is being written has another name until it is whole.
        if PLACE.fullmatch(name) and path.is_file():
            yield name


def _private(folder: Path) -> None:
    """Make a folder of files and the one above it, for their owner alone (`parents=True` would open the upper one)."""
    folder.parent.parent.mkdir(parents=True, exist_ok=True)
    for one in (folder.parent, folder):
        one.mkdir(mode=0o700, exist_ok=True)


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)
