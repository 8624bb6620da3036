"""The whole way of a recording: told by the menu, made by the switch, silent for the payment, put away, heard."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from crm_core import clock, recording_jobs, sounds
from crm_core import db as way
from crm_core.recordings import RATE, Fault, Mode, Rule, State
from crm_core.store import recording_rules
from crm_core.store import recordings as store
from telephony import g711
from tests.e2e.callers import Callers, Seats, Subscriber
from tests.support.browser import SECONDS
from tests.support.house import House
from tests.support.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="package")]
LONG = g711.tone(440, 60)


@pytest_asyncio.fixture(loop_scope="package")
async def base(house: House) -> AsyncIterator[way.Database]:
    """A rule that records every call, for the time of a test."""
    pools = way.open_pools(house.settings.database_url, name="test", size=1)
    manager = await asyncio.to_thread(house.person, "manager")
    async with way.transaction(pools) as db:
        every = Rule(mode=Mode.ALWAYS)
        key = await recording_rules.put(db, every, manager.user_id, clock.now(), instead_of=None)
    yield pools
    async with way.transaction(pools) as db:
        await recording_rules.end(db, key, manager.user_id, clock.now())
    await pools.dispose()


def raw_of(house: House, call_id: str) -> Path | None:
    found = list((house.settings.run_dir / "asterisk" / "spool" / "calls").glob(f"{call_id}~*.raw"))
    return found[0] if found else None


def reached(file: Path) -> float:
    return file.stat().st_size / 4 / RATE


async def test_a_call_is_told_recorded_silent_for_the_payment_put_away_and_found(
    house: House, base: way.Database, callers: Callers, seats: Seats, subscriber: Subscriber
) -> None:
    desk = await seats.take()
    call = await callers.call(subscriber.number)
    await desk.phase("ringing", 30)
    call_id = await desk.call_id()
    await desk.answer()
    await desk.phase("talking")
    call.say(LONG)
    page = desk.page
    line = page.locator("#recording-line")
    await expect(line).to_have_attribute("data-recording", "on", timeout=10 * SECONDS)
    told = house.rows("select answer, language from recording_notices where call_id = %(c)s", c=call_id)
    assert told == [{"answer": "told", "language": "en"}]
    file = raw_of(house, call_id)
    assert file is not None
    await eventually(lambda: reached(file) > 2, 10, "two seconds are on record")

    await page.click("#pay:not([disabled])")
    await expect(page.locator("#payment[data-safe]")).to_be_visible(timeout=5 * SECONDS)
    await expect(page.locator("#payment-done")).to_be_enabled()
    begun = reached(file)
    await eventually(lambda: reached(file) > begun + 2, 10, "two seconds of silence")
    ended = reached(file)
    await page.click("#payment-done")
    await expect(line).to_have_attribute("data-recording", "on", timeout=5 * SECONDS)
    resumed = reached(file)
    await eventually(lambda: reached(file) > resumed + 1.5, 10, "and voices again")

    await page.keyboard.press("Alt+KeyQ")
    await expect(line).to_have_attribute("data-recording", "paused", timeout=5 * SECONDS)
    await page.keyboard.press("Alt+KeyQ")
    await expect(line).to_have_attribute("data-recording", "on", timeout=5 * SECONDS)

    call.hang_up()
    await desk.phase("wrap_up")
    await eventually(lambda: house.interaction(call_id)["ended_at"] is not None, 10, "the call is over")
    later = clock.now() + timedelta(minutes=1)
    await recording_jobs.collected(house.settings, base, later)
    async with way.reading(base) as db:
        (found,) = await store.listing(db, store.Filter(call_id=call_id))
    assert (found.state, found.fault, found.account_id) == (State.KEPT, Fault.NONE, subscriber.account_id)
    assert len(found.pauses) == 2
    assert not file.exists()
    assert found.sealed is not None
    place = recording_jobs.vault(house.settings)
    samples = array("h", sounds.whole(b"".join(await asyncio.to_thread(lambda: list(place.read(found.sealed))))))  # type: ignore[arg-type]
    silent = samples[int((begun + 0.25) * RATE) * 2 : int((ended - 0.25) * RATE) * 2]
    assert len(silent) > RATE
    assert max(map(abs, silent)) == 0, "nothing of the payment is on record"
    assert max(map(abs, samples[1 : int((begun - 0.5) * RATE) * 2 : 2])) > 3000, "the caller before it is"
    history = house.history(call_id)
    assert history.count("recording paused") == history.count("recording resumed") == 2
    async with way.reading(base) as db:
        assert [one.call_id for one in await store.listing(db, store.Filter(account_id=subscriber.account_id))] == [
            call_id
        ]


async def test_a_payment_does_not_begin_when_the_record_cannot_be_paused(
    house: House, base: way.Database, callers: Callers, seats: Seats, subscriber: Subscriber
) -> None:
    """AC43: the floor is away, nobody confirms: no payment step."""
    desk = await seats.take()
    call = await callers.call(subscriber.number)
    await desk.phase("ringing", 30)
    await desk.answer()
    await desk.phase("talking")
    call.say(LONG)
    page = desk.page
    await expect(page.locator("#recording-line")).to_have_attribute("data-recording", "on", timeout=10 * SECONDS)
    house.processes["floor"].pause()
    try:
        await page.click("#pay:not([disabled])")
        await expect(page.locator("#toasts")).to_contain_text("Do not take a card number", timeout=10 * SECONDS)
        await expect(page.locator("#payment")).not_to_be_visible()
    finally:
        house.processes["floor"].thaw()
    call.hang_up()
    await desk.phase("wrap_up", 20)
