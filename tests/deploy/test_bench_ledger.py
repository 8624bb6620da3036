"""The ledger's figures are taken on the sample base, whose money adds up and which is left as it was."""

from __future__ import annotations

import psycopg
import pytest

from crm_core import clock
from crm_core.sample import command
from crm_core.sample.plan import Plan
from crm_core.settings import Settings
from crm_core.store import ledger_verify
from deploy.bench import base_ledger

pytestmark = pytest.mark.integration
NAMES = {
    "verify: a million accounts", "verify: accounts at fault", "payments posted, one after the other",
    "reading submissions, one after the other", "ledger read, p50", "ledger read, p99",
}  # fmt: skip


def rows(settings: Settings) -> tuple[int, ...]:
    with psycopg.connect(settings.database_url.replace("+psycopg", "")) as db:
        found = db.execute("select (select count(*) from payments), (select count(*) from readings)").fetchone()
    assert found is not None
    return tuple(found)


def test_figures_of_the_ledger_are_taken_and_nothing_is_left_of_them(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base_ledger, "ROUNDS", 10)
    command.load(settings, Plan(subscribers=300, months=12, seed=1, currency="RUB", today=clock.now().date()))
    before = rows(settings)
    found = {one.name: one for one in base_ledger.figures(settings, 300)}
    assert set(found) == NAMES
    assert found["verify: accounts at fault"].held
    assert all(one.value > 0 for name, one in found.items() if name != "verify: accounts at fault")
    assert rows(settings) == before
    with ledger_verify.connect(settings.database_url) as db:
        assert [(one.upto, one.accounts, one.faults) for one in ledger_verify.check(db, 100)] == [
            (100, 99, 0), (200, 100, 0), (300, 100, 0), (301, 1, 0)
        ]  # fmt: skip
