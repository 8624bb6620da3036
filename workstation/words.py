"""Languages of the screen: catalogues read from `.po` files at start, no build step (shell: reads files once)."""

from __future__ import annotations

import gettext
import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE_DIR = Path(__file__).resolve().parent / "locale"
SOURCE = "en"
"""Language the strings are written in."""


@dataclass(frozen=True, slots=True)
class Language:
    """One language of the screen."""

    code: str
    name: str
    """In itself, as a person looks for it."""
    dir: str
    """`ltr` or `rtl`."""
    words: gettext.NullTranslations
    edition: str = ""
    """Changes with the words."""


def read_catalogue(folder: Path, language: str) -> Catalog:
    """Read and join every `.po` file of one language."""
    joined = Catalog(locale=language)
    for path in sorted((folder / language / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id and not message.fuzzy:
                    joined[message.id] = message
    return joined


def load_languages(folder: Path = LOCALE_DIR) -> Mapping[str, Language]:
    """Load every language that has a folder, and the one the source is written in."""
    codes = [SOURCE, *sorted(path.name for path in folder.iterdir() if (path / "LC_MESSAGES").is_dir())]
    return {code: _load(folder, code) for code in dict.fromkeys(codes)}


def choose(wanted: Iterable[str], languages: Mapping[str, Language]) -> Language:
    """Return the first wanted language that there is, else the source language.

    Args:
        wanted: codes in order of preference, as a user's setting or `Accept-Language` gives them (`ru-RU`).
        languages: what there is.

    """
    for code in wanted:
        base = code.strip().lower().replace("_", "-").partition("-")[0]
        if base in languages:
            return languages[base]
    return languages[SOURCE]


def accepted(header: str) -> list[str]:
    """Read an `Accept-Language` header into codes, best first (RFC 9110, 12.5.4); nonsense is left out."""
    weighed: list[tuple[float, str]] = []
    for part in header[:200].split(","):
        code, _, parameter = part.strip().partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        if code:
            weighed.append((weight, code))
    return [code for _, code in sorted(weighed, key=lambda pair: -pair[0])]


def _load(folder: Path, code: str) -> Language:
    locale = Locale.parse(code)
    compiled = io.BytesIO()
    write_mo(compiled, read_catalogue(folder, code))
    edition = hashlib.sha256(compiled.getvalue()).hexdigest()
    compiled.seek(0)
    words = gettext.NullTranslations() if code == SOURCE else gettext.GNUTranslations(compiled)
    return Language(code, locale.get_display_name() or code, locale.text_direction, words, edition)
