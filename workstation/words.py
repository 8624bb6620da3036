"""Languages of the screen: catalogues read from `.po` files when somebody first reads one (shell: reads files).

There is no build step. Reading the files of a language takes a third of a second, so what was read is kept compiled in
the run folder under a name that changes with the files, and a language that nobody reads is not read at all.
"""

from __future__ import annotations

import gettext
import hashlib
import io
import os
import struct
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from workstation import pseudo

LOCALE_DIR = Path(__file__).resolve().parent / "locale"
SOURCE = "en"
"""Language the strings are written in."""


class Language:
    """One language of the screen; its words are read when they are first asked for.

    Args:
        code: as Babel and browsers name it.
        folder: of the catalogues; None for a language without any.
        kept: where compiled words are kept between two starts; None keeps none.

    """

    def __init__(self, code: str, folder: Path | None = None, kept: Path | None = None) -> None:
        locale = Locale.parse(SOURCE if code == pseudo.CODE else code)
        self.code = code
        self.name = pseudo.NAME if code == pseudo.CODE else locale.get_display_name() or code
        """In itself, as a person looks for it."""
        self.dir = locale.text_direction
        """`ltr` or `rtl`."""
        self._files = [] if folder is None else catalogues(folder, code)
        self._folder = folder
        self._kept = kept

    @cached_property
    def edition(self) -> str:
        """Changes with the words."""
        seen = hashlib.sha256(self.code.encode())
        for path in self._files:
            seen.update(path.read_bytes())
        return seen.hexdigest()

    @cached_property
    def words(self) -> gettext.NullTranslations:
        """Gettext of the language; what is not translated is English."""
        if self.code == pseudo.CODE:
            return pseudo.PseudoWords()
        if self._folder is None or not self._files:
            return gettext.NullTranslations()
        place = self._kept and self._kept / f"{self.code}-{self.edition[:16]}.mo"
        if place:
            with suppress(OSError, ValueError, struct.error), place.open("rb") as file:
                return gettext.GNUTranslations(file)
        compiled = io.BytesIO()
        write_mo(compiled, read_catalogue(self._folder, self.code))
        if place:
            _keep(place, self.code, compiled.getvalue())
        compiled.seek(0)
        return gettext.GNUTranslations(compiled)


def catalogues(folder: Path, language: str) -> list[Path]:
    """Return the files of one language, in the order they are joined."""
    return sorted((folder / language / "LC_MESSAGES").glob("*.po"))


def read_catalogue(folder: Path, language: str) -> Catalog:
    """Read and join every `.po` file of one language."""
    joined = Catalog(locale=language)
    for path in catalogues(folder, language):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id and not message.fuzzy:
                    joined[message.id] = message
    return joined


def load_languages(
    folder: Path = LOCALE_DIR, *, kept: Path | None = None, with_pseudo: bool = False
) -> Mapping[str, Language]:
    """Return every language that has a folder, and the one the source is written in.

    Args:
        folder: of the catalogues, one folder a language.
        kept: where compiled words are kept between two starts.
        with_pseudo: offer the language nobody speaks too.

    """
    found = sorted(path.name for path in folder.iterdir() if (path / "LC_MESSAGES").is_dir())
    codes = dict.fromkeys([SOURCE, *found, *([pseudo.CODE] if with_pseudo else [])])
    return {code: Language(code, None if code == SOURCE else folder, kept) for code in codes}


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


def _keep(place: Path, code: str, compiled: bytes) -> None:
    """Keep compiled words, where there is room; those of other editions go."""
    with suppress(OSError):
        place.parent.mkdir(mode=0o700, exist_ok=True)
        new = place.with_suffix(f".{os.getpid()}")
        new.write_bytes(compiled)
        new.replace(place)
        for other in place.parent.glob(f"{code}-*.mo"):
            if other != place:
                other.unlink(missing_ok=True)
