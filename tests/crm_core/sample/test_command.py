"""Making a sample: the same base every time, also after a crash in the middle; never over somebody's own data."""

# ruff: noqa: S608 -- names of tables come from lists in the code.
from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from crm_core.sample import command, store
from crm_core.sample.session import connect, prepare
from crm_core.sample.store import TABLES
from crm_core.settings import Settings
from crm_core.store import ledger_verify
from tests.crm_core.sample.conftest import TODAY, plan
from tests.support.waiting import until

pytestmark = pytest.mark.integration

CHILD = """
import sys
from datetime import date
from crm_core.sample import command
from crm_core.sample.plan import Plan
from crm_core.settings import Settings

command.load(
    Settings(_env_file=None, DATABASE_URL=sys.argv[1], REDIS_URL="unix:///x", session_secret="x", sip_secret="x",
             ami_secret="x"),
    Plan(subscribers=1200, months=12, seed=1, currency="RUB", today=date.fromisoformat(sys.argv[2]), chunk=40,
         aside_from=100),
)
"""
INTERRUPTED = CHILD.replace("command.load(", "sys.exit(command.run(").replace(
    """    Plan(subscribers=1200, months=12, seed=1, currency="RUB", today=date.fromisoformat(sys.argv[2]), chunk=40,
         aside_from=100),
)""",
    "    subscribers=100_000, months=12, today=date.fromisoformat(sys.argv[2])))",
)
ROOT = Path(__file__).parents[3]


def fingerprint(url: str) -> dict[str, str]:
    """Hash of every table's rows, whatever their order on disk."""
    with connect(url) as db:
        return {
            table: db.execute(f"select md5(string_agg(t::text, '' order by t::text)) from {table} t").fetchone()[0]
            for table in TABLES
        }


def schema(url: str) -> list[tuple[str, ...]]:
    """Return every index, constraint and trigger there is."""
    with connect(url) as db:
        return db.execute(
            "select 'i', indexname, indexdef from pg_indexes where schemaname = 'public' union all"
            " select 'c', conname, pg_get_constraintdef(oid) from pg_constraint"
            " where connamespace = 'public'::regnamespace union all"
            " select 't', tgname, tgrelid::regclass || ' ' || tgenabled::text from pg_trigger where not tgisinternal"
            " order by 1, 2, 3"
        ).fetchall()


SMALL = {"subscribers": 120, "months": 12}


@pytest.fixture(scope="module")
def expected(scratch: Callable[[str], Settings]) -> dict[str, str]:
    """Fingerprint of the base that the small plans of these tests must come to."""
    settings = scratch("small")
    command.load(settings, plan(**SMALL))
    return fingerprint(settings.database_url)


def test_the_same_seed_makes_the_same_base_in_chunks_of_any_size_and_with_indexes_set_aside(
    settings: Settings, expected: dict[str, str]
) -> None:
    before = schema(settings.database_url)
    command.load(settings, plan(**SMALL, chunk=44, aside_from=100))
    assert fingerprint(settings.database_url) == expected
    assert schema(settings.database_url) == before
    command.load(settings, plan(**SMALL, seed=2), restart=True)
    found = fingerprint(settings.database_url)
    assert all(found[table] != expected[table] for table in ("customers", "contacts", "readings", "payments"))


def test_a_load_killed_in_the_middle_is_taken_up_again(settings: Settings) -> None:
    before = schema(settings.database_url)
    wished = plan(subscribers=1200, months=12, chunk=40, aside_from=100)
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, settings.database_url, TODAY.isoformat()], cwd=ROOT, stderr=subprocess.DEVNULL
    )
    with connect(settings.database_url) as db:
        until(lambda: (known := store.state(db)) is not None and len(known.done) >= 4, 30, "four chunks are in")
        assert child.poll() is None, "it ended before it could be killed"
        child.kill()
        child.wait()
        # The server notices after the statement in hand that nobody listens any more.
        lock = "select count(*) from pg_locks where locktype = 'advisory' and objid = %s"
        until(lambda: db.execute(lock, [store.LOCK]).fetchone() == (0,), 30, "the dead load's lock is gone")
    loaded = command.load(settings, wished)
    assert 0 < loaded.fresh < 1200
    assert schema(settings.database_url) == before
    with connect(settings.database_url) as db:
        assert [one.faults for one in ledger_verify.check(db)] == [0]


def test_a_crash_between_two_indexes_is_taken_up_again_and_no_chunk_is_written_twice(
    settings: Settings, expected: dict[str, str]
) -> None:
    before = schema(settings.database_url)
    wished = plan(**SMALL, aside_from=100)
    with connect(settings.database_url) as db:
        known = store.begin(db, wished)
        calendar = prepare(db, wished)
        assert store.fill(db, wished, calendar, (0, 1, 120)) > 0
        assert store.fill(db, wished, calendar, (0, 1, 120)) == 0
        for _ in zip(store.finish(db, known.aside), range(4), strict=False):
            pass
    assert schema(settings.database_url) != before
    assert command.load(settings, wished).fresh == 0
    assert schema(settings.database_url) == before
    assert fingerprint(settings.database_url) == expected


def test_ctrl_c_gives_up_the_chunk_in_hand_and_says_so(settings: Settings) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, settings.database_url, TODAY.isoformat()],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    with connect(settings.database_url) as db:
        until(lambda: store.state(db) is not None, 30, "the load has begun")
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=60)
    assert child.returncode == 130, said
    assert "takes up where this one ended" in " ".join(said.split())


def test_asking_again_changes_nothing_and_another_wish_is_refused_until_restart_is_said(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with connect(settings.database_url) as db:
        db.execute("insert into customers (kind, name, name_key) values ('person', 'A', 'a')")
        assert command.run(settings, subscribers=64, months=12, today=TODAY) == 1
        assert "empty base" in " ".join(capsys.readouterr().err.split())
        db.execute("delete from customers")
    assert command.run(settings, subscribers=64, months=12, today=TODAY) == 0
    first = fingerprint(settings.database_url)
    assert command.run(settings, subscribers=64, months=12) == 0
    assert fingerprint(settings.database_url) == first
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])["figures"]
    assert {figure["name"]: figure["value"] for figure in figures}["made by this run"] == 0
    assert command.run(settings, subscribers=68, months=12, today=TODAY) == 1
    assert "--restart" in capsys.readouterr().err
    with connect(settings.database_url) as db:
        made = db.execute(
            "insert into accounts (number, customer_id, premises_id, tariff_id, currency, opened_on)"
            " values ('1', 1, 1, 1, 'RUB', now()) returning id"
        ).fetchone()
        assert made is not None
        # Somebody else's subscriber is not thrown away with the sample.
        assert command.run(settings, subscribers=68, months=12, today=TODAY, restart=True) == 1
        db.execute("delete from accounts where id = %s", made)
    assert command.run(settings, subscribers=68, months=12, today=TODAY, restart=True) == 0


def test_two_loads_at_once_are_one(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    with connect(settings.database_url) as db:
        store.keep_others_out(db)
        assert command.run(settings, subscribers=100, months=12, today=TODAY) == 1
    assert "another" in capsys.readouterr().err


@pytest.mark.parametrize("wish", [{"subscribers": 10}, {"subscribers": 7_000_000}, {"months": 3}])
def test_an_impossible_wish_is_refused_in_words(
    settings: Settings, wish: dict[str, int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.run(settings, **wish) == 1
    assert "must lie between" in capsys.readouterr().err
