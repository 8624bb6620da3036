"""A routing rule by fields: it goes into the text that the editor holds and comes back, with and without scripts."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

import httpx
import pytest
from playwright.async_api import Browser

from crm_core.db import transaction
from crm_core.store import dispatch
from routing import rulebook
from routing.policy import Condition, Rule, Step, Tongue, parse
from tests.workstation.house import PASSWORD, House
from workstation.forms import Form
from workstation.office import dispatch_rule

FIELDS = {
    "rule_name": "debts", "rule_topics": "debt, bill", "rule_languages": "ru", "rule_is_vip": "1", "rule_segment": "7",
    "rule_flags": "own_mark", "rule_queue": "debts", "rule_head_start": "60", "rule_needs": "law:2, payments",
    "rule_language": "needed", "rule_last_operator": "8", "rule_after": "30", "rule_less": "payments",
    "rule_lesser_language": "any", "rule_also": "main",
}  # fmt: skip
DEBTS = Rule(
    name="debts",
    when=Condition(topics=("debt", "bill"), languages=("ru",), flags=("vip", "segment_7", "own_mark")),
    queue="debts",
    head_start=60,
    needs={"law": 2, "payments": 1},
    language=Tongue.NEEDED,
    last_operator=8,
    steps=(Step(after=30, needs={"payments": 1}, language=Tongue.ANY, also=("main",)),),
)
EVIL = '"><script>alert(1)</script>'


def form(values: Mapping[str, str]) -> Form:
    return Form(values, str)


def body(page: httpx.Response) -> str:
    found = re.search(r'<textarea id="body".*?>\n(.*?)</textarea>', page.text, re.DOTALL)
    assert found, page.text[:800]
    return html.unescape(found[1])


@pytest.mark.unit
def test_the_fields_of_a_rule_say_what_the_rule_says_and_back() -> None:
    policy = parse("rules: []")
    assert dispatch_rule.read(form(FIELDS), policy) == DEBTS
    typed = dispatch_rule.fields(DEBTS)
    assert dispatch_rule.read(form(typed), policy) == DEBTS
    for rule in parse(rulebook.shipped()).rules:
        assert dispatch_rule.read(form(dispatch_rule.fields(rule)), policy) == rule


@pytest.mark.unit
@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("rule_name", "", "This is needed."),
        ("rule_name", "Долги", "Small Latin letters"),
        ("rule_name", "other", "There is a rule of this name already."),
        ("rule_topics", "debt, the bill", "the bill is no topic"),
        ("rule_languages", "russian", "russian is no language"),
        ("rule_flags", "own mark", "own mark is no mark"),
        ("rule_segment", "x", "A whole number is needed here."),
        ("rule_queue", "Debts!", "Small Latin letters"),
        ("rule_head_start", "100000", "At most 86400."),
        ("rule_needs", "law:12", "law:12 is no skill"),
        ("rule_language", "perhaps", "Choose one of the list."),
        ("rule_after", "", "Say after how many seconds."),
        ("rule_after", "0", "At least 1."),
        ("rule_less", "tax", "Less may be asked with time, never more."),
        ("rule_also", "a b", "Small Latin letters"),
    ],
)
def test_what_is_wrong_with_a_field_is_said_beside_it(field: str, value: str, sentence: str) -> None:
    typed = form({**FIELDS, field: value})
    assert dispatch_rule.read(typed, parse("rules: [{name: other}]")) is None
    assert sentence in typed.errors[field]
    assert list(typed.errors) == [field]


@pytest.mark.unit
def test_a_step_that_asks_nothing_less_is_no_step() -> None:
    same = {"rule_less": "law:2, payments", "rule_lesser_language": "", "rule_also": ""}
    typed = form({**FIELDS, **same})
    assert dispatch_rule.read(typed, parse("rules: []")) is None
    assert "Say what is asked less then" in typed.errors["rule_less"]


@pytest.mark.integration
async def test_a_rule_is_put_into_the_text_changed_there_and_kept_as_a_draft(house: House) -> None:
    await rulebook.ship(house.parts.engine)
    fields = {name: value for name, value in FIELDS.items() if name != "rule_segment"}
    async with house.signed_in("sofia") as client:
        typed = {"body": rulebook.shipped().replace("\n", "\r\n"), "note": "a note"}
        put = await client.post("/office/routing/new", data={**typed, **fields, "do": "put"})
        assert put.status_code == 200, put.text
        assert "The rule debts stands in the text now, from line" in put.text
        assert body(put).startswith(rulebook.shipped())
        assert 'name="rule_name" type="text" dir="auto" maxlength="40" value=""' in put.text
        taken = await client.post("/office/routing/new", data={"body": body(put), "do": "take:debts"})
        assert 'value="law:2, payments"' in taken.text
        assert 'name="rule_is_vip" value="1" checked' in taken.text
        again = {**fields, "rule_was": "debts", "rule_name": "debtors", "rule_needs": "law", "rule_less": ""}
        entered = await client.post("/office/routing/new", data={"body": body(put), **again, "do": "enter"})
        assert entered.status_code == 200, entered.text
        assert [rule.name for rule in parse(body(entered)).rules][-1] == "debtors"
        refused = await client.post("/office/routing/new", data={"body": body(put), **again, "do": "publish"})
        assert refused.status_code == 422
        assert "Put the rule into the text first, or empty its fields." in refused.text
        assert 'value="debtors"' in refused.text
        kept = await client.post("/office/routing/new", data={"body": body(entered), "note": "", "do": "enter"})
        assert kept.status_code == 303
    async with transaction(house.parts.engine) as db:
        assert "name: debtors" in (await dispatch.one(db, 2)).body


@pytest.mark.integration
async def test_what_no_field_can_hold_is_said_and_nothing_typed_is_lost(house: House) -> None:
    rich = "rules:\n  - name: paths\n    when: {passed: [menu]}\n"
    async with house.signed_in("sofia") as client:
        shown = await client.post("/office/routing/new", data={"body": rich, "do": "check"})
        assert "In the text only: It asks for the number dialled or for steps of the menu." in shown.text
        for data, sentence in (
            ({"body": rich, "do": "take:paths"}, "This can be done in the text only. It asks for the number dialled"),
            ({"body": rich, "do": "take:" + EVIL}, "is not in the text any more."),
            ({"body": "rules: 7", "do": "put", "rule_name": "x"}, "The rules beside cannot be used as they are"),
            ({"body": "rules: [{name: a}]", "do": "put", "rule_name": "x"}, "Rules do not stand one below the other"),
            ({"body": rich, "do": "put", "rule_name": EVIL, "rule_topics": EVIL}, "is no topic"),
            ({"body": rich, "do": "put", "rule_name": "x", "rule_was": "gone"}, "The rule gone is not in the text"),
        ):
            page = await client.post("/office/routing/new", data=data)
            assert page.status_code == 422
            assert sentence in page.text
            assert EVIL not in page.text
            assert body(page) == data["body"]


@pytest.mark.integration
async def test_in_chromium_a_rule_is_put_by_the_keyboard_and_taken_back(bundled: House, browser: Browser) -> None:
    await rulebook.ship(bundled.parts.engine)
    for scheme, width in (("light", 1440), ("dark", 900)):
        context = await browser.new_context(
            color_scheme="dark" if scheme == "dark" else "light", viewport={"width": width, "height": 900}
        )
        page = await context.new_page()
        said: list[str] = []
        page.on("pageerror", lambda error, said=said: said.append(str(error)))
        page.on("console", lambda line, said=said: said.append(line.text) if line.type == "error" else None)
        await page.goto(f"{bundled.base}/sign-in")
        await page.fill("input[name=login]", "sofia")
        await page.fill("input[name=password]", PASSWORD)
        await page.click("form button[type=submit], form button:not([type])")
        await page.goto(f"{bundled.base}/office/routing/new")
        await page.fill("#rule_topics", "debt")
        await page.check("input[name=rule_is_promise_due]")
        await page.fill("#rule_name", "debts")
        await page.press("#rule_name", "Enter")
        await page.wait_for_selector("#done")
        assert "name: debts" in await page.input_value("#body")
        assert await page.input_value("#rule_name") == ""
        assert not await page.is_checked("input[name=rule_is_promise_due]")
        await page.click("text=Change debts")
        await page.wait_for_selector("legend:has-text('Change the rule debts')")
        assert await page.input_value("#rule_topics") == "debt"
        assert await page.is_checked("input[name=rule_is_promise_due]")
        wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0
        assert not said
        await context.close()
