"""A segment is taken out as it is when the rows are read, worked out by the statement that counts it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from crm_core.db import Database, reading, transaction
from crm_core.errors import BadValue, NoSuchSegment
from crm_core.exporting import making
from crm_core.exporting.making import Wish
from crm_core.exporting.selecting import selected
from crm_core.segments.conditions import Condition, Group, How
from crm_core.segments.kinds import Op
from crm_core.settings import Settings
from crm_core.store import account_facts, segments
from crm_core.store.segments import Draft
from tests.crm_core.conftest import TODAY, Base
from tests.crm_core.conftest import base as base_of
from tests.crm_core.conftest import db as db_of

pytestmark = pytest.mark.integration
base, db = base_of, db_of
OWES = Condition(fact="balance", op=Op.AT_LEAST, values=("100",))
SILENT = Condition(fact="payments", op=Op.AT_MOST, values=("0",), days=30)
ANNA = Condition(fact="name", op=Op.HAS_WORDS, values=("anna",))
ZONE = Condition(fact="time_zone", op=Op.ONE_OF, values=("Europe/Moscow",))


async def test_every_kind_of_condition_chooses_the_accounts_it_counts(
    db: Database, base: Base, settings: Settings
) -> None:
    made = [await base.account(await base.customer(f"Anna {n}"), balance=Decimal(20 * n)) for n in range(1, 10)]
    async with transaction(db) as writing:
        await account_facts.refresh(writing, made, TODAY, "Europe/Moscow")
    trees = (Group(parts=(OWES,)), Group(parts=(OWES, SILENT, ANNA, ZONE)), Group(how=How.ANY, parts=(OWES, ANNA)))
    counts = []
    for number, tree in enumerate(trees):
        async with transaction(db) as writing:
            key = await segments.save(writing, Draft(name=f"s{number}", tree=tree, version=1), None)
        assert isinstance(key, int)
        async with reading(db) as seen:
            told = {"scope": "segment", "segment_id": key}
            wish = Wish(subject="subscribers", form="csv", selection=await selected(seen, told, TODAY), role="manager")
        counts.append(making.count(settings, wish, 100))
    assert counts == [5, 5, 9]


async def test_a_selection_that_is_gone_or_unknown_is_refused(db: Database) -> None:
    async with reading(db) as seen:
        assert (await selected(seen, {}, TODAY)).everybody
        with pytest.raises(NoSuchSegment):
            await selected(seen, {"scope": "segment", "segment_id": 77}, TODAY)
        with pytest.raises(BadValue):
            await selected(seen, {"scope": "moon"}, TODAY)
