"""The hub with a real server, Valkey and websockets: what pages hear, and when."""

from __future__ import annotations

import contextlib
import json

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from routing.news import CallChanged
from routing.views import CallPhase, OperatorId
from routing.wishes import SetState, SignIn, SignOut
from tests.support.waiting import eventually
from tests.workstation.house import PHONE_OF_ONE, PHONE_OF_TWO, House, TestFloor, call_view, operator_view

pytestmark = pytest.mark.integration


async def test_a_first_page_signs_the_operator_in_at_the_floor(house: House) -> None:
    async with house.desk():
        wish = await eventually(lambda: next((w for w in house.floor.wishes if isinstance(w, SignIn)), None))
    assert (wish.name, wish.extension, wish.languages) == ("Olga", "101", ("ru",))


async def test_a_call_with_a_known_account_brings_its_card_in_one_frame(house: House) -> None:
    olga = house.people["olga"]
    async with house.desk() as page:
        house.floor.ring(call_view(operator_id=OperatorId(olga), account_id=1))
        pop = await page.hear("screen_pop")
        assert 'data-account-id="1"' in pop["card"]
        assert "Anna Kuznetsova" in pop["card"]


async def test_the_card_is_not_sent_again_while_the_call_goes_on(house: House) -> None:
    olga = house.people["olga"]
    async with house.desk() as page:
        call = call_view(operator_id=OperatorId(olga), account_id=1)
        house.floor.ring(call)
        await page.hear("screen_pop")
        house.floor.ring(call.model_copy(update={"phase": CallPhase.TALKING}))
        changed = await page.hear("call_changed")
    assert changed["call"]["phase"] == "talking"


async def test_one_account_behind_the_number_brings_the_card_and_two_a_chooser(house: House) -> None:
    olga = house.people["olga"]
    async with house.desk() as page:
        house.floor.ring(call_view("main-1", operator_id=OperatorId(olga), number=PHONE_OF_ONE))
        assert 'data-account-id="1"' in (await page.hear("screen_pop"))["card"]
        house.floor.ring(call_view("main-2", operator_id=OperatorId(olga), number=PHONE_OF_TWO))
        chooser = (await page.hear("screen_pop"))["card"]
        assert 'id="chooser"' in chooser
        assert "Boris Volkov" in chooser
        assert "Vera Orlova" in chooser
        house.floor.ring(call_view("main-3", operator_id=OperatorId(olga)))
        assert 'id="unknown"' in (await page.hear("screen_pop"))["card"]


async def test_the_account_the_operator_chose_pops_again(house: House) -> None:
    olga = house.people["olga"]
    async with house.desk() as page:
        call = call_view(operator_id=OperatorId(olga), number=PHONE_OF_TWO, candidates=(2, 3))
        house.floor.ring(call)
        assert 'id="chooser"' in (await page.hear("screen_pop"))["card"]
        house.floor.ring(call.model_copy(update={"account_id": 3}))
        assert "Vera Orlova" in (await page.hear("screen_pop"))["card"]


async def test_a_desk_hears_nothing_of_other_desks(house: House) -> None:
    olga, ivan = house.people["olga"], house.people["ivan"]
    async with house.desk() as page:
        house.floor.seat(operator_view(ivan, name="Ivan", extension="102"))
        house.floor.ring(call_view("main-9", operator_id=OperatorId(ivan), account_id=1))
        last = house.floor.tell(CallChanged(call=call_view("main-8", operator_id=OperatorId(olga))), olga)
        await page.hear("screen_pop", where=lambda message: message["number"] == last)
        assert all("main-9" not in json.dumps(message) for message in page.heard)


async def test_a_page_that_blinked_hears_exactly_what_it_missed(house: House) -> None:
    olga = house.people["olga"]
    house.floor.seat(operator_view(olga))
    async with house.signed_in("olga") as client:
        async with house.page(client) as page:
            await page.resume()
            snapshot = await page.hear("desk_snapshot", where=lambda message: message["epoch"] != "")
        house.floor.seat(operator_view(olga, calls_today=1))
        last = house.floor.tell(CallChanged(call=call_view(operator_id=OperatorId(olga), account_id=1)), olga)
        await eventually(lambda: house.parts.hub.shared.ring.number >= last)
        async with house.page(client) as page:
            await page.resume(snapshot["epoch"], snapshot["number"])
            pop = await page.hear("screen_pop")
        kinds = [message["type"] for message in page.heard]
        assert "desk_snapshot" not in kinds
        assert "operator_changed" in kinds
        assert pop["number"] == last


