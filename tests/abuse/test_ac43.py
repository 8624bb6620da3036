"""AC43: a bank card's number in whatever is typed at a desk is refused beside its field and written down nowhere."""

from __future__ import annotations

import pytest
from sqlalchemy import Text, cast, func, select

from crm_core import tables
from crm_core.db import reading
from tests.abuse.test_ac17 import soon
from tests.workstation.house import House, add_call

pytestmark = pytest.mark.integration
WRITTEN = ("4111 1111 1111 1111", "4111-1111-1111-1111", "5555555555554444")
KEPT = (
    tables.interactions.c.note, tables.interactions.c.data, tables.tasks.c.note, tables.tasks.c.title,
    tables.tasks.c.facts, tables.applications.c.form, tables.access_log.c.reason, tables.access_log.c.object,
)  # fmt: skip


async def test_a_card_s_number_is_refused_wherever_it_is_typed(house: House) -> None:
    await add_call(house.settings.database_url, "main-43", house.people["olga"])
    async with house.opened("olga", 1) as client:
        for place, card in enumerate(WRITTEN):
            told = f"wants to pay, {card}"
            note = await client.post("/api/calls/main-43/close", data={"disposition": "INFO", "note": told})
            assert (note.status_code, set(note.json())) == (422, {"note"}), card
            once = f"c{place}"
            task = {"title": "Call back", "kind": "call", "due_at": f"{soon()}T10:30", "told": told, "once": once}
            application = {"kind": "certificate", "f_purpose": told, "once": once}
            for panel, form, field in (("task", task, "told"), ("application", application, "f_purpose")):
                refused = await client.post(f"/api/panels/1/{panel}", data=form)
                assert (refused.status_code, field in refused.json()) == (422, True), (panel, card)
                assert "card" in refused.json()[field].lower()
        fine = await client.post("/api/calls/main-43/close", data={"disposition": "INFO", "note": "wants to pay"})
        assert fine.status_code == 200, "what was typed can be mended"
    async with reading(house.parts.engine) as db:
        for column in KEPT:
            digits = func.regexp_replace(cast(column, Text), r"\D", "", "g")
            found = await db.scalar(
                select(func.count()).select_from(column.table).where(digits.contains("4111111111111111"))
            )
            assert found == 0, column
