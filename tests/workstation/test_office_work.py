"""Applications, tasks, signals and contacts as people use their pages: one path through each, and what is refused."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
import pytest_asyncio
from redis import Redis
from sqlalchemy import func, insert, select

from crm_core import clock, tables
from crm_core.db import reading, transaction
from crm_core.segments.conditions import Condition, Group
from crm_core.segments.kinds import Op
from crm_core.settings import Settings
from crm_core.store import access_log, account_facts, alarms, segments
from crm_core.store import signals as rules
from crm_core.work.jobs import site_of
from tests.conftest import _copy, _drop
from tests.support.servers import PostgresServer, ValkeyServer
from tests.workstation.conftest import free_port
from tests.workstation.house import House, TestFloor, add_call, populate, running

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
BASE = "work_pages"


class Kept(House):
    """A house for all tests here: whoever has signed in stays signed in."""

    def __init__(self, house: House, people: dict[str, int]) -> None:
        super().__init__(house.settings, house.parts, house.floor)
        self.people = people
        self.stack = contextlib.AsyncExitStack()
        self.clients: dict[str, httpx.AsyncClient] = {}

    def browser(self, **options: Any) -> httpx.AsyncClient:
        return super().browser(timeout=30, **options)

    @contextlib.asynccontextmanager
    async def signed_in(self, login: str) -> AsyncIterator[httpx.AsyncClient]:
        if login not in self.clients:
            self.clients[login] = await self.stack.enter_async_context(super().signed_in(login))
        yield self.clients[login]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(_house: Settings, postgres: PostgresServer, valkey: ValkeyServer) -> AsyncIterator[Kept]:
    """One web process, base and floor for all tests here; each works with what it has made itself."""
    _copy(postgres, BASE)
    with Redis.from_url(valkey.url) as client:
        client.flushall()
    changes = {"database_url": postgres.plan.url(BASE), "redis_url": valkey.url, "web_port": free_port()}
    mine = _house.model_copy(update={**changes, "web_origin": ""})
    people = await populate(mine.database_url)
    floor = TestFloor(mine.redis_url)
    await floor.start()
    async with running(mine, floor) as one:
        kept = Kept(one, people)
        yield kept
        await kept.stack.aclose()
    await floor.stop()
    _drop(postgres, BASE)


async def post(client: httpx.AsyncClient, path: str, expected: int = 303, **fields: Any) -> httpx.Response:
    files = fields.pop("files", None)
    answer = await client.post(path, data=fields, files=files)
    assert answer.status_code == expected, (path, answer.status_code, re.sub(r"<[^>]+>|\s+", " ", answer.text)[-800:])
    return answer


async def get(client: httpx.AsyncClient, path: str, expected: int = 200) -> str:
    answer = await client.get(path)
    assert answer.status_code == expected, (path, answer.status_code, re.sub(r"<[^>]+>|\s+", " ", answer.text)[-800:])
    return answer.text


def place(answer: httpx.Response) -> str:
    return answer.headers["location"].partition("?")[0]


async def filed(client: httpx.AsyncClient, kind: str = "certificate", **fields: Any) -> str:
    fields = fields or {"f_purpose": "The bank"}
    return place(await post(client, "/office/applications/new", account="1", kind=kind, channel="phone", **fields))


async def contact_of(house: House, call_id: str) -> int:
    async with reading(house.parts.engine) as db:
        query = select(tables.interactions.c.id).where(tables.interactions.c.call_id == call_id)
        return int(await db.scalar(query) or 0)


async def logged(house: House, object_: str) -> list[str]:
    async with reading(house.parts.engine) as db:
        return [one.action for one in await access_log.recent(db, object_=object_)]


async def test_an_application_goes_from_filed_to_done_on_its_page(house: House) -> None:
    async with house.opened("olga") as client:
        assert "For whom" in await get(client, "/office/applications/new?account=1&kind=certificate")
        refused = await post(
            client, "/office/applications/new", 422, account="1", kind="certificate", channel="phone", f_purpose=""
        )
        assert "This is needed." in refused.text
        here = await filed(client)
        key = here.rpartition("/")[2]
        page = await get(client, here)
        assert re.search(r"A-\d{4}-\d{6}", page)
        await post(client, f"{here}/steps", step="start")
        refused = await post(client, f"{here}/steps", 422, step="finish", said="")
        assert "a result is needed" in refused.text
        refused = await post(client, f"{here}/form", 422, f_purpose="", why="kept as typed")
        assert 'value="kept as typed"' in refused.text
        await post(client, f"{here}/comments", comment="<script>alert(1)</script>")
        await post(client, f"{here}/form", f_purpose="The court", why="misheard")
        await post(client, f"{here}/steps", step="finish", said="Sent by e-mail")
        page = await get(client, here)
        assert "Sent by e-mail" in page
        assert "&lt;script&gt;alert(1)" in page
        assert "The court" in page
        assert "<script>alert" not in page
    assert "application.worked" in await logged(house, f"application {key}")


async def test_a_file_is_attached_read_back_and_never_shown(house: House) -> None:
    async with house.opened("olga") as client:
        here = await filed(client, "personal_data", f_what="copy")
        await post(client, f"{here}/files", files={"file": ("../../паспорт.exe", PDF)}, document="identity")
        refused = await post(client, f"{here}/files", 422, files={"file": ("a.pdf", b"<html>")})
        assert "Files of this kind are not kept" in refused.text
        page = await get(client, here)
        (address,) = re.findall(rf'href="({here}/files/\d+)"', page)
        assert "паспорт.pdf" in page
        answer = await client.get(address)
        assert answer.content == PDF
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["x-content-type-options"] == "nosniff"
        missing = await filed(client, "owner_change", f_new_owner="Ivan", f_since="2026-11-01")
        await post(client, f"{missing}/steps", step="start")
        kept = await post(client, f"{missing}/steps", 422, step="finish", said="Looked at and all is well")
        assert "Looked at and all is well</textarea>" in kept.text, "what was typed is not lost"
        other = await filed(client)
        await get(client, address.replace(here, other), 404)
        await post(client, f"{here}/files", 413, files={"file": ("a.pdf", PDF + bytes(12 * 2**20))})


async def test_lists_open_with_every_filter_and_any_nonsense(house: House) -> None:
    async with house.opened("sofia") as client:
        async with house.opened("olga") as other:
            here = await filed(other)
        number = re.findall(r"A-\d{4}-\d{6}", await get(client, here))[0]
        for query in (
            "", "late=1", "whose=mine", "whose=team", "stage=done", "stage=x", "order=newest", "kind=%01", "team=x'",
            "account=1", "account=4711", "after=-1", "after=999", "number=%25",
        ):  # fmt: skip
            await get(client, f"/office/applications?{query}")
        assert number in await get(client, "/office/applications?whose=nobody&kind=certificate")
        assert number not in await get(client, "/office/applications?number=%25")
        assert "There is no such account" in await get(client, "/office/applications?account=4711")


async def test_a_task_is_made_taken_by_one_and_given_on_in_two_clicks(house: House) -> None:
    async with house.opened("olga") as olga, house.opened("ivan") as ivan, house.opened("sofia") as sofia:
        await post(olga, "/office/tasks", 422, title="", kind="call")
        await post(olga, "/office/tasks", 422, title="x", kind="call", account="4711", due_at="tomorrow")
        await post(
            olga,
            "/office/tasks",
            title="Call Anna",
            kind="call",
            account="1",
            team="billing",
            due_at="2026-12-01T10:00",
        )
        await post(sofia, "/office/tasks", title="Some day", kind="other")
        page = await get(ivan, "/office/tasks?whose=all")
        (here,) = re.findall(r'href="(/office/tasks/\d+)"><bdi>Call Anna', page)
        await post(ivan, f"{here}/steps", step="take")
        refused = await post(olga, f"{here}/steps", 422, step="take")
        assert "Another person has taken this already." in refused.text
        await post(olga, f"{here}/assignment", 422, owner_id=str(house.people["olga"]))
        await post(sofia, f"{here}/assignment", **{"from": "list"}, owner_id=str(house.people["olga"]), team="billing")
        await post(olga, f"{here}/steps", step="take")
        await post(olga, f"{here}/steps", step="finish", said="She pays on Monday")
        assert "She pays on Monday" in await get(olga, here)
        assert here in await get(olga, "/office/tasks?whose=mine&state=done")
        await get(olga, "/office/tasks/4711", 404)
        await get(olga, "/office/tasks/x", 404)
    assert "task.worked" in await logged(house, here.removeprefix("/office/").replace("tasks/", "task "))


async def test_a_late_application_reaches_the_supervisor_s_list(house: House) -> None:
    async with house.opened("marta") as client:
        people = {f"member_{house.people['sofia']}": "1"}
        await post(
            client,
            "/office/teams",
            code="dispatch",
            title_en="Dispatchers",
            lead_id=str(house.people["sofia"]),
            **people,
        )
    async with house.opened("olga") as client:
        await filed(client, "hazard", f_what="wire", f_place="Lenina 5")
    async with transaction(house.parts.engine) as db:
        assert await alarms.sweep(db, site_of(house.settings), clock.now())
    async with house.opened("sofia") as client:
        page = await get(client, "/office/tasks?whose=mine")
        assert re.search(r"Nobody has accepted A-\d{4}-\d{6} in time\.", page)


async def test_a_kind_is_previewed_saved_as_a_version_and_retired(house: House) -> None:
    typed = {
        "code": "solar", "title_en": "Solar panels", "title_ru": "Солнечные панели", "remind": "50",
        "team": "contracts", "term_amount": "5", "term_unit": "working_days",
        "fields": "kw | number | yes | Power, kW | ru:Мощность | least=1; most=500\n"
        "roof | choice | no | Roof | flat=Flat; slope=Slope~ru:Скат",
        "documents": "plan | yes | Plan of the roof | ru:План крыши", "note_filed_en": "Ask for the plan",
    }  # fmt: skip
    async with house.opened("marta") as client:
        await get(client, "/office/application-kinds")
        wrong = await post(
            client,
            "/office/application-kinds/form",
            422,
            **(typed | {"fields": "Kw | number | yes | Power"}),
            what="save",
        )
        assert "A code is small Latin letters" in wrong.text
        preview = await post(client, "/office/application-kinds/form", 200, **typed, what="preview")
        assert "Power, kW" in preview.text
        assert "preview_roof" in preview.text
        await post(client, "/office/application-kinds/form", **typed, what="save")
        await post(client, "/office/application-kinds/form", **(typed | {"remind": "80"}), what="save")
        page = await get(client, "/office/application-kinds/form?code=solar")
        assert "kw | number | yes | Power, kW | ru:Мощность | least=1; most=500" in page
        assert "roof | choice | no | Roof | flat=Flat; slope=Slope~ru:Скат" in page
        await post(client, "/office/application-kinds/retirement", code="solar", retired="1")
        assert "Put back" in await get(client, "/office/application-kinds")
        await get(client, "/office/application-kinds/form?code=nonsense")
    async with house.opened("olga") as client:
        refused = await post(client, "/office/applications/new", 422, account="1", kind="solar", f_kw="5")
        assert "Choose a kind of application from the list." in refused.text


async def test_a_rule_is_looked_at_before_it_is_switched_on_and_shows_whom_it_found(house: House) -> None:
    typed = {
        "title": "Quiet", "what": "no_reading", "every": "month", "periods": "3", "percent": "30", "against": "before",
        "limit": "10", "status_active": "1", "task": "1", "due_days": "3", "team": "contact_centre",
    }  # fmt: skip
    async with house.opened("marta") as client:
        wrong = await post(
            client, "/office/signals/form", 422, **(typed | {"set_flag": "life_support", "periods": "0"})
        )
        assert "no rule sets, takes or finds it" in wrong.text
        here = place(await post(client, "/office/signals/form", **(typed | {"what": "cycle"})))
        refused = await post(client, f"{here}/switch", 422, active="1")
        assert "Look at the preview first" in refused.text
        preview = await post(client, f"{here}/preview", 200)
        assert "Anna Kuznetsova" in preview.text
        await post(client, f"{here}/switch", active="1")
        key = int(here.rpartition("/")[2])
        async with transaction(house.parts.engine) as db:
            period = await rules.begin(db, await rules.by_id(db, key), site_of(house.settings), clock.now())
            done = await rules.batch(db, key, period, site_of(house.settings), clock.now())
        assert done is not None
        assert done.found == 3
        page = await get(client, here)
        assert "It is time again; the account is served." in page
        assert "Quiet" in await get(client, "/office/signals")
        await get(client, f"/office/signals/form?rule={key}")
        await post(client, "/office/signals/form", **typed, rule=str(key))
        assert "Not looked at yet" in await get(client, "/office/signals")
        assert "/office/tasks/" in page


async def test_a_rule_names_a_segment_and_shares_its_tasks_out(house: House) -> None:
    site = site_of(house.settings)
    async with transaction(house.parts.engine) as db:
        await account_facts.refresh(db, [1, 2, 3], site.today(clock.now()), site.time_zone)
        condition = Condition(fact="name", op=Op.HAS_WORDS, values=("Vera",))
        segment = await segments.save(db, segments.Draft(name="Veras", tree=Group(parts=(condition,))), None)
    typed = {"title": "Only Vera", "what": "cycle", "every": "month", "periods": "3", "percent": "30",
             "against": "before", "limit": "10", "status_active": "1", "task": "1", "due_days": "3"}  # fmt: skip
    async with house.signed_in("marta") as client:
        form = await get(client, "/office/signals/form")
        assert f'<option value="{segment}">Veras</option>' in form
        wrong = await post(client, "/office/signals/form", 422, **typed, segment="4711", share="1", balance_least="x")
        for said in ("A task needs an owner or a team", "This limit makes no sense."):
            assert said in wrong.text
        wrong = await post(client, "/office/signals/form", 422, **typed, segment="4711", team="contact_centre")
        assert "There is no such segment, or it asks for something that is not known any more." in wrong.text
        typed |= {"team": "contact_centre", "share": "1", "segment": str(segment), "balance_least": "1 000,50"}
        here = place(await post(client, "/office/signals/form", **typed, customer_active="1", turn="former"))
        page = (await post(client, f"{here}/preview", 200)).text
        for said in ("Veras", "The account belongs to the segment Veras.", "Vera Orlova", "Active", "Former"):
            assert said in page
        assert "Anna Kuznetsova" not in page
        assert 'value="1000.50"' in await get(client, f"/office/signals/form?rule={here.rpartition('/')[2]}")


async def test_another_result_of_one_s_own_contact_waits_for_a_supervisor(house: House) -> None:
    await add_call(house.settings.database_url, "main-1", house.people["olga"])
    async with house.opened("olga") as olga, house.opened("sofia") as sofia, house.opened("ivan") as ivan:
        await post(olga, "/api/calls/main-1/close", 200, disposition="INFO", note="hours", account_id="1")
        key = await contact_of(house, "main-1")
        here = f"/office/interactions/{key}"
        again = await post(olga, "/api/calls/main-1/close", 409, disposition="TARIFF", note="hours")
        assert again.json()["code"] == "correct-with-reason"
        await post(ivan, f"{here}/corrections", 422, disposition="INFO", note="x", reason="helping")
        lacking = await post(olga, f"{here}/corrections", 422, disposition="CALLBACK", note="x", reason="he asked")
        assert "need_at" in lacking.text
        await post(olga, f"{here}/corrections", disposition="TARIFF", note="about the tariff", reason="wrong line")
        assert "hours" in await get(olga, here)
        assert here in await get(sofia, "/office/corrections")
        (entry,) = re.findall(rf"{here}/corrections/(\d+)", await get(sofia, here))
        await post(olga, f"{here}/corrections/{entry}", 422, approved="1")
        await post(sofia, f"{here}/corrections/{entry}", approved="1", reason="heard it")
        page = await get(olga, here)
        for said in ("about the tariff", "hours", "wrong line", "heard it"):
            assert said in page
    assert (await logged(house, f"contact {key}")).count("contact.corrected") == 2


async def owes(house: House, account: int, amount: int) -> None:
    async with transaction(house.parts.engine) as db:
        day = clock.now().date()
        bill = {"account_id": account, "period": day.replace(day=1), "issued_on": day, "due_on": day}
        await db.execute(insert(tables.invoices).values(**bill, amount=Decimal(amount), open_amount=Decimal(amount)))


async def test_a_result_that_needs_something_is_not_closed_without_it(house: House) -> None:
    await owes(house, 2, 5000)
    await add_call(house.settings.database_url, "main-2", house.people["olga"])
    there = "/api/calls/main-2/close"
    day = (clock.now() + timedelta(days=5)).date().isoformat()
    async with house.opened("olga", 1, 2) as client:
        answer = await post(client, there, 422, disposition="CALLBACK", note="")
        assert answer.json() == {"need_at": "This is needed."}
        answer = await post(client, there, 422, disposition="PTP", account_id="2", need_amount="9000", need_date=day)
        assert answer.json() == {"need_amount": "More is promised than is owed."}
        async with reading(house.parts.engine) as db:
            query = select(tables.interactions.c.disposition).where(tables.interactions.c.call_id == "main-2")
            assert await db.scalar(query) is None
            assert await db.scalar(select(func.count()).select_from(tables.promises)) == 0
        await post(client, there, 200, disposition="PTP", account_id="2", need_amount="4 000", need_date=day)
        async with reading(house.parts.engine) as db:
            promise = (await db.execute(select(tables.promises))).one()
        assert (promise.account_id, promise.amount, promise.call_id) == (2, Decimal(4000), "main-2")
        page = await get(client, f"/office/interactions/{await contact_of(house, 'main-2')}")
        assert "4000.00" in page
        assert "What happened in the call" in page


async def test_contacts_are_listed_one_s_own_and_for_a_lead_everybody_s(house: House) -> None:
    for call, login in (("main-3", "olga"), ("main-4", "ivan")):
        await add_call(house.settings.database_url, call, house.people[login])
        async with house.signed_in(login) as client:
            await post(client, f"/api/calls/{call}/close", 200, disposition="BALANCE", note="", account_id="3")
    there = "/office/interactions?since=2026-11-20&until=2026-11-29&result=BALANCE"
    hers, his = [f"/office/interactions/{await contact_of(house, call)}" for call in ("main-3", "main-4")]
    async with house.signed_in("olga") as olga, house.signed_in("sofia") as sofia, house.signed_in("marta") as marta:
        page = await get(olga, there)
        assert hers in page
        assert his not in page
        assert his not in await get(olga, there + "&whose=all"), "an operator sees his own"
        page = await get(sofia, there)
        assert hers in page
        assert his in page
        assert hers not in await get(sofia, there + "&whose=mine")
        assert hers not in await get(olga, there.replace("BALANCE", "TARIFF"))
        await get(olga, "/office/interactions?since=2020-01-01", 422)
        await get(olga, "/office/interactions?since=then&before=x&channel=%01", 422)
        await get(marta, there, 403)
    async with house.program("olga") as program:
        found = await program.get("/interactions", params={"disposition": "BALANCE", "since": "2026-11-01"})
        assert [one["operator"] for one in found.json()["items"]] == ["Olga"]
    assert "timeline.viewed" in await logged(house, "contacts")


async def test_a_letter_is_recorded_by_hand(house: House) -> None:
    async with house.opened("olga") as client:
        await get(client, "/office/interactions/new?account=1")
        at = clock.now().strftime("%Y-%m-%dT%H:%M:00Z")
        fields = {
            "account": "1",
            "channel": "email",
            "direction": "in",
            "at": at,
            "subject": "Noise",
            "note": "It hums",
        }
        drawn = await post(client, "/office/interactions/new", 200, **fields, disposition="COMPLAINT", what="draw")
        assert "need_about" in drawn.text
        lacking = await post(client, "/office/interactions/new", 422, **fields, disposition="COMPLAINT")
        assert "This is needed." in lacking.text
        here = place(
            await post(client, "/office/interactions/new", **fields, disposition="COMPLAINT", need_about="quality")
        )
        assert "It hums" in await get(client, here)
        wrong = await post(
            client, "/office/interactions/new", 422, **(fields | {"account": "4711", "at": "then"}), disposition="INFO"
        )
        assert "There is no such account" in wrong.text


async def test_a_result_is_made_as_data_and_offered_at_the_desk(house: House) -> None:
    typed = {"code": "SOLAR", "title_en": "Solar panels", "group": "service", "flag_H": "1", "position": "900",
             "needs": "kw | number | yes | Power, kW | least=1"}  # fmt: skip
    async with house.opened("marta") as client:
        page = await get(client, "/office/dispositions")
        assert page.count("<code>") > 60
        await post(client, "/office/dispositions/form", 422, **(typed | {"code": "solar"}), what="save")
        await post(client, "/office/dispositions/form", 422, **(typed | {"code": "UNDISPOSED"}), what="save")
        assert "preview_kw" in (await post(client, "/office/dispositions/form", 200, **typed, what="preview")).text
        await post(client, "/office/dispositions/form", **typed, what="save")
        assert "kw | number | yes | Power, kW | least=1" in await get(client, "/office/dispositions/form?code=SOLAR")
    async with house.opened("olga") as client:
        desk = await get(client, "/desk")
        assert 'value="SOLAR"' in desk
        assert "Power, kW" in desk
    async with house.opened("marta") as client:
        await post(client, "/office/dispositions/retirement", code="SOLAR", retired="1")
    async with house.opened("olga") as client:
        assert 'value="SOLAR"' not in await get(client, "/desk")


async def test_hours_and_days_of_the_utility_are_set_on_a_page(house: House) -> None:
    async with house.opened("marta") as client:
        await post(client, "/office/teams/hours", 422, hours_0="nine to five")
        await post(client, "/office/teams/hours", 422, hours_0="18:00-09:00")
        await post(client, "/office/teams/hours", hours_0="09:00-13:00, 14:00-18:00", hours_5="10:00-24:00")
        assert "09:00-13:00, 14:00-18:00" in await get(client, "/office/teams")
        day = clock.now().date().isoformat()
        await post(client, "/office/teams/days", 422, day="then", works="no")
        await post(client, "/office/teams/days", day=day, works="no", day_title="Stock-taking")
        assert "Stock-taking" in await get(client, "/office/teams?team=billing")
        await post(client, "/office/teams/days", day=day, works="forget")
        assert "Stock-taking" not in await get(client, "/office/teams")
        await post(client, "/office/teams", 422, code="Night!", title_en="Night")


async def test_a_page_is_for_whom_it_is(house: House) -> None:
    for login, expected, paths in (
        ("marta", 403, ("/office/interactions", "/office/corrections")),
        ("audrey", 403, ("/office/tasks", "/office/applications")),
        ("adam", 403, ("/office/applications", "/office/interactions/1")),
        ("olga", 403, ("/office/signals", "/office/dispositions", "/office/application-kinds", "/office/teams")),
        ("olga", 404, ("/office/interactions/4711", "/office/applications/4711", "/office/tasks/x")),
        ("marta", 404, ("/office/signals/4711", "/office/signals/x")),
    ):
        async with house.signed_in(login) as client:
            for path in paths:
                await get(client, path, expected)
