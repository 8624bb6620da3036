"""What went wrong beside the line: counted from the record, and told at the commit of what changes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import timedelta

import pytest

from crm_core import clock
from crm_core import db as way
from crm_core.importing.life import Step
from crm_core.recordings import Answer, Fault, State
from crm_core.store import imports, listening, recordings, troubles
from crm_core.store.imports import Received
from crm_core.store.recordings import About, New
from crm_core.store.trouble_news import CHANNEL
from crm_core.store.troubles import Troubles
from tests.crm_core.conftest import Base, base, db  # noqa: F401 -- fixtures

pytestmark = pytest.mark.integration


async def stands(base: Base) -> Troubles:  # noqa: F811
    async with way.reading(base.pools) as connection:
        return await troubles.standing(connection, clock.now())


async def heard(told: AsyncGenerator[str | None, None]) -> None:
    async with asyncio.timeout(20):
        await anext(told)


async def test_a_recording_that_failed_stands_until_somebody_looked_at_it(base: Base) -> None:  # noqa: F811
    looker = await base.user("sofia")
    about = About(
        account_id=None, operator_id=None, queue="main", direction="in", answer=Answer.TOLD, ended_at=clock.now()
    )
    lost = New(
        call_id="main-1.1", leg="", state=State.LOST, fault=Fault.MISSING, rule_id=None, began_at=clock.now(),
        keep_until=clock.now() + timedelta(days=30), about=about,
    )  # fmt: skip
    async with aclosing(listening.heard(base.pools, CHANNEL)) as told:
        await heard(told)
        async with way.transaction(base.pools) as connection:
            made = await recordings.store(connection, lost, clock.now())
        await heard(told)
        assert await stands(base) == Troubles(recordings=1)
        assert made is not None
        async with way.transaction(base.pools) as connection:
            await recordings.look(connection, made, "the trunk was away", looker)
        await heard(told)
        assert await stands(base) == Troubles()


async def received(base: Base, by: int) -> int:  # noqa: F811
    file = Received(name="a.csv", hash="0" * 64, form="csv", size=1, stored="", kind="auto")
    async with way.transaction(base.pools) as connection:
        made = await imports.receive(connection, file, by)
        await imports.step(connection, made, Step.BEGIN)
    return made


async def test_an_import_that_failed_stands_until_a_later_one_is_begun(base: Base) -> None:  # noqa: F811
    marta = await base.user("marta")
    made = await received(base, marta)
    assert await stands(base) == Troubles()
    async with aclosing(listening.heard(base.pools, CHANNEL)) as told:
        await heard(told)
        async with way.transaction(base.pools) as connection:
            await imports.step(connection, made, Step.FAIL)
        await heard(told)
    assert await stands(base) == Troubles(imports=1)
    await received(base, marta)
    assert await stands(base) == Troubles()
