"""A call on record with the switch's raw file of it, as tests need them."""

from __future__ import annotations

import math
import os
import struct
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from sqlalchemy import insert, update

from crm_core import db as way
from crm_core.recordings import PAUSED, RATE, RESUMED, Answer, Mode, Rule
from crm_core.settings import Settings
from crm_core.store import recording_rules
from crm_core.store import recordings as store
from crm_core.tables import call_events, interactions, users

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=10)
numbers = count(1)


def sound(seconds: float, left: int = 8000, right: int = 6000, silent: tuple[float, float] = (0, 0)) -> bytes:
    """Two voices, and silence between two moments."""
    out = bytearray()
    for at in range(int(seconds * RATE)):
        quiet = silent[0] <= at / RATE < silent[1]
        wave = 0.0 if quiet else math.sin(at / 6)
        out += struct.pack("<hh", int(left * wave), int(right * wave))
    return bytes(out)


class Taping:
    """A house with a spool, calls and a rule."""

    def __init__(self, pools: way.Database, settings: Settings, account_id: int | None = None) -> None:
        self.pools, self.settings, self.account_id = pools, settings, account_id
        self.spool = settings.run_dir / "asterisk" / "spool" / "calls"
        self.spool.mkdir(parents=True, exist_ok=True)
        self.rule_id = 0
        self.user_id = 0

    async def ready(self, rule: Rule | None = None) -> None:
        """Hire an operator at 101 and lay a rule down."""
        async with way.transaction(self.pools) as db:
            made = insert(users).values(
                login=f"anna{next(numbers)}", name="Anna", role="operator", extension="101", password="x",
                languages=[], skills=[], language="en",
            )  # fmt: skip
            self.user_id = int((await db.execute(made.returning(users.c.id))).scalar_one())
            rule = rule or Rule(mode=Mode.ALWAYS, keep_days=30)
            self.rule_id = await recording_rules.put(db, rule, self.user_id, NOON, instead_of=None)

    async def call(
        self, seconds: float = 20, *, answer: Answer | None = Answer.TOLD, ended: bool = True, raw: bytes | None = None,
        pause: tuple[float, float] | None = None, at: datetime = NOON, leg: str = "offer-1", known: bool = True,
    ) -> tuple[str, Path]:  # fmt: skip
        """A call that was answered at a moment and ended so much later, with its file; returns both names."""
        call_id = f"main-{1764000000 + next(numbers)}.1"
        end = at + timedelta(seconds=seconds)
        async with way.transaction(self.pools) as db:
            if known:
                row = {
                    "call_id": call_id, "channel": "phone", "direction": "in", "queue": "main", "began_at": at,
                    "answered_at": at, "ended_at": end if ended else None, "account_id": self.account_id,
                    "operator_id": self.user_id, "phase": "ended" if ended else "talking",
                }  # fmt: skip
                await db.execute(insert(interactions).values(row))
                lines = [(at, "answered"), *([(end, "ended")] if ended else [])]
                if pause is not None:
                    lines += [(at + timedelta(seconds=pause[0]), PAUSED), (at + timedelta(seconds=pause[1]), RESUMED)]
                await db.execute(
                    insert(call_events), [{"call_id": call_id, "at": when, "what": what} for when, what in lines]
                )
            if answer is not None:
                await store.told(db, call_id, self.rule_id, answer, "en")
        path = self.spool / f"{call_id}~{leg}~op101~{int(at.timestamp())}~{self.rule_id}.raw"
        if raw is None or raw:
            path.write_bytes(sound(seconds, silent=pause or (0, 0)) if raw is None else raw)
            os.utime(path, (end.timestamp(), end.timestamp()))
        return call_id, path

    async def ends(self, call_id: str) -> None:
        """The call is over."""
        async with way.transaction(self.pools) as db:
            change = update(interactions).where(interactions.c.call_id == call_id)
            await db.execute(change.values(ended_at=LATER - timedelta(minutes=5), phase="ended"))

    async def kept(self, call_id: str) -> list[store.Recording]:
        """What is on record of a call."""
        async with way.reading(self.pools) as db:
            return list(await store.listing(db, store.Filter(call_id=call_id)))

    def sealed_files(self) -> list[Path]:
        """Every file of the vault."""
        return [path for path in (self.settings.run_dir / "recordings").rglob("*") if path.is_file()]
