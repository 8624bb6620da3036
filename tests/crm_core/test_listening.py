"""Whoever listens to the base is told by a named error that it went, so that he listens again."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest
from sqlalchemy import text

from crm_core import db as way
from crm_core.errors import DatabaseUnavailable
from crm_core.store.listening import heard
from tests.crm_core.conftest import Base, base, db  # noqa: F401 -- fixtures

pytestmark = pytest.mark.integration
LISTENS = "select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen busbar_test'"


async def test_a_line_that_is_cut_is_said_to_be_away(base: Base) -> None:  # noqa: F811
    async with aclosing(heard(base.pools, "busbar_test")) as told, asyncio.timeout(30):
        assert await anext(told) is None
        waiting = asyncio.ensure_future(anext(told))
        async with way.transaction(base.pools) as connection:
            assert (await connection.execute(text(LISTENS))).scalar_one()
        with pytest.raises(DatabaseUnavailable):
            await waiting


async def test_what_goes_by_the_clock_is_looked_at_without_a_word(base: Base) -> None:  # noqa: F811
    async with aclosing(heard(base.pools, "busbar_test", at_least=0.05)) as told, asyncio.timeout(30):
        assert [await anext(told), await anext(told)] == [None, None]
        async with way.transaction(base.pools) as connection:
            await connection.execute(text("select pg_notify('busbar_test', 'moved')"))
        async for note in told:
            if note is not None:
                assert note == "moved"
                break
