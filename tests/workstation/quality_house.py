"""Recorded calls that are to be scored, as tests of their pages need them."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

from sqlalchemy import insert

from crm_core import clock
from crm_core.db import transaction
from crm_core.quality import forms, shipped
from crm_core.recording_jobs import vault
from crm_core.tables import recordings
from tests.workstation.house import House

NUMBERS = count(1)
SOUND = 20
"""Seconds of a call that is scored here."""
PLAYED = {"range": "bytes=0-99", "sec-fetch-dest": "audio"}


async def taped(house: House, operator: str = "olga", **more: Any) -> int:
    """A recorded call of an operator about account 1; returns the recording's key."""
    sealed = vault(house.settings).seal([bytes(SOUND * 16_000)])
    now = clock.now()
    values = {
        "call_id": f"main-q{next(NUMBERS)}.1", "leg": "a", "account_id": 1, "operator_id": house.people[operator],
        "queue": "main", "state": "kept", "began_at": now - timedelta(hours=1), "seconds": float(SOUND),
        "bytes": sealed.size, "file": sealed.name, "key_id": sealed.key_id, "sealed_key": sealed.sealed_key,
        "peaks": bytes(100), "keep_until": now + timedelta(days=30), **more,
    }  # fmt: skip
    async with transaction(house.parts.engine) as db:
        return int((await db.execute(insert(recordings).values(values).returning(recordings.c.id))).scalar_one())


def filled(**more: str) -> dict[str, str]:
    """The shipped form, everything as it should be."""
    known = forms.items(forms.read(shipped.SECTIONS)[0])
    return {f"i_{code}": str(item.most) for code, item in known.items()} | more


async def assigned(house: House, recording_id: int, login: str = "sofia") -> str:
    """Somebody takes a call to be scored; returns the path of its evaluation."""
    async with house.opened(login, 1) as client:
        form = {"on_form": "calls", "grader": str(house.people[login])}
        made = await client.post(f"/office/recordings/{recording_id}/evaluation", data=form)
        assert made.status_code == 303, made.text
        return made.headers["location"].partition("?")[0]
