"""A sample base of 300 subscribers for the tests that only read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import psycopg
import pytest
from psycopg import sql

from crm_core.sample import command
from crm_core.sample.plan import Plan
from crm_core.sample.session import Connection, connect
from crm_core.settings import Settings
from tests.support.servers import PostgresServer

TODAY = date(2026, 11, 22)


def plan(**others: int) -> Plan:
    """Return a plan for a small base."""
    return Plan(**{"subscribers": 300, "months": 24, "seed": 1, "currency": "RUB", "today": TODAY, **others})


@pytest.fixture(scope="module")
def scratch(postgres: PostgresServer, _house: Settings) -> Iterator[Callable[[str], Settings]]:
    """Makes empty migrated databases for a module's tests; they are gone afterwards."""
    made: list[sql.Identifier] = []
    with psycopg.connect(postgres.plan.conninfo("postgres", "postgres"), autocommit=True) as db:

        def make(name: str) -> Settings:
            made.append(sql.Identifier(f"sample_{name}"))
            db.execute(sql.SQL("create database {} template migrated owner busbar").format(made[-1]))
            return _house.model_copy(update={"database_url": postgres.plan.url(f"sample_{name}")})

        yield make
        for one in made:
            db.execute(sql.SQL("drop database {} with (force)").format(one))


@pytest.fixture(scope="package")
def base(postgres: PostgresServer, _house: Settings) -> Iterator[Connection]:
    """Connection to a database with the sample of 300 subscribers in it, for whoever only reads."""
    name = sql.Identifier("sample300")
    with psycopg.connect(postgres.plan.conninfo("postgres", "postgres"), autocommit=True) as db:
        db.execute(sql.SQL("create database {} template migrated owner busbar").format(name))
        command.load(_house.model_copy(update={"database_url": postgres.plan.url("sample300")}), plan())
        with connect(postgres.plan.url("sample300")) as connection:
            yield connection
        db.execute(sql.SQL("drop database {} with (force)").format(name))
