"""Pages of the quality of calls: forms written and published, calls scored, answered, disputed, ruled on."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import psycopg
import pytest
import pytest_asyncio

from crm_core.settings import Settings
from tests.support.servers import PostgresServer, ValkeyServer
from tests.workstation.house import House, peopled

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
