"""Cards that are read early: for whoever wants them next, and never for longer than a moment."""

from __future__ import annotations

import asyncio

import pytest

from crm_core.errors import CrmError
from tests.support.waiting import eventually
from tests.workstation.house import House, call_view
from tests.workstation.test_ahead import in_menu, made, rename, ringing
from workstation import reader
from workstation.reader import Reader

pytestmark = pytest.mark.integration


def early(house: House) -> Reader:
    return house.parts.cards.reader


async def foretold(house: House, account_id: int = 1) -> None:
    """The floor's herald names an account, and its card is read."""
    await house.floor.foretell(account_id)
    await eventually(lambda: account_id in early(house)._early and early(house)._early[account_id].work.done())


async def test_a_pop_takes_the_card_that_was_begun_when_its_account_was_named(house: House) -> None:
    async with house.desk() as page:
        await foretold(house)
        await rename(house, "Somebody Else")
        house.floor.ring(ringing(house, in_menu()))
        assert "Anna Kuznetsova" in (await page.hear("screen_pop"))["card"]
        # It was taken: nobody is shown it a second time.
        house.floor.ring(ringing(house, in_menu("main-2.2")))
        second = await page.hear("screen_pop", where=lambda message: message["call"]["call_id"] == "main-2.2")
    assert "Somebody Else" in second["card"]


async def test_what_nobody_took_in_time_is_read_anew(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async with house.desk() as page:
        await foretold(house)
        await rename(house, "Somebody Else")
        monkeypatch.setattr(reader, "KEPT_SECONDS", 0.0)
        house.floor.ring(ringing(house, in_menu()))
        assert "Somebody Else" in (await page.hear("screen_pop"))["card"]


async def test_an_account_that_changed_meanwhile_is_read_anew(house: House) -> None:
    async with house.desk() as page:
        await foretold(house)
        await rename(house, "Somebody Else")
        house.parts.cards.forget_account(1)
        house.floor.ring(ringing(house, in_menu()))
        assert "Somebody Else" in (await page.hear("screen_pop"))["card"]


async def test_who_opens_an_account_himself_sees_it_as_it_is(house: House) -> None:
    async with house.desk(), house.signed_in("ivan") as client:
        await foretold(house)
        await rename(house, "Somebody Else")
        await house.because(client)
        assert "Somebody Else" in (await client.get("/api/card/1")).text


async def test_nothing_is_read_for_nobody(house: House) -> None:
    await house.floor.foretell(1)
    async with house.desk() as page:
        await made(house, in_menu("main-9.9", 2))
        house.floor.ring(ringing(house, in_menu("main-9.9", 2)))
        await page.hear("screen_pop")
        assert not early(house)._early


async def test_a_flood_of_names_begins_only_a_few_readings(house: House) -> None:
    for account_id in range(1, 200):
        early(house).begin(account_id)
    assert len(early(house)._early) == reader.IN_HAND
    early(house).forget(1)
    assert await early(house).take(2) is not None
    assert await early(house).take(3) is not None


async def test_a_reading_that_failed_is_tried_again_by_who_needs_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: int) -> None:
        raise CrmError

    with monkeypatch.context() as broken:
        broken.setattr(early(house), "read", away)
        early(house).begin(1)
        await asyncio.wait([early(house)._early[1].work])
    card = await early(house).take(1)
    assert card is not None
    assert call_view("main-1.1", account_id=1).account_id == card.account_id
