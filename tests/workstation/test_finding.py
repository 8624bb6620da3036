"""Search explained on the desk; duplicates side by side, merged and undone by people and programs."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime

import httpx
import pytest
from redis import Redis
from sqlalchemy import select

from crm_core import jobs, worker
from crm_core.access import Action
from crm_core.db import reading, transaction
from crm_core.duplicates.job import KIND
from crm_core.duplicates.scoring import Veto, judge
from crm_core.duplicates.weights import SHARES, Feature
from crm_core.store import duplicates, merges
from crm_core.store import jobs as job_store
from crm_core.tables import access_log, accounts, contacts, customers, premises
from tests.crm_core.duplicates.conftest import subscriber
from tests.support.waiting import eventually
from tests.workstation.house import PHONE_OF_TWO, House
from workstation import evidence

pytestmark = pytest.mark.integration
NOW = datetime(2026, 11, 22, tzinfo=UTC)


async def twin(house: House, name: str = "Boris Volkow", **more: object) -> int:
    """Register customer 2 once more, with an account elsewhere; return the new record."""
    async with transaction(house.parts.engine) as db:
        values = {"kind": "person", "name": name, "name_key": "boris volkov", **more}
        one = await db.execute(customers.insert().values(values).returning(customers.c.id))
        customer_id = int(one.scalar_one())
        await db.execute(contacts.insert().values(customer_id=customer_id, name=name, phone=PHONE_OF_TWO))
        place = premises.insert().values(address="Mira 7", address_key="mira 7", time_zone="Europe/Moscow")
        place_id = (await db.execute(place.returning(premises.c.id))).scalar_one()
        await db.execute(
            accounts.insert().values(
                number="0000009993", customer_id=customer_id, premises_id=place_id, tariff_id=1, currency="RUB",
                opened_on=NOW.date(),
            )
        )  # fmt: skip
    return customer_id


async def paired(house: House, other: int, one: int = 2) -> int:
    """Have a pair found; return its key."""
    verdict = judge(subscriber(), subscriber(number=2))
    async with transaction(house.parts.engine) as db:
        await duplicates.keep(db, [(one, other, verdict)], NOW)
        (pair,) = await duplicates.listing(db)
    return pair.pair_id


def once_of(page: httpx.Response, form: str) -> str:
    found = re.search(rf'action="{form}".*?name="once" value="([^"]+)"', page.text, re.DOTALL)
    assert found, form
    return found[1]


async def owners(house: House) -> dict[int, int]:
    async with reading(house.parts.engine) as db:
        rows = await db.execute(select(accounts.c.id, accounts.c.customer_id))
        return {row.id: row.customer_id for row in rows}


async def logged(house: House, action: str) -> list[tuple[str, str]]:
    async with reading(house.parts.engine) as db:
        query = select(access_log.c.object, access_log.c.reason).where(access_log.c.action == action)
        return [(row.object, row.reason) for row in await db.execute(query)]


# --- search --------------------------------------------------------------------------------------


async def test_a_search_says_which_letter_was_mended_and_what_matched(house: House) -> None:
    async with house.signed_in("olga") as client:
        near = await client.get("/api/search", params={"q": "kuznetzova"})
        assert 'data-account-id="1"' in near.text
        assert "one letter differs" in near.text
        assert "<bdi>Kuznetsova</bdi>" in near.text
        phone = await client.get("/api/search", params={"q": PHONE_OF_TWO})
        assert "by phone" in phone.text


async def test_hostile_text_in_the_search_box_finds_nothing_and_breaks_nothing(house: House) -> None:
    hostile = (
        "%", "%%%", "___", "a:*&b", "!(|", "' or 1=1 --", "\x01\x02\x03abc", "kuz'|'x", "<script>x</script>", "\\",
        "{1,2}", "q" * 10_000, "@", "%@%", "\u202ezuk", "ku_netsova",
    )  # fmt: skip
    async with house.signed_in("olga") as desk, house.program("sofia", Action.SEARCH) as program:
        for text in hostile:
            page = await desk.get("/api/search", params={"q": text})
            assert page.status_code == 200, text[:20]
            assert "data-account-id" not in page.text, text[:20]
            assert "<script>" not in page.text
            answer = await program.get("/search", params={"q": text})
            assert answer.status_code == (422 if len(text) > 120 else 200), text[:20]
            assert answer.json().get("items", []) == []


async def test_a_program_searches_within_its_rights_and_it_is_written_down(house: House) -> None:
    async with house.program("sofia", Action.SEARCH) as client:
        found = (await client.get("/search", params={"q": "kuznetzova"})).json()
        capped = (await client.get("/search", params={"q": PHONE_OF_TWO, "limit": 1})).json()
        assert (await client.get("/search", params={"q": "x", "limit": 10_000})).status_code == 422
    (hit,) = found["items"]
    assert (hit["account_id"], hit["why"], hit["near"], hit["matched"]) == (1, "name", True, "Kuznetsova")
    assert (len(capped["items"]), capped["more"]) == (1, True)
    await eventually(lambda: logged(house, "search"))
    async with house.program("marta", Action.MERGE) as client:
        assert (await client.get("/search", params={"q": "kuznetsova"})).status_code == 403


# --- pages ---------------------------------------------------------------------------------------


async def test_two_records_are_seen_side_by_side_and_become_one_and_two_again(house: House) -> None:
    other = await twin(house, flags=["vip"])
    pair_id = await paired(house, other)
    async with house.signed_in("marta") as client:
        assert f'href="/office/duplicates/{pair_id}"' in (await client.get("/office/duplicates")).text
        page = await client.get(f"/office/duplicates/{pair_id}")
        for said in (
            "Boris Volkov",
            "Boris Volkow",
            "0000009993",
            "A telephone in common",
            "Each bit doubles the odds",
        ):
            assert said in page.text
        assert "+7 912 ***-**-02" in page.text  # telephones in full are not for this role
        preview = await client.get(f"/office/duplicates/{pair_id}?survivor={other}&name=2")
        assert re.search(rf'value="{other}" checked', preview.text)
        action = f"/office/duplicates/{pair_id}/merge"
        form = {"survivor": "2", "name": str(other), "reason": "one passport", "once": once_of(page, action)}
        assert (await client.post(action, data=form)).headers["location"] == "/office/duplicates?done=merged"
        assert (await client.post(action, data=form)).status_code == 409
        assert set((await owners(house)).values()) == {1, 2, 3}
        (merge,) = await all_merges(house)
        assert (merge.survivor, merge.reason) == ("Boris Volkow", "one passport")
        assert "Boris Volkow" in (await client.get("/office/merges")).text
        undo = f"/office/merges/{merge.merge_id}/undo"
        page = await client.get(f"/office/merges/{merge.merge_id}")
        refused = await client.post(undo, data={"reason": " ", "once": once_of(page, undo)})
        assert (refused.status_code, 'id="reason-error"' in refused.text) == (422, True)
        done = await client.post(undo, data={"reason": "two people", "once": once_of(page, undo)})
        assert done.headers["location"] == "/office/merges?done=undone"
        assert other in (await owners(house)).values()
        assert "two people" in (await client.get(f"/office/merges/{merge.merge_id}")).text
    changes = await logged(house, "customer.merged")
    assert [said for said, _ in changes] == [f"customers 2, {other}"] * 2


async def all_merges(house: House) -> list[merges.Merge]:
    async with reading(house.parts.engine) as db:
        return await merges.listing(db)


async def test_a_merge_without_a_reason_or_of_a_stranger_changes_nothing_and_keeps_the_choice(house: House) -> None:
    other = await twin(house)
    pair_id = await paired(house, other)
    before = await owners(house)
    async with house.signed_in("marta") as client:
        path = f"/office/duplicates/{pair_id}/merge"
        answer = await client.post(path, data={"survivor": str(other), "name": str(other), "reason": ""})
        assert answer.status_code == 422
        assert 'id="reason-error"' in answer.text
        assert re.search(rf'name="survivor" value="{other}" checked', answer.text)
        strange = await client.post(path, data={"survivor": "3", "name": "1 or 1=1", "reason": "x"})
        assert strange.status_code == 422
    assert (await owners(house), await all_merges(house)) == (before, [])


async def test_a_firm_and_a_person_are_not_merged_by_any_door(house: House) -> None:
    firm = await twin(house, kind="organisation")
    pair_id = await paired(house, firm)
    async with house.signed_in("marta") as client:
        page = await client.get(f"/office/duplicates/{pair_id}")
        assert "A firm and a person are never one customer." in page.text
        assert 'id="merge"' not in page.text
        forced = {"survivor": "2", "reason": "x"}
        assert (await client.post(f"/office/duplicates/{pair_id}/merge", data=forced)).status_code == 409
    async with house.program("marta", Action.MERGE) as client:
        body = {"survivor_id": 2, "loser_id": firm, "reason": "x"}
        answer = await client.post("/merges", json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "never-one")
    assert await all_merges(house) == []


async def test_a_pair_is_put_off_or_said_to_be_two_and_can_be_seen_again(house: House) -> None:
    pair_id = await paired(house, await twin(house))
    path = f"/office/duplicates/{pair_id}/decide"
    async with house.signed_in("marta") as client:
        assert (await client.post(path, data={"state": "later"})).status_code == 303
        assert (await client.post(path, data={"state": "different"})).status_code == 422
        assert (await client.post(path, data={"state": "merged", "reason": "x"})).status_code == 422
        assert (await client.post(path, data={"state": "different", "reason": "brothers"})).status_code == 303
        assert "brothers" in (await client.get("/office/duplicates?state=different")).text
        assert (await client.post(path, data={"state": "later"})).status_code == 409
        assert (await client.post(path, data={"state": "open"})).status_code == 303
        assert f"/office/duplicates/{pair_id}" in (await client.get("/office/duplicates?state=open")).text


async def test_the_base_is_searched_in_the_background_once_at_a_time(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await twin(house)
    monkeypatch.setattr("crm_core.duplicates.job.Settings", lambda: house.settings)
    async with house.signed_in("marta") as client:
        page = await client.get("/office/duplicates")
        form = {"once": once_of(page, "/office/duplicates/search")}
        started = await client.post("/office/duplicates/search", data=form)
        again = await client.post("/office/duplicates/search", data=form)
        assert again.headers["location"] in started.headers["location"]

        def work() -> None:
            with Redis.from_url(house.settings.redis_url) as valkey:
                worker.work_off(valkey)

        await asyncio.to_thread(work)
        found = await client.get("/office/duplicates")
    assert "Boris Volkow" in found.text
    async with reading(house.parts.engine) as db:
        (job,) = await job_store.listing(db, kind=KIND)
        (pair,) = await duplicates.listing(db)
    assert (job.state, job.detail["found"]) == ("done", 1)
    assert {pair.left.customer_id, pair.right.customer_id} == {2, other}
    assert KIND in jobs.FUNCTIONS


async def test_what_is_not_there_is_not_found_and_a_tampered_address_shows_the_first_page(house: House) -> None:
    await paired(house, await twin(house))
    async with house.signed_in("marta") as client:
        for path in ("duplicates/4711", "duplicates/x", "merges/4711", "merges/-1", "duplicates/1e9"):
            assert (await client.get(f"/office/{path}")).status_code == 404, path
        for query in ("state=nonsense", "after=x", "after=NaN~1", "after=1e9999~1", "after=5~x", "state="):
            page = await client.get(f"/office/duplicates?{query}")
            assert page.status_code == 200
            assert "Boris Volkow" in page.text, query


async def test_only_who_may_merge_sees_duplicates(house: House) -> None:
    pair_id = await paired(house, await twin(house))
    for login in ("olga", "sofia", "adam", "audrey"):
        async with house.signed_in(login) as client:
            for path in ("/office/duplicates", f"/office/duplicates/{pair_id}", "/office/merges"):
                assert (await client.get(path)).status_code == 403
            assert (await client.post(f"/office/duplicates/{pair_id}/merge", data={})).status_code == 403
            assert (await client.post("/office/duplicates/search", data={})).status_code == 403


# --- programs ------------------------------------------------------------------------------------


async def test_a_program_merges_once_however_often_it_asks_and_undoes(house: House) -> None:
    other = await twin(house)
    pair_id = await paired(house, other)
    body = {"survivor_id": 2, "loser_id": other, "take": {"name": "loser"}, "reason": "one passport"}
    async with house.program("marta", Action.MERGE) as client:
        (pair,) = (await client.get("/duplicates")).json()["items"]
        assert (pair["pair_id"], pair["state"], pair["right"]["name"]) == (pair_id, "open", "Boris Volkow")
        headers = {"idempotency-key": "m-1"}
        first = await client.post("/merges", json=body, headers=headers)
        second = await client.post("/merges", json=body, headers=headers)
        assert (first.status_code, first.json()) == (201, second.json())
        assert first.json()["survivor"] == "Boris Volkow"
        third = await client.post("/merges", json=body)
        assert (third.status_code, third.json()["code"]) == (409, "already-merged")
        merge_id = first.json()["merge_id"]
        assert [one["merge_id"] for one in (await client.get("/merges")).json()["items"]] == [merge_id]
        undone = await client.post(f"/merges/{merge_id}/undo", json={"reason": "two people"})
        assert undone.json()["undone_reason"] == "two people"
        again = await client.post(f"/merges/{merge_id}/undo", json={"reason": "two people"})
        assert (again.status_code, again.json()["code"]) == (409, "already-undone")
        decided = await client.post(f"/duplicates/{pair_id}/decision", json={"state": "different", "reason": "x"})
        assert decided.json()["state"] == "different"


async def test_a_program_s_mistakes_are_named_and_change_nothing(house: House) -> None:
    other = await twin(house)
    good = {"survivor_id": 2, "loser_id": other, "reason": "x"}
    async with house.program("marta", Action.MERGE) as client:
        for wrong in (
            {"reason": ""},
            {"take": {"flags": "loser"}},
            {"take": {"name": "both"}},
            {"by": 1},
            {"loser_id": 0},
        ):
            assert (await client.post("/merges", json=good | wrong)).status_code == 422, wrong
        assert (await client.post("/merges", json=good | {"loser_id": 4711})).status_code == 404
        assert (await client.post("/merges/4711/undo", json={"reason": "x"})).status_code == 404
        decision = {"state": "merged", "reason": "x"}
        assert (await client.post("/duplicates/1/decision", json=decision)).status_code == 422
        assert (await client.get("/duplicates?after=AAAA")).status_code == 422
    assert await all_merges(house) == []


async def test_pages_of_pairs_follow_by_cursor(house: House) -> None:
    verdict = judge(subscriber(), subscriber(number=2))
    async with transaction(house.parts.engine) as db:
        await duplicates.keep(db, [(1, 2, verdict), (1, 3, verdict), (2, 3, verdict)], NOW)
    seen: list[int] = []
    async with house.program("marta", Action.MERGE) as client:
        after = ""
        while True:
            page = (await client.get("/duplicates", params={"limit": 2, "after": after})).json()
            seen += [one["pair_id"] for one in page["items"]]
            after = page["next"] or ""
            if not after:
                break
    assert len(seen) == len(set(seen)) == 3


@pytest.mark.unit
def test_everything_the_evidence_can_say_has_words() -> None:
    assert set(evidence.SAID) == set(SHARES)
    assert set(evidence.FEATURES) == set(Feature)
    assert set(evidence.VETOES) == set(Veto)
