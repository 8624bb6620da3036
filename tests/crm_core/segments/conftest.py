"""The made-up base, as plain values and in a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine

from crm_core import migrate
from crm_core.db import address
from crm_core.segments.facts import Catalogue
from crm_core.segments.kinds import Choice
from crm_core.segments.own import facts_of
from tests.crm_core.segments.world import OWN, World, fill
from tests.support.servers import PostgresServer

CODES = {
    "tariff": {"S": "Household", "N": "Night"},
    "signal": {"1": "Rule 1", "2": "Rule 2"},
    "document": {"1": "Balance", "2": "Debt"},
    "list": {"1": "Campaign 1", "2": "Campaign 2"},
    "import": {"1": "1.csv", "2": "2.csv"},
    "task_team": {"billing": "Billing"},
    "result": {"PTP": "Promise", "BALANCE": "Balance"},
    "disposition": {"PTP": "Promise", "BALANCE": "Balance"},
    "application_kind": {"seal": "Seal", "outage": "Outage"},
    "application_filed": {"seal": "Seal", "outage": "Outage"},
    "time_zone": {"Europe/Moscow": "Moscow", "Asia/Omsk": "Omsk"},
}
CATALOGUE = Catalogue(
    facts_of(OWN),
    {name: tuple(Choice(code=code, title=title) for code, title in codes.items()) for name, codes in CODES.items()},
)


@pytest.fixture(scope="session")
def world() -> World:
    """The base as plain values; nothing in it changes while tests ask it."""
    return World()


@pytest.fixture(scope="session")
def filled(world: World, postgres: PostgresServer) -> Iterator[Engine]:
    """The base in a real PostgreSQL."""
    name = "segments"
    postgres.plan.provide(name)
    migrate.upgrade(postgres.plan.url(name))
    engine = create_engine(address(postgres.plan.url(name)))
    fill(world, engine)
    yield engine
    engine.dispose()
