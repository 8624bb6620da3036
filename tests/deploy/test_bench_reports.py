"""The bench of reports, on a few days: it draws, asks everything, and leaves nothing behind."""

from __future__ import annotations

import json

import psycopg
import pytest
from typer.testing import CliRunner

from crm_core.reports.library import LIBRARY
from crm_core.settings import Settings
from deploy.bench import reports
from deploy.cli import app

pytestmark = pytest.mark.integration


def test_a_few_days_are_drawn_asked_and_taken_away(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.commands.common.load_settings", lambda: settings)
    monkeypatch.setattr(reports, "TURNS", 1)
    done = CliRunner().invoke(app, ["bench", "reports", "--calls", "40", "--days", "35"], catch_exceptions=False)
    last = json.loads(done.output.strip().splitlines()[-1])
    told = {one["name"]: one for one in last["figures"]}
    assert {f"report {one.code}" for one in LIBRARY} < told.keys()
    assert sum(name.startswith("designer: ") for name in told) == len(reports.DESIGNED)
    with psycopg.connect(settings.database_url.replace("+psycopg", "")) as db:
        found = db.execute("select count(*) from pg_namespace where nspname = %s", [reports.SCHEMA]).fetchone()
    assert found == (0,)
