"""Compiled pages: kept between two starts, and never believed when they are not ours or not whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from crm_core.settings import Settings
from workstation.compiled import FOLDER
from workstation.templates import Templates
from workstation.words import load_languages

pytestmark = pytest.mark.unit


def started(run_dir: Path, words: Path | None = None) -> Templates:
    """A web process that has just started."""
    settings = Settings.model_construct(
        run_dir=run_dir, utility="Sample", time_zone="Europe/Moscow", currency="RUB", country="RU"
    )
    return Templates(settings, load_languages(words) if words else load_languages())


def shown(templates: Templates, language: str = "en") -> str:
    return templates.render("card_reason.html", language, account_id=1, reasons=())


def pages(run_dir: Path) -> list[Path]:
    return sorted((run_dir / FOLDER).glob("*/*.page"))


def test_what_one_start_compiled_the_next_one_takes_as_it_is(tmp_path: Path) -> None:
    first = shown(started(tmp_path))
    kept = pages(tmp_path)
    assert kept
    written = [page.stat().st_mtime_ns for page in kept]
    assert shown(started(tmp_path)) == first
    assert [page.stat().st_mtime_ns for page in kept] == written


@pytest.mark.long
def test_a_page_that_is_not_whole_is_compiled_anew(tmp_path: Path) -> None:
    first = shown(started(tmp_path))
    for page in pages(tmp_path):
        whole = page.read_bytes()
        for broken in (b"", b"nonsense", whole[: len(whole) // 2]):
            page.write_bytes(broken)
            assert shown(started(tmp_path)) == first


def test_other_words_are_another_edition_and_the_old_one_goes(tmp_path: Path) -> None:
    assert shown(started(tmp_path), "ru") != shown(started(tmp_path), "en")
    catalogue = tmp_path / "words" / "ru" / "LC_MESSAGES" / "x.po"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text('msgid "Open the card"\nmsgstr "Другие слова"\n', encoding="utf-8")
    assert "Другие слова" in shown(started(tmp_path, tmp_path / "words"), "ru")
    assert len({page.parent for page in pages(tmp_path) if page.parent.name.startswith("ru-")}) == 1


def test_without_a_place_to_keep_them_pages_are_compiled_and_shown(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("in the way", encoding="utf-8")
    assert shown(started(tmp_path)) == shown(started(tmp_path / "nowhere"))
