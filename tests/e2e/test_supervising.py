"""The supervisor sees the floor while it happens."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.e2e.callers import Callers, Seats, Subscriber, talk_both_ways

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="package")]


async def test_the_supervisor_sees_operators_calls_and_queue_as_they_change(
    callers: Callers, seats: Seats, subscriber: Subscriber
) -> None:
    supervisor = await seats.take(role="supervisor")
    page = supervisor.page
    desk = await seats.take(ready=False)
    row = page.locator(f"#operators tr[data-operator-id='{desk.person.user_id}']")
    await expect(row).to_have_attribute("data-state", "not_ready")
    call = await callers.call(subscriber.number)
    call_id = await callers.call_id(subscriber.number, 20)
    seen = page.locator(f"#calls tr[data-call-id='{call_id}']")
    await expect(seen).to_have_attribute("data-phase", "waiting")
    waiting = page.locator("#queues [data-queue=main] [data-figure=waiting] dd").first
    await expect(waiting).to_have_text("1")
    await desk.go_ready()
    await expect(seen).to_have_attribute("data-phase", "ringing")
    await expect(row).to_have_attribute("data-state", "reserved")
    await desk.answer()
    await expect(seen).to_have_attribute("data-phase", "talking")
    await expect(row).to_have_attribute("data-state", "talking")
    await expect(waiting).to_have_text("0")
    await talk_both_ways(call, desk)
    call.hang_up()
    await expect(seen).to_have_attribute("data-phase", "wrap_up")
    await expect(row).to_have_attribute("data-state", "wrap_up")
    await desk.close_contact("INFO", "")
    await expect(row).to_have_attribute("data-state", "ready")
    await expect(seen).to_have_count(0)
