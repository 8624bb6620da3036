"""Whatever points at a customer, or at what is his, has its place in a merge."""

from __future__ import annotations

import psycopg
import pytest

from crm_core.duplicates.references import MOVING, REFERENCES, Treatment, pointing_at
from crm_core.tables import metadata

pytestmark = pytest.mark.integration
BY_KEY = """
    select k.table_name || '.' || k.column_name, t.table_name
      from information_schema.referential_constraints r
      join information_schema.key_column_usage k using (constraint_schema, constraint_name)
      join information_schema.constraint_column_usage t using (constraint_schema, constraint_name)
     where t.table_name in ('customers', 'accounts', 'contacts') and t.column_name = 'id'
"""
BY_NAME = """
    select table_name || '.' || column_name,
           case when column_name = 'customer_id' then 'customers' when column_name like 'contact%' then 'contacts'
                else 'accounts' end
      from information_schema.columns
     where table_schema = 'public' and data_type <> 'character varying'
       and column_name in ('customer_id', 'account_id', 'account_ids', 'accounts', 'contact_id', 'contacts')
"""
"""Large tables hold no foreign keys, so their columns are known by name."""
BY_ENTITY = """
    select table_name || '.' || column_name, 'customers' from information_schema.columns
     where table_schema = 'public' and column_name = 'entity_id'
"""


def test_every_column_that_points_at_a_customer_or_at_what_is_his_is_decided(database: str) -> None:
    with psycopg.connect(database.replace("+psycopg", "")) as db:
        pointing = {tuple(row) for query in (BY_KEY, BY_NAME, BY_ENTITY) for row in db.execute(query).fetchall()}
    known = {(one.place, one.target) for one in REFERENCES}
    assert len(known) == len(REFERENCES)
    assert pointing - known == set(), (
        "these point at customers, accounts or contacts and are not in crm_core/duplicates/references.py:"
        " say there what a merge does to them"
    )
    assert known - pointing == set(), "these point there no more: take them out of references.py"


def test_rows_that_move_are_told_apart_without_the_customer() -> None:
    assert {one.target for one in MOVING} == {"customers"}
    for one in MOVING:
        table = metadata.tables[one.table]
        assert {part.name for part in table.primary_key.columns} - {one.column}, one.place
        assert set(one.alike) <= set(table.columns.keys())
        assert not one.of_entity or "field_id" in table.columns


def test_what_follows_an_account_or_a_contact_has_it_moved() -> None:
    moved = {one.table for one in MOVING}
    assert {one.target for one in REFERENCES if one.treatment is Treatment.FOLLOWS} <= moved
    assert {one.place for one in pointing_at("contacts")} == {"contact_numbers.contact_id", "consents.contact_id"}
