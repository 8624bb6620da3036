"""AC31: a template's signs in an article, a note, an application, a message stay signs; a document's are judged."""

from __future__ import annotations

import pytest

from crm_core.db import reading
from crm_core.store import templates
from tests.workstation.house import House

pytestmark = pytest.mark.integration
SIGNS = "{{7*7}}{% for x in ''.__class__.__mro__ %}{{ config }}{% endfor %}${7*7}#{7*7}"
KEPT = "{{7*7}}{% for x in"


async def test_what_people_type_is_never_a_template(house: House) -> None:
    async with house.signed_in("marta") as editor, house.opened("olga", 1) as operator:
        article = {"kind": "article", "code": "signs", "language": "en", "topic_outage": "1", "once": "1"}
        made = await editor.post("/office/guides/new", data=article | {"title": f"Signs {SIGNS}", "body": SIGNS})
        assert made.status_code == 303, made.text[:300]
        key = made.headers["location"].partition("?")[0].rpartition("/")[2]
        shown = (await operator.get(f"/api/guides/{key}")).text
        assert shown.count(KEPT) == 2, "its title and its text"
        for panel in ("task", "application"):
            page = (await operator.get(f"/api/panels/1/{panel}", params={"kind": "certificate", "text": SIGNS})).text
            assert KEPT in page, panel
        form = {"kind": "certificate", "f_purpose": SIGNS, "once": "a"}
        assert (await operator.post("/api/panels/1/application", data=form)).status_code == 200
        told = [shown, page, (await operator.get("/api/card/1")).text, (await operator.get("/desk")).text]
    assert not [page for page in told if "49#" in page or "$49" in page or "class &#39;object" in page]


async def test_a_document_s_template_may_only_say_what_is_listed(house: House) -> None:
    async with reading(house.parts.engine) as db:
        key = next(one.template_id for one in await templates.everyone(db) if one.language == "en")
    typed = {"title": "Balance", "kind": "statement", "version": "1", "language": "en", "do": "save"}
    async with house.signed_in("marta") as client:
        for body in (
            "{{7*7}}",
            "{{ customer.__class__ }}",
            "{{ account.number|attr('x') }}",
            SIGNS,
            "{% include 'x' %}",
        ):
            refused = await client.post(f"/office/templates/{key}", data=typed | {"body": body})
            assert refused.status_code == 422, body
            assert "Line 1" in refused.text
