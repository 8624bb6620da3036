"""Call-backs on the running workstation: promised, listed, moved, taken back; messages heard; the rate that is kept."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import text

from crm_core import clock
from crm_core.callbacks import Ending, Limits, Retries
from crm_core.db import reading, transaction
from crm_core.store import callback_lists, callbacks, phone_service
from crm_core.store.callbacks import NewCallback
from crm_core.store.phone_service import NewMessage
from tests.routing.calling_back import always_open
from tests.workstation.house import House

pytestmark = pytest.mark.integration
HIS, PREMIUM = "+79161234567", "+78091234567"
EVIL = "<script>alert(1)</script>"


@pytest.fixture
async def calling(house: House) -> House:
    """A house with a trunk, open day and night."""
    await always_open(house.parts.settings)
    settings = house.parts.settings.model_copy(update={"outward_uri": "127.0.0.1:5099"})
    object.__setattr__(house.parts, "settings", settings)
    return house


def hidden(page: httpx.Response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found, page.text[:800]
    return found[1]


async def promise(house: House, number: str = HIS, call_id: str = "main-1.1", *, minutes: int = 60) -> int:
    now = clock.now()
    new = NewCallback(
        call_id=call_id, number=number, caller=number, account_id=None, queue="main", language="ru", topic="bill",
        dialled="100", flags=(), path=("menu=0",), waiting_since=now, wanted_at=None, due_at=now,
        promised_until=now + timedelta(minutes=minutes),
    )  # fmt: skip
    async with transaction(house.parts.engine) as db:
        made = await callbacks.ask(db, new, Limits(), now)
    assert isinstance(made, int)
    return made


async def state(house: House, key: int) -> str:
    async with reading(house.parts.engine) as db:
        return (await callback_lists.one(db, key)).state.value


async def test_a_supervisor_promises_moves_and_takes_back(calling: House) -> None:
    async with calling.signed_in("sofia") as client:
        page = await client.get("/office/callbacks")
        form = {"number": "8 916 123-45-67", "note": EVIL, "at": "", "once": hidden(page, "once")}
        made = await client.post("/office/callbacks", data=form)
        assert made.status_code == 303, made.text
        assert (await client.post("/office/callbacks", data=form)).status_code in {303, 409}
        one = await client.get(made.headers["location"])
        assert EVIL not in one.text
        assert 'data-state="open"' in one.text
        key = int(re.findall(r"/callbacks/(\d+)", made.headers["location"])[0])
        later = (clock.now() + timedelta(hours=3)).astimezone(ZoneInfo(calling.parts.settings.time_zone))
        moved = await client.post(f"/office/callbacks/{key}/move", data={
            "at": f"{later:%Y-%m-%dT%H:%M}", "move_reason": "he asked", "once": hidden(one, "once"),
        })  # fmt: skip
        assert moved.status_code == 303, moved.text
        async with reading(calling.parts.engine) as db:
            assert abs((await callback_lists.one(db, key)).due_at - later) < timedelta(minutes=1)
        bad = await client.post(f"/office/callbacks/{key}/cancel", data={"reason": ""})
        assert bad.status_code == 422
        done = await client.post(f"/office/callbacks/{key}/cancel", data={"reason": "settled by letter"})
        assert done.status_code == 303
        assert await state(calling, key) == "cancelled"
        again = await client.post(f"/office/callbacks/{key}/cancel", data={"reason": "twice"})
        assert again.status_code == 409


@pytest.mark.parametrize(
    ("number", "at", "said"),
    [
        ("12", "", "This is no telephone number."),
        (PREMIUM, "", "Numbers of this kind are not called"),
        ("+12025550123", "", "Numbers of this country are not called."),
        (HIS, "2020-01-01T10:00", "Choose a time within working time"),
        (HIS, "soon", "A day and a time are needed here"),
    ],
)
async def test_what_cannot_be_promised_is_refused_and_what_was_typed_stays(
    calling: House, number: str, at: str, said: str
) -> None:
    async with calling.signed_in("sofia") as client:
        answer = await client.post("/office/callbacks", data={"number": number, "at": at, "note": "keep me"})
        assert answer.status_code == 422
        assert said in answer.text
        assert "keep me" in answer.text
        async with reading(calling.parts.engine) as db:
            assert await callback_lists.listing(db, clock.now()) == []


async def test_lists_by_what_is_wanted_page_by_page_and_the_rate_that_is_kept(calling: House) -> None:
    keys = [await promise(calling, f"+7916123{at:04}", f"main-1.{at}") for at in range(60)]
    late = await promise(calling, "+79161239999", "main-2.1", minutes=-1)
    async with transaction(calling.parts.engine) as db:
        for one in await callbacks.claim(db, "main", 3, clock.now()):
            if one.callback_id != late:
                assert await callbacks.dial(db, one.callback_id, one.attempt, None, clock.now())
                await callbacks.end(db, one.callback_id, one.attempt, Ending.REACHED, Retries(), clock.now())
        await db.execute(text("update callbacks set promised_until = ended_at where state = 'kept'"))
    async with calling.signed_in("sofia") as client:
        first = await client.get("/office/callbacks?view=live")
        assert first.text.count("data-callback=") == 50
        more = re.search(r'rel="next" href="([^"]+)"', first.text)
        assert more
        second = await client.get(more[1].replace("&amp;", "&"))
        assert 0 < second.text.count("data-callback=") < 50
        overdue = await client.get("/office/callbacks?view=late")
        assert overdue.text.count("data-callback=") == 1
        assert re.search(r"Kept in time: (66\.7|75\.0) %", first.text), first.text[:3000]
        assert (await client.get("/office/callbacks?view=nonsense&before=x")).status_code == 200
    async with calling.program("sofia") as program:
        listed = (await program.get("/callbacks", params={"state": "kept"})).json()
        assert {one["id"] for one in listed["items"]} <= set(keys)
        kept = (await program.get("/callbacks/kept")).json()
        assert kept["open_late"] == 1
        assert kept["in_time"] == kept["promised"] - 1


async def test_only_who_may_sees_them(calling: House) -> None:
    key = await promise(calling)
    async with calling.signed_in("olga") as client:
        for path in ("/office/callbacks", f"/office/callbacks/{key}", "/office/callbacks/messages"):
            assert (await client.get(path)).status_code == 403
        assert (await client.post(f"/office/callbacks/{key}/cancel", data={"reason": "x"})).status_code == 403
    assert await state(calling, key) == "open"


async def test_a_message_is_heard_and_who_heard_it_is_on_record(calling: House) -> None:
    folder = Path(calling.parts.settings.run_dir) / "messages"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "a.wav").write_bytes(b"RIFF....WAVE")
    new = NewMessage(call_id="main-9.9", account_id=None, number=HIS, language="ru", file="a.wav", seconds=7, team=None)
    stolen = NewMessage(
        call_id="main-9.8", account_id=None, number=HIS, language="ru", file="../busbar.env", seconds=7, team=None
    )
    async with transaction(calling.parts.engine) as db:
        key = await phone_service.keep_message(db, new, clock.now())
        evil = await phone_service.keep_message(db, stolen, clock.now())
    async with calling.signed_in("sofia") as client:
        assert f"/office/callbacks/messages/{key}/sound" in (await client.get("/office/callbacks/messages")).text
        sound = await client.get(f"/office/callbacks/messages/{key}/sound")
        assert sound.content.startswith(b"RIFF")
        assert sound.headers["cache-control"] == "no-store"
        assert (await client.get(f"/office/callbacks/messages/{evil}/sound")).status_code == 404
        assert (await client.get("/office/callbacks/messages/999999/sound")).status_code == 404
    async with reading(calling.parts.engine) as db:
        query = text("select reason from access_log where object = :what")
        assert (await db.execute(query, {"what": f"message {key}"})).scalars().all() == ["heard"]
