"""Pages of segments, fields, templates and documents on the running workstation; what is refused changes nothing."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest
import structlog
from playwright.async_api import expect
from sqlalchemy import select

from crm_core import tables
from crm_core.db import reading
from crm_core.settings import ROOT
from crm_core.store import fields as field_store
from crm_core.store import segments, templates
from tests.support.browser import launch
from tests.workstation.house import House
from tests.workstation.segments.conftest import logged, rows, today

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="package")]
EVIL = "<script>alert(1)</script>{{7*7}}"


def once_of(page: httpx.Response) -> str:
    found = re.search(r'name="once" value="([^"]+)"', page.text)
    assert found, page.text[:500]
    return found[1]


OWES = {"how_": "all", "fact_0": "balance", "op_0": "at_least", "v_0": "1000"}


async def test_a_segment_is_built_counted_and_saved(fresh: House) -> None:
    async with fresh.signed_in("marta") as client:
        page = await client.get("/office/segments/new")
        assert page.status_code == 200
        drawn = await client.post("/office/segments/new/build", data=OWES, headers={"x-fragment": "builder"})
        assert drawn.status_code == 200
        assert "<html" not in drawn.text
        assert re.search(r"data-figure>\s*3\s*<", drawn.text)
        assert "Balance: at least" in drawn.text
        more = await client.post("/office/segments/new/build", data=OWES | {"do": "condition "})
        assert 'name="fact_1"' in more.text
        made = await client.post(
            "/office/segments/new", data=OWES | {"name": "Debtors", "note": EVIL, "once": once_of(page)}
        )
        assert made.status_code == 303, made.text
        listing = await client.get("/office/segments")
        assert "Debtors" in listing.text
        assert "<script>alert" not in listing.text
        again = await client.get(made.headers["location"])
        assert 'value="1000"' in again.text
    async with reading(fresh.parts.engine) as db:
        (one,) = await segments.everyone(db)
        assert await segments.members(db, one.segment_id, 0, 10, today=today(fresh)) == [1, 2, 3]
    assert await logged(fresh, "segment.managed") == [f"segment {one.segment_id}"]


async def test_what_is_wrong_is_told_where_it_stands_and_nothing_is_lost(fresh: House) -> None:
    wrong = OWES | {"v_0": "a lot", "name": "Debtors"}
    async with fresh.signed_in("marta") as client:
        page = await client.post("/office/segments/new", data=wrong)
        assert page.status_code == 422
        assert "“a lot” is not a number." in page.text
        assert 'value="a lot"' in page.text
        assert 'value="Debtors"' in page.text
        nameless = await client.post("/office/segments/new", data=OWES)
        assert nameless.status_code == 422
    assert await rows(fresh, select(tables.segments)) == []


async def test_some_members_are_shown_on_demand_and_the_look_is_written_down(fresh: House) -> None:
    async with fresh.signed_in("marta") as client:
        counted = await client.post("/office/segments/new/build", data=OWES)
        assert "Kuznetsova" not in counted.text
        assert await logged(fresh, "segment.viewed") == []
        shown = await client.post("/office/segments/new/build", data=OWES | {"sample": "1"})
        assert "Kuznetsova" in shown.text
    assert await logged(fresh, "segment.viewed") == ["segment 0"]


async def test_two_managers_do_not_overwrite_each_other(fresh: House) -> None:
    async with fresh.signed_in("marta") as client:
        made = await client.post("/office/segments/new", data=OWES | {"name": "Debtors"})
        address = made.headers["location"].partition("?")[0]
        first = OWES | {"name": "One", "version": "1"}
        assert (await client.post(address, data=first)).status_code == 303
        assert (await client.post(address, data=first | {"name": "Two"})).status_code == 409
        assert (await client.post(f"{address}/retire", data={"retired": "1"})).status_code == 303
        assert "One" not in (await client.get("/office/segments")).text
        assert "One" in (await client.get("/office/segments?retired=1")).text


async def test_only_who_may_builds_segments(fresh: House) -> None:
    for login in ("olga", "adam", "audrey", "sofia"):
        async with fresh.signed_in(login) as client:
            assert (await client.post("/office/segments/new", data=OWES | {"name": "X"})).status_code == 403
            assert (await client.get("/office/templates")).status_code == 403
            assert (await client.get("/office/fields")).status_code == 403
            assert (await client.get("/office/segments")).status_code == (200 if login == "sofia" else 403)
    assert await rows(fresh, select(tables.segments)) == []


async def test_a_key_of_nothing_finds_nothing(fresh: House) -> None:
    async with fresh.signed_in("marta") as client:
        for key in ("0", "99", "-1", "x", "1;drop", "%27", "99999999999"):
            for address in (f"segments/{key}", f"fields/{key}", f"templates/{key}", f"accounts/{key}/documents"):
                assert (await client.get(f"/office/{address}")).status_code == 404, address


async def test_a_field_is_defined_filled_in_and_refused_when_wrong(fresh: House) -> None:
    async with fresh.signed_in("marta") as client:
        page = await client.get("/office/fields")
        wanted = {"entity": "account", "type": "choice", "code": "tier", "title": EVIL, "options": "gold: Gold\nlead",
                  "once": once_of(page)}  # fmt: skip
        assert (await client.post("/office/fields", data=wanted)).status_code == 303
        assert (await client.post("/office/fields", data=wanted)).status_code == 409
        taken = await client.post("/office/fields", data=wanted | {"once": "other"})
        assert taken.status_code == 422
        assert "There is a field of this code already." in taken.text
        assert "<script>alert" not in (await client.get("/office/fields")).text
        points = {"entity": "customer", "type": "whole", "code": "points", "title": "Points", "most": "100"}
        assert (await client.post("/office/fields", data=points)).status_code == 303
        assert (await client.get("/office/accounts/1/fields")).status_code == 428
        await fresh.because(client)
        values = await client.get("/office/accounts/1/fields")
        assert "<script>alert" not in values.text
        wrong = {"account-1-tier": "gold", "customer-1-points": "101"}
        refused = await client.post("/office/accounts/1/fields", data=wrong)
        assert refused.status_code == 422
        assert "100 is the most that is taken." in refused.text
        assert await rows(fresh, select(tables.custom_values)) == []
        right = wrong | {"customer-1-points": "99"}
        assert (await client.post("/office/accounts/1/fields", data=right)).status_code == 303
    async with reading(fresh.parts.engine) as db:
        found = await field_store.fields_of(db, {field_store.Entity.ACCOUNT: [1], field_store.Entity.CUSTOMER: [1]})
    assert {one.code: one.values for one in found} == {"tier": ("gold",), "points": ("99",)}
    assert await logged(fresh, "customer.changed") == ["account 1", "customer 1"]


async def test_fields_of_another_account_cannot_be_reached_through_this_one(fresh: House) -> None:
    async with fresh.signed_in("marta") as client:
        points = {"entity": "customer", "type": "whole", "code": "points", "title": "Points"}
        await client.post("/office/fields", data=points)
        await fresh.because(client)
        await client.post("/office/accounts/1/fields", data={"customer-2-points": "5", "customer-1-points": "1"})
    assert [row.entity_id for row in await rows(fresh, select(tables.custom_values))] == [1]


async def test_a_template_is_changed_with_a_preview_and_old_versions_stay(fresh: House) -> None:
    async with reading(fresh.parts.engine) as db:
        key = next(
            one.template_id for one in await templates.everyone(db) if (one.code, one.language) == ("balance", "en")
        )
    async with fresh.signed_in("marta") as client:
        page = await client.get(f"/office/templates/{key}?account=0000001")
        assert page.status_code == 200
        typed = {"title": "Balance", "kind": "statement", "version": "1", "language": "en", "account": "0000001",
                 "body": "<p>{{ customer.name }} {{ account.balance|money }}</p>", "do": "preview"}  # fmt: skip
        preview = await client.post(f"/office/templates/{key}", data=typed)
        assert "<p>Anna Kuznetsova RUB\u00a01,234.50</p>" in preview.text
        for body in (
            "{{7*7}}",
            "{{ customer.__class__ }}",
            "<script>alert(1)</script>",
            "{% for x in y %}{% endfor %}",
        ):
            refused = await client.post(f"/office/templates/{key}", data=typed | {"body": body, "do": "save"})
            assert refused.status_code == 422, body
            assert "Line 1" in refused.text
        assert (await client.post(f"/office/templates/{key}", data=typed | {"do": "save"})).status_code == 303
        assert (await client.post(f"/office/templates/{key}", data=typed | {"do": "save"})).status_code == 409
        assert "Balance statement" in (await client.get(f"/office/templates/{key}?version=1")).text
    assert "account 1" in await logged(fresh, "card.viewed")


async def test_a_document_is_shown_made_listed_and_opened(fresh: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from crm_core.documents import fonts  # noqa: PLC0415

    here = fonts.find(ROOT / ".run")
    monkeypatch.setattr(fonts, "find", lambda run_dir: here)
    async with reading(fresh.parts.engine) as db:
        keys = {(one.code, one.language): one.template_id for one in await templates.everyone(db)}
    async with fresh.signed_in("olga") as client:
        assert (await client.get("/office/accounts/1/documents")).status_code == 428
        await fresh.because(client)
        await fresh.because(client, 2)
        page = await client.get("/office/accounts/1/documents")
        assert page.status_code == 200
        wanted = {"template_id": str(keys["balance", "ru"]), "parts": "6", "once": once_of(page)}
        preview = await client.post("/office/accounts/1/documents", data=wanted | {"do": "preview"})
        assert "Anna Kuznetsova" in preview.text
        assert await rows(fresh, select(tables.documents)) == []
        assert (await client.post("/office/accounts/1/documents", data=wanted)).status_code == 303
        assert (await client.post("/office/accounts/1/documents", data=wanted)).status_code == 409
        (made,) = await rows(fresh, select(tables.documents))
        opened = await client.get(f"/office/accounts/1/documents/{made.id}")
        assert opened.content.startswith(b"%PDF-")
        assert opened.headers["content-type"] == "application/pdf"
        assert opened.headers["content-disposition"] == f'attachment; filename="balance-1-{made.id}.pdf"'
        assert "no-store" in opened.headers["cache-control"]
        assert (await client.get(f"/office/accounts/2/documents/{made.id}")).status_code == 404
        assert made.sha256[:12] in (await client.get("/office/accounts/1/documents")).text
    assert await logged(fresh, "document.made") == ["account 1"]
    assert await logged(fresh, "document.viewed") == ["account 1"]


async def test_bytes_that_were_changed_are_not_given_out(fresh: House) -> None:
    async with reading(fresh.parts.engine) as db:
        key = (await templates.everyone(db))[0].template_id
    async with fresh.signed_in("marta") as client:
        await fresh.because(client)
        await client.post("/office/accounts/1/documents", data={"template_id": str(key)})
        (made,) = await rows(fresh, select(tables.documents))
        path = fresh.settings.run_dir / "documents" / made.sha256[:2] / made.sha256
        path.write_bytes(b"forged")
        assert (await client.get(f"/office/accounts/1/documents/{made.id}")).status_code == 404
        path.unlink()


async def test_the_builder_is_worked_by_keyboard_alone(fresh: House) -> None:
    web = fresh.settings.run_dir / "web"
    if not web.exists():
        web.symlink_to(ROOT / ".run" / "web")
    async with fresh.signed_in("marta") as client, launch() as chromium:
        context = await chromium.new_context()
        await context.add_cookies([{"name": "busbar", "value": client.cookies["busbar"], "url": fresh.base}])
        page = await context.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        await page.goto(f"{fresh.base}/office/segments/new")
        await expect(page.locator(".field-error")).to_have_count(0)
        await page.focus("[name=v_0]")
        await page.keyboard.type("1000")
        await expect(page.locator("[data-figure]")).to_have_text("3")
        await page.keyboard.press("Enter")
        await expect(page.locator("#builder-said")).to_have_text("Members now: 3")
        await page.get_by_role("button", name="Add a group").press("Enter")
        added = page.locator('[name="fact_1-0"]')
        await expect(added).to_be_focused()
        await page.keyboard.type("Something is disp", delay=20)
        await expect(page.locator('[name="op_1-0"]')).to_have_value("yes")
        await expect(added).to_be_focused()
        await expect(page.locator("[data-figure]")).to_have_text("0")
        await page.focus("[name=how_1]")
        await page.keyboard.type("none")
        await expect(page.locator("[data-figure]")).to_have_text("3")
        await expect(page.locator(".segment-words")).to_contain_text("and not (Something is disputed: yes)")
        await page.get_by_role("button", name="Remove this condition").last.press("Enter")
        await expect(page.locator("[name=how_1]")).to_be_focused()
        await page.fill("[name=name]", "Debtors")
        await page.keyboard.press("Control+Enter")
        await page.wait_for_url("**/segments/1?done=saved")
        await context.close()
    assert faults == []


async def test_who_goes_away_while_he_speaks_breaks_nothing(fresh: House) -> None:
    async with fresh.signed_in("marta") as client:
        head = (
            "POST /office/segments/new/build HTTP/1.1\r\nhost: x\r\ncontent-length: 900\r\n"
            "content-type: application/x-www-form-urlencoded\r\n"
            f"origin: {fresh.base}\r\ncookie: busbar={client.cookies['busbar']}\r\n"
            f"x-csrf-token: {client.headers['x-csrf-token']}\r\n\r\nhow_=all&"
        )
        with structlog.testing.capture_logs() as said:
            _, writer = await asyncio.open_connection("127.0.0.1", fresh.settings.web_port)
            writer.write(head.encode())
            await writer.drain()
            writer.close()
            await writer.wait_closed()
            assert (await client.post("/office/segments/new/build", data=OWES)).status_code == 200
    assert [line for line in said if line["log_level"] == "error"] == []
