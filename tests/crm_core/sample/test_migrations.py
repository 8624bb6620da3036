"""Migrations of a base that is in use: up and down again, and nothing that was there before is touched."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
from psycopg import sql

from crm_core import migrate
from crm_core.sample import command
from crm_core.settings import Settings
from tests.crm_core.sample.conftest import plan

pytestmark = pytest.mark.integration
FIRST = "0001"
KEPT = (
    "customers", "contacts", "tariffs", "premises", "accounts", "meters", "registers", "readings", "invoices",
    "invoice_lines", "payments", "promises", "applications", "interactions", "dispositions",
)  # fmt: skip
"""Tables of the first revision, with what the sample puts into them."""


@pytest.fixture
def filled(scratch: Callable[[str], Settings]) -> str:
    """Address of a base with a sample of 64 subscribers."""
    settings = scratch("filled")
    command.load(settings, plan(subscribers=64, months=12))
    return settings.database_url


def contents(url: str, columns: dict[str, list[str]]) -> dict[str, object]:
    """How many rows each table has, and a fingerprint of these columns of all of them."""
    found: dict[str, object] = {}
    with psycopg.connect(url.replace("+psycopg", "")) as db:
        for table, names in columns.items():
            row = sql.SQL(", ").join(map(sql.Identifier, names))
            query = sql.SQL("select count(*), sum(hashtextextended(row({})::text, 0)) from {}")
            found[table] = db.execute(query.format(row, sql.Identifier(table))).fetchone()
    return found


def columns_of(url: str) -> dict[str, list[str]]:
    with psycopg.connect(url.replace("+psycopg", "")) as db:
        query = "select column_name from information_schema.columns where table_name = %s order by 1"
        return {table: [name for (name,) in db.execute(query, (table,))] for table in KEPT}


def test_a_filled_base_goes_down_and_up_again_with_what_it_held(filled: str) -> None:
    migrate.downgrade(filled, FIRST)
    columns = columns_of(filled)
    before = contents(filled, columns)
    assert all(row[0] for row in before.values() if isinstance(row, tuple))
    migrate.upgrade(filled)
    assert migrate.drift(filled) == []
    assert contents(filled, columns) == before
    migrate.downgrade(filled, FIRST)
    assert contents(filled, columns) == before
    migrate.upgrade(filled)
    assert contents(filled, columns) == before
