"""Forms of the desk that are disturbed while they are filled in: nothing typed is lost, each is carried out once.

Each form is typed, the page is loaded again, a second tab looks, the network goes and comes back, the web process is
restarted, and the answer to the first sending gets lost on its way; then it is sent again.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta

import psycopg
import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, Route, expect
from redis import Redis
from sqlalchemy import text

from crm_core import clock
from crm_core.db import reading
from crm_core.settings import Settings
from routing.views import CallPhase, OperatorState
from tests.conftest import TEMPLATE
from tests.support.browser import launch
from tests.support.servers import PostgresServer, ValkeyServer
from tests.support.waiting import eventually
from tests.workstation.conftest import ROOT, free_port
from tests.workstation.house import House, TestFloor, add_call, call_view, operator_view, populate, running

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600), pytest.mark.asyncio(loop_scope="module")]
SECONDS = 1000
PATIENCE = 30 * SECONDS
KEPT = "(mark) => Object.keys(localStorage).some((key) => key.includes(mark))"
"""Whether a draft of a form lies on this computer."""
_calls = itertools.count(1)


def soon(days: int) -> str:
    return (clock.now().date() + timedelta(days)).isoformat()


@dataclass(frozen=True, kw_only=True)
class Form:
    """One form: how it is opened, what is typed, and what stands in the base once it was carried out."""

    name: str
    key: str
    typed: Mapping[str, str]
    """Values by the field they are typed into."""
    counted: str
    """Asks the base how often it was carried out."""
    first: Mapping[str, str] = field(default_factory=dict)
    """Choices that draw the other fields."""
    account_id: int = 1
    phase: CallPhase = CallPhase.TALKING
    done: str = "#sheet[hidden]"
    """What stands on the page, hidden or not, once it was carried out."""

    @property
    def draft(self) -> str:
        """What the name of its draft has in it."""
        return f".{self.account_id}.{self.name}" if self.phase is CallPhase.TALKING else "draft.call."


CLOSED = "select count(*) from interactions where disposition = '{}'"
FORMS = (
    Form(
        name="reading", key="Alt+r", typed={"#r_1": "12150", "#taken_on": soon(-1)},
        counted="select count(*) from readings where value = 12150", done="#readings-form .notice.good",
    ),
    Form(
        name="promise", key="Alt+p", typed={"#p_pro_amount": "100", "#p_pro_due": soon(5)},
        counted="select count(*) from promises",
    ),
    Form(
        name="plan", key="Alt+Shift+p", account_id=2,
        typed={"#p_plan_amount": "60", "#p_plan_parts": "2", "#p_plan_first": soon(6)},
        counted="select count(*) from plans",
    ),
    Form(
        name="application", key="Alt+f", first={"#p_kind": "certificate"}, typed={"#p_f_purpose": "For the bank"},
        counted="select count(*) from applications",
    ),
    Form(
        name="contact", key="Alt+c", typed={"#p_role": "accountant", "#p_reason": "said so"},
        counted="select sum(version) from contacts",
    ),
    Form(
        name="consent", key="Alt+Shift+c", typed={"#p_kind": "marketing", "#p_given": "no", "#p_note": "rang twice"},
        counted="select count(*) from consents",
    ),
    Form(
        name="document", key="Alt+o", typed={"#p_template_id": "1", "#p_parts": "4"},
        counted="select count(*) from documents",
    ),
    Form(
        name="task", key="Alt+j", typed={"#p_title": "Look at the seal", "#p_told": "He says: it is broken"},
        counted="select count(*) from tasks where title = 'Look at the seal'",
    ),
    Form(
        name="notice", key="Alt+l", typed={"#p_body": "Your balance is on its way."},
        counted="select count(*) from outbox where account_id = 1",
    ),
    Form(
        name="note", key="Alt+n", phase=CallPhase.WRAP_UP, typed={"#note": "Asked twice", "#disposition": "INFO"},
        counted=CLOSED.format("INFO"), done="#draft-saved[hidden]",
    ),
    Form(
        name="call-back", key="Alt+n", phase=CallPhase.WRAP_UP, first={"#disposition": "CALLBACK"},
        typed={"#note": "After work", "#need_at": f"{soon(1)}T18:30"},
        counted=CLOSED.format("CALLBACK"), done="#draft-saved[hidden]",
    ),
)  # fmt: skip


@dataclass
class Desk:
    """An operator's browser, and the web process it talks to, which can be restarted."""

    settings: Settings
    floor: TestFloor
    context: BrowserContext
    people: Mapping[str, int]
    house: House
    stack: AsyncExitStack

    async def restart(self) -> None:
        """End the web process and start another one in its place."""
        await self.stack.aclose()
        self.house = await self.stack.enter_async_context(running(self.settings, self.floor))

    async def call(self, account_id: int, phase: CallPhase) -> str:
        """Let the operator be in a call of this account."""
        operator, call_id = self.people["olga"], f"main-9.{next(_calls)}"
        await add_call(self.settings.database_url, call_id, operator)
        state = OperatorState.WRAP_UP if phase is CallPhase.WRAP_UP else OperatorState.TALKING
        self.floor.seat(operator_view(operator, state=state, call_id=call_id))
        view = call_view(call_id, operator_id=operator, account_id=account_id, phase=phase, answered_at=clock.now())
        self.floor.ring(view)
        return call_id

    async def tab(self) -> Page:
        """Open the desk in one more tab, with its card."""
        page = await self.context.new_page()
        await page.goto(f"{self.house.base}/desk")
        await expect(page.locator("#card")).to_be_visible(timeout=PATIENCE)
        return page

    async def count(self, query: str) -> int:
        """Ask the base for a number."""
        async with reading(self.house.parts.engine) as db:
            return int(await db.scalar(text(query)) or 0)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(_house: Settings, postgres: PostgresServer, valkey: ValkeyServer) -> AsyncIterator[Desk]:
    """One browser, one base and one floor for every form."""
    with psycopg.connect(postgres.plan.conninfo("postgres", "postgres"), autocommit=True) as db:
        db.execute(f"create database disturbed template {TEMPLATE} owner busbar")
    url = postgres.plan.url("disturbed")
    changes = {"web_port": free_port(), "web_origin": "", "database_url": url, "redis_url": valkey.url}
    settings = _house.model_copy(update=changes)
    if not (settings.run_dir / "web").exists():
        (settings.run_dir / "web").symlink_to(ROOT / ".run" / "web")
    with Redis.from_url(valkey.url) as earlier:
        earlier.flushall()
    people = await populate(url)
    floor = TestFloor(settings.redis_url)
    await floor.start()
    async with AsyncExitStack() as web, launch() as browser:
        house = await web.enter_async_context(running(settings, floor))
        context = await browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
        house.people = people
        async with house.signed_in("olga") as client:
            token = client.cookies["busbar"]
        await context.add_cookies([{"name": "busbar", "value": token, "url": house.base}])
        yield Desk(settings, floor, context, people, house, web)
        await context.close()
    await floor.stop()


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
async def test_a_form_that_is_disturbed_loses_nothing_and_is_carried_out_once(desk: Desk, form: Form) -> None:
    await desk.call(form.account_id, form.phase)
    before = await desk.count(form.counted)
    page = await desk.tab()
    await _type(page, form)
    await page.reload()
    await _kept(page, form)
    other = await desk.tab()
    await _kept(other, form)
    await desk.context.set_offline(True)
    await _send(page, form)
    await expect(page.locator("#toasts, #sheet [data-fault=form]").first).not_to_be_empty(timeout=PATIENCE)
    await _kept(page, form)
    await desk.context.set_offline(False)
    await desk.restart()
    await _kept(page, form)
    await expect(page.locator("#stale")).to_be_hidden(timeout=PATIENCE)
    await _kept(page, form)
    assert await desk.count(form.counted) == before
    await _lose_the_answer(page, form)
    await _kept(page, form)
    await _send(page, form)
    await expect(page.locator("#sheet .field-error:not(:empty)")).to_have_text([])
    await expect(page.locator(form.done)).to_have_count(1, timeout=PATIENCE)
    await eventually(lambda: _no_draft(page, form), what="the draft is gone")
    assert await desk.count(form.counted) == before + 1
    await _emptied(other, form)
    for tab in (page, other):
        await tab.close()


