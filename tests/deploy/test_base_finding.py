"""The bench of search and duplicates, on a base of a few."""

# ruff: noqa: RUF001 -- people have Russian names.
from __future__ import annotations

import asyncio

import pytest
from typer.testing import CliRunner

from crm_core import db as way
from crm_core.settings import Settings
from crm_core.store import search_words
from deploy.bench import base_finding
from deploy.cli import app
from tests.crm_core.conftest import Base

pytestmark = pytest.mark.integration


async def fill(url: str) -> None:
    pools = way.open_pools(url, name="test", size=1)
    try:
        base = Base(pools)
        for number in range(6):
            name = ("Щукин Юрий Юрьевич", "Anna Holm", "Бабочкин Пётр")[number % 3]
            account = await base.subscriber(name, f"+7916123456{number}", f"г. Тверь, ул. Ленина, д. {number}")
            await base.meter(account, "single", serial=f"SN-{number}")
        async with way.transaction(pools) as db:
            await search_words.rebuild(db)
    finally:
        await pools.dispose()


def test_every_key_finds_whom_it_should(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    asyncio.run(fill(settings.database_url))
    monkeypatch.setattr(base_finding, "SEARCHES", 4)
    monkeypatch.setattr(base_finding, "PEOPLE", 3_000)
    figures = {figure.name: figure for figure in base_finding.figures(settings, 6)}
    for key in ("account", "account without check digit", "telephone", "meter", "name", "name with a typing error"):
        assert figures[f"search by {key} of 6: found"].held, key
        assert figures[f"search by {key} of 6: p99"].value > 0
    assert figures["duplicates: precision"].held
    assert figures["duplicates: recall"].held
    assert not any(name.startswith("search by email") for name in figures)  # nobody here has one


def test_an_empty_base_has_nothing_to_search(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base_finding, "duplicates", list)
    assert base_finding.run(settings) == []


def test_the_dictionary_is_made_anew_by_a_command(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    asyncio.run(fill(settings.database_url))
    monkeypatch.setattr("deploy.commands.finding.load_settings", lambda: settings)
    told = CliRunner().invoke(app, ["search-words"])
    assert (told.exit_code, told.output) == (0, "9 words\n")
