"""Hot lines on a real PostgreSQL: answers at once, and nobody is left waiting when a line is cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest
from sqlalchemy import column, func, select, table

from crm_core import db as way
from crm_core import hotline
from crm_core.errors import DatabaseTooSlow, DatabaseUnavailable
from crm_core.hotline import HotLines
from crm_core.store.cards import ask_card, hot_lines, read_card
from tests.crm_core.conftest import TODAY, Base
from tests.support.waiting import eventually

pytestmark = pytest.mark.integration
SLEEPER = "select (10 / $1::int)::text from pg_sleep($2::float8)"
NAME = "hot lines under test"


@pytest.fixture
async def lines(db: way.Database) -> AsyncIterator[HotLines[bytes | None]]:
    made: HotLines[bytes | None] = HotLines(db.url, SLEEPER, lambda answer: answer, name=NAME)
    yield made
    await made.close()


async def tell(db: way.Database, what: str) -> None:
    """Let the server end, or cancel, what goes over the lines."""
    async with way.transaction(db) as killer:
        backends = (
            select(column("pid")).select_from(table("pg_stat_activity")).where(column("application_name") == NAME)
        )
        for pid in (await killer.execute(backends)).scalars().all():
            await killer.execute(select(getattr(func, what)(pid)))


async def answered(lines: HotLines[bytes | None], divisor: bytes) -> bytes | None:
    """Ask over a line, if there is one."""
    asked = lines.ask((divisor, b"0"))
    return None if asked is None else await asked


async def test_a_hot_line_brings_the_same_card(db: way.Database, base: Base) -> None:
    account = await base.subscriber("Anna", "+79161234567")
    cards = hot_lines(db.url, lambda: TODAY, name=NAME)
    await cards.open()
    asked, nobody = ask_card(cards, account, TODAY), ask_card(cards, 4711, TODAY)
    assert asked is not None
    assert nobody is not None
    assert await asked == await read_card(db, account, TODAY)
    assert await nobody is None
    await cards.close()


async def test_before_it_is_open_there_is_no_line_and_asking_opens_them(lines: HotLines[bytes | None]) -> None:
    assert lines.ask((b"1", b"0")) is None
    assert await eventually(lambda: answered(lines, b"5")) == b"2"


async def test_who_finds_every_line_busy_is_told_so(lines: HotLines[bytes | None]) -> None:
    await lines.open()
    asked = [lines.ask((b"1", b"0.1")) for _ in range(hotline.SIZE)]
    assert lines.ask((b"1", b"0")) is None
    assert [await one for one in asked if one is not None] == [b"10"] * hotline.SIZE
    assert lines.ask((b"1", b"0")) is not None


async def test_one_who_goes_away_leaves_his_answer_to_nobody(lines: HotLines[bytes | None]) -> None:
    await lines.open()
    for _ in range(hotline.SIZE):
        asked = lines.ask((b"1", b"0.05"))
        assert asked is not None
        asked.cancel()
    assert await eventually(lambda: answered(lines, b"2")) == b"5"


async def test_a_question_that_cannot_be_answered_spoils_no_line(lines: HotLines[bytes | None]) -> None:
    await lines.open()
    for _ in range(hotline.SIZE + 1):
        asked = lines.ask((b"0", b"0"))
        assert asked is not None
        with pytest.raises(psycopg.errors.DivisionByZero):
            await asked
    good = lines.ask((b"10", b"0"))
    assert good is not None
    assert await good == b"1"


async def test_a_server_that_gives_up_is_too_slow(db: way.Database, lines: HotLines[bytes | None]) -> None:
    await lines.open()
    asked = lines.ask((b"1", b"9"))
    assert asked is not None
    await tell(db, "pg_cancel_backend")
    with pytest.raises(DatabaseTooSlow):
        await asked


async def test_a_line_cut_in_the_middle_says_so_and_is_opened_anew(
    db: way.Database, lines: HotLines[bytes | None]
) -> None:
    await lines.open()
    asked = lines.ask((b"1", b"9"))
    assert asked is not None
    await tell(db, "pg_terminate_backend")
    with pytest.raises(DatabaseUnavailable):
        await asked
    assert await eventually(lambda: answered(lines, b"1"), 5) == b"10"


async def test_a_line_cut_while_nobody_asks_is_not_used_any_more(
    db: way.Database, lines: HotLines[bytes | None]
) -> None:
    await lines.open()
    await tell(db, "pg_terminate_backend")
    await eventually(lambda: not lines._lines)
    assert lines.ask((b"1", b"0")) is None


async def test_who_still_waits_when_the_lines_are_closed_is_told(lines: HotLines[bytes | None]) -> None:
    await lines.open()
    asked = lines.ask((b"1", b"9"))
    assert asked is not None
    await lines.close()
    with pytest.raises(DatabaseUnavailable):
        await asked
    assert lines.ask((b"1", b"0")) is None


async def test_without_a_server_there_is_no_line(db: way.Database) -> None:
    away: HotLines[bytes | None] = HotLines(
        db.url.set(query={"host": "/nonexistent"}), SLEEPER, lambda answer: answer, name=NAME
    )
    with pytest.raises(DatabaseUnavailable):
        await away.open()
    assert away.ask((b"1", b"0")) is None
    await asyncio.sleep(0)
    await away.close()
