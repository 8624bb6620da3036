"""Guides that a new base comes with, to be replaced by the utility's own (shell: reads the files beside it).

A file is `<kind>.<code>.<language>.txt`: a line with the title, a line with topics, an empty line, what it says.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).resolve().parent / "shipped_guides"


class Shipped(NamedTuple):
    """One guide in one language."""

    kind: str
    code: str
    language: str
    topics: tuple[str, ...]
    title: str
    body: str


def shipped() -> Iterator[Shipped]:
    """Return every guide there is a file of, by its name."""
    for path in sorted(FOLDER.glob("*.txt")):
        kind, code, language = path.stem.split(".")
        title, topics, _, body = path.read_text(encoding="utf-8").split("\n", 3)
        yield Shipped(kind, code, language, tuple(topics.split()), title, body.strip())
