"""`busbar verify` and `busbar settle-promises` on a real base."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import psycopg
import pytest

from crm_core.settings import Settings
from deploy.commands import ledger
from tests.support.ledger import BULK

pytestmark = pytest.mark.integration


@pytest.fixture
def base(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A base with one account that owes 100 and promised it long ago."""
    monkeypatch.setattr(ledger, "load_settings", lambda: settings)
    db = psycopg.connect(settings.database_url.replace("+psycopg", ""), autocommit=True)
    db.execute("insert into tariffs (code, name, valid_from, prices) values ('T', 'T', '2020-01-01', '{}')")
    db.execute("insert into customers (kind, name, name_key) values ('person', 'Anna', 'anna')")
    db.execute("insert into premises (address, address_key, time_zone) values ('A', 'a', 'Europe/Moscow')")
    db.execute(
        "insert into accounts (number, customer_id, premises_id, tariff_id, currency, opened_on)"
        " values ('0000001', 1, 1, 1, 'RUB', '2020-01-01')"
    )
    day = date(2026, 1, 1)
    db.execute("insert into invoices values (1, %s, %s, %s, 100, 100)", [day, day, day])
    db.execute("insert into promises (account_id, amount, due_on) values (1, 100, %s)", [day])
    yield db
    db.close()


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    found: dict[str, object] = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    return found


def test_a_sound_base_is_said_to_be_and_a_faulty_one_ends_with_1(
    base: psycopg.Connection[tuple[object, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert ledger._verify(1000) == 0
    assert told(capsys)["faults"] == 0
    with base.transaction():
        base.execute(BULK)
        base.execute("update accounts set balance = 99")
    assert ledger._verify(1000) == 1
    (first,) = told(capsys)["first"]  # type: ignore[misc]
    assert (first["account_id"], first["fault"], Decimal(first["balance"])) == (1, "balance", 99)


def test_promises_are_settled_from_the_command_line(
    base: psycopg.Connection[tuple[object, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    ledger.settle_promises()
    assert told(capsys) == {"settled": 1}
    assert base.execute("select status from promises").fetchone() == ("broken",)


def test_a_database_that_is_away_is_said_in_a_sentence(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    away = settings.model_copy(update={"database_url": "postgresql+psycopg://nobody@/nothing?host=/nowhere"})
    monkeypatch.setattr(ledger, "load_settings", lambda: away)
    assert ledger._verify(1000) == 1
    assert "does not answer" in capsys.readouterr().err
