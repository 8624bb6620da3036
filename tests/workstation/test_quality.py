"""Pages of the quality of calls: forms written and published, calls scored, answered, disputed, ruled on."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import psycopg
import pytest
import pytest_asyncio

from crm_core.db import reading
from crm_core.settings import Settings
from crm_core.store import access_log, evaluations
from crm_core.store.access_log import Filter
from tests.support.servers import PostgresServer, ValkeyServer
from tests.workstation.house import House, peopled
from tests.workstation.quality_house import PLAYED, assigned, filled, taped

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240), pytest.mark.asyncio(loop_scope="module")]
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
        assert re.search(r"Scored calls to read</a></dt><dd class=\"num\">1<", (await operator.get("/my/day")).text)
        page = await operator.get(mine)
        # 0.15 * 2/3 + 0.85: the greeting is a third of the opening.
        assert "95 %" in page.text
        assert 'data-seek="5"' in page.text
        assert EVIL not in page.text
        assert (await operator.get(f"{mine}/audio", headers=PLAYED)).status_code == 206
        assert (await operator.post(mine, data={"do": "acknowledge"})).status_code == 303
        assert (await operator.post(mine, data={"do": "dispute", "why": "late"})).status_code == 409
        assert re.search(r"Scored calls to read</a></dt><dd class=\"num\">0<", (await operator.get("/my/day")).text)
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


async def test_a_rule_is_laid_down_and_ended(house: House) -> None:
    page = "/office/quality/rules"
    rule = {
        "title": f"Two {EVIL}", "on_form": "calls", "basis": "chance", "count": "2", "least_seconds": "60",
        "due_days": "7", f"grader_{house.people['sofia']}": "1",
    }  # fmt: skip
    async with house.signed_in("marta") as client:
        assert "No rule chooses calls yet." in (await client.get(page)).text
        for change, said in (
            ({f"grader_{house.people['sofia']}": ""}, "Choose at least one person who scores."),
            ({"count": "21"}, "At most 20."),
            ({"on_form": "nothing"}, "Choose one of the list."),
            ({"team": "nobody"}, "Choose one of the list."),
            ({f"grader_{house.people['sofia']}": "", f"grader_{house.people['olga']}": "1"}, "Choose at least one"),
        ):
            refused = await client.post(page, data={**rule, **change})
            assert refused.status_code == 422, change
            assert said in refused.text, change
        assert (await client.post(page, data=rule)).status_code == 303
        shown = await client.get(page)
        assert EVIL not in shown.text
        made = re.search(r'data-rule="(\d+)"', shown.text)
        assert made, shown.text
        assert "2 of each operator and week" in shown.text
        assert (await client.post(f"{page}/{made[1]}/end")).status_code == 303
        assert (await client.post(f"{page}/{made[1]}/end")).status_code == 404
    async with house.signed_in("sofia") as client:
        assert (await client.get(page)).status_code == 403


async def test_graders_are_blind_to_each_other_until_a_calibration_is_closed(house: House) -> None:
    recording_id = await taped(house)
    sofia, marta = house.people["sofia"], house.people["marta"]
    begin = f"/office/recordings/{recording_id}/calibration"
    async with house.opened("marta", 1) as manager:
        assert "Sofia" in (await manager.get(begin)).text
        alone = {"title": f"How polite {EVIL}", "on_form": "calls", f"grader_{sofia}": "1"}
        refused = await manager.post(begin, data=alone)
        assert refused.status_code == 422
        assert "Choose two people at least." in refused.text
        made = await manager.post(begin, data={**alone, f"grader_{marta}": "1"})
        page = made.headers["location"].partition("?")[0]
        mine = re.findall(r'href="(/office/quality/evaluations/\d+)"', (await manager.get("/office/quality")).text)[-1]
        assert (await manager.post(mine, data=filled(i_clear="2", do="submit"))).status_code == 303
    async with house.signed_in("sofia") as client:
        hers = re.findall(r'href="(/office/quality/evaluations/\d+)"', (await client.get("/office/quality")).text)[-1]
        assert hers != mine
        assert (await client.get(mine)).status_code == 403, "blind"
        assert (await client.get(f"{mine}/audio", headers=PLAYED)).status_code == 403
        before = await client.get(page)
        assert "Nobody sees what the others say" in before.text
        assert "2 / 4" not in before.text
        assert EVIL not in before.text
        assert (await client.post(hers, data=filled(i_summary="0", do="submit"))).status_code == 303
        assert (await client.post(f"{page}/end")).status_code == 403
    async with house.signed_in("olga") as operator:
        assert (await operator.get(hers.replace("/office/quality/evaluations", "/my/quality"))).status_code == 404
    async with house.signed_in("marta") as manager:
        assert (await manager.post(f"{page}/end")).status_code == 303
        assert (await manager.post(f"{page}/end")).status_code == 409
    async with house.signed_in("sofia") as client:
        after = await client.get(page)
        assert "2 / 4" in after.text
        assert "alpha" in after.text
        assert page in (await client.get("/office/quality/calibrations")).text


async def test_a_collection_is_heard_by_those_it_is_open_to(house: House) -> None:
    recording_id = await taped(house)
    page = "/office/quality/collections"
    put = f"/office/recordings/{recording_id}/training"
    async with house.opened("sofia", 1) as client:
        assert (await client.post(f"{page}/new", data={"title": ""})).status_code == 422
        open_to = {"title": f"Calm {EVIL}", f"operator_{house.people['ivan']}": "1"}
        made = (await client.post(f"{page}/new", data=open_to)).headers["location"].partition("?")[0]
        key = made.rpartition("/")[2]
        late = await client.post(put, data={"collection": key, "from": "1:20"})
        assert "The recording is shorter than that." in late.text
        good = await client.post(put, data={"collection": key, "from": "0:12", "note": f"how she waits {EVIL}"})
        assert good.status_code == 303
        assert "0:12" in (await client.get(made)).text
    async with house.signed_in("ivan") as trainee:
        assert f"/my/training/{key}" in (await trainee.get("/my/training")).text
        listed = await trainee.get(f"/my/training/{key}")
        call = re.search(rf"/my/training/{key}/calls/\d+", listed.text)
        assert call, listed.text
        shown = await trainee.get(call[0])
        assert 'data-seek="12"' in shown.text
        assert EVIL not in shown.text
        assert (await trainee.get(f"{call[0]}/audio", headers=PLAYED)).status_code == 206
    assert f"recording {recording_id}:" in (await listens(house, "ivan"))[-1]
    async with house.signed_in("olga") as other:
        assert f"/my/training/{key}" not in (await other.get("/my/training")).text
        for path in (f"/my/training/{key}", call[0], f"{call[0]}/audio"):
            assert (await other.get(path, headers=PLAYED)).status_code == 404, "it is not open to her"
    async with house.signed_in("sofia") as client:
        entry = call[0].rpartition("/")[2]
        assert (await client.post(f"{made}/calls/{entry}/removal")).status_code == 303
        assert (await client.post(f"{made}/retirement")).status_code == 303
        assert (await client.get(made)).status_code == 404
