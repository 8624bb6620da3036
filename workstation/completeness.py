"""How far each language of the screen is translated (shell: reads catalogues).

The Russian catalogues say what there is to translate: a test holds them equal to the source.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from workstation.words import LOCALE_DIR, catalogues

WHOLE = "ru"
"""The language that is always whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What of one catalogue is translated into one language."""

    catalogue: str
    language: str
    strings: int
    translated: int

    @property
    def share(self) -> float:
        """Between 0 and 1."""
        return self.translated / self.strings if self.strings else 1.0


def count(folder: Path = LOCALE_DIR) -> list[Share]:
    """Count what is translated, catalogue by catalogue, in every language that has a folder."""
    wanted = {path.stem: set(_translated(path, WHOLE)) for path in catalogues(folder, WHOLE)}
    found = []
    for code in _languages(folder):
        known = _known(folder, code)
        found += [
            Share(catalogue=name, language=code, strings=len(texts), translated=len(texts & known))
            for name, texts in wanted.items()
        ]
    return found


def total(found: Sequence[Share], language: str) -> Share:
    """Return what is translated into one language, all catalogues together."""
    mine = [one for one in found if one.language == language]
    return Share(
        catalogue="",
        language=language,
        strings=sum(one.strings for one in mine),
        translated=sum(one.translated for one in mine),
    )


def missing(language: str, folder: Path = LOCALE_DIR) -> Iterator[tuple[str, str]]:
    """Yield catalogue and English text of everything a language lacks."""
    known = _known(folder, language)
    for path in catalogues(folder, WHOLE):
        for text in _translated(path, WHOLE):
            if text not in known:
                yield path.stem, text


def singular(message: Message) -> str:
    """Return a message's English text, the singular where it has two."""
    return str(message.id[0] if isinstance(message.id, list | tuple) else message.id)


def _languages(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if (path / "LC_MESSAGES").is_dir())


def _known(folder: Path, language: str) -> set[str]:
    return {text for path in catalogues(folder, language) for text in _translated(path, language)}


def _translated(path: Path, language: str) -> list[str]:
    with path.open("rb") as file:
        return [singular(one) for one in read_po(file, locale=language) if one.id and not one.fuzzy and _whole(one)]


def _whole(message: Message) -> bool:
    said = message.string
    return bool(said) and (isinstance(said, str) or all(said or ()))