async def test_a_page_that_blinked_and_missed_nothing_is_in_its_call_still(house: House) -> None:
    olga = house.people["olga"]
    house.floor.seat(operator_view(olga))
    call = call_view(operator_id=OperatorId(olga), account_id=1)
    async with house.signed_in("olga") as client:
        async with house.page(client) as page:
            await page.resume()
            await page.hear("desk_snapshot", where=lambda message: message["epoch"] != "")
            house.floor.ring(call)
            pop = await page.hear("screen_pop")
        await eventually(lambda: not house.parts.hub.desks)
        async with house.page(client) as page:
            await page.resume(pop["epoch"], pop["number"])
            await eventually(lambda: house.parts.hub.call_at(olga, call.call_id), what="the desk knows its call again")
            assert (await client.get("/api/panels/1/promise")).status_code == 200, "the call opens its forms"
            house.floor.ring(call.model_copy(update={"phase": CallPhase.HELD}))
            await page.hear("call_changed")
        kinds = [message["type"] for message in page.heard]
        assert "desk_snapshot" not in kinds
        assert "screen_pop" not in kinds, "the card that is there is not sent again"


async def test_a_place_that_is_gone_gets_a_snapshot_with_the_card(house: House) -> None:
    olga = house.people["olga"]
    house.floor.seat(operator_view(olga))
    house.floor.ring(call_view(operator_id=OperatorId(olga), account_id=1))
    async with house.signed_in("olga") as client, house.page(client) as page:
        await page.resume("an epoch long gone", 7)
        snapshot = await page.hear("desk_snapshot")
    assert snapshot["desk"]["call"]["call_id"] == "main-1.1"
    assert "Anna Kuznetsova" in snapshot["card"]


async def test_the_newest_tab_holds_the_phone_and_all_show_the_same(house: House) -> None:
    olga = house.people["olga"]
    house.floor.seat(operator_view(olga))
    async with house.signed_in("olga") as client, house.page(client) as first:
        await first.resume()
        assert (await first.hear("phone"))["holder"] is True
        async with house.page(client) as second:
            await second.resume()
            assert (await second.hear("phone"))["holder"] is True
            assert (await first.hear("phone"))["holder"] is False
            house.floor.ring(call_view(operator_id=OperatorId(olga), account_id=1))
            assert (await first.hear("screen_pop")) == (await second.hear("screen_pop"))
        assert (await first.hear("phone"))["holder"] is True


async def test_a_silent_floor_makes_the_data_old_and_its_beat_makes_it_good_again(house: House) -> None:
    async with house.desk() as page:
        await eventually(lambda: house.parts.hub.alive)
        house.floor.beating = False
        assert (await page.hear("stale", 6, lambda message: message["stale"]))["since"]
        house.floor.beating = True
        await page.hear("stale", 3, lambda message: not message["stale"])


async def test_a_new_floor_is_told_who_sits_here_and_pages_start_anew(house: House) -> None:
    async with house.desk() as page:
        await eventually(lambda: any(isinstance(wish, SignIn) for wish in house.floor.wishes))
        await house.floor.stop()
        reborn = TestFloor(house.settings.redis_url, epoch="2000")
        await reborn.start()
        try:
            await eventually(lambda: any(isinstance(wish, SignIn) for wish in reborn.wishes))
            reborn.seat(operator_view(house.people["olga"]))
            snapshot = await page.hear(
                "desk_snapshot",
                where=lambda message: message["epoch"] == "2000" and message["desk"]["operator"]["state"] == "ready",
            )
        finally:
            await reborn.stop()
    assert snapshot["stale"] is False


async def test_a_wish_travels_under_the_session_s_own_operator(house: House) -> None:
    async with house.desk() as page:
        await page.say(type="ask", wish_id="w1", wish="not_ready", reason="break")
        wish = await eventually(lambda: next((w for w in house.floor.wishes if isinstance(w, SetState)), None))
    assert (wish.operator_id, wish.wish_id, wish.reason) == (house.people["olga"], "w1", "break")


async def test_wrap_up_is_not_closed_past_the_disposition(house: House) -> None:
    async with house.desk() as page:
        await page.say(type="ask", wish_id="w1", wish="close_wrap_up", call_id="main-1")
        answer = await page.hear("wish_answered")
    assert (answer["done"], answer["reason"]) == (False, "disposition-first")
    assert answer["sentence"]


