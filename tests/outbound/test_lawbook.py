"""The independent reading of the laws sees a breach when there is one: it cannot pass everything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.outbound.lawbook import Done, breaches

pytestmark = pytest.mark.unit
MOSCOW, NEW_YORK, LONDON = "Europe/Moscow", "America/New_York", "Europe/London"


def done(zone: str, when: str, kind: str = "call", **more: object) -> Done:
    at = datetime.fromisoformat(when).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    facts = {"debt": 1, "zones": (zone,), "consents": frozenset({"sms", "calls"}), **more}
    return Done(at=at, kind=kind, **facts)  # type: ignore[arg-type]


def calls(zone: str, *when: str) -> list[Done]:
    return [done(zone, one) for one in when]


@pytest.mark.parametrize(
    ("law", "history"),
    [
        ("RU-230", calls(MOSCOW, "2026-11-24 07:59")),
        ("RU-230", calls(MOSCOW, "2026-11-24 22:00")),
        ("RU-230", calls(MOSCOW, "2026-11-28 20:00")),
        ("RU-230", calls(MOSCOW, "2026-11-04 21:00")),
        ("RU-230", calls(MOSCOW, "2026-11-24 10:00", "2026-11-24 19:00")),
        ("RU-230", calls(MOSCOW, "2026-11-23 10:00", "2026-11-25 10:00", "2026-11-27 10:00")),
        ("RU-230", calls(MOSCOW, "2026-11-27 10:00", "2026-11-28 10:00", "2026-11-30 10:00")),
        ("RU-230", [done(MOSCOW, f"2026-11-24 1{hour}:00", kind) for hour, kind in enumerate(["sms", "email", "sms"])]),
        ("RU-230", [done(MOSCOW, "2026-11-24 10:00", barred=True)]),
        ("RU-230", [done(MOSCOW, "2026-11-24 10:00", owed=False)]),
        ("RU-230", [done(MOSCOW, "2026-11-24 10:00", open_call=True)]),
        ("US", calls(NEW_YORK, *(f"2026-11-{day} 10:00" for day in range(23, 30)), "2026-11-29 11:00")),
        ("US", [done(NEW_YORK, "2026-11-02 20:00", talked=True), done(NEW_YORK, "2026-11-08 09:00")]),
        ("US", [done(NEW_YORK, "2026-11-02 20:00", "he-called", talked=True), done(NEW_YORK, "2026-11-08 09:00")]),
        ("US", [done(NEW_YORK, "2026-11-02 20:00", mode="notice", consents=frozenset())]),
        ("US", [done(NEW_YORK, "2026-11-02 20:00", "sms", consents=frozenset())]),
        ("US", [done(NEW_YORK, "2026-11-02 08:00", zones=())]),
        ("UK", [done(LONDON, "2026-11-02 10:00", outcome="abandoned"), done(LONDON, "2026-11-05 09:59", mode="x")]),
        ("IN", calls("Asia/Kolkata", "2026-11-02 19:00")),
        ("IN", calls("Asia/Kolkata", "2026-01-26 12:00")),
        ("KZ", calls("Asia/Almaty", "2026-11-28 12:00")),
        ("KZ", calls("Asia/Almaty", *(f"2026-11-24 1{hour}:00" for hour in range(4)))),
    ],
)  # fmt: skip
def test_a_breach_is_seen(law: str, history: list[Done]) -> None:
    assert len(breaches(law, history)) >= 1
    assert not breaches(law, history[:-1])


def test_what_is_lawful_passes() -> None:
    assert not breaches("RU-230", calls(MOSCOW, "2026-11-23 08:00", "2026-11-24 21:59", "2026-11-30 10:00"))
    talked = done(NEW_YORK, "2026-11-02 20:00", talked=True)
    assert not breaches("US", [talked, done(NEW_YORK, "2026-11-09 08:00"), done(NEW_YORK, "2026-11-03 08:00", debt=2)])
    assert not breaches("none", [done("Etc/UTC", "2026-11-02 03:00")] * 50)
    one = done(MOSCOW, "2026-11-24 10:00", outcome="congestion")
    assert not breaches(
        "RU-230",
        [one, one, Done(**{f: getattr(one, f) for f in one.__slots__} | {"at": one.at + timedelta(minutes=2)})],
    )
