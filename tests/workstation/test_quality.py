"""Pages of the quality of calls: forms written and published, calls scored, answered, disputed, ruled on."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count
from typing import Any

import psycopg
import pytest
import pytest_asyncio
from sqlalchemy import insert

from crm_core import clock
from crm_core.db import reading, transaction
from crm_core.quality import forms, shipped
from crm_core.recording_jobs import vault
from crm_core.settings import Settings
from crm_core.store import access_log, evaluations
from crm_core.store.access_log import Filter
from crm_core.tables import recordings
from tests.support.servers import PostgresServer, ValkeyServer
from tests.workstation.house import House, peopled

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240), pytest.mark.asyncio(loop_scope="module")]
NUMBERS = count(1)
FORMS = "/office/quality/forms"
EVIL = "<script>alert(1)</script>"
LINES = f"""# a form for debts
[a] 40 | Opening {EVIL} | ru:Начало
name | yes_no | 1 | Says the name | ru:Называет себя
tone | scale_4 na | 3 | Friendly
[b] 60 | The matter
secret | yes_no fatal | 1 | Keeps secrets
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(_house: Settings, postgres: PostgresServer, valkey: ValkeyServer) -> AsyncIterator[House]:
    """One house for all of this module; each test scores calls of its own."""
    url = postgres.plan.url("quality")
    with psycopg.connect(postgres.plan.conninfo("postgres", "postgres"), autocommit=True) as db:
        db.execute("create database quality template migrated owner busbar")
    async with peopled(_house.model_copy(update={"database_url": url, "redis_url": valkey.url})) as house:
        yield house


async def test_a_form_is_written_looked_at_and_published(house: House) -> None:
    form = {"code": "debts", "titles": "Debts | ru:Долги", "dispute_days": "5", "lines": LINES}
    async with house.signed_in("marta") as client:
        assert "Calls of subscribers" in (await client.get(FORMS)).text, "one is shipped"
        looked = await client.post(f"{FORMS}/new", data={**form, "do": "preview"})
        assert looked.status_code == 200
        assert 'name="i_tone" value="4"' in looked.text
        assert EVIL not in looked.text
        made = await client.post(f"{FORMS}/new", data=form)
        assert made.status_code == 303
        here = made.headers["location"].partition("?")[0]
        page = await client.get(here)
        assert "tone | scale_4 na | 3 | Friendly" in page.text, "lines come back as they were written"
        again = await client.post(here, data={**form, "titles": "Debtors"})
        assert again.headers["location"].startswith(here), "a form has one draft"
        assert (await client.post(f"{here}/steps", data={"do": "publish"})).status_code == 303
        assert (await client.post(f"{here}/steps", data={"do": "publish"})).status_code == 409
        next_one = await client.post(here, data={**form, "titles": "Debtors, again"})
        second = next_one.headers["location"].partition("?")[0]
        assert second != here, "what is in use is not written over"
        assert (await client.post(f"{second}/steps", data={"do": "publish"})).status_code == 303
        listed = (await client.get(FORMS)).text
        debts = listed[listed.index('data-form="debts"') :]
        assert re.findall(r"(In use|Retired)</span>", debts) == ["In use", "Retired"]
        assert (await client.post(f"{second}/steps", data={"do": "retire"})).status_code == 303
        assert (await client.post(f"{second}/steps", data={"do": "burn"})).status_code == 404


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"lines": "name | yes_no | 1 | Name"}, "A code is small Latin letters"),
        ({"lines": "[a] 10 | Opening"}, "a: A section needs at least one item below it."),
        ({"lines": "[a] x | Opening\nb | yes_no | 1 | Name"}, "a: A weight is a whole number from 1 to 100."),
        ({"lines": "[a] 1 | Opening\nb | stars | 1 | Name"}, "b: An item is answered by yes_no"),
        ({"lines": "[a] 1 | Opening\nb | scale_5 fatal | 1 | Name"}, "b: Only an item of yes or no can be fatal."),
        ({"lines": ""}, "This is needed."),
        ({"titles": "ru:Долги"}, "A title in English is needed."),
        ({"code": "Debts!"}, "A code is small Latin letters"),
        ({"dispute_days": "0"}, "At least 1."),
    ],
)
async def test_what_makes_no_sense_is_said_and_kept(house: House, change: dict[str, str], said: str) -> None:
    form = {"code": "wrong", "titles": "Wrong", "dispute_days": "5", "lines": LINES, **change}
    async with house.signed_in("marta") as client:
        page = await client.post(f"{FORMS}/new", data=form)
        assert page.status_code == 422
        assert said in page.text
        assert 'data-form="wrong"' not in (await client.get(FORMS)).text


