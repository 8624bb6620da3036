"""Asterisk's configuration files read as Asterisk reads them (main/config.c), to hold against what was meant."""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass
class Section:
    """A section: its name, what it inherits from, and its lines in order."""

    name: str
    parents: tuple[str, ...]
    lines: list[tuple[str, str]] = field(default_factory=list)

    def __getitem__(self, key: str) -> str:
        (value,) = [value for name, value in self.lines if name == key]
        return value

    def get(self, key: str) -> str | None:
        return next((value for name, value in self.lines if name == key), None)


class Strange(AssertionError):
    """A line that Asterisk would take for something else than a section or a setting."""


def read(text: str) -> list[Section]:
    """Take a file to pieces; comments end at the line's end, `#` begins a command, `=` or `=>` parts name and value."""
    found: list[Section] = []
    for line in re.split(r"[\n\0]", text):
        bare = re.sub(r"(?<!\\);.*", "", line).strip()
        if not bare:
            continue
        if bare.startswith("#"):
            raise Strange(f"a command: {bare}")
        if bare.startswith("["):
            head = re.fullmatch(r"\[([^\]]*)\](?:\((.*)\))?", bare)
            if head is None:
                raise Strange(f"no section: {bare}")
            found.append(Section(head[1], tuple(filter(None, (head[2] or "").split(",")))))
            continue
        name, parted, value = bare.partition("=")
        if not parted or not found:
            raise Strange(f"no setting: {bare}")
        found[-1].lines.append((name.strip(), value.removeprefix(">").strip().replace("\\;", ";")))
    return found
