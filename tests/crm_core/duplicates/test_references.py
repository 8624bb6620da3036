"""Whatever points at a customer has its place in a merge."""

from __future__ import annotations

import psycopg
import pytest

from crm_core.duplicates.references import MOVING, REFERENCES, Treatment
from crm_core.tables import metadata

pytestmark = pytest.mark.integration
POINTING = """
    select k.table_name || '.' || k.column_name
      from information_schema.referential_constraints r
      join information_schema.key_column_usage k using (constraint_schema, constraint_name)
      join information_schema.constraint_column_usage t using (constraint_schema, constraint_name)
     where t.table_name = 'customers' and t.column_name = 'id'
"""


def test_every_foreign_key_to_customers_is_moved_or_said_to_stay(database: str) -> None:
    with psycopg.connect(database.replace("+psycopg", "")) as db:
        pointing = {row[0] for row in db.execute(POINTING).fetchall()}
    known = {one.place for one in REFERENCES}
    assert pointing - known == set(), (
        "these point at customers and are not in crm_core/duplicates/references.py: say there what a merge does to them"
    )
    assert known - pointing == set(), "these point at customers no more: take them out of references.py"


def test_rows_that_move_are_told_apart_without_the_customer() -> None:
    assert {one.treatment for one in MOVING} == {Treatment.MOVES}
    for one in MOVING:
        table = metadata.tables[one.table]
        assert {part.name for part in table.primary_key.columns} - {one.column}, one.place
        assert set(one.alike) <= set(table.columns.keys())
