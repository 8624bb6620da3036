"""Every string shown to people is in the Russian catalogue; every code has its sentence and its line in the docs."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from workstation.errors import WebError
from workstation.sentences import RULES, SENTENCES
from workstation.words import LOCALE_DIR, accepted, choose, load_languages, read_catalogue

pytestmark = pytest.mark.unit
ROOT = Path(__file__).resolve().parents[2]
METHODS = [("templates/**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
OPTIONS = {"templates/**.html": {"newstyle_gettext": "true", "trim_blocks": "true", "lstrip_blocks": "true"}}
KEYWORDS = {"N_": None, "_": None, "gettext": None, "ngettext": (1, 2)}


def strings() -> dict[str, str]:
    """Every marked string with the place it stands."""
    found = extract_from_dir(ROOT / "workstation", METHODS, OPTIONS, KEYWORDS)
    return {(words[0] if isinstance(words, tuple) else words): f"{name}:{line}" for name, line, words, _, _ in found}


@pytest.mark.long
def test_the_source_marks_strings() -> None:
    assert len(strings()) > 100


@pytest.mark.long
def test_every_string_is_translated_into_russian() -> None:
    known = {
        (message.id[0] if isinstance(message.id, tuple) else message.id)
        for message in read_catalogue(LOCALE_DIR, "ru")
        if message.id and all([message.string] if isinstance(message.string, str) else message.string)
    }
    missing = {text: place for text, place in strings().items() if text not in known}
    assert not missing


def test_placeholders_survive_translation() -> None:
    russian = load_languages()["ru"].words.gettext
    for text in SENTENCES.values():
        assert russian(text).count("{") == text.count("{")


def test_every_code_of_the_workstation_has_a_sentence_and_a_line_in_the_docs() -> None:
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    for code in [*SENTENCES, *RULES]:
        assert f"`{code}`" in page, code


def test_every_code_other_packages_refuse_with_has_a_sentence() -> None:
    from crm_core import errors as crm_errors  # noqa: PLC0415

    answered = {
        kind.code
        for kind in vars(crm_errors).values()
        if isinstance(kind, type) and issubclass(kind, crm_errors.CrmError) and kind is not crm_errors.CrmError
    } - {"migration-refused", "no-such-user", "login-taken", "no-free-extension"}
    assert answered <= set(SENTENCES)
    assert issubclass(WebError, Exception)


def test_the_reader_s_first_known_language_wins() -> None:
    languages = load_languages()
    assert choose(accepted("de-DE,ru;q=0.8,en;q=0.5"), languages).code == "ru"
    assert choose(accepted("de"), languages).code == "en"
    assert choose(accepted(";;q=x,,ru;q=nonsense"), languages).code == "en"


def test_a_string_means_the_same_in_every_catalogue() -> None:
    """Catalogues are joined: of two translations one would stand where it was not meant."""
    for folder in LOCALE_DIR.glob("*/LC_MESSAGES"):
        said: dict[str, dict[str, str]] = {}
        for path in sorted(folder.glob("*.po")):
            with path.open("rb") as file:
                for message in read_po(file, locale=folder.parent.name):
                    if message.id:
                        said.setdefault(str(message.id), {})[str(message.string)] = path.name
        assert {text: words for text, words in said.items() if len(words) > 1} == {}
