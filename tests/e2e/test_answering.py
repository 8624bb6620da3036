"""From a ringing call to the timeline, and every way in which a call is not answered."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import expect

from tests.e2e.callers import Callers, Seats, Subscriber, in_order, talk_both_ways
from tests.support.house import House
from tests.support.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="package")]


async def test_the_card_is_there_before_the_call_is_answered_and_the_contact_in_the_timeline_afterwards(
    house: House, callers: Callers, seats: Seats, subscriber: Subscriber
) -> None:
    desk = await seats.take()
    call = await callers.call(subscriber.number)
    await desk.phase("ringing", 20)
    await desk.card(subscriber.account_id)
    assert await desk.page.get_attribute("#call", "data-phase") == "ringing", "the card came while it still rang"
    await expect(desk.page.locator("#answer")).to_be_visible()
    await expect(desk.page.locator("#path li")).not_to_have_count(0)
    call_id = await desk.call_id()

    await desk.answer()
    await talk_both_ways(call, desk)
    both = [channel for channel in house.channels() if channel.bridge]
    assert len(both) == 2
    assert len({channel.bridge for channel in both}) == 1, "caller and operator are in one bridge"
    await callers.is_recorded(
        call_id, phase="talking", operator_id=desk.person.user_id, account_id=subscriber.account_id
    )

    call.hang_up()
    await desk.phase("wrap_up")
    await desk.close_contact("BILL_EXPLAINED", "Asked why the bill is higher in winter")
    await desk.state("ready")
    record = await callers.is_recorded(call_id, phase="ended", disposition="BILL_EXPLAINED", outcome="answered")
    assert record["note"] == "Asked why the bill is higher in winter"
    assert record["path"][:2] == ["greeting", "language=en"], record["path"]  # type: ignore[index]
    assert record["number"] == subscriber.number
    moments = [record[name] for name in ("began_at", "waiting_since", "answered_at", "ended_at", "closed_at")]
    assert None not in moments
    assert moments == sorted(moments), moments  # type: ignore[type-var]
    assert in_order(["offered", "ringing", "answered", "disposed"], house.history(call_id))

    await desk.page.fill("#search", subscriber.number)
    await desk.page.click(f"#search-results [data-account-id='{subscriber.account_id}']")
    await desk.card(subscriber.account_id)
    await desk.page.click("#tab-timeline")
    row = desk.page.locator(f"#timeline [data-call-id='{call_id}']")
    await expect(row).to_contain_text("Asked why the bill is higher in winter")
    await expect(row).to_have_attribute("data-disposition", "BILL_EXPLAINED")


async def test_a_call_nobody_answers_goes_to_the_next_operator_and_the_silent_one_is_not_ready(
    house: House, callers: Callers, seats: Seats, subscriber: Subscriber
) -> None:
    silent = await seats.take()
    call = await callers.call(subscriber.number)
    await silent.phase("ringing", 20)
    call_id = await silent.call_id()
    second = await seats.take()
    await second.phase("ringing", 12)
    await silent.state("not_ready")
    await expect(silent.page.locator("#status")).to_have_attribute("data-reason", "no-answer")
    await silent.no_call()
    await second.card(subscriber.account_id)
    assert await second.call_id() == call_id
    await second.answer()
    await talk_both_ways(call, second)
    await callers.is_recorded(call_id, phase="talking", operator_id=second.person.user_id)
    assert in_order(["ringing", "missed", "ringing", "answered"], house.history(call_id))
    call.hang_up()
    await second.phase("wrap_up")
    await second.close_contact("BILL_EXPLAINED", "")
    await callers.is_recorded(
        call_id, operator_id=second.person.user_id, disposition="BILL_EXPLAINED", outcome="answered"
    )


async def test_a_caller_who_gives_up_waiting_is_on_record_as_lost(
    callers: Callers, seats: Seats, subscriber: Subscriber
) -> None:
    pausing = await seats.take(ready=False)
    call = await callers.call(subscriber.number)
    call_id = await callers.call_id(subscriber.number, 20)
    await expect(pausing.page.locator("#queue-strip [data-figure=waiting] dd")).to_have_text("1")
    await call.hears(60)
    call.hang_up()
    await callers.is_recorded(call_id, phase="ended", outcome="abandoned", operator_id=None, answered_at=None)
    await expect(pausing.page.locator("#queue-strip [data-figure=waiting] dd")).to_have_text("0")


async def test_a_caller_who_gives_up_while_it_rings_leaves_the_operator_ready(
    house: House, callers: Callers, seats: Seats, subscriber: Subscriber
) -> None:
    desk = await seats.take()
    call = await callers.call(subscriber.number)
    await desk.phase("ringing", 20)
    await desk.card(subscriber.account_id)
    call_id = await desk.call_id()
    call.hang_up()
    await desk.no_call()
    await desk.state("ready")
    await expect(desk.page.locator("#phone")).to_have_attribute("data-session", "none")
    record = await callers.is_recorded(call_id, phase="ended", outcome="abandoned", answered_at=None)
    assert record["account_id"] == subscriber.account_id
    assert "missed" not in house.history(call_id)
    await eventually(lambda: asyncio.to_thread(lambda: not house.channels()), 5, "no channel is left")


async def test_a_declined_call_goes_to_the_next_operator(
    house: House, callers: Callers, seats: Seats, subscriber: Subscriber
) -> None:
    one = await seats.take()
    call = await callers.call(subscriber.number)
    await one.phase("ringing", 20)
    call_id = await one.call_id()
    other = await seats.take()
    await one.page.click("#hang-up:not([disabled])")
    await one.state("not_ready")
    await expect(one.page.locator("#status")).to_have_attribute("data-reason", "declined")
    await other.phase("ringing", 5)
    await other.answer()
    await talk_both_ways(call, other)
    assert in_order(["ringing", "missed", "ringing", "answered"], house.history(call_id))


async def test_an_operator_who_hangs_up_ends_the_call(callers: Callers, seats: Seats, subscriber: Subscriber) -> None:
    desk = await seats.take()
    call = await callers.call(subscriber.number)
    await desk.phase("ringing", 20)
    call_id = await desk.call_id()
    await desk.answer()
    await talk_both_ways(call, desk)
    await desk.page.click("#hang-up:not([disabled])")
    await call.reaches("ended")
    await desk.phase("wrap_up")
    await desk.close_contact("BILL_EXPLAINED", "")
    await callers.is_recorded(call_id, phase="ended", outcome="answered", disposition="BILL_EXPLAINED")
