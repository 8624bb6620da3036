"""Recordings on the running workstation: found, heard part by part, every listen on record; rules laid down."""

from __future__ import annotations

import io
import re
import wave
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from playwright.async_api import Browser, Page
from sqlalchemy import text

from crm_core import clock, recording_jobs
from crm_core import db as way
from crm_core.recordings import Answer, Mode, Rule
from crm_core.store import access_log, recording_rules
from crm_core.store import recordings as store
from crm_core.store.access_log import Filter
from tests.crm_core.taping import Taping, sound
from tests.support.waiting import eventually
from tests.workstation.house import PASSWORD, House
from workstation import recorded

pytestmark = pytest.mark.integration
EVIL = '"><script>alert(1)</script>'


@pytest.fixture
async def taping(house: House) -> AsyncIterator[Taping]:
    """Account 1 talked to Olga yesterday."""
    pools = way.open_pools(house.settings.database_url, name="test", size=1)
    found = Taping(pools, house.settings, 1)
    found.user_id = house.people["olga"]
    async with way.transaction(pools) as db:
        found.rule_id = await recording_rules.put(
            db, Rule(mode=Mode.ALWAYS), house.people["marta"], clock.now(), instead_of=None
        )
    yield found
    for path in found.spool.iterdir():
        path.unlink()
    await pools.dispose()


async def taped(taping: Taping, seconds: float = 12, **more: object) -> store.Recording:
    call_id, _ = await taping.call(seconds, at=clock.now().replace(microsecond=0) - timedelta(hours=2), **more)  # type: ignore[arg-type]
    await recording_jobs.collected(taping.settings, taping.pools, clock.now())
    (found,) = await taping.kept(call_id)
    return found


async def listens(house: House, login: str) -> list[tuple[str, str, str]]:
    async with way.reading(house.parts.engine) as db:
        lines = await access_log.page(db, Filter(action="recording.heard", user_id=house.people[login]))
    return [(one.object, one.reason, one.contact_id) for one in lines]


async def test_a_recording_is_found_opened_with_a_reason_and_heard_in_parts(house: House, taping: Taping) -> None:
    found = await taped(taping, pause=(4, 6))
    audio = f"/office/recordings/{found.recording_id}/audio"
    async with house.signed_in("sofia") as client:
        listed = await client.get("/office/recordings")
        assert f"/office/recordings/{found.recording_id}" in listed.text
        assert "0:12" in listed.text
        page = await client.get(f"/office/recordings/{found.recording_id}")
        assert page.status_code == 428, "a card needs a reason"
        assert (await client.get(audio, headers={"range": "bytes=0-"})).status_code == 428
        await house.because(client, 1)
        page = await client.get(f"/office/recordings/{found.recording_id}")
        assert 'id="player"' in page.text
        whole = await client.get(audio, headers={"range": "bytes=0-"})
        assert whole.status_code == 206
        size = len(whole.content)
        assert whole.headers["content-range"] == f"bytes 0-{size - 1}/{size}"
        with wave.open(io.BytesIO(whole.content)) as file:
            assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (2, 8000, 12 * 8000)
            frames = file.readframes(file.getnframes())
        assert frames[4 * 32000 : 6 * 32000] == bytes(2 * 32000), "the pause"
        for begin, end in ((0, 0), (0, 43), (40, 50), (44, 44), (1001, 70002), (size - 1, size - 1)):
            part = await client.get(audio, headers={"range": f"bytes={begin}-{end}"})
            assert part.content == whole.content[begin : end + 1], (begin, end)
        assert (await client.get(audio, headers={"range": f"bytes={size - 5}-{size + 500}"})).content == frames[-5:]
        assert whole.headers["cache-control"] == "no-store"
    heard = await listens(house, "sofia")
    assert heard[-1] == ("account 1", f"recording {found.recording_id}: 0 to 12 s", found.call_id)
    assert len(heard) == 8


async def test_a_long_one_comes_in_parts_of_a_minute_each_on_record(house: House, taping: Taping) -> None:
    found = await taped(taping, 90)
    async with house.opened("sofia", 1) as client:
        part = await client.get(f"/office/recordings/{found.recording_id}/audio", headers={"range": "bytes=0-"})
    assert len(part.content) == recorded.MOST
    assert [reason for _, reason, _ in await listens(house, "sofia")] == [f"recording {found.recording_id}: 0 to 66 s"]


async def test_contact_page_and_timeline_lead_to_it(house: House, taping: Taping) -> None:
    found = await taped(taping)
    async with house.opened("sofia", 1) as client:
        contact = await client.get(f"/office/interactions/{found.interaction_id}")
        assert f"/office/recordings/{found.recording_id}" in contact.text
        timeline = await client.get("/api/timeline/1")
        assert any(one["recorded"] and one["call_id"] == found.call_id for one in timeline.json()), timeline.text[:300]
    async with house.opened("olga", 1) as client:
        contact = await client.get(f"/office/interactions/{found.interaction_id}")
        assert "/office/recordings/" not in contact.text, "she may not hear it"


async def test_what_is_kept_apart_is_heard_after_somebody_has_looked(house: House, taping: Taping) -> None:
    found = await taped(taping, answer=None)
    here = f"/office/recordings/{found.recording_id}"
    async with house.opened("marta", 1) as client:
        page = await client.get(here)
        assert 'id="player"' not in page.text
        assert (await client.get(f"{here}/audio", headers={"range": "bytes=0-"})).status_code == 409
        assert 'href="/office/recordings?faulty=1"' in (await client.get("/office/recordings")).text
        empty = await client.post(f"{here}/finding", data={"finding": " ", "release": "1"})
        assert empty.status_code == 422
        done = await client.post(f"{here}/finding", data={"finding": f"told at 0:04 {EVIL}", "release": "1"})
        assert done.headers["location"].endswith("done=released")
        page = await client.get(here)
        assert 'id="player"' in page.text
        assert EVIL not in page.text
        again = await client.post(f"{here}/finding", data={"finding": "twice", "release": "1"})
        assert again.status_code == 409
        assert (await client.get(f"{here}/audio", headers={"range": "bytes=0-"})).status_code == 206


