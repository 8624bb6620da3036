"""Cards of callers in the menu: made before the call rings, taken by its pop, never older than they may be."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from crm_core.db import open_pools, transaction
from routing.news import CallChanged, CallGone
from routing.views import CallPhase, CallView, OperatorId
from tests.support.waiting import eventually
from tests.workstation.house import House, call_view
from workstation import ahead, cards

pytestmark = pytest.mark.integration


def in_menu(call_id: str = "main-1.1", account_id: int | None = 1, **changes: object) -> CallView:
    """A caller whom the IVR has recognised."""
    return call_view(
        call_id, phase=CallPhase.IVR, account_id=account_id, waiting_since=None, offered_at=None, **changes
    )


def ringing(house: House, call: CallView) -> CallView:
    return call.model_copy(
        update={"phase": CallPhase.RINGING, "operator_id": OperatorId(house.people["olga"]), "path": ("transfer",)}
    )


async def rename(house: House, name: str) -> None:
    """Change the customer of account 1 behind the workstation's back."""
    database = open_pools(house.settings.database_url)
    async with transaction(database) as db:
        await db.execute(text("update customers set name = :name where id = 1"), {"name": name})
    await database.dispose()


async def made(house: House, call: CallView, count: int = 1) -> None:
    """The floor tells of a call, and its card is made."""
    house.floor.tell(CallChanged(call=call))
    await eventually(lambda: house.parts.hub.ahead.made >= count)


async def test_the_pop_takes_the_card_that_was_made_in_the_menu(house: House) -> None:
    async with house.desk() as page:
        await made(house, in_menu())
        await rename(house, "Somebody Else")
        house.floor.ring(ringing(house, in_menu()))
        card = (await page.hear("screen_pop"))["card"]
    assert "Anna Kuznetsova" in card
    assert "Somebody Else" not in card


async def test_a_card_that_was_made_too_long_ago_is_not_shown(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async with house.desk() as page:
        await made(house, in_menu())
        await rename(house, "Somebody Else")
        monkeypatch.setattr(cards, "FRESH_SECONDS", 0.0)
        house.floor.ring(ringing(house, in_menu()))
        assert "Somebody Else" in (await page.hear("screen_pop"))["card"]


async def test_a_card_of_an_account_that_changed_through_us_is_not_shown(house: House) -> None:
    async with house.desk() as page:
        await made(house, in_menu())
        await rename(house, "Somebody Else")
        house.parts.cards.forget_account(1)
        house.floor.ring(ringing(house, in_menu()))
        assert "Somebody Else" in (await page.hear("screen_pop"))["card"]


async def test_the_card_of_a_caller_who_waits_is_made_again_when_his_account_changes(house: House) -> None:
    async with house.desk() as page:
        await made(house, in_menu())
        await rename(house, "Somebody Else")
        house.parts.hub.ahead.changed(2)
        house.parts.hub.ahead.changed(1)
        await eventually(lambda: house.parts.hub.ahead.made == 2)
        house.floor.ring(ringing(house, in_menu()))
        assert "Somebody Else" in (await page.hear("screen_pop"))["card"]


async def test_a_reading_saved_at_a_desk_is_on_the_next_card_and_on_the_one_that_is_fetched(house: House) -> None:
    async with house.desk() as page:
        await made(house, in_menu())
        async with house.signed_in("ivan") as client:
            await house.because(client)
            saved = await client.post(
                "/api/readings", data={"account_id": "1", "taken_on": "2026-11-20", "r_1": "12200"}
            )
            assert 'class="notice good"' in saved.text
            assert ">12,200<" in (await client.get("/api/card/1?call_id=main-1.1")).text
        house.floor.ring(ringing(house, in_menu()))
        assert ">12,200<" in (await page.hear("screen_pop"))["card"]


async def test_a_caller_who_gave_a_reading_in_the_menu_has_his_card_made_again(house: House) -> None:
    async with house.desk() as page:
        await made(house, in_menu(path=("recognise=1",)))
        await rename(house, "Somebody Else")
        await made(house, in_menu(path=("recognise=1", "reading=judged")), 2)
        house.floor.ring(ringing(house, in_menu()))
        assert "Somebody Else" in (await page.hear("screen_pop"))["card"]


async def test_the_card_is_the_same_whenever_it_is_made(house: House) -> None:
    """What the card shows of a call must be known in the menu: else it would be shown as it was there."""
    async with house.desk() as page:
        await made(house, in_menu())
        early = ringing(house, in_menu())
        house.floor.ring(early)
        prepared = (await page.hear("screen_pop"))["card"]
        house.parts.cards.forget_account(1)
        house.floor.ring(ringing(house, in_menu("main-2.2")))
        fresh = (await page.hear("screen_pop"))["card"]
    assert prepared == fresh.replace("main-2.2", "main-1.1")


async def test_a_prepared_card_is_written_down_once_it_is_seen_and_not_before(house: House) -> None:
    async with house.desk() as page:
        await made(house, in_menu())
        assert await viewed(house) == 0
        house.floor.ring(ringing(house, in_menu()))
        await page.hear("screen_pop")
    await house.parts.access.stop()
    assert await viewed(house) == 1


async def viewed(house: House) -> int:
    database = open_pools(house.settings.database_url)
    async with transaction(database) as db:
        found = await db.scalar(text("select count(*) from access_log where action = 'card.viewed'"))
    await database.dispose()
    return int(found or 0)


async def test_a_flood_of_callers_is_bounded_and_a_pop_comes_through_it(house: House) -> None:
    async with house.desk() as page:
        for number in range(2_000):
            house.floor.tell(CallChanged(call=in_menu(f"flood-{number}", 1 + number % 3)))
        last = house.floor.ring(ringing(house, in_menu("main-7.7", 2)))
        pop = await page.hear("screen_pop", where=lambda message: message["number"] == last)
        assert "Boris Volkov" in pop["card"]
        looking = house.parts.hub.ahead
        assert len(looking) <= ahead.LOOKED_AFTER
        # Twenty a second at most: a hundred cards cannot have been made before the flood was even read.
        assert looking.made < 100


async def test_a_call_that_left_is_looked_after_no_more(house: House) -> None:
    async with house.desk():
        await made(house, in_menu())
        house.floor.tell(CallGone(call_id="main-1.1", reason="abandoned"))
        await eventually(lambda: len(house.parts.hub.ahead) == 0)
