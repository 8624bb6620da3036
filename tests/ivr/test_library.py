"""Flows and wordings as files: the house's own come first, and what cannot be served is refused at the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr import library
from ivr.library import LibraryError

pytestmark = pytest.mark.unit


def test_the_houses_own_sentences_replace_single_prompts(tmp_path: Path) -> None:
    (tmp_path / "en.yaml").write_text("goodbye: So long.\n", encoding="utf-8")
    books = library.load(("en", "ru"), tmp_path)
    assert books.wordings["en"].prompts["goodbye"] == "So long."
    assert books.wordings["en"].prompts["greeting"].startswith("Thank you")
    assert books.languages == ("en", "ru")


def test_the_houses_own_flow_replaces_ours(tmp_path: Path) -> None:
    text = "name: short\nstart: operator\noperator: operator\nsteps: {operator: {transfer: to_operator}}\n"
    (tmp_path / "main.yaml").write_text(text, encoding="utf-8")
    assert library.load(("en",), tmp_path).flow.name == "short"


def test_a_language_nobody_can_speak_is_left_out(tmp_path: Path) -> None:
    assert library.load(("xx", "ru"), tmp_path).languages == ("ru",)
    with pytest.raises(LibraryError, match="BUSBAR_LANGUAGES"):
        library.load(("xx",), tmp_path)


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("en.yaml", "goodbye: '{'", "cannot be read"),
        ("main.yaml", "nonsense", "cannot be read"),
        ("main.yaml", "name: x\nstart: a\noperator: a\nsteps: {a: {transfer: nobody_wrote_this}}", "en: nobody_wrote"),
    ],
)
def test_what_cannot_be_served_is_refused(tmp_path: Path, name: str, text: str, sentence: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(LibraryError, match=sentence):
        library.load(("en",), tmp_path)


def test_everything_known_beforehand_is_made_beforehand(tmp_path: Path) -> None:
    books = library.load(("en", "ru"), tmp_path)
    constant = {(sentence.language, sentence.prompt) for sentence in books.constant("U")}
    assert {("en", "greeting"), ("ru", "choose_language"), ("ru", "cannot_speak"), ("en", "goodbye")} <= constant
    assert ("en", "balance_due") not in constant