async def _type(page: Page, form: Form) -> None:
    await page.keyboard.press(form.key)
    for name, value in form.first.items():
        await page.select_option(name, value)
    for name, value in form.typed.items():
        place = page.locator(name)
        await expect(place).to_be_visible(timeout=PATIENCE)
        if await place.evaluate("(one) => one.tagName") == "SELECT":
            await place.select_option(value)
        else:
            await place.fill(value)


async def _no_draft(page: Page, form: Form) -> bool:
    return not await page.evaluate(KEPT, form.draft)


async def _kept(page: Page, form: Form) -> None:
    for name, value in (form.first | form.typed).items():
        await expect(page.locator(name)).to_have_value(value, timeout=PATIENCE)


async def _send(page: Page, form: Form) -> None:
    last = page.locator(list(form.typed)[-1])
    if form.name == "reading":
        await page.locator("#tab-readings").click()
        await last.press("Enter")
    else:
        await last.press("Control+Enter")


async def _lose_the_answer(page: Page, form: Form) -> None:
    """Send it; the server carries it out, and the network goes before anybody hears of it."""

    async def lose(route: Route) -> None:
        if route.request.method == "POST":
            await route.fetch()
            await route.abort("connectionreset")
        else:
            await route.fallback()

    await page.route("**/api/**", lose)
    async with page.expect_event("requestfailed", lambda request: request.method == "POST", timeout=PATIENCE):
        await _send(page, form)
    await page.unroute("**/api/**", lose)


async def _emptied(page: Page, form: Form) -> None:
    """What was carried out in one tab does not wait in another to be sent once more."""
    if form.done == "#sheet[hidden]":
        await expect(page.locator("#sheet")).to_be_hidden(timeout=PATIENCE)
    elif form.name == "reading":
        await expect(page.locator("#r_1")).to_have_value("", timeout=PATIENCE)
