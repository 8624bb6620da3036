# ruff: noqa: RUF001 - digits of other scripts are what is tested
"""Seven languages and one nobody speaks: words, forms of the plural, days, numbers and the digits people type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po

from workstation import completeness, pseudo, typed
from workstation.completeness import singular
from workstation.formats import Formats
from workstation.forms import Form
from workstation.templates import DESK as DESK_PAGES
from workstation.words import LOCALE_DIR, catalogues, load_languages, read_catalogue

pytestmark = pytest.mark.unit
CODES = ("am", "ar", "fa", "hu", "ru", "th")
ROOT = Path(__file__).resolve().parents[2] / "workstation"
DESK = (
    *DESK_PAGES, "base.html", "chooser.html", "error.html", "floor.html", "language.html", "wall.html", "_*.html",
    "panels/*.html",
)  # fmt: skip
"""Templates of who takes calls and of who helps them."""
DESK_CODE = (
    "keymap.py", "desk.py", "sentences.py", "forms.py", "debtor_words.py", "language_page.py", "panels/*.py",
    "reading_words.py", "refusals.py",
)  # fmt: skip
PLACES = re.compile(r"%\(\w+\)[sd]|%%|\{\w*\}")


def messages(code: str) -> Iterator[Message]:
    for path in catalogues(LOCALE_DIR, code):
        with path.open("rb") as file:
            yield from (one for one in read_po(file, locale=code) if one.id)


def test_seven_languages_are_there_each_named_in_itself_with_its_direction() -> None:
    found = load_languages()
    assert set(found) == {"en", *CODES}
    assert {code for code, one in found.items() if one.dir == "rtl"} == {"ar", "fa"}
    assert (found["fa"].name, found["hu"].name, found["th"].name) == ("فارسی", "magyar", "ไทย")
    assert pseudo.CODE in load_languages(with_pseudo=True)


@pytest.mark.parametrize("code", CODES)
def test_places_for_values_survive_in_every_language(code: str) -> None:
    """A form of a plural may leave the number out, nothing else, and no form may name what is not there."""
    for one in messages(code):
        forms = [one.string] if isinstance(one.string, str) else list(one.string)
        wanted = sorted(PLACES.findall(str(one.id if isinstance(one.id, str) else one.id[1])))
        for form in forms:
            has = sorted(PLACES.findall(form))
            assert has == wanted or (not isinstance(one.id, str) and set(has) <= set(wanted)), (one.id, form)


@pytest.mark.parametrize("code", CODES)
def test_a_plural_has_as_many_forms_as_the_language(code: str) -> None:
    for one in messages(code):
        if not isinstance(one.id, str):
            assert len(one.string) == get_plural(code).num_plurals, one.id


@pytest.mark.parametrize("code", CODES)
def test_nothing_is_translated_that_the_source_does_not_say(code: str) -> None:
    """A string that was reworded leaves no dead translation behind."""
    known = {singular(one) for one in messages("ru")}
    assert {singular(one) for one in messages(code)} - known == set()


def test_what_is_not_translated_is_english_and_is_counted(tmp_path: Path) -> None:
    for code, text in (
        ("ru", 'msgid "Yes"\nmsgstr "Да"\n\nmsgid "No"\nmsgstr "Нет"\n'),
        ("hu", 'msgid "Yes"\nmsgstr "Igen"\n'),
    ):
        place = tmp_path / code / "LC_MESSAGES" / "x.po"
        place.parent.mkdir(parents=True)
        place.write_text(text, encoding="utf-8")
    words = load_languages(tmp_path)["hu"].words.gettext
    assert (words("Yes"), words("No")) == ("Igen", "No")
    assert completeness.total(completeness.count(tmp_path), "hu").share == 0.5
    assert list(completeness.missing("hu", tmp_path)) == [("x", "No")]


def test_words_are_read_once_and_kept_until_a_catalogue_changes(tmp_path: Path) -> None:
    place = tmp_path / "locale" / "hu" / "LC_MESSAGES" / "x.po"
    place.parent.mkdir(parents=True)
    kept = tmp_path / "words"
    seen = []
    for said in ("Igen", "Igen", "Nem"):
        place.write_text(f'msgid "Yes"\nmsgstr "{said}"\n', encoding="utf-8")
        language = load_languages(tmp_path / "locale", kept=kept)["hu"]
        assert language.words.gettext("Yes") == said
        seen.append([(one.name, one.stat().st_mtime_ns) for one in kept.iterdir()])
    assert seen[0] == seen[1] != seen[2]
    assert [len(one) for one in seen] == [1, 1, 1]


def test_kept_words_that_are_not_whole_are_read_anew(tmp_path: Path) -> None:
    first = load_languages(kept=tmp_path)["ru"].words.gettext("Ready")
    for place in tmp_path.iterdir():
        for broken in (b"", b"nonsense", place.read_bytes()[:40]):
            place.write_bytes(broken)
            assert load_languages(kept=tmp_path)["ru"].words.gettext("Ready") == first


def test_the_language_nobody_speaks_is_longer_and_keeps_places_for_values() -> None:
    words = load_languages(with_pseudo=True)[pseudo.CODE].words
    said = words.gettext("Change the key of: %(action)s")
    assert (said[:7], said[-1]) == ("[Çhàñgé", "]")
    assert "%(action)s" in said
    assert words.gettext("At most {most}.").count("{most}") == 1
    assert len(words.gettext("a" * 100)) >= 140
    assert words.ngettext("one", "many", 2).startswith("[màñý")


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("ar", ("١٬٢٣٤٫٥٠", "١٢٬٣٤٥٫٥", "٣٠ نوفمبر ٢٠٢٦", "١٥:٠٥", "١:٠٢:٠٣")),
        ("fa", ("۱٬۲۳۴٫۵۰", "۱۲٬۳۴۵٫۵", "۳۰ نوامبر ۲۰۲۶", "۱۵:۰۵", "۱:۰۲:۰۳")),
        ("hu", ("1\xa0234,50", "12\xa0345,5", "2026. nov. 30.", "15:05", "1:02:03")),
        ("am", ("1,234.50", "12,345.5", "ኖቬም 30 2026", "15:05", "1:02:03")),
        ("th", ("1,234.50", "12,345.5", "30 พ.ย. 2026", "15:05", "1:02:03")),
    ],
)
def test_a_language_writes_numbers_days_and_times_its_way(code: str, shown: tuple[str, ...]) -> None:
    money, number, day, moment, clock = shown
    formats = Formats(code, "Europe/Moscow", "EUR")
    assert money in formats.money(Decimal("1234.5"))
    assert formats.number(Decimal("12345.5")) == number
    assert formats.day(date(2026, 11, 30)) == day
    assert formats.moment(datetime(2026, 11, 30, 12, 5, tzinfo=UTC)).endswith(moment)
    assert formats.clock(3723) == clock


@pytest.mark.parametrize(
    ("field", "typed_in", "read"),
    [
        ("amount", "١٬٢٣٤٫٥٠", Decimal("1234.50")),
        ("amount", "۱۲۳۴٫۵", Decimal("1234.5")),
        ("amount", "๑๒๓๔.๕", Decimal("1234.5")),
        ("day", "۲۰۲۶-۱۱-۳۰", date(2026, 11, 30)),
        ("whole", "٤٢", 42),
    ],
)
def test_every_field_of_a_form_takes_the_digits_of_the_reader(field: str, typed_in: str, read: object) -> None:
    form = Form({"x": typed_in}, str)
    found = {
        "amount": lambda: form.amount("x", Decimal(0), Decimal(10**6)),
        "day": lambda: form.day("x"),
        "whole": lambda: form.whole("x"),
    }[field]()
    assert (found, form.errors) == (read, {})


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("phone", "+٧ ٩١٢ ٣٤٥-٦٧-٨٩", "+7 912 345-67-89"),
        ("at", "۲۰۲۶-۱۱-۳۰T۱۵:۰۵", "2026-11-30T15:05"),
        ("opens", "๐๘:๓๐", "08:30"),
        ("name", "شقة ١٢", "شقة ١٢"),
        ("password", "١٢٣٤٥٦٧٨", "١٢٣٤٥٦٧٨"),
        ("plain", "12", "12"),
    ],
)
def test_figures_are_read_and_words_and_passwords_stay_as_they_were_typed(name: str, value: str, read: str) -> None:
    # A moment has one letter, and it is the browser's: such fields are the browser's own and bring 0 to 9.
    assert typed.sent(name, value) == (value if "T" in value else read)


def said_at_the_desk() -> set[str]:
    """What the templates and sentences of the desk and the floor say; scripts say what `_words.html` holds."""
    options = {"newstyle_gettext": "true", "trim_blocks": "true", "lstrip_blocks": "true"}
    keywords: dict[str, object] = {"N_": None, "_": None, "gettext": None, "ngettext": (1, 2)}
    found: set[str] = set()
    for patterns, folder, method in ((DESK, "templates", "jinja2.ext:babel_extract"), (DESK_CODE, ".", "python")):
        for path in {path for pattern in patterns for path in (ROOT / folder).glob(pattern)}:
            with path.open("rb") as file:
                for _, words, _, _ in extract(method, file, keywords, (), options):
                    found.add(str(words[0] if isinstance(words, tuple) else words))
    return found


@pytest.mark.parametrize("code", CODES)
def test_the_desk_and_the_floor_are_read_in_every_language(code: str) -> None:
    """What was written since a language was last looked through may wait in English: one string of twenty at most."""
    desk = said_at_the_desk()
    assert len(desk) > 1_000
    lacks = {text for _, text in completeness.missing(code)} & desk
    assert len(lacks) <= len(desk) / 20, sorted(lacks)


def test_russian_is_whole_and_says_what_there_is_to_say() -> None:
    assert completeness.total(completeness.count(), "ru").share == 1
    assert len(read_catalogue(LOCALE_DIR, "ru")) > 3_000