async def test_forms_are_for_those_who_manage_quality(house: House) -> None:
    for login in ("olga", "sofia", "adam"):
        async with house.signed_in(login) as client:
            assert (await client.get(FORMS)).status_code == 403
            assert (await client.post(f"{FORMS}/new", data={})).status_code == 403
    async with house.signed_in("marta") as client:
        for lost in ("9999", "x", "0"):
            assert (await client.get(f"{FORMS}/{lost}")).status_code == 404


SOUND = 20
"""Seconds of a call that is scored here."""
PLAYED = {"range": "bytes=0-99", "sec-fetch-dest": "audio"}


async def taped(house: House, operator: str = "olga", **more: Any) -> int:
    """A recorded call of an operator about account 1; returns the recording's key."""
    sealed = vault(house.settings).seal([bytes(SOUND * 16_000)])
    now = clock.now()
    values = {
        "call_id": f"main-q{next(NUMBERS)}.1", "leg": "a", "account_id": 1, "operator_id": house.people[operator],
        "queue": "main", "state": "kept", "began_at": now - timedelta(hours=1), "seconds": float(SOUND),
        "bytes": sealed.size, "file": sealed.name, "key_id": sealed.key_id, "sealed_key": sealed.sealed_key,
        "peaks": bytes(100), "keep_until": now + timedelta(days=30), **more,
    }  # fmt: skip
    async with transaction(house.parts.engine) as db:
        return int((await db.execute(insert(recordings).values(values).returning(recordings.c.id))).scalar_one())


def filled(**more: str) -> dict[str, str]:
    """The shipped form, everything as it should be."""
    known = forms.items(forms.read(shipped.SECTIONS)[0])
    return {f"i_{code}": str(item.most) for code, item in known.items()} | more


async def assigned(house: House, recording_id: int, login: str = "sofia") -> str:
    """Somebody takes a call to be scored; returns the path of its evaluation."""
    async with house.opened(login, 1) as client:
        form = {"on_form": "calls", "grader": str(house.people[login])}
        made = await client.post(f"/office/recordings/{recording_id}/evaluation", data=form)
        assert made.status_code == 303, made.text
        return made.headers["location"].partition("?")[0]


async def listens(house: House, login: str) -> list[str]:
    async with reading(house.parts.engine) as db:
        lines = await access_log.page(db, Filter(action="recording.heard", user_id=house.people[login]))
    return [one.reason for one in lines]


async def test_a_call_is_scored_while_it_is_heard_and_read_by_its_operator(house: House) -> None:
    recording_id = await taped(house)
    here = await assigned(house, recording_id)
    mine = here.replace("/office/quality/evaluations", "/my/quality")
    async with house.signed_in("sofia") as client:
        assert here in (await client.get("/office/quality")).text
        page = await client.get(here)
        assert 'id="player"' in page.text
        assert "Kuznetsova" not in page.text, "who called is no part of it"
        assert (await client.get(f"{here}/audio", headers=PLAYED)).status_code == 206
        begun = {"i_greeting": "0", "c0_at": "0:05", "c0_text": f"no name {EVIL}", "do": "save"}
        assert (await client.post(here, data=begun)).status_code == 303
        page = await client.get(here)
        assert 'name="i_greeting" value="0" checked' in page.text
        assert 'value="0:05"' in page.text
        assert EVIL not in page.text
        lacking = await client.post(here, data=begun | {"do": "submit"})
        assert lacking.status_code == 422
        assert lacking.text.count("This is needed.") == 13, "each of the items that have no answer"
        wrong = await client.post(here, data=filled(c0_at="0:21", c0_text="late", c1_at="x", c1_text="", do="submit"))
        assert "The recording is shorter than that." in wrong.text
        assert "A moment of the recording is needed here" in wrong.text
        assert (await client.post(here, data=filled(i_greeting="7", do="submit"))).status_code == 422
    async with house.signed_in("olga") as operator:
        assert (await operator.get(mine)).status_code == 404, "not before it is submitted"
        assert (await operator.get(f"{mine}/audio", headers=PLAYED)).status_code == 404
        assert (await operator.get(here)).status_code == 403
    async with house.signed_in("sofia") as client:
        whole = filled(i_greeting="0", i_contacts="na", c0_at="0:05", c0_text=f"no name {EVIL}", do="submit")
        assert (await client.post(here, data=whole)).status_code == 303
        assert (await client.post(here, data=whole)).status_code == 409, "once is enough"
    async with house.signed_in("olga") as operator:
        assert mine in (await operator.get("/my/quality")).text
        page = await operator.get(mine)
        # 0.15 * 2/3 + 0.85: the greeting is a third of the opening.
        assert "95 %" in page.text
        assert 'data-seek="5"' in page.text
        assert EVIL not in page.text
        assert (await operator.get(f"{mine}/audio", headers=PLAYED)).status_code == 206
        assert (await operator.post(mine, data={"do": "acknowledge"})).status_code == 303
        assert (await operator.post(mine, data={"do": "dispute", "why": "late"})).status_code == 409
    async with house.signed_in("ivan") as other:
        assert (await other.get(mine)).status_code == 404, "it is nobody else's"
        assert (await other.get(f"{mine}/audio", headers=PLAYED)).status_code == 404
    assert f"recording {recording_id}: 0 to 0 s" in (await listens(house, "olga"))[-1]
    assert any(f"recording {recording_id}:" in said for said in await listens(house, "sofia"))


