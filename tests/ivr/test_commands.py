"""Commands of flows say what is wrong with a file, and which version callers hear."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crm_core import db as database
from crm_core.settings import Settings
from deploy.cli import app
from ivr import shelf

pytestmark = pytest.mark.integration


def test_a_file_is_checked_and_versions_are_listed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("REDIS_URL", settings.redis_url)
    monkeypatch.setenv("BUSBAR_RUN_DIR", str(tmp_path))
    for name in ("session_secret", "sip_secret", "ami_secret"):
        monkeypatch.setenv(f"BUSBAR_{name.upper()}", "x" * 40)
    fine, wrong = tmp_path / "fine.yaml", tmp_path / "wrong.yaml"
    fine.write_text(shelf.shipped(), "utf-8")
    wrong.write_text(shelf.shipped().replace("hang_up: goodbye", "hang_up: farewell"), "utf-8")
    said = CliRunner().invoke(app, ["flow-check", str(fine)])
    assert (said.exit_code, "nothing wrong" in said.output) == (0, True)
    said = CliRunner().invoke(app, ["flow-check", str(wrong)])
    assert said.exit_code == 1
    assert "en: farewell: said by goodbye" in said.output
    asyncio.run(_ship(settings.database_url))
    said = CliRunner().invoke(app, ["flow-versions"])
    assert (said.exit_code, "published" in said.output) == (0, True)


async def _ship(url: str) -> None:
    engine = database.open_pools(url)
    await shelf.ship(engine)
    await engine.dispose()
