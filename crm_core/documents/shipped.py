"""The templates that come with the house: bodies beside this module, one file for each and each language (shell).

They are the first versions; people change them on a page, and every version is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).with_name("shipped_bodies")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped:
    """One template as it is delivered."""

    code: str
    language: str
    title: str
    kind: str
    """`statement`, `notice`, `arrangement` or `certificate`: what it asks for before it is made."""
    body: str


KINDS = {"balance": "statement", "debt_notice": "notice", "arrangement": "arrangement", "readings": "certificate"}
LANGUAGES = ("en", "ru")


def shipped() -> list[Shipped]:
    """Return every template that comes with the house; its title is its first heading."""
    found = []
    for code, kind in KINDS.items():
        for language in LANGUAGES:
            body = (FOLDER / f"{code}.{language}.html").read_text(encoding="utf-8")
            title = body.partition("<h1>")[2].partition("</h1>")[0]
            found.append(Shipped(code=code, language=language, title=title, kind=kind, body=body))
    return found