async def test_a_dispute_is_ruled_on_by_another_person_than_the_grader(house: House) -> None:
    here = await assigned(house, await taped(house))
    mine = here.replace("/office/quality/evaluations", "/my/quality")
    async with house.signed_in("sofia") as client:
        assert (await client.post(here, data=filled(i_respect="0", do="submit"))).status_code == 303
    async with house.signed_in("olga") as operator:
        page = await operator.get(mine)
        assert "A fatal item was answered no" in page.text
        silent = await operator.post(mine, data={"do": "dispute", "why": " "})
        assert "Say what was scored wrongly, and why." in silent.text
        assert (await operator.post(mine, data={"do": "dispute", "why": f"I said please {EVIL}"})).status_code == 303
    async with house.signed_in("sofia") as client:
        assert here not in (await client.get("/office/quality?show=disputes")).text
        own = await client.post(f"{here}/ruling", data={"do": "uphold", "ruling": "so it was"})
        assert own.status_code == 422
        assert "Whoever scored the call does not rule on the dispute" in own.text
    async with house.signed_in("marta") as manager:
        assert here in (await manager.get("/office/quality?show=disputes")).text
        page = await manager.get(here)
        assert EVIL not in page.text
        bare = await manager.post(f"{here}/ruling", data=filled(do="amend", ruling=""))
        assert bare.status_code == 422
        ruled = await manager.post(f"{here}/ruling", data=filled(do="amend", ruling="he did say please"))
        assert ruled.status_code == 303
        assert (await manager.post(f"{here}/ruling", data={"do": "uphold", "ruling": "twice"})).status_code == 409
    async with house.signed_in("olga") as operator:
        page = await operator.get(mine)
        assert "100 %" in page.text
        assert "he did say please" in page.text
        assert (await operator.post(mine, data={"do": "close"})).status_code == 303
        assert (await operator.post(mine, data={"do": "close"})).status_code == 409
    async with reading(house.parts.engine) as db:
        lines = await evaluations.history(db, int(here.rpartition("/")[2]))
    assert [(one.step.value, one.score) for one in lines] == [
        ("submit", 0), ("dispute", 0), ("amend", 100), ("close", 100),
    ]  # fmt: skip


async def test_nobody_scores_himself_and_a_call_is_scored_once(house: House) -> None:
    recording_id = await taped(house)
    async with house.opened("sofia", 1) as client:
        page = f"/office/recordings/{recording_id}"
        for grader in (house.people["olga"], house.people["marta"], 9999):
            lost = await client.post(f"{page}/evaluation", data={"on_form": "calls", "grader": str(grader)})
            assert lost.status_code == 409, "a supervisor takes calls for herself alone"
        form = {"on_form": "calls", "grader": str(house.people["sofia"])}
        assert "Have it scored" in (await client.get(page)).text
        assert (await client.post(f"{page}/evaluation", data={**form, "on_form": "nothing"})).status_code == 409
        assert (await client.post(f"{page}/evaluation", data=form)).status_code == 303
        assert (await client.post(f"{page}/evaluation", data=form)).status_code == 409
        assert "Its evaluation" in (await client.get(page)).text
    of_sofia = await taped(house, "sofia")
    async with house.opened("sofia", 1) as client:
        mine = {"on_form": "calls", "grader": str(house.people["sofia"])}
        assert (await client.post(f"/office/recordings/{of_sofia}/evaluation", data=mine)).status_code == 404


async def test_a_manager_calls_off_what_is_not_scored_yet(house: House) -> None:
    recording_id = await taped(house)
    here = await assigned(house, recording_id)
    async with house.signed_in("sofia") as client:
        assert (await client.post(f"{here}/cancellation", data={"why": "mine"})).status_code == 403
    async with house.signed_in("marta") as manager:
        assert (await manager.post(f"{here}/cancellation", data={"why": ""})).status_code == 422
        assert (await manager.post(f"{here}/cancellation", data={"why": "music only"})).status_code == 303
        assert (await manager.post(f"{here}/cancellation", data={"why": "again"})).status_code == 409
    assert await assigned(house, recording_id) != here, "it can be chosen anew"
