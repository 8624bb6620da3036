"""Prompts on the running workstation: listed, heard, reworded, recorded, taken back; what is unfit is refused."""

from __future__ import annotations

import io
import math
import random
import re
import shlex
import struct
import subprocess
import wave

import httpx
import pytest
from playwright.async_api import Browser
from sqlalchemy import insert

from crm_core import clock
from crm_core.db import reading, transaction
from crm_core.store import phone_service, voices
from crm_core.tables import interactions
from deploy import parts
from ivr import sound
from tests.workstation.house import PASSWORD, House

pytestmark = pytest.mark.integration
EVIL = "<script>alert(1)</script>"
LANGUAGES = ("en", "ru", "ar", "th")


def wav(level: float, *, seconds: float = 1.0, rate: int = 16000, clip: bool = False) -> bytes:
    """A tone that swells like speech, its peaks at `level` of full scale; clipped when asked."""
    count = int(seconds * rate)
    samples = (
        level * (2.5 if clip else 1.0) * math.sin(2 * math.pi * 440 * at / rate) * abs(math.sin(3 * at / rate))
        for at in range(count)
    )
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setparams((1, 2, rate, count, "NONE", ""))
        out.writeframes(b"".join(struct.pack("<h", int(max(-1, min(1, one)) * 32767)) for one in samples))
    return file.getvalue()


GOOD = wav(0.3)


def as_kind(kind: str) -> bytes:
    """The good recording in another format, by the sox that came with the parts."""
    command = [*shlex.split(parts.sox()), "-V1", "-t", "wav", "-", "-t", kind, "-"]
    return subprocess.run(command, input=GOOD, capture_output=True, check=True).stdout


@pytest.fixture
def spoken(house: House) -> House:
    """The house with a voice, a converter and four languages."""
    settings = house.parts.settings
    object.__setattr__(settings, "espeak", parts.speech())
    object.__setattr__(settings, "sox", parts.sox())
    object.__setattr__(settings, "languages", LANGUAGES)
    return house