async def test_a_slow_reader_gets_a_snapshot_and_never_a_backlog(house: House) -> None:
    olga = house.people["olga"]
    house.floor.seat(operator_view(olga))
    async with house.signed_in("olga") as client, house.page(client, max_queue=1, close_timeout=0.1) as page:
        await page.resume()
        await page.hear("desk_snapshot")
        client_of_page = next(house.parts.hub.clients())
        client_of_page.mailbox.size = 4
        for count in range(60):
            house.floor.seat(operator_view(olga, calls_today=count, name="x" * 20_000))
        last = house.floor.publisher.number
        await eventually(lambda: house.parts.hub.shared.ring.number >= last)
        assert len(client_of_page.mailbox) <= 5
        await page.hear("desk_snapshot", where=lambda message: message["desk"]["operator"]["calls_today"] == 59)
        changes = [message for message in page.heard if message["type"] == "operator_changed"]
        assert len(changes) < 59


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
async def test_a_foreign_page_is_refused_before_the_handshake(house: House, origin: str) -> None:
    async with house.signed_in("olga") as client:
        with pytest.raises(InvalidStatus) as refused:
            async with house.page(client, origin=origin):
                pass
    assert refused.value.response.status_code == 403


async def test_a_page_without_a_session_is_closed_with_4401(house: House) -> None:
    async with house.browser() as client, house.page(client) as page:
        assert await page.closed() == 4401


async def test_an_operator_may_not_watch_the_floor_nor_a_supervisor_hold_a_desk(house: House) -> None:
    async with house.signed_in("olga") as client, house.page(client, "/ws/floor") as page:
        assert await page.closed() == 4403
    async with house.signed_in("sofia") as client, house.page(client, "/ws") as page:
        assert await page.closed() == 4403


async def test_signing_out_of_the_last_page_ends_the_shift_and_of_another_does_not(house: House) -> None:
    async with (
        house.signed_in("olga") as first,
        house.signed_in("olga") as second,
        house.page(first) as page,
        house.page(second) as other,
    ):
        for one in (page, other):
            await one.resume()
            await one.hear("desk_snapshot")
        await first.post("/sign-out")
        assert await page.closed() == 4401
        assert not any(isinstance(wish, SignOut) for wish in house.floor.wishes)
        await second.post("/sign-out")
        wish = await eventually(lambda: next((w for w in house.floor.wishes if isinstance(w, SignOut)), None))
        assert wish.operator_id == house.people["olga"]


async def test_signing_out_closes_every_socket_of_the_session(house: House) -> None:
    async with house.signed_in("olga") as client, house.page(client) as page:
        await page.resume()
        await page.hear("desk_snapshot")
        assert (await client.post("/sign-out")).status_code == 303
        with pytest.raises(ConnectionClosed):
            await page.hear("never")
        assert await page.closed() == 4401


async def test_a_frame_too_large_ends_the_socket(house: House) -> None:
    async with house.desk() as page:
        await page.socket.send("x" * 1_000_000)
        assert await page.closed() == 1009


async def test_a_thousand_messages_end_the_socket(house: House) -> None:
    async with house.desk() as page:
        with contextlib.suppress(ConnectionClosed):
            for count in range(1000):
                await page.say(type="ask", wish_id=f"w{count}", wish="ready")
        assert await page.closed() == 4429


@pytest.mark.parametrize("text", ["", "{", "[" * 2000, '{"type": "ask"}', '{"type": "resume", "extra": 1}', "null"])
async def test_what_is_not_understood_ends_the_socket(house: House, text: str) -> None:
    async with house.desk() as page:
        await page.socket.send(text)
        assert await page.closed() == 4400


async def test_a_page_that_never_resumes_is_closed(house: House) -> None:
    async with house.signed_in("olga") as client, house.page(client) as page:
        assert await page.closed() == 4408


async def test_supervisors_see_the_whole_floor(house: House) -> None:
    olga = house.people["olga"]
    house.floor.seat(operator_view(olga))
    async with house.signed_in("sofia") as client, house.page(client, "/ws/floor") as page:
        await page.resume()
        await page.hear("floor_snapshot")
        house.floor.ring(call_view(operator_id=OperatorId(olga), account_id=1))
        changed = await page.hear("call_changed")
    assert changed["call"]["operator_id"] == olga
