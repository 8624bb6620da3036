"""Facts of the sample: there for everybody, and what the house would work out itself."""

from __future__ import annotations

import pytest

from crm_core.sample import facts
from crm_core.sample.session import Connection
from crm_core.store.facts_sql import REFRESH
from tests.crm_core.sample.conftest import plan

pytestmark = pytest.mark.integration


def test_every_account_of_the_sample_has_its_facts_and_none_waits(base: Connection) -> None:
    assert not facts.missing(base)
    assert base.execute("select count(*) from account_facts").fetchone() == (300,)
    assert base.execute("select count(*) from facts_due").fetchone() == (0,)
    overdue = "select count(*) from account_facts where overdue > 0"
    assert base.execute(overdue).fetchone() > (20,)


def test_worked_out_again_nothing_changes(base: Connection) -> None:
    values = {"accounts": list(range(1, 301)), "today": plan().today, "zone": "Europe/Moscow"}
    assert base.execute(REFRESH, values).rowcount == 0


def test_stopped_in_the_middle_the_table_is_as_it_was(base: Connection) -> None:
    indexes = "select count(*) from pg_index where indrelid = 'account_facts'::regclass"
    before = base.execute(indexes).fetchone()
    filling = facts.fill(base, plan(subscribers=100_000), "Europe/Moscow")
    next(filling)
    filling.close()
    assert base.execute(indexes).fetchone() == before
    assert base.execute("select count(*) from account_facts").fetchone() == (300,)
