"""The command that lists the numbers callers may be passed on to."""

from __future__ import annotations

import asyncio

import pytest
from typer.testing import CliRunner

from crm_core import db
from crm_core.access import Role
from crm_core.settings import Settings
from crm_core.store import transfers, users
from crm_core.store.users import NewUser
from deploy.cli import app

pytestmark = pytest.mark.integration


def test_the_numbers_are_listed_page_by_page(
    settings: Settings, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("REDIS_URL", settings.redis_url)
    for name in ("session_secret", "sip_secret", "ami_secret"):
        monkeypatch.setenv(f"BUSBAR_{name.upper()}", "x" * 40)
    assert "No number is on the list." in CliRunner().invoke(app, ["transfer-numbers"]).output
    first = asyncio.run(_fill(database))
    page = CliRunner().invoke(app, ["transfer-numbers", "--limit", "1"])
    assert page.exit_code == 0, page.output
    assert "+74951234567      gas           Gas emergency" in page.output
    assert f"There are more: --after {first}" in page.output
    rest = CliRunner().invoke(app, ["transfer-numbers", "--after", str(first)]).output
    assert "+74951234568" in rest
    assert "There are more" not in rest


async def _fill(url: str) -> int:
    engine = db.open_pools(url)
    async with db.transaction(engine) as writing:
        new = NewUser(login="marta", name="Marta", password="correct horse battery", role=Role.MANAGER)
        by = (await users.create(writing, new)).user_id
        first = await transfers.save(writing, None, "Gas emergency", "+74951234567", "gas", by)
        await transfers.save(writing, None, "Water", "+74951234568", "", by)
    await engine.dispose()
    return first