def hidden(page: httpx.Response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found, page.text[:800]
    return found[1]


async def upload(client: httpx.AsyncClient, address: str, data: bytes, name: str = "mine.wav") -> httpx.Response:
    page = await client.get(address)
    form = {"newest": hidden(page, "newest"), "once": hidden(page, "once"), "part": hidden(page, "part")}
    return await client.post(f"{address}/recordings", data=form, files={"file": (name, data)})


def level(data: bytes) -> int:
    samples, rate = sound.from_wav(data)
    assert rate == 8000
    return sound.audioop.rms(samples, 2)


async def own(house: House) -> voices.Own:
    async with reading(house.parts.engine) as db:
        return await voices.own(db)


async def test_prompts_are_listed_by_language_words_and_state_and_paged(spoken: House) -> None:
    async with spoken.signed_in("marta") as client:
        first = await client.get("/office/voices")
        assert first.text.count('<a href="/office/voices/') == 50
        more = re.search(r'rel="next" href="([^"]*)"', first.text)
        assert more
        second = await client.get(more[1].replace("&amp;", "&"))
        assert not set(re.findall(r"/office/voices/en/\w+", first.text)) & set(
            re.findall(r"/office/voices/en/\w+", second.text)
        )
        thai = await client.get("/office/voices?language=th&q=greeting")
        assert "ขอบคุณ" in thai.text
        assert "letter by letter" in thai.text
        assert "/office/voices/ru/" not in thai.text
        assert "No prompt fits." in (await client.get("/office/voices?state=recorded")).text
        assert (await client.get("/office/voices?language=xx&after=nonsense&state=odd")).status_code == 200
        for address in (
            "/office/voices/hu/greeting",
            "/office/voices/en/nothing",
            "/office/voices/en/digit/sound?version=7",
        ):
            assert (await client.get(address)).status_code == 404


async def test_a_prompt_is_heard_as_callers_hear_it(spoken: House) -> None:
    async with spoken.signed_in("marta") as client:
        for address in ("en/goodbye", "ar/balance_due", "ru/digit"):
            heard = await client.get(f"/office/voices/{address}/sound")
            assert heard.status_code == 200, heard.text[:300]
            assert heard.headers["content-type"] == "audio/wav"
            assert level(heard.content) > 1000


async def test_words_are_checked_kept_by_version_and_taken_back(spoken: House) -> None:
    address = "/office/voices/en/balance_due"
    async with spoken.signed_in("marta") as client:
        page = await client.get(address)
        form = {"newest": hidden(page, "newest"), "once": hidden(page, "once")}
        for wrong, sentence in (
            ("You owe {amount}.", "The value {due} is missing"),
            ("You owe {amount} by {due}, {name}.", "no value {name}"),
            ("You owe {amount by {due}.", "brace is left open"),
            ("{amount}{due}", "nothing to say in it"),
            ("", "This is needed."),
            ("x" * 1001, "At most 1000"),
        ):
            refused = await client.post(address, data=form | {"sentence": wrong})
            assert refused.status_code == 422
            assert sentence in refused.text.replace("&#39;", "'")
            assert wrong[:60] in refused.text, "what was typed stays"
        said = "You owe {amount}, due " + EVIL + " {due}."
        assert (await client.post(address, data=form | {"sentence": said})).status_code == 303
        page = await client.get(address)
        assert "Own words" in page.text
        assert EVIL not in page.text
        assert (await own(spoken)).sentences == {("en", "balance_due"): said}
        stale = await client.post(address, data={"newest": "0", "sentence": "By {due}, {amount}."})
        assert stale.status_code == 409
        assert "Own words" in (await client.get("/office/voices?state=changed")).text
        back = {"newest": hidden(page, "newest"), "once": hidden(page, "once"), "do": "back"}
        assert (await client.post(address, data=back)).status_code == 303
        assert (await own(spoken)).sentences == {}
        page = await client.get(address)
        again = {"newest": hidden(page, "newest")}
        assert (await client.post(f"{address}/versions/1", data=again)).status_code == 303
        assert (await own(spoken)).sentences == {("en", "balance_due"): said}
        assert (await client.post(f"{address}/versions/99", data=again)).status_code == 404


async def test_a_recording_of_any_kind_is_levelled_and_replaces_the_voice(spoken: House) -> None:
    address = "/office/voices/en/goodbye"
    async with spoken.signed_in("marta") as client:
        before = (await client.get(f"{address}/sound")).content
        for kind in ("wav", "mp3", "ogg", "flac"):
            done = await upload(client, address, GOOD if kind == "wav" else as_kind(kind), f"mine.{kind}")
            assert done.status_code == 303, done.text[:2000]
            heard = (await client.get(f"{address}/sound")).content
            assert heard != before
            assert level(heard) == pytest.approx(sound.LEVEL, rel=0.1)
            page = await client.get(address)
            assert f"mine.{kind}" in page.text
            version = (await own(spoken)).newest
            assert (await client.get(f"{address}/sound?version={version}")).content == heard
            form = {"newest": str(version), "part": ""}
            assert (await client.post(f"{address}/recordings/back", data=form)).status_code == 303
            assert (await client.get(f"{address}/sound")).content == before
            assert (await client.post(f"{address}/recordings/back", data=form)).status_code == 404
        newest = {"newest": str((await own(spoken)).newest)}
        assert (await client.post(f"{address}/versions/{version}", data=newest)).status_code == 303
        assert (await client.get(f"{address}/sound")).content == heard


UNFIT = [
    (b"", "Choose a file first."),
    (b"hello, honestly", "This is no sound file"),
    (b"RIFF" + bytes(4000), "This is no sound file"),
    (b"\xff\xfb" + random.Random(1).randbytes(60_000), "This is no sound file"),
    (wav(0.0), "nothing but silence"),
    (wav(0.008), "too quiet: -4"),
    (wav(1.0, clip=True), "overdriven"),
    (wav(0.3, seconds=0.1), "lasts 0.1 s"),
    (wav(0.2, seconds=62, rate=8000), "too long"),
    (b"RIFF" + bytes(12 * 2**20), "too large"),
]


async def test_what_is_unfit_is_refused_with_what_was_measured(spoken: House) -> None:
    address = "/office/voices/en/goodbye"
    async with spoken.signed_in("marta") as client:
        for data, sentence in UNFIT:
            refused = await upload(client, address, data)
            assert refused.status_code == 422, sentence
            assert sentence in refused.text, (sentence, re.findall(r'role="alert".*', refused.text))
        page = await client.get(address)
        form = {"newest": hidden(page, "newest"), "part": "3"}
        assert (await client.post(f"{address}/recordings", data=form, files={"file": ("a", GOOD)})).status_code == 404
    assert (await own(spoken)).recordings == {}


async def test_pieces_around_a_value_and_digits_are_recorded_one_by_one(spoken: House) -> None:
    address = "/office/voices/en/balance_credit"
    async with spoken.signed_in("marta") as client:
        page = await client.get(address)
        parts_ = re.findall(r'name="part" value="(\d*)"', page.text)
        assert parts_ == ["1", "2"]
        for part in parts_:
            newest = {"newest": str((await own(spoken)).newest), "part": part}
            done = await client.post(f"{address}/recordings", data=newest, files={"file": ("a.wav", GOOD)})
            assert done.status_code == 303
        assert "Own recording" in (await client.get("/office/voices?language=en&state=recorded")).text
        assert len(re.findall(r'name="part" value="\d"', (await client.get("/office/voices/ru/digit")).text)) == 10
        said = {"sentence": "A credit of {amount}.", "newest": str((await own(spoken)).newest)}
        assert (await client.post(address, data=said)).status_code == 303
    assert (await own(spoken)).recordings == {}, "they said the former words"


async def test_only_who_may_changes_what_is_said(spoken: House) -> None:
    for login in ("olga", "sofia", "adam", "audrey"):
        async with spoken.signed_in(login) as client:
            for address in ("/office/voices", "/office/voices/en/goodbye", "/office/voices/en/goodbye/sound"):
                assert (await client.get(address)).status_code == 403
            assert (await client.post("/office/voices/en/goodbye", data={"sentence": "x"})).status_code == 403
    async with spoken.program("sofia") as client:
        assert (await client.get("/prompts")).status_code == 403


async def test_a_program_lists_rewords_and_records(spoken: House) -> None:
    async with spoken.program("marta") as client:
        first = (await client.get("/prompts?language=th&limit=2")).json()
        assert [one["prompt"] for one in first["items"]] == ["greeting", "choose_language"]
        assert (await client.get(f"/prompts?language=th&limit=2&after={first['next']}")).json()["items"]
        one = (await client.get("/prompts/th/balance_due")).json()
        assert one["places"] == ["amount", "due"]
        wrong = await client.put("/prompts/th/balance_due", json={"sentence": "ค่ะ", "newest": 0})
        assert wrong.status_code == 422
        done = await client.put("/prompts/th/goodbye", json={"sentence": "สวัสดีค่ะ", "newest": 0})
        assert done.json()["changed"]
        assert (await client.put("/prompts/th/goodbye", json={"sentence": None, "newest": 0})).status_code == 409
        octets = {"content-type": "application/octet-stream"}
        bad = await client.post("/prompts/th/goodbye/recordings?newest=1", content=wav(0.008), headers=octets)
        assert bad.status_code == 422
        assert "dBFS were measured" in bad.json()["fields"][0]["sentence"]
        made = await client.post("/prompts/th/goodbye/recordings?newest=1", content=GOOD, headers=octets)
        assert made.status_code == 201, made.text
        assert made.json()["parts"] == [{"part": "", "text": "สวัสดีค่ะ", "recorded": True}]
        kept = (await client.get("/prompts/th/goodbye/versions")).json()["items"]
        assert [one["kind"] for one in kept] == ["recording", "sentence"]
        back = await client.delete(f"/prompts/th/goodbye/recordings?newest={made.json()['newest']}")
        assert not back.json()["parts"][0]["recorded"]
        assert (await client.get("/prompts/xx/goodbye")).status_code == 404


async def test_marks_of_the_survey_stand_with_the_contact(house: House) -> None:
    async with transaction(house.parts.engine) as db:
        new = insert(interactions).values(
            call_id="c-survey", channel="phone", direction="in", number="+79990000000", began_at=clock.now(),
            ended_at=clock.now(), disposition="INFO",
        )  # fmt: skip
        key = (await db.execute(new.returning(interactions.c.id))).scalar_one()
        await phone_service.keep_mark(db, "c-survey", "service", 2)
        await phone_service.keep_mark(db, "c-survey", "solved", 4)
        await phone_service.keep_mark(db, "c-survey", "service", 5)
    async with house.signed_in("sofia") as client:
        page = await client.get(f"/office/interactions/{key}")
        assert page.status_code == 200, page.text[:500]
        said = re.sub(r"<[^>]+>", "", page.text)
        assert "Marks the caller gave" in said
        assert "help 5/5, question settled 4/5" in said


async def test_in_chromium_a_recording_is_uploaded_and_played(
    spoken: House, bundled: House, browser: Browser, tmp_path: object
) -> None:
    for scheme, width in (("light", 1440), ("dark", 900)):
        context = await browser.new_context(
            color_scheme="dark" if scheme == "dark" else "light", viewport={"width": width, "height": 900}
        )
        page = await context.new_page()
        said: list[str] = []
        page.on("pageerror", lambda error, said=said: said.append(str(error)))
        page.on("console", lambda line, said=said: said.append(line.text) if line.type == "error" else None)
        await page.goto(f"{spoken.base}/sign-in")
        await page.fill("input[name=login]", "marta")
        await page.fill("input[name=password]", PASSWORD)
        await page.click("form button[type=submit], form button:not([type])")
        await page.goto(f"{spoken.base}/office/voices?language=ar")
        assert await page.locator("tbody tr").count() == 50
        await page.screenshot(path=f"{tmp_path}/list-{scheme}.png")
        await page.goto(f"{spoken.base}/office/voices/en/goodbye")
        await page.set_input_files("input[type=file]", {"name": "me.wav", "mimeType": "audio/wav", "buffer": GOOD})
        await page.click("form[action$=recordings] button")
        await page.wait_for_url("**done=recorded*")
        seconds = await page.locator("audio").first.evaluate(
            "async one => { one.muted = true; await one.play(); return one.duration }"
        )
        assert 0.8 < seconds < 1.3
        await page.screenshot(path=f"{tmp_path}/one-{scheme}.png", full_page=True)
        wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0
        assert said == []
        await context.close()