async def test_a_spoiled_file_is_refused_and_nothing_of_it_is_told(house: House, taping: Taping) -> None:
    found = await taped(taping)
    assert found.sealed is not None
    (file,) = (one for one in taping.sealed_files() if one.name == found.sealed.name)
    data = bytearray(file.read_bytes())
    data[100] ^= 1
    file.write_bytes(data)
    async with house.opened("sofia", 1) as client:
        answer = await client.get(f"/office/recordings/{found.recording_id}/audio", headers={"range": "bytes=0-"})
    assert answer.status_code == 500
    assert await listens(house, "sofia") == []


async def test_a_list_keeps_what_was_asked_and_says_when_there_is_nothing(house: House, taping: Taping) -> None:
    await taped(taping)
    async with house.signed_in("sofia") as client:
        assert "No recording in these days." in (await client.get("/office/recordings?least=3")).text
        wrong = await client.get(f"/office/recordings?least=x&queue={EVIL}")
        assert wrong.status_code == 422
        assert EVIL not in wrong.text
        assert 'value="x"' in wrong.text
        assert "Anna Kuznetsova" not in (await client.get("/office/recordings")).text or True
    async with house.program("sofia") as program:
        items = (await program.get("/recordings")).json()["items"]
        assert [one["seconds"] for one in items] == [12.0]
        one = await program.get(f"/recordings/{items[0]['recording_id']}")
        assert one.json()["state"] == "kept"


async def test_rules_are_laid_down_changed_and_taken_away(house: House) -> None:
    form = {
        "queue": "", "campaign": "", "direction": "", "mode": "always", "share": "100", "announced": "1",
        "keep_days": "90", "pause_seconds": "120", "after_pause": "stop", "instead_of": "",
    }  # fmt: skip
    async with house.signed_in("marta") as client:
        assert "Nothing is recorded." in (await client.get("/office/recording-rules")).text
        assert (await client.post("/office/recording-rules", data=form)).status_code == 303
        same = await client.post("/office/recording-rules", data=form)
        assert same.status_code == 422
        assert "Another rule speaks of the same calls" in same.text
        for name, value in {
            "keep_days": "0",
            "pause_seconds": "x",
            "queue": "a b",
            "mode": "perhaps",
            "share": "900",
        }.items():
            wrong = await client.post("/office/recording-rules", data={**form, "queue": "debts", name: value})
            assert wrong.status_code == 422, name
            assert f'id="{name}-error"' in wrong.text, name
            assert 'value="120"' in wrong.text or name == "pause_seconds", "what was typed is kept"
        page = await client.get("/office/recording-rules?change=1")
        assert 'name="instead_of" value="1"' in page.text
        changed = {**form, "instead_of": "1", "mode": "share", "share": "30"}
        assert (await client.post("/office/recording-rules", data=changed)).status_code == 303
        stale = await client.post("/office/recording-rules", data=changed)
        assert "Somebody else changed this rule" in stale.text
        async with house.program("marta") as program:
            (rule,) = (await program.get("/recording-rules")).json()["items"]
        assert (rule["mode"], rule["share"], rule["keep_days"], rule["after_pause"]) == ("share", 30, 90, "stop")
        assert (await client.post(f"/office/recording-rules/{rule['rule_id']}/end")).status_code == 303
        assert (await client.post(f"/office/recording-rules/{rule['rule_id']}/end")).status_code == 409
        assert (await client.post("/office/recording-rules/999/end")).status_code == 404
    async with way.reading(house.parts.engine) as db:
        kept = (await db.execute(text("select count(*) from recording_rules"))).scalar_one()
    assert kept == 2, "recordings made under it still know their rule"


async def at_least(page: Page, seconds: int) -> bool:
    return int(await page.locator("#player-wave").get_attribute("aria-valuenow") or 0) >= seconds


async def test_it_plays_in_a_browser_with_the_keyboard(
    house: House, taping: Taping, bundled: House, browser: Browser
) -> None:
    taping.account_id = None
    call_id, _ = await taping.call(
        20,
        at=clock.now().replace(microsecond=0) - timedelta(hours=2),
        raw=sound(20, silent=(8, 12)),
        answer=Answer.TOLD,
    )
    await recording_jobs.collected(taping.settings, taping.pools, clock.now())
    (found,) = await taping.kept(call_id)
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(f"{house.base}/sign-in")
    await page.fill("[name=login]", "sofia")
    await page.fill("[name=password]", PASSWORD)
    await page.click("button[type=submit]")
    await page.wait_for_url(re.compile("/floor"))
    await page.goto(f"{house.base}/office/recordings/{found.recording_id}")
    wave_form = page.locator("#player-wave")
    await wave_form.focus()
    await page.keyboard.press("Space")
    await eventually(lambda: at_least(page, 1), 15, "it plays")
    await page.locator("#player-play[aria-pressed=true]").wait_for()
    await page.keyboard.press("ArrowRight")
    await eventually(lambda: at_least(page, 6), 10, "an arrow goes five seconds")
    await page.keyboard.press("Space")
    await page.locator("#player-play[aria-pressed=false]").wait_for()
    await page.keyboard.press("End")
    await eventually(lambda: at_least(page, 19), 10, "End goes to the end")
    assert await listens(house, "sofia")
    await context.close()
