"""What a caller hears of a recording before it, in his language, and what becomes of his answer: the real IVR."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from crm_core import db as way
from crm_core.recordings import OUTWARD, Mode, Rule
from crm_core.settings import Settings
from crm_core.store import recording_rules
from deploy.bench.caller import Caller
from ivr.announcing import ASKED, TOLD, Announcer, Called, Ways
from ivr.base import Base
from ivr.board import Board
from ivr.effects import Sentence
from telephony.events import CallMarked, LinkUp, Mark
from tests.ivr.house import KNOWN, IvrProcess, fill
from tests.telephony.diary import Diary

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


class Paper:
    """A caller of paper: what was said to him, and the key he presses."""

    def __init__(self, key: str = "") -> None:
        self.heard: list[tuple[str, str]] = []
        self._key = key
        self.ways = Ways(say=self._say, ask=self._ask)

    async def _say(self, sentence: Sentence) -> None:
        self.heard.append((sentence.prompt, sentence.language))

    async def _ask(self, sentence: Sentence) -> str:
        self.heard.append((sentence.prompt, sentence.language))
        return self._key


@pytest.fixture
async def db(database: str) -> AsyncIterator[way.Database]:
    fill(database)
    pools = way.open_pools(database, name="test", size=2)
    async with way.transaction(pools) as db:
        await db.execute(text("insert into users (login, name, password, role) values ('m', 'M', 'x', 'manager')"))
    yield pools
    await pools.dispose()


async def rule(db: way.Database, rule: Rule) -> int:
    async with way.transaction(db) as writing:
        by = (await writing.execute(text("select max(id) from users"))).scalar_one()
        return await recording_rules.put(writing, rule, by, NOW, instead_of=None)


async def answers(db: way.Database) -> list[tuple[str, str, str]]:
    async with way.reading(db) as reading:
        rows = await reading.execute(text("select call_id, answer, language from recording_notices order by 1"))
        return [tuple(row) for row in rows]  # type: ignore[misc]


def called(call: str = "main-1.1", queue: str = "main", language: str = "ru", account: int | None = None) -> Called:
    return Called(call_id=call, queue=queue, language=language, account_id=account)


async def announcer(db: way.Database, *, speaks: bool = True) -> Announcer:
    async with way.reading(db) as reading:
        board = Board(rules=tuple(one.rule for one in await recording_rules.standing(reading)))
    return Announcer(Base(db), board, lambda _language, _prompt: speaks)


@pytest.mark.integration
async def test_without_a_rule_nobody_is_told_and_nobody_recorded(db: way.Database) -> None:
    paper = Paper()
    assert await (await announcer(db)).announce(called(), paper.ways) == {}
    assert (paper.heard, await answers(db)) == ([], [])


@pytest.mark.integration
async def test_who_is_recorded_hears_it_in_his_language_and_it_is_kept(db: way.Database) -> None:
    key = await rule(db, Rule(mode=Mode.ALWAYS, pause_seconds=120))
    paper = Paper()
    said = await (await announcer(db)).announce(called(), paper.ways)
    assert said == {"BUSBAR_RECORD": str(key), "BUSBAR_PAUSES": "120-resume"}
    assert paper.heard == [(TOLD, "ru")]
    assert await answers(db) == [("main-1.1", "told", "ru")]


@pytest.mark.integration
async def test_a_queue_of_its_own_rule_goes_by_it(db: way.Database) -> None:
    await rule(db, Rule(mode=Mode.ALWAYS))
    await rule(db, Rule(queue="debts", mode=Mode.NEVER))
    paper = Paper()
    assert await (await announcer(db)).announce(called(queue="debts"), paper.ways) == {}
    assert paper.heard == []


@pytest.mark.integration
async def test_whom_we_call_goes_by_the_rule_of_his_campaign(db: way.Database) -> None:
    await rule(db, Rule(queue="main", mode=Mode.ALWAYS))
    key = await rule(db, Rule(campaign="7", mode=Mode.ALWAYS))
    debtor = replace(called("main-out1", queue=""), campaign="7", direction=OUTWARD)
    other = replace(debtor, call_id="main-out2", campaign="8")
    paper = Paper()
    assert (await (await announcer(db)).announce(debtor, paper.ways))["BUSBAR_RECORD"] == str(key)
    assert await (await announcer(db)).announce(other, paper.ways) == {}
    assert await answers(db) == [("main-out1", "told", "ru")]


@pytest.mark.integration
@pytest.mark.parametrize(("key", "answer", "recorded"), [("1", "yes", True), ("2", "no", False), ("", "no", False)])
async def test_who_is_asked_is_recorded_only_for_a_yes(db: way.Database, key: str, answer: str, recorded: bool) -> None:
    await rule(db, Rule(mode=Mode.CONSENT))
    paper = Paper(key)
    assert bool(await (await announcer(db)).announce(called(), paper.ways)) is recorded
    assert paper.heard == [(ASKED, "ru")]
    assert await answers(db) == [("main-1.1", answer, "ru")]


@pytest.mark.integration
@pytest.mark.parametrize("given", [True, False])
async def test_a_consent_on_record_is_not_asked_for_again(db: way.Database, given: bool) -> None:
    await rule(db, Rule(mode=Mode.CONSENT))
    async with way.transaction(db) as writing:
        await writing.execute(
            text(
                "insert into consents (customer_id, kind, given, at, how) "
                "select customer_id, 'recording', :given, now(), 'office' from accounts where id = 1"
            ),
            {"given": given},
        )
    paper = Paper("1")
    said = await (await announcer(db)).announce(called(account=1), paper.ways)
    assert bool(said) is given
    assert paper.heard == ([(TOLD, "ru")] if given else [])


@pytest.mark.integration
async def test_who_cannot_be_told_in_his_language_is_not_recorded(db: way.Database) -> None:
    await rule(db, Rule(mode=Mode.ALWAYS))
    paper = Paper()
    assert await (await announcer(db, speaks=False)).announce(called(), paper.ways) == {}
    assert await answers(db) == []


@pytest.mark.integration
async def test_a_base_that_goes_away_leaves_the_rules_that_were_known(db: way.Database) -> None:
    key = await rule(db, Rule(mode=Mode.ALWAYS))
    known = await announcer(db)
    await known.announce(called(), Paper().ways)
    gone = way.open_pools("postgresql+psycopg://nobody@127.0.0.1:1/nothing", name="test", size=1)
    known._base = Base(gone, seconds=1)
    paper = Paper()
    assert (await known.announce(called("main-2.1", account=1), paper.ways))["BUSBAR_RECORD"] == str(key)
    assert paper.heard == [(TOLD, "ru")]
    never = Announcer(Base(gone, seconds=1), Board(), lambda *_: True)
    assert await never.announce(called("main-3.1"), paper.ways) == {}
    await gone.dispose()


@pytest.mark.integration
async def test_the_real_ivr_tells_it_before_the_queue(house: Settings, ivr: IvrProcess, diary: Diary) -> None:
    pools = way.open_pools(house.database_url, name="test", size=1)
    try:
        async with way.transaction(pools) as db:
            await db.execute(text("insert into users (login, name, password, role) values ('m', 'M', 'x', 'manager')"))
        await rule(pools, Rule(mode=Mode.ALWAYS))
        await diary.one(LinkUp)
        async with Caller((house.sip_host, house.sip_port), house.master_extension, KNOWN) as caller:
            for keys in ("2", "0"):
                await caller.hear()
                await caller.press(keys)
            waiting = await diary.one(CallMarked, mark=Mark.WAITING)
        assert await answers(pools) == [(str(waiting.leg), "told", "ru")]
    finally:
        await pools.dispose()
