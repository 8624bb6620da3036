"""Titles of lists and of the database in templates: shown as they are, translated where they are known."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.servers import node_settings
from workstation.templates import Templates
from workstation.words import load_languages

pytestmark = pytest.mark.unit


@pytest.fixture
def shown(tmp_path: Path) -> Templates:
    (tmp_path / "title.html").write_text('{{ _(title) }}|{{ gettext(title) }}|{{ _("100%% sure") }}')
    (tmp_path / "told.html").write_text('{{ _("%(n)s of 100%%", n=title) }}')
    settings = node_settings(tmp_path, "postgresql+psycopg://nobody@127.0.0.1:1/none", "unix:///nowhere")
    return Templates(settings, load_languages(), tmp_path)


@pytest.mark.parametrize("title", ["20 % off", "100%", "%(name)s", "%s %d", "{0}", "50 %% cash back"])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_title_with_a_percent_sign_is_shown_as_it_is(shown: Templates, title: str, language: str) -> None:
    assert shown.render("title.html", language, title=title) == f"{title}|{title}|100% sure"


def test_a_title_of_the_database_is_text_and_never_markup(shown: Templates) -> None:
    html = shown.render("title.html", "en", title="<img src=x onerror=alert(1)>")
    assert "<img" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html


def test_what_is_known_is_translated(shown: Templates) -> None:
    assert shown.render("title.html", "ru", title="Segments").startswith("Сегменты|Сегменты|")


def test_values_in_a_sentence_are_escaped(shown: Templates) -> None:
    assert shown.render("told.html", "en", title="<b>") == "&lt;b&gt; of 100%"
