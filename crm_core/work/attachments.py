"""Files that come with an application: what may be kept, told by content and never by name (pure).

A name is shown and nothing else: it is never a path. What a file is called and what its sender says it is count for
nothing; its first bytes do, and a web browser is told exactly that type and to save it, never to show it.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from crm_core.text import one_line

LARGEST = 10 * 2**20
"""Bytes of one file."""
MOST = 20
"""Files of one application."""
LONGEST_NAME = 120
MOST_PARTS = 2000
"""Entries of an office document; more is no document."""
LARGEST_UNPACKED = 200 * 2**20

SIGNATURES: Mapping[bytes, tuple[str, str]] = {
    b"%PDF-": ("application/pdf", ".pdf"),
    b"\x89PNG\r\n\x1a\n": ("image/png", ".png"),
    b"\xff\xd8\xff": ("image/jpeg", ".jpg"),
}
OFFICE = {
    "word/": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx"),
    "xl/": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx"),
}
TEXT = ("text/plain", ".txt")
MARKUP = ("<!doctype", "<html", "<script", "<svg", "<?xml", "<head", "<body", "<iframe", "<a ", "<img")


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A file that may be kept."""

    name: str
    """To show: one line, no separators of paths, an ending that says what it is."""
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A file that may not; `code` says why."""

    code: str


def look(name: str, data: bytes) -> Accepted | Rejected:
    """Say whether a file may be kept, and as what.

    Args:
        name: as its sender called it; hostile.
        data: all of it, at most `LARGEST` and one byte.

    """
    if not data:
        return Rejected(code="file-empty")
    if len(data) > LARGEST:
        return Rejected(code="file-too-large")
    found = _kind(data)
    if found is None:
        return Rejected(code="file-kind")
    media_type, ending = found
    return Accepted(name=shown(name, ending), media_type=media_type)


def _kind(data: bytes) -> tuple[str, str] | None:
    for signature, kind in SIGNATURES.items():
        if data.startswith(signature):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp", ".webp"
    if data.startswith(b"PK\x03\x04"):
        return _office(data)
    return TEXT if _is_text(data) else None


def _office(data: bytes) -> tuple[str, str] | None:
    """Read the table of contents only; nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, RuntimeError):
        return None
    names = [part.filename for part in parts]
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
        return None
    if "[Content_Types].xml" not in names or any(_foul(name) for name in names):
        return None
    return next((kind for folder, kind in OFFICE.items() if any(name.startswith(folder) for name in names)), None)


def _foul(name: str) -> bool:
    low = name.casefold()
    macros = low.endswith(("vbaproject.bin", ".exe", ".dll", ".js", ".vbs")) or "/activex/" in low
    return macros or name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/")


def _is_text(data: bytes) -> bool:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    if any(ord(sign) < 32 and sign not in "\t\r\n\f" for sign in text):
        return False
    return not any(mark in text.casefold() for mark in MARKUP)


def shown(name: str, ending: str) -> str:
    """Return a name fit to show, that ends as its content says."""
    plain = one_line(name.replace("\\", "/").rpartition("/")[2], LONGEST_NAME * 2)
    plain = "".join("_" if sign in '<>:"|?*;%' else sign for sign in plain).strip(". ")
    stem = plain.rpartition(".")[0] or plain
    return (stem[: LONGEST_NAME - len(ending)].strip(". ") or "file") + ending


def disposition(name: str) -> str:
    """Return the Content-Disposition that saves a file under its name, whatever the name holds (RFC 6266)."""
    ascii_name = "".join(sign if sign.isascii() and (sign.isalnum() or sign in " ._-") else "_" for sign in name)
    return f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='')}"
