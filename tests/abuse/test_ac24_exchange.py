"""AC24: text made to be run by the database stands in every cell, header, name and parameter of files in and out."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import insert

from crm_core.db import transaction
from crm_core.importing import engine, sheet
from crm_core.importing.columns import KINDS, fields_of
from crm_core.importing.limits import Unreadable
from crm_core.importing.store import connect, own_fields
from crm_core.tables import custom_fields
from tests.crm_core.importing.conftest import desk
from tests.crm_core.importing.desk import Desk
from tests.workstation.exchange import house, open_house
from tests.workstation.house import House

__all__ = ["desk", "house", "open_house"]
PAYLOADS = (
    *(
        "'; drop table accounts; --",
        "1 or 1=1",
        "') or pg_sleep(9)--",
        "\\'; select 1; --",
        "$$; drop table accounts; $$",
    ),
    *("%s", "%(import_id)s", "{0}", "{detail}", "1; copy accounts to program 'id'", "E'\\\\x27'", "\\N", "\\."),
)
DEFINED = "insert into custom_fields (entity, code, title, type) values (%s, %s, %s, 'text')"


def table(header: list[str], *rows: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    return out.getvalue()


@pytest.mark.integration
def test_no_cell_and_no_header_of_a_file_is_run(desk: Desk) -> None:
    """Custom fields too, whose titles people choose."""
    for number, payload in enumerate(PAYLOADS):
        entity = ("customer", "account", "premises", "meter")[number % 4]
        desk.do(DEFINED, entity, f"f{number}", f"{payload} {number}")
    assert desk.take("a.csv", table(["account", "name", "address"], ["1", "Anna", "Mira 1"])).rejected == 0
    assert desk.take("m.csv", table(["account", "serial", "digits"], ["1", "M1", "5"])).rejected == 0
    with connect(desk.settings.database_url) as db:
        own = own_fields(db)
    for kind in KINDS:
        fields = fields_of(kind, own)
        header = [field.own.title if field.own else field.names[0] for field in fields]
        keys = {"account": "1", "serial": "M1", "digits": "5", "value": "7", "amount": "7"}
        days = dict.fromkeys(("taken_on", "paid_on", "period", "installed_on", "opened_on"), "2026-01-01")
        rows = [[(keys | days).get(field.name, payload) for field in fields] for payload in PAYLOADS]
        rows += [[payload] * len(fields) for payload in PAYLOADS]
        outcome = desk.take(f"{kind}.csv", table(header, *rows), kind=kind)
        assert outcome.rows == 2 * len(PAYLOADS)
        assert set(outcome.mapping) >= {field.name for field in fields if field.own}
        with pytest.raises(Unreadable):
            desk.take("b.csv", table([*PAYLOADS], [*PAYLOADS]), kind=kind)
    assert desk.ask("select count(*) > 0, bool_and(number = '1') from accounts") == [(True, True)]
    # Of several rows about one thing the last one says it, as the text it is.
    assert desk.ask("select distinct text from custom_values") == [(PAYLOADS[-1],)]
    with pytest.raises(Unreadable):
        engine.bring_in(desk.settings, engine.Order(source=sheet.look_at(desk.folder / "a.csv"), kind=PAYLOADS[0]))


@pytest.mark.integration
@pytest.mark.asyncio(loop_scope="module")
async def test_no_parameter_of_files_is_run(house: House) -> None:
    async with transaction(house.parts.engine) as db:
        titles = [
            {"entity": "account", "code": f"f{n}", "title": one, "type": "text"} for n, one in enumerate(PAYLOADS)
        ]
        await db.execute(insert(custom_fields), titles)
    async with house.signed_in("marta") as client, house.program("marta") as program:
        for payload in PAYLOADS[::3]:
            for path in ("/office/imports", "/office/exports"):
                for query in ("before", "segment", "members"):
                    assert (await client.get(path, params={query: payload})).status_code == 200, (path, query, payload)
                assert (await client.get(f"{path}/{payload.replace('/', '')}")).status_code == 404, (path, payload)
            wish = {"subject": payload, "form": payload, "scope": payload, "since": payload, "reason": payload * 20}
            assert (await client.post("/office/exports", data=wish)).status_code == 422
            for name, value in (
                ("subject", payload),
                ("numbers", [payload]),
                ("since", payload),
                ("segment_id", payload),
            ):
                body = {"subject": "payments", "reason": "x" * 20} | {name: value}
                assert (await program.post("/exports", json=body)).status_code == 422, body
            assert (await program.get("/imports", params={"after": payload})).status_code in {400, 422}
        reason = f"{PAYLOADS[0]} and ten characters"
        wish = {"subject": "subscribers", "form": "csv", "scope": "accounts", "numbers": "1", "reason": reason}
        assert (await client.post("/office/exports", data=wish)).status_code == 303
