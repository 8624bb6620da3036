"""Every page and every route of the API that names a subscriber asks why, masks, and is written down (AC13, AC16).

Nothing is listed here by hand: the routes are those of the application and of its OpenAPI document. A name of a key, or
a page, that nobody has classed fails these tests.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import httpx
import psycopg
import pytest
import pytest_asyncio
from limits import RateLimitItemPerHour, RateLimitItemPerMinute
from sqlalchemy import insert, select, update

from crm_core import clock
from crm_core.access import ALLOWED, Role, hidden
from crm_core.access import Field as Personal
from crm_core.db import open_pools, reading, transaction
from crm_core.recording_jobs import vault
from crm_core.sample import command
from crm_core.sample.plan import Plan
from crm_core.settings import Settings
from crm_core.store import access_log
from crm_core.store.access_log import Filter
from crm_core.tables import (
    accounts,
    agreements,
    applications,
    attempts,
    campaign_lists,
    campaign_rows,
    campaigns,
    card_openings,
    contact_numbers,
    contacts,
    custom_fields,
    custom_values,
    customers,
    interactions,
    meters,
    recordings,
    service_points,
    tasks,
)
from crm_core.vault import Sealed
from tests.support.servers import PostgresServer, ValkeyServer
from tests.support.waiting import eventually
from tests.workstation.conftest import free_port
from tests.workstation.house import House, TestFloor, hire, running
from workstation import api, openings, whose
from workstation.access import may
from workstation.rest import caller
from workstation.routes import ROUTES

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240), pytest.mark.asyncio(loop_scope="module")]
PHONE, SECOND, EMAIL, TAX = "+79161112233", "+74957654321", "walked@example.org", "770198765432"
NAME = "Walked Throughova"
EYES = ("sofia", "marta", "olga")
"""Who looks, the one who may see least first; who may not use a route leaves it to the next."""
PLAIN = frozenset({
    "/", "/health", "/language", "/sign-in", "/desk", "/floor", "/design", "/ws", "/ws/floor", "/api/phone",
    "/wall", "/ws/wall", "/api/floor/phone", "/api/floor/skills", "/password/{token}", "/office",
    "/office/access", "/office/application-kinds", "/office/application-kinds/form", "/office/dispositions",
    "/office/dispositions/form", "/office/exports", "/office/exports/{export_id}", "/office/fields",
    "/office/fields/{field_id}", "/office/imports", "/office/jobs", "/office/jobs/{job_id}",
    "/office/jobs/{job_id}/events", "/office/people", "/office/people/{user_id}", "/office/retention",
    "/office/rules/money", "/office/rules/readings", "/office/segments", "/office/signals", "/office/signals/form",
    "/office/recording-rules", "/recording-rules",
    "/office/tariffs", "/office/flows", "/office/flows/events", "/office/flows/new", "/office/flows/{version_id}",
    "/office/transfer-numbers", "/api/transfer/targets", "/transfer-numbers", "/api/notes",
    "/api/guides", "/api/guides/{guide_id}", "/office/guides", "/office/guides/{guide_id}",
    "/my/day", "/my/settings", "/api/messages", "/api/messages/thread",
    "/office/advice", "/office/offers", "/office/offers/{offer_id}",
    "/office/nodes", "/office/nodes/alerts", "/office/nodes/checks", "/office/nodes/telephones",
    "/office/nodes/trunks/new", "/office/nodes/trunks/{trunk_id}", "/line-alerts", "/nodes", "/trunks",
    "/flow-steps", "/flows", "/flows/{version_id}",
    "/office/routing", "/office/routing/new", "/office/routing/{version_id}", "/office/queues", "/office/queues/new",
    "/office/queues/{code}", "/office/skills", "/office/alert-ways", "/office/routing/trials/{job_id}",
    "/routing-rules", "/routing-rules/{version_id}", "/queues", "/operator-skills",
    "/callbacks/kept", "/office/callbacks/messages/{message_id}/sound", "/office/callbacks/{callback_id}",
    "/office/campaigns", "/office/campaigns/new", "/office/campaigns/kept", "/office/campaigns/{campaign_id}",
    "/office/campaigns/{campaign_id}/edit", "/office/campaigns/{campaign_id}/live", "/office/contact-law",
    "/office/workforce", "/office/workforce/days/{day}", "/office/workforce/now",
    "/office/workforce/now/live", "/office/workforce/rules",
    "/office/shift-patterns", "/office/leave", "/my/shifts", "/my/shifts/today",
    "/office/quality/calibrations", "/office/quality/calibrations/{row_id}", "/office/quality/rules",
    "/office/quality/collections", "/office/quality/collections/{row_id}", "/my/training", "/my/training/{row_id}",
    "/my/training/{row_id}/calls/{entry_id}", "/my/training/{row_id}/calls/{entry_id}/audio",
    "/office/quality", "/office/quality/forms", "/office/quality/forms/{row_id}", "/my/quality",
    "/office/quality/evaluations/{evaluation_id}", "/office/quality/evaluations/{evaluation_id}/audio",
    "/my/quality/{evaluation_id}", "/my/quality/{evaluation_id}/audio",
    "/office/training", "/office/training/floor", "/ws/training",
    "/office/contact-law/{code}", "/campaigns", "/campaigns/{campaign_id}", "/campaigns/{campaign_id}/over-time",
    "/contact-laws",
    "/office/voices", "/office/voices/{language}/{prompt}", "/office/voices/{language}/{prompt}/sound", "/prompts",
    "/prompts/{language}/{prompt}", "/prompts/{language}/{prompt}/versions",
    "/office/teams", "/office/templates", "/office/templates/{template_id}", "/office/tokens",
    "/office/processes", "/office/processes/board", "/office/processes/kinds/{code}",
    "/office/processes/kinds/{code}/edit", "/office/processes/kinds/{code}/suggestions",
    "/office/processes/kinds/{code}/versions/{version_id}",
    "/office/kpi", "/office/kpi/{code}", "/office/reports", "/office/reports/design", "/office/reports/schedules",
    "/office/reports/{code}", "/office/reports/{code}/rows", "/office/reports/{code}/shares", "/report-files/{token}",
    # These open whom the form names, when it names somebody (tests/workstation/test_sight.py).
    "/office/applications/new", "/office/interactions/new",
    "/application-kinds", "/application-kinds/{code}", "/dispositions", "/exports", "/exports/{export_id}", "/fields",
    "/imports", "/jobs/{job_id}", "/policies/money", "/policies/readings", "/segment-facts", "/segments",
    "/segments/{segment_id}", "/segments/{segment_id}/count", "/signal-rules", "/signal-rules/{rule_id}",
    "/signal-rules/{rule_id}/runs", "/teams", "/templates", "/token", "/working-time",
})  # fmt: skip
"""Pages and routes that show nobody who is a subscriber."""
_bases = itertools.count(1)


@dataclass(frozen=True, kw_only=True)
class Walked:
    """A house over the sample base, and the keys of one subscriber of whom everything is known."""

    house: House
    keys: Mapping[str, int]
    number: str
    """Of his account."""

    def personal(self, body: str) -> list[str]:
        """What of him stands in a body in full, whatever way it is written."""
        plain = re.sub(r"[\s()\u00a0-]|&nbsp;", "", body)
        full = {"phone": PHONE, "second phone": SECOND, "e-mail": EMAIL, "tax number": TAX}
        return [name for name, value in full.items() if value in body or value.lstrip("+") in plain]

    def known(self, body: str) -> bool:
        """Whether anything of him stands in a body."""
        return bool(self.personal(body)) or NAME in body or self.number in body

    def address(self, path: str) -> str:
        """The route's address for him; a key that this walk does not know fails it."""
        lacking = [name for name in whose.names(path) if name not in self.keys]
        assert not lacking, f"{path}: the walk has no {lacking[0]}: make one in `_fill`"
        return path.format(**self.keys)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def walked(_house: Settings, postgres: PostgresServer, valkey: ValkeyServer) -> AsyncIterator[Walked]:
    """The sample base with one subscriber who has everything, for all tests of this module."""
    name = f"walked{next(_bases)}"
    url = postgres.plan.url(name)
    with psycopg.connect(postgres.plan.conninfo("postgres", "postgres"), autocommit=True) as db:
        db.execute(f"create database {name} template migrated owner busbar")
    mine = _house.model_copy(
        update={"web_port": free_port(), "web_origin": "", "database_url": url, "redis_url": valkey.url}
    )
    command.load(mine, Plan(subscribers=64, months=12, seed=1, currency="RUB", today=date(2026, 11, 22)))
    keys, number, people = await _fill(url, vault(mine).seal([bytes(16_000)]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(openings, "CARD", RateLimitItemPerHour(10_000))
        patch.setattr(api, "CARD", RateLimitItemPerHour(10_000))
        patch.setattr(caller, "CALLS", RateLimitItemPerMinute(10_000))
        floor = TestFloor(mine.redis_url)
        await floor.start()
        async with running(mine, floor) as house:
            house.people = people
            yield Walked(house=house, keys=await _made(house, keys), number=number)
        await floor.stop()


async def _fill(url: str, sound: Sealed) -> tuple[dict[str, int], str, dict[str, int]]:
    """Give the first account's customer what there is to be hidden, and one of each thing."""
    base = open_pools(url)
    async with transaction(base) as db:
        people = await hire(db)
        first = accounts.c.id == 1
        customer, number = (await db.execute(select(accounts.c.customer_id, accounts.c.number).where(first))).one()
        his = contacts.c.customer_id == customer
        await db.execute(update(customers).where(customers.c.id == customer).values(name=NAME, tax_number=TAX))
        contact = (await db.execute(select(contacts.c.id).where(his).order_by(contacts.c.id).limit(1))).scalar_one()
        await db.execute(update(contacts).where(his).values(name=NAME, phone=PHONE, email=EMAIL))

        async def add(table: Any, **values: Any) -> int:
            return int((await db.execute(insert(table).values(**values).returning(table.c.id))).scalar_one())

        said = {"phone": PHONE, "mail": EMAIL}
        words, now = f"call {PHONE} or write to {EMAIL}", clock.now()
        field = await add(custom_fields, entity="account", code="second", title="Second phone", type="text")
        await db.execute(insert(custom_values).values(entity_id=1, field_id=field, text=SECOND))
        keys = {
            "account_id": 1,
            "customer_id": customer,
            "contact_id": contact,
            "number_id": await add(contact_numbers, contact_id=contact, number=SECOND, label="work"),
            "agreement_id": await add(agreements, account_id=1, supply="connected", started_on=date(2020, 1, 1)),
            "point_id": await add(service_points, account_id=1),
            "meter_id": (await db.execute(select(meters.c.id).where(meters.c.account_id == 1).limit(1))).scalar_one(),
            "premises_id": (await db.execute(select(accounts.c.premises_id).where(first))).scalar_one(),
            "application_id": await add(
                applications, number="W-1", account_id=1, kind="certificate", title="Certificate", stage="filed",
                filed_on=date(2026, 11, 1), form=said,
            ),
            "interaction_id": await add(
                interactions, account_id=1, channel="email", direction="in", number=EMAIL, began_at=now, ended_at=now,
                note=words, disposition="INFO", data=said,
            ),
            "task_id": await add(
                tasks, kind="callback", title="Call back", account_id=1, source="contact", note=words, facts=said
            ),
            "recording_id": await add(
                recordings, call_id="main-1.1", leg="a", account_id=1, state="kept", began_at=now, seconds=1.0,
                bytes=sound.size, file=sound.name, key_id=sound.key_id, sealed_key=sound.sealed_key,
                keep_until=now + timedelta(days=30), finding=words, fault="short", looked_at=True,
            ),
            "campaign_id": (campaign := await add(campaigns, name="Debts", mode="preview", profile="none")),
        }  # fmt: skip
        part = await add(campaign_lists, campaign_id=campaign, source="hand")
        row = await add(campaign_rows, campaign_id=campaign, account_id=1, list_id=part, note=words)
        await add(
            attempts, campaign_id=campaign, row_id=row, account_id=1, customer_id=customer, mode="preview",
            number=PHONE, call_id="main-1.2", planned_at=now, ended_at=now, outcome="busy",
        )  # fmt: skip
    await base.dispose()
    return keys, number, people


async def _made(house: House, keys: dict[str, int]) -> dict[str, int]:
    """What only the application itself makes: a document, a file."""
    async with house.program("marta") as client:
        every = (await client.get("/templates")).json()["items"]
        template = next(one["template_id"] for one in every if one["code"] == "balance")
        document = await client.post("/accounts/1/documents", json={"template_id": template})
        assert document.status_code == 201, document.text
        path = f"/applications/{keys['application_id']}/files"
        file = await client.post(path, content=b"%PDF-1.4\n%%EOF\n", params={"name": "a.pdf"})
        assert file.status_code == 201, file.text
    return {**keys, "document_id": document.json()["document_id"], "file_id": file.json()["file_id"]}


def pages(method: str = "GET") -> Iterator[tuple[str, str]]:
    """Every page that names a subscriber, with the login of who looks at it."""
    for verb, path in ROUTES:
        if verb != method or not whose.named(verb, path, whose.names(path)):
            continue
        yield path, next(login for login in EYES if may(_role(login), verb, path))


def _role(login: str) -> Role:
    return {"sofia": Role.SUPERVISOR, "marta": Role.MANAGER, "olga": Role.OPERATOR}[login]


async def seen(house: House, login: str, object_: str, path: str) -> list[str]:
    """Lines of the log that say that somebody saw somebody under an address."""
    async with reading(house.parts.engine) as db:
        lines = await access_log.page(db, Filter(user_id=house.people[login], object=object_), limit=500)
    by_itself = path.startswith(("/api/card", "/api/timeline"))
    return [one.action for one in lines if one.action.endswith(".viewed") and (by_itself or path in one.reason)]


async def test_every_page_that_names_a_subscriber_asks_why_masks_and_is_written_down(walked: Walked) -> None:
    house, routes = walked.house, list(pages())
    assert len(routes) > 12
    for path, login in routes:
        async with house.signed_in(login) as client:
            await _look(walked, client, path, login)


async def _look(walked: Walked, client: httpx.AsyncClient, path: str, login: str) -> None:
    address = walked.address(path)
    await _forget(walked.house)
    # A recording is told in parts alone.
    part = {"range": "bytes=0-99"} if path.endswith("/audio") else {}
    unasked = await client.get(address, headers=part)
    assert unasked.status_code in {200, 428}, (address, unasked.status_code)
    assert not walked.known(unasked.text), f"{address}: shown without a reason"
    await walked.house.because(client, 1, "complaint")
    shown = await client.get(address, headers=part)
    assert shown.status_code == (206 if part else 200), (address, shown.status_code, shown.text[-300:])
    assert not _unmasked(walked, shown.text, login), f"{address}: {_unmasked(walked, shown.text, login)}"
    customer = f"customer {walked.keys['customer_id']}"

    async def logged() -> list[str]:
        return [
            *await seen(walked.house, login, "account 1", address),
            *await seen(walked.house, login, customer, address),
        ]

    await eventually(logged, what=f"{address} in the access log")


def _unmasked(walked: Walked, body: str, login: str) -> list[str]:
    """What stands in full that this role may not see."""
    hides = hidden(_role(login), reason=True)
    of = {
        "phone": Personal.PHONE, "second phone": Personal.PHONE, "e-mail": Personal.EMAIL,
        "tax number": Personal.TAX_NUMBER,
    }  # fmt: skip
    return [name for name in walked.personal(body) if of[name] in hides]


async def _forget(house: House) -> None:
    """Nobody has said why yet."""
    async with transaction(house.parts.engine) as db:
        await db.execute(card_openings.delete())


async def test_no_form_about_a_subscriber_is_carried_out_before_somebody_said_why(walked: Walked) -> None:
    routes = list(pages("POST"))
    assert len(routes) > 15
    await _forget(walked.house)
    parts = {
        "promise_id": 1,
        "dispute_id": 1,
        "notice_id": 1,
        "plan_id": 1,
        "order_id": 1,
        "entry_id": 1,
        "paid_on": "2026-11-01",
        "seq": 0,
    }
    keys = {**walked.keys, **parts}
    for login in EYES:
        async with walked.house.signed_in(login) as client:
            for path in [path for path, by in routes if by == login]:
                refused = await client.post(path.format(**keys), data={"kept": "typed by hand"})
                assert refused.status_code == 428, (path, refused.status_code)
                assert not walked.known(refused.text), path
                # A form of the desk stays as it is on the screen: its answer is JSON.
                if path.startswith("/api/panels/"):
                    assert refused.json()["code"] == "reason-needed", path
                else:
                    assert 'value="typed by hand"' in refused.text, path


async def test_every_route_of_the_api_that_names_a_subscriber_asks_why_masks_and_is_written_down(
    walked: Walked,
) -> None:
    house = walked.house
    async with house.program("marta", reason="") as asking, house.program("marta", reason="complaint") as said:
        document = (await said.get("/openapi.json")).json()
        routes = [path for path, named in _operations(document).items() if named]
        assert len(routes) > 15
        for path in routes:
            address = walked.address(path)
            query = {name: walked.keys[name] for name in _operations(document)[path] if f"{{{name}}}" not in path}
            unasked = await asking.get(address, params=query)
            assert (unasked.status_code, unasked.json()["code"]) == (428, "reason-needed"), address
            assert not walked.known(unasked.text), address
            assert "428" in document["paths"][path]["get"]["responses"], path
            shown = await said.get(address, params=query)
            assert shown.status_code == 200, (address, shown.text[:300])
            assert not walked.personal(shown.text), f"{address}: {walked.personal(shown.text)}"
            customer = f"customer {walked.keys['customer_id']}"
            where = f"GET /api/v1{address}"

            async def logged(where: str = where, customer: str = customer) -> list[str]:
                found = await seen(house, "marta", "account 1", where)
                return found or await seen(house, "marta", customer, where)

            await eventually(logged, what=f"{address} in the access log")


def _operations(document: dict[str, Any]) -> dict[str, list[str]]:
    """By path which of its GET's keys lead to a subscriber."""
    found: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        if "get" in operations:
            given = [one["name"] for one in operations["get"].get("parameters", ()) if one["in"] in {"path", "query"}]
            there = whose.named("GET", path, given)
            found[path] = [name for name in given if name in whose.SUBSCRIBERS] if there else []
    return found


async def test_lists_of_many_are_masked_and_written_down(walked: Walked) -> None:
    house = walked.house
    lists = [path for path in whose.LISTED if "{" not in path]
    for login in EYES:
        async with house.signed_in(login) as client, house.program(login, reason="") as program:
            for path in lists:
                page = path.startswith(("/office", "/api/"))
                if page and not may(_role(login), "GET", path):
                    continue
                shown = await (client if page else program).get(path)
                if shown.status_code == 403:
                    continue
                assert shown.status_code == 200, (path, shown.status_code)
                assert not walked.personal(shown.text), f"{path}: {walked.personal(shown.text)}"
                where = path if page else f"/api/v1{path}"

                async def logged(where: str = where, login: str = login) -> list[access_log.Access]:
                    wanted = Filter(user_id=house.people[login], action=openings.LISTED, object=where)
                    async with reading(house.parts.engine) as db:
                        return await access_log.page(db, wanted)

                await eventually(logged, what=f"{path} in the access log")


async def test_every_page_and_route_is_classed(walked: Walked) -> None:
    async with walked.house.program("marta") as client:
        document = (await client.get("/openapi.json")).json()
    named = {path for path, of in _operations(document).items() if of}
    named |= {path for verb, path in ROUTES if verb == "GET" and whose.named(verb, path, whose.names(path))}
    every = {path for verb, path in ROUTES if verb == "GET"} | set(_operations(document))
    themselves = {path for _, path in whose.BY_THEMSELVES}
    classes = [named, whose.LISTED, whose.SAYING, PLAIN, themselves]
    unclassed = every - set().union(*classes)
    assert not unclassed, f"say in workstation/whose.py or in PLAIN here what these show: {sorted(unclassed)}"
    assert not (named & (whose.LISTED | whose.SAYING | PLAIN)) - {"/applications", "/tasks"}
    gone = set().union(whose.LISTED, whose.SAYING, PLAIN) - every
    assert not gone, f"there is no such page any more: {sorted(gone)}"
    assert not {path for method, path in ROUTES if "{" in path and whose.unknown(path)}


async def test_no_two_pages_share_an_address() -> None:
    shapes = [(method, re.sub(r"\{[^}]+\}", "{}", path)) for method, path in ROUTES]
    assert len(shapes) == len(set(shapes))
    assert set(ALLOWED) == set(Role)
