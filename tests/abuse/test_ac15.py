"""AC15: the base does not walk off: a right, a reason, a second person, a mark, one link, a cap; each on record."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from crm_core.db import reading, transaction
from crm_core.store import exports
from crm_core.tables import accounts
from crm_core.tables import exports as exports_table
from tests.support.waiting import eventually
from tests.workstation.exchange import ALL, Work, asked, house, logged, number_of, open_house, work
from tests.workstation.house import House

pytestmark = ALL
__all__ = ["house", "open_house", "work"]


async def refusals(house: House, action: str = "refused") -> list[tuple[str, str]]:
    async def found() -> list[tuple[str, str]]:
        return await logged(house, action)

    return await eventually(found, what=f"{action} in the log")


async def test_who_has_no_right_gets_nothing(house: House) -> None:
    async with house.signed_in("olga") as client:
        assert (await asked(client)).status_code == 403
    assert ("POST /office/exports", "forbidden") in await refusals(house)


async def test_a_large_export_is_not_made_before_another_person_agrees(
    house: House, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(house.parts.settings.__dict__, "export_approval_rows", 0)
    async with house.signed_in("marta") as client:
        key = number_of(await asked(client))
        await work()
        assert (await client.post(f"/office/exports/{key}/approve")).status_code == 403
        assert (await client.post(f"/office/exports/{key}/link")).status_code == 409
    assert (f"POST /office/exports/{key}/approve", "own-export") in await refusals(house)
    assert await logged(house, "export.made") == []


async def test_many_small_exports_are_one_large_one(house: House, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample has ten payments: two files of them are more than fifteen rows a day."""
    monkeypatch.setitem(house.parts.settings.__dict__, "export_approval_rows", 15)
    async with house.signed_in("marta") as client, house.signed_in("sofia") as other:
        keys = [number_of(await asked(client)) for _ in range(3)]
        await work()
        ready = ['id="fetch"' in (await client.get(f"/office/exports/{key}")).text for key in keys]
        assert ready == [True, False, False]
        # What a second person let through does not count against the first.
        assert (await other.post(f"/office/exports/{keys[1]}/approve", data={"answer": "yes"})).status_code == 303
        assert number_of(await asked(other, numbers="0000002", scope="accounts")) > keys[2]
    async with reading(house.parts.engine) as db:
        found = [(await exports.by_id(db, key)).state.value for key in keys]
    assert found == ["ready", "approved", "waiting_approval"]


async def test_a_selection_that_grew_meanwhile_is_not_given_away(
    house: House, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A segment, or a time that is not over, may hold more when the file is made than when it was asked for."""
    monkeypatch.setitem(house.parts.settings.__dict__, "export_approval_rows", 2)
    async with house.signed_in("marta") as client:
        key = number_of(await asked(client, scope="accounts", numbers="0000002"))
        async with transaction(house.parts.engine) as db:
            await db.execute(update(exports_table).values(selection={"scope": "all"}))
        await work()
        page = await client.get(f"/office/exports/{key}")
        assert "There are far more rows by now than were asked for" in page.text
        assert (await client.post(f"/office/exports/{key}/link")).status_code == 409
    assert await logged(house, "export.refused") == [(f"export {key}", "more than 2 rows by now: ask again")]
    assert list((house.settings.run_dir / "exports").glob(f"{key}-*")) == []


async def test_no_export_is_without_a_reason_or_above_the_cap(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async with house.signed_in("marta") as client:
        assert (await asked(client, reason="because")).status_code == 422
        monkeypatch.setitem(house.parts.settings.__dict__, "export_most_rows", 0)
        assert (await asked(client)).status_code == 422
    assert await refusals(house, "export.refused") == [("payments as csv", "more than 0 rows")]
    assert await logged(house, "export.asked") == []


async def test_a_file_is_marked_fetched_once_and_only_by_who_asked(house: House, work: Work) -> None:
    async with house.signed_in("marta") as client, house.signed_in("sofia") as other:
        key = number_of(await asked(client))
        await work()
        link = (await client.post(f"/office/exports/{key}/link")).headers["location"]
        assert (await other.get(link)).status_code == 404
        content = (await client.get(link)).text
        assert content.count(f"export {key}, taken by") == 2
        assert (await client.get(link)).status_code == 410
        assert (await client.get(f"/office/exports/{key}/file/guessed")).status_code == 410
    assert await logged(house, "export.downloaded") != []
    assert "link-used" in {reason for _, reason in await refusals(house)}


async def test_cards_of_nobody_betray_who_carries_them_away(house: House, work: Work) -> None:
    async with transaction(house.parts.engine) as db:
        await db.execute(update(accounts).where(accounts.c.id == 1).values(flags=["honey"]))
    async with house.signed_in("marta") as client:
        key = number_of(await asked(client, subject="subscribers"))
        await work()
    assert ("account 1", f"export {key}") in await logged(house, "card.viewed")
